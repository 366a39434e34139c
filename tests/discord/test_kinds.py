"""The share kit and the welcome on Discord: what is in them, and that nobody fetches an advocate's link from them."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from discord.http import HTTPClient

from bots.discord.components import SUPPRESS_EMBEDS
from bots.sandbox.discord import Bot, Channel, DiscordWorld, Guild, Interaction, Person
from bots.talk.kit import Kit
from bots.talk.welcome import Welcome
from campaigns import acts
from campaigns.apply import apply
from core import campaign as campaigns
from core import chats, intake, totals
from core.campaign.values import Do, Job, Share
from core.chats import Chat
from core.database import Database
from core.intake.facts import LinkWanted
from core.members import Person as Somebody
from core.occurrences import Due
from core.totals import Standing
from tests.clock import FakeClock
from tests.discord.conftest import campaign_in, said
from tests.discord.stage_out import Out, account, shown
from tests.people import ANA, Town


class Kits(Out):
    """With a campaign, and Ana's link in it."""

    async def begin(self, ana: Person, *guilds: Guild) -> None:
        now, person = self.clock.now(), Somebody(account=account(ana), name="Ana")
        share = Share(text={"*": "Come with me: {link}"}, channels=("discord", "whatsapp", "email", "copy"))
        async with self.db.begin() as tx:
            await apply(tx, [campaign_in(*guilds, share=share)], now=now)
            applied = await campaigns.by_slug(tx, "spring")
            assert applied is not None
            self.campaign = applied.id
            wanted = LinkWanted(key="wanted", at=now, person=person, campaign_id=applied.id)
            [outcome] = await intake.take(tx, [wanted], now=now)
            self.places = tuple((await chats.communities_of(tx, [applied.id]))[applied.id].values())
        assert outcome.link is not None
        self.code = outcome.link.code

    def kit(self) -> Kit:
        return Kit(
            code=self.code,
            campaign=self.campaign,
            slug="spring",
            language="en",
            title="Lune",
            words="Come with me: {link}",
            channels=("discord", "whatsapp", "email", "copy"),
            says=("Have fun.",),
        )


@pytest.fixture
async def out(db: Database, clock: FakeClock, bot: Bot, guild: Guild, http: HTTPClient, ana: Person) -> Kits:
    out = Kits(db, clock, bot, http)
    await out.commands()
    await out.begin(ana, guild)
    ana.discovers(guild)
    return out


async def ask(out: Kits, ana: Person, channel: Channel, what: str, *args: Any) -> Interaction:
    asked = ana.runs(out.bot, "invite", channel)
    await out.defers(asked)
    say = getattr(out.voice, what)
    await out.put(say(out.ask(asked), *args, key=out.ask(asked).key, now=out.clock.now()))
    await out.sender.once()
    return asked


async def test_the_kit_has_the_link_the_message_and_the_channels(out: Kits, ana: Person, channel: Channel):
    asked = await ask(out, ana, channel, "kit", out.kit())
    link = f"https://lune.example/r/{out.code}"
    [text], [message] = shown(asked), asked.replies
    assert f"```\n{link}\n```" in text
    assert f"```\nCome with me: {link}/copy\n```" in text
    assert f"Discord: `{link}/discord`" in text
    assert f"E-mail: `{link}/email`" in text
    assert "Have fun." in text
    assert (message.url("WhatsApp") or "").startswith("https://wa.me/")
    assert message.url(said("en", "button.all_ways")) == f"{link}/kit"
    assert message.flags & SUPPRESS_EMBEDS


async def test_without_pages_the_link_is_the_advocates_own_invite(
    out: Kits, ana: Person, channel: Channel, guild: Guild, world: DiscordWorld
):
    out.voice = type(out.voice)(None)
    first = await ask(out, ana, channel, "kit", out.kit())
    again = await ask(out, ana, channel, "kit", out.kit())
    [invite] = guild.invites.values()
    assert invite.max_uses == 0
    for asked in (first, again):
        [text] = shown(asked)
        assert f"```\nhttps://discord.gg/{invite.code}\n```" in text
        assert f"Come with me: https://discord.gg/{invite.code}" in text
        assert asked.replies[0].flags & SUPPRESS_EMBEDS


async def test_without_pages_and_without_the_right_to_invite_the_asker_is_told(
    out: Kits, ana: Person, channel: Channel, world: DiscordWorld
):
    out.voice = type(out.voice)(None)
    world.faults.too_many_invites(times=None)
    asked = await ask(out, ana, channel, "kit", out.kit())
    assert shown(asked) == [said("en", "invite.no_way_in")]


def a_welcome(out: Kits, places: tuple[Chat, ...]) -> Welcome:
    return Welcome(text="Welcome", language="en", code=out.code, campaign=out.campaign, places=places)


async def test_a_welcome_leads_into_each_server(out: Kits, ana: Person, channel: Channel, guild: Guild):
    asked = await ask(out, ana, channel, "welcome", a_welcome(out, out.places))
    roads = {button.get("url") for button in asked.replies[0].buttons}
    assert f"https://lune.example/in/{out.code}/server-0" in roads
    out.voice = type(out.voice)(None)
    asked = await ask(out, ana, channel, "welcome", a_welcome(out, out.places))
    [invite] = guild.invites.values()
    assert f"https://discord.gg/{invite.code}" in {button.get("url") for button in asked.replies[0].buttons}


def test_a_kit_survives_the_outbox():
    kit = Kit(code="c", campaign=1, slug="s", language="en", title="t", words="w", channels=("x",))
    assert msgspec.convert(msgspec.to_builtins(kit), Kit) == kit


async def test_a_leaderboard_goes_to_the_channel_that_the_file_names_or_to_the_server(
    out: Kits, guild: Guild, channel: Channel, world: DiscordWorld
):
    town, job, other = Town(out.db, out.clock), Job(do=Do.LEADERBOARD, cron="0 18 * * *"), world.guild("Elsewhere")
    campaign = campaign_in(guild, other)
    named = replace(campaign.communities[0], channel=channel.id)
    await town.apply(replace(campaign, communities=(named, campaign.communities[1])))
    await town.code_of(ANA)
    applied, ana = await town.campaign(), await town.member(ANA)
    async with out.db.begin() as tx:
        await totals.keep_standings(tx, {(applied.id, ana.id): Standing(qualified=1)})
        due = Due(campaign_id=applied.id, name="board", due_at=town.now)
        assert await acts.leaderboard(tx, applied, due, job, town.now) == "posted in 2 chats"
    posts = {(row.address, row.content["guild"], row.content["channel"]) for row in await out.rows()}
    assert posts == {(channel.id, guild.id, channel.id), (other.id, other.id, None)}
