"""`sayso doctor`: each thing is ok, or it is said what to do; nothing is changed by looking."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bots.cli.doctor import compared, examine, messenger
from bots.cli.settings import Mode, Settings
from bots.exchange.findings import Finding
from bots.sandbox.discord import DiscordServer, DiscordWorld
from bots.sandbox.telegram import TelegramServer, TelegramWorld
from campaigns.apply import apply
from core.campaign.values import Campaign, Community, Platform, Reward, To
from core.database import Database
from tests.cli.processes import ended
from tests.clock import FakeClock
from tests.people import a_campaign

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


async def looked_at(db: Database, clock: FakeClock, *campaigns: Campaign, **settings: object) -> dict[str, Finding]:
    async with db.begin() as tx:
        await apply(tx, campaigns, now=clock.now())
    url = SecretStr(db.url.render_as_string(hide_password=False))
    return {each.about: each for each in await examine(Settings(database_url=url, **settings))}  # type: ignore[arg-type]


def told(finding: Finding) -> str:
    return f"{finding.told}; {finding.fix}"


@pytest.mark.parametrize(("off", "well"), [(9, True), (-9, True), (11, False), (-3600, False)])
def test_a_clock_may_be_a_little_off(off: int, well: bool) -> None:
    assert compared(NOON, NOON + timedelta(seconds=off)).is_well is well


@pytest.mark.parametrize(
    ("settings", "server"),
    [
        ({}, None),
        ({"telegram_token": "1:a", "discord_token": "b"}, "https://api.telegram.org"),
        ({"discord_token": "b"}, "https://discord.com/api/v10"),
        ({"discord_token": "b", "discord_api": "http://127.0.0.1:1/api/v10"}, "http://127.0.0.1:1/api/v10"),
    ],
)
def test_the_clock_is_compared_with_whichever_messenger_there_is_a_token_for(
    settings: dict[str, str], server: str | None
) -> None:
    given = {name: SecretStr(value) if name.endswith("token") else value for name, value in settings.items()}
    assert messenger(Settings(**given)) == server  # type: ignore[arg-type]


async def test_what_telegram_lets_the_bot_do(db: Database, clock: FakeClock) -> None:
    world = TelegramWorld()
    async with TelegramServer(world) as server:
        bot, olga = world.bot("123456:AAE-stand_in", "sayso_bot"), world.user("Olga")
        good = world.chat("supergroup", "Le Salon", owner=olga, admins=[bot])
        bare = world.chat("supergroup", "Le Cercle", owner=olga)
        campaign = a_campaign(chats=(good.id, bare.id))
        token = SecretStr(bot.token)
        found = await looked_at(db, clock, campaign, telegram_token=token, telegram_api=server.url)
        assert found["Telegram"].is_well
        assert "@sayso_bot" in found["Telegram"].told
        assert not world.calls_of("deleteWebhook")
    chats = [each for about, each in found.items() if about.startswith("the chat")]
    assert [each.is_well for each in chats] == [True, False]
    assert "administrator" in told(chats[1]) or "add the bot" in told(chats[1])
    assert found["the clock"].is_well


async def test_chats_into_which_a_reward_invites_are_looked_at(db: Database, clock: FakeClock) -> None:
    world = TelegramWorld()
    async with TelegramServer(world) as server:
        bot, olga = world.bot("123456:AAE-stand_in", "sayso_bot"), world.user("Olga")
        club = world.chat("supergroup", "The Club", owner=olga, admins=[bot])
        shut = world.chat("supergroup", "The Attic", owner=olga)
        weak = world.chat("supergroup", "The Cellar", owner=olga)
        olga.promotes(bot, weak, can_invite_users=False)
        public = world.chat("supergroup", "Everybody", owner=olga, username="everybody", admins=[bot])
        rewards = tuple(
            Reward(id=f"gift-{number}", to=To.ADVOCATE, kind="telegram_invite", setting=chat.id, at=1)
            for number, chat in enumerate((club, shut, weak, public))
        )
        campaign = a_campaign(chats=(), rewards=rewards)
        token = SecretStr(bot.token)
        found = await looked_at(db, clock, campaign, telegram_token=token, telegram_api=server.url)
    well, out, unable, open_to_all = [each for about, each in found.items() if "invites" in about]
    assert well.is_well
    assert "'gift-0'" in well.about
    assert "add it again" in told(out) or "administrator" in told(out)
    assert "right to invite users" in told(unable)
    assert "make it private" in told(open_to_all)


async def test_for_an_invitation_alone_a_token_is_needed(db: Database, clock: FakeClock) -> None:
    reward = Reward(id="gift", to=To.ADVOCATE, kind="telegram_invite", setting=-1001000000002, at=1)
    found = await looked_at(db, clock, a_campaign(chats=(), rewards=(reward,)))
    assert "SAYSO_TELEGRAM_TOKEN" in told(found["Telegram"])


async def test_a_wrong_token_is_said(db: Database, clock: FakeClock) -> None:
    world = TelegramWorld()
    async with TelegramServer(world) as server:
        wrong = SecretStr("123456:nobody")
        found = await looked_at(db, clock, a_campaign(), telegram_token=wrong, telegram_api=server.url)
    assert "SAYSO_TELEGRAM_TOKEN" in told(found["Telegram"])


async def test_a_webhook_that_was_never_set_is_said(db: Database, clock: FakeClock) -> None:
    world = TelegramWorld()
    async with TelegramServer(world) as server:
        token = SecretStr(world.bot("123456:AAE-stand_in", "sayso_bot").token)
        pushed = {"telegram_mode": Mode.WEBHOOK, "public_url": "http://127.0.0.1:9"}
        found = await looked_at(db, clock, a_campaign(), telegram_token=token, telegram_api=server.url, **pushed)
    assert "pushed nowhere" in told(found["Telegram's updates"])
    assert "cannot be reached" in told(found["the public address"])


async def test_what_discord_lets_the_bot_do(db: Database, clock: FakeClock) -> None:
    world = DiscordWorld()
    async with DiscordServer(world) as server:
        bot = world.bot("sayso")
        guild = world.guild("L'Atelier", bots=[bot])
        atelier = Community(name="atelier", platform=Platform.DISCORD, chat=guild.id)
        campaign = replace(a_campaign(), communities=(atelier,))
        token = SecretStr(bot.token)
        found = await looked_at(db, clock, campaign, discord_token=token, discord_api=server.api_url)
    assert found["Discord"].is_well
    assert "SAYSO_PUBLIC_URL" in told(found["the public address"])


async def test_the_command_says_what_to_do_and_ends_with_one(folder: Path) -> None:
    done = await ended("doctor", folder=folder, SAYSO_DATABASE_URL="sqlite:///none.db")
    assert done.code == 1
    assert " to do  the database: is empty; apply a campaign: sayso apply FILE" in done.out
    assert not (folder / "none.db").exists()
    as_json = await ended("doctor", "--json", folder=folder, SAYSO_DATABASE_URL="sqlite:///none.db")
    assert {each["about"] for each in json.loads(as_json.out)} >= {"the database", "Telegram", "Discord"}


async def test_a_role_above_the_bots_own_is_said_when_it_is_applied(folder: Path) -> None:
    world = DiscordWorld()
    async with DiscordServer(world) as server:
        bot = world.bot("sayso")
        guild = world.guild("L'Atelier", bots=[bot])
        role = world.role(guild, "Apprentice", position=50)
        (folder / "spring.yaml").write_text(CAMPAIGN.format(guild=guild.id, role=role.id))
        settings = {"SAYSO_DATABASE_URL": "sqlite:///spring.db", "SAYSO_DISCORD_API": server.api_url}
        done = await ended("apply", "spring.yaml", folder=folder, SAYSO_DISCORD_TOKEN=bot.token, **settings)
    assert done.code == 0
    assert "spring: new" in done.out
    assert "sayso apply: warning: Discord: the role 'Apprentice' in L'Atelier" in done.err
    assert "drag the bot's own role above 'Apprentice'" in done.err


async def test_a_chat_into_which_the_bot_may_not_invite_is_said_when_it_is_applied(folder: Path) -> None:
    world = TelegramWorld()
    async with TelegramServer(world) as server:
        bot, olga = world.bot("123456:AAE-stand_in", "sayso_bot"), world.user("Olga")
        salon = world.chat("supergroup", "Le Salon", owner=olga, admins=[bot])
        club = world.chat("supergroup", "The Club", owner=olga, members=[bot])
        (folder / "spring.yaml").write_text(WITH_A_GIFT.format(salon=salon.id, club=club.id))
        settings = {"SAYSO_DATABASE_URL": "sqlite:///spring.db", "SAYSO_TELEGRAM_API": server.url}
        done = await ended("apply", "spring.yaml", folder=folder, SAYSO_TELEGRAM_TOKEN=bot.token, **settings)
    assert done.code == 0
    [warning] = [line for line in done.err.splitlines() if line.startswith("sayso apply: warning: the chat")]
    assert f"the chat {club.id}, into which 'club' invites" in warning
    assert "make it an administrator" in warning


WITH_A_GIFT = """
campaign: spring
title: Bring a friend
window: {{timezone: Europe/Paris, starts: 2026-01-01 09:00}}
communities: [{{id: salon, telegram: {salon}}}]
qualify: {{stay: 3 days}}
rewards:
  - {{id: club, to: advocate, at: 3, give: {{telegram_invite: {club}}}}}
"""

CAMPAIGN = """
campaign: spring
title: Bring a friend
window: {{timezone: Europe/Paris, starts: 2026-01-01 09:00}}
communities: [{{id: atelier, discord: "{guild}"}}]
qualify: {{stay: 3 days}}
rewards:
  - {{id: regular, to: advocate, at: 3, give: {{discord_role: "{role}"}}}}
"""
