"""Commands, buttons, menus and forms, answered by discord.py."""

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from discord import app_commands

from bots.sandbox.discord import Bot, Channel, DiscordServer, DiscordWorld, Guild, ImpossibleError, Message, Person
from tests.clock import FakeClock
from tests.sandbox.discord.stage import Client, refused, running
from tests.waiting import until


class Feedback(discord.ui.Modal, title="What do you think?"):
    words: Any = discord.ui.Label(text="Words", component=discord.ui.TextInput(custom_id="words"))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"Thanks for {self.words.component.value!r}", ephemeral=True)


class Panel(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="My link", custom_id="sayso:link")
    async def link(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.send_message("https://lune.example/a", ephemeral=True)

    @discord.ui.button(label="Done", custom_id="sayso:done")
    async def done(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.edit_message(content="Done", view=None)

    @discord.ui.button(label="Feedback", custom_id="sayso:feedback")
    async def feedback(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.send_modal(Feedback())

    @discord.ui.select(
        custom_id="sayso:pick", options=[discord.SelectOption(label="Role"), discord.SelectOption(label="Code")]
    )
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select[Any]) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"You chose {select.values[0]}", ephemeral=True)


class CommandClient(Client):
    def __init__(self) -> None:
        super().__init__()
        self.problems: list[Exception] = []
        sayso = app_commands.Group(name="sayso", description="Recommend us")

        @sayso.command(name="claim", description="Say who told you")
        async def claim(interaction: discord.Interaction, advocate: discord.Member, note: str = "") -> None:
            await interaction.response.defer(ephemeral=True)
            await interaction.edit_original_response(content=f"{advocate.name} told you {note}".strip())
            await interaction.followup.send("Thank you", ephemeral=True)

        @self.tree.command(name="panel", description="Show the panel")
        async def panel(interaction: discord.Interaction, campaign: str) -> None:
            await interaction.response.send_message(f"Welcome to {campaign}", view=Panel())

        @panel.autocomplete("campaign")
        async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [
                app_commands.Choice(name=name.title(), value=name) for name in ("lune", "sol") if name.startswith(typed)
            ]

        @self.tree.command(name="slow", description="Answers too late, and twice")
        async def slow(interaction: discord.Interaction) -> None:
            self.late = interaction

        self.late: discord.Interaction | None = None
        self.tree.add_command(sayso)

    async def setup_hook(self) -> None:
        self.add_view(Panel())
        await self.tree.sync()


@pytest.fixture
async def client(server: DiscordServer, bot: Bot, guild: Guild, ana: Person) -> AsyncIterator[CommandClient]:
    ana.discovers(guild)
    async with running(CommandClient(), bot) as client:
        assert isinstance(client, CommandClient)
        yield client


@pytest.fixture
async def panel(client: CommandClient, world: DiscordWorld, bot: Bot, channel: Channel, ana: Person) -> Message:
    shown = ana.runs(bot, "panel", channel, campaign="lune")
    return await world.until(lambda: shown.reply)


async def test_a_command_is_told_with_whom_it_names_and_answered_for_one_alone(
    client: CommandClient, world: DiscordWorld, bot: Bot, channel: Channel, ana: Person, olga: Person
):
    claim = ana.runs(bot, "sayso claim", channel, advocate=olga, note="at lunch")
    await world.until(lambda: len(claim.replies) == 2)
    assert [message.content for message in claim.replies] == ["olga told you at lunch", "Thank you"]
    assert len(ana.sees(channel)) == 2
    assert olga.sees(channel) == []
    assert not claim.thinking


async def test_a_command_in_private(client: CommandClient, world: DiscordWorld, bot: Bot, ana: Person):
    shown = ana.runs(bot, "panel", campaign="sol")
    reply = await world.until(lambda: shown.reply)
    assert [message.text for message in ana.sees(bot)] == ["Welcome to sol"]
    pressed = ana.presses(reply, "My link")
    assert (await world.until(lambda: pressed.reply)).content == "https://lune.example/a"


async def test_what_is_typed_is_completed(
    client: CommandClient, world: DiscordWorld, bot: Bot, channel: Channel, ana: Person
):
    typed = ana.types(bot, "panel", "campaign", "lu", channel)
    assert await world.until(lambda: typed.choices) == [{"name": "Lune", "value": "lune"}]


async def test_a_button_answers_and_changes_its_message(
    client: CommandClient, world: DiscordWorld, channel: Channel, panel: Message, ana: Person, olga: Person
):
    pressed = olga.presses(panel, "My link")
    assert (await world.until(lambda: pressed.reply)).only_for is olga
    with pytest.raises(ImpossibleError, match="no button"):
        olga.presses(panel, "Nothing")
    ana.presses(panel, "sayso:done")
    await world.until(lambda: panel.content == "Done")
    assert panel.buttons == []


async def test_a_menu_is_chosen_from(client: CommandClient, world: DiscordWorld, panel: Message, ana: Person):
    chosen = ana.selects(panel, ["Code"])
    assert (await world.until(lambda: chosen.reply)).content == "You chose Code"
    with pytest.raises(ImpossibleError):
        ana.selects(panel, ["Money"])


async def test_a_form_is_opened_and_sent(client: CommandClient, world: DiscordWorld, panel: Message, ana: Person):
    opened = ana.presses(panel, "Feedback")
    await world.until(lambda: opened.modal)
    with pytest.raises(ImpossibleError):
        ana.submits(opened)
    sent = ana.submits(opened, words="Lovely")
    assert (await world.until(lambda: sent.reply)).content == "Thanks for 'Lovely'"


async def test_an_answer_in_time_and_only_one(
    client: CommandClient, world: DiscordWorld, bot: Bot, channel: Channel, clock: FakeClock, ana: Person
):
    ran = ana.runs(bot, "slow", channel)
    await until(lambda: client.late)
    clock.advance(seconds=4)
    with refused(10062, status=404):
        await client.late.response.send_message("too late")
    assert ran.replies == []
    client.late = None
    ran = ana.runs(bot, "slow", channel)
    await until(lambda: client.late)
    late = client.late
    await late.response.send_message("in time")
    with refused(40060, status=400):
        await client.http.request(
            discord.http.Route("POST", f"/interactions/{late.id}/{late.token}/callback"), json={"type": 5}
        )
    clock.advance(minutes=15, seconds=1)
    with refused(50027, status=401):
        await late.followup.send("much later")
    assert [message.content for message in ran.replies] == ["in time"]


async def test_commands_are_synced_and_kept(client: CommandClient, bot: Bot, guild: Guild):
    assert sorted(command["name"] for command in bot.commands.of(None).values()) == ["panel", "sayso", "slow"]
    ids = {command["id"] for command in bot.commands.of(None).values()}
    await client.tree.sync()
    assert {command["id"] for command in bot.commands.of(None).values()} == ids
    assert bot.commands.syncs == 2
    assert len(await client.tree.fetch_commands()) == 3
    here = discord.Object(guild.id)
    client.tree.copy_global_to(guild=here)
    synced = await client.tree.sync(guild=here)
    assert [command.guild_id for command in synced] == [guild.id] * 3
    await synced[0].delete()
    assert len(await client.tree.fetch_commands(guild=here)) == 2


@pytest.mark.parametrize("wrong", [{"name": "Upper", "description": "x"}, {"name": "ok", "description": ""}])
async def test_wrong_commands_are_refused(client: CommandClient, bot: Bot, wrong: Any):
    with refused(50035, status=400):
        await client.http.upsert_global_command(bot.id, wrong)
    with refused(30032, status=400):
        many = [{"name": f"c{number}", "description": "x"} for number in range(101)]
        await client.http.bulk_upsert_global_commands(bot.id, many)


async def test_what_a_person_cannot_do_is_a_mistake_of_the_test(
    client: CommandClient, bot: Bot, channel: Channel, ana: Person, ben: Person
):
    for command, options in [
        ("nothing", {}),
        ("panel", {}),
        ("panel", {"campaign": 1}),
        ("sayso", {}),
        ("slow", {"x": 1}),
    ]:
        with pytest.raises(ImpossibleError):
            ana.runs(bot, command, channel, **options)
    with pytest.raises(ImpossibleError):
        ben.runs(bot, "slow", channel)
