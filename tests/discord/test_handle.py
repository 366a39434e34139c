"""From the inbox to effects: once each, in their order, and one bad event stops no other."""

import asyncio
import json
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from bots.discord.receive import SCREENING, SOURCE
from bots.sandbox.discord import Channel, DiscordWorld, Guild, Person
from core import campaign as campaigns
from core import chats, inbox, members, referrals, totals
from core.audit import audit
from core.campaign.values import Account, Campaign, Platform, Qualify
from core.chats import Membership
from core.database import Database, rows_of, table_of
from core.inbox.table import InboxRow
from core.members import Member
from core.members.table import AccountRow
from tests.discord.conftest import Door, campaign_in, code_of

BROKEN = ("GUILD_MEMBER_ADD", {"guild_id": "1", "user": {"id": "nobody"}})


async def rows(db: Database, *, state: str) -> list[InboxRow]:
    table = table_of(InboxRow)
    async with db.read() as tx:
        return list(await rows_of(tx, select(table).where(table.c.state == state)))


async def reasons(door: Door) -> list[str]:
    """Why each referral stands where it does."""
    async with door.db.read() as tx:
        return [each.reason.value for each in (await referrals.of_friends(tx, range(1, 500))).values()]


async def counted(door: Door, slug: str = "spring") -> dict[str, int]:
    async with door.db.read() as tx:
        assert await audit(tx) == []
        applied = await campaigns.by_slug(tx, slug)
        assert applied is not None
        return {name: n for name, n in (await totals.of_campaign(tx, applied.id)).items() if n}


async def known(door: Door, person: Person) -> Member | None:
    account = Account(platform=Platform.DISCORD, id=person.id)
    async with door.db.read() as tx:
        return (await members.by_account(tx, [account])).get(account)


async def membership(door: Door, person: Person, guild: Guild) -> Membership | None:
    member, chat = await known(door, person), await door.chat(guild)
    if member is None:
        return None
    async with door.db.read() as tx:
        return (await chats.memberships_of(tx, [member.id])).get((chat.id, member.id))


def tell(door: Door, kind: str, data: dict[str, Any]) -> None:
    door.bot.gateway.tell(kind, None, lambda _: data)


# What cannot be handled


async def test_a_bad_event_is_set_aside_with_its_error_and_the_others_are_handled(
    door: Door, spring: Campaign, guild: Guild, ana: Person, ben: Person
):
    ana.discovers(guild)
    tell(door, *BROKEN)
    ben.discovers(guild)
    await door.settle()
    assert await counted(door) == {"joins": 2}
    [left] = await rows(door.db, state="waiting")
    assert left.attempts == 1
    assert "ValidationError" in (left.error or "")
    for pause in inbox.PAUSES:
        door.clock.advance(seconds=pause.total_seconds())
        await door.handler.once()
    assert await door.left_over() == {"inbox": {"failed": 1}, "outbox": {}}


async def test_once_handled_an_events_content_is_gone(door: Door, spring: Campaign, guild: Guild, ana: Person):
    ana.discovers(guild)
    ana.runs(door.bot, "help")
    await door.settle()
    assert {(row.content, row.error) for row in await rows(door.db, state="handled")} == {(None, None)}


# Once, whatever comes twice


async def test_a_join_that_is_told_many_times_counts_once(door: Door, spring: Campaign, guild: Guild, ana: Person):
    guild.join_copies = 5
    ana.discovers(guild)
    await door.settle()
    [session] = door.bot.gateway.connected
    for event in [each for each in session.log if each.kind == "GUILD_MEMBER_ADD"]:
        tell(door, event.kind, event.data)
    await door.settle()
    assert await counted(door) == {"joins": 1}


async def test_two_processes_that_hear_the_same_do_everything_once(
    door: Door, spring: Campaign, guild: Guild, channel: Channel, ana: Person
):
    """As when an old process still runs while its successor has come: each has a session of its own."""
    campaign = replace(campaign_in(guild), qualify=Qualify(messages=2))
    await door.apply(campaign)
    ana.discovers(guild)
    message = {"id": "77", "guild_id": str(guild.id), "author": ana.json(), "type": 0}
    asked = ana.runs(door.bot, "help", channel)
    frames = [
        ("MESSAGE_CREATE", message),
        ("GUILD_MEMBER_ADD", {"guild_id": str(guild.id)} | guild.members[ana.id].json()),
        ("INTERACTION_CREATE", asked.event()),
    ]
    for session in ("old", "new"):
        ready = {"session_id": session, "user": door.bot.json(), "guilds": []}
        door.keeper.hear(json.dumps({"op": 0, "t": "READY", "s": 1, "d": ready}))
        for number, (kind, data) in enumerate(frames):
            door.keeper.hear(json.dumps({"op": 0, "t": kind, "s": number + 2, "d": data}))
    await door.settle()
    assert (await counted(door))["joins"] == 1
    there = await membership(door, ana, guild)
    assert there is not None
    assert there.messages == 1
    assert len(asked.replies) == 1


async def test_several_processes_share_the_work(door: Door, spring: Campaign, world: DiscordWorld, guild: Guild):
    people = [world.user() for _ in range(60)]
    for person in people:
        person.discovers(guild)
    await door.hear()
    await asyncio.gather(*(door.handler.once() for _ in range(3)))
    await door.settle()
    assert await counted(door) == {"joins": 60}


async def test_the_order_of_events_makes_no_difference_to_where_somebody_is(
    door: Door, spring: Campaign, guild: Guild, ana: Person, ben: Person
):
    await door.hear()
    for person in (ana, ben):
        person.discovers(guild)
        door.clock.advance(seconds=10)
        person.leaves(guild)
        door.clock.advance(seconds=10)
    ben.discovers(guild)
    told = [each for each in door.bot.gateway.connected[0].log if "MEMBER" in each.kind]
    await door.hear()
    async with door.db.begin() as tx:  # what came last is handled first
        for waiting in reversed(await inbox.take(tx, SOURCE, now=door.clock.now(), limit=100)):
            await door.events.handle(tx, [waiting])
            await inbox.handled(tx, [waiting.id])
    assert len(told) == 5
    gone, there = await membership(door, ana, guild), await membership(door, ben, guild)
    assert gone is not None
    assert there is not None
    assert (gone.present, there.present) == (False, True)


# Whose business it is


async def test_servers_that_no_campaign_names_are_nobodys_business(
    door: Door, spring: Campaign, world: DiscordWorld, olga: Person, ana: Person
):
    other = world.guild("Elsewhere", owner=olga, bots=[door.bot])
    ana.discovers(other)
    ana.leaves(other)
    await door.settle()
    assert await known(door, ana) is None
    assert (await door.left_over())["inbox"] == {}


async def test_a_commands_answer_is_given_in_any_server(
    door: Door, spring: Campaign, world: DiscordWorld, olga: Person, ana: Person
):
    other = world.guild("Elsewhere", owner=olga, bots=[door.bot])
    ana.discovers(other)
    asked = ana.runs(door.bot, "help", other.text_channels()[0])
    assert "/me" in await door.answer(asked)


async def test_changes_of_people_we_do_not_know_are_not_kept(door: Door, spring: Campaign, guild: Guild, ana: Person):
    ana.discovers(guild)
    await door.hear()
    async with door.db.begin() as tx:
        for each in await inbox.take(tx, SOURCE, now=door.clock.now(), limit=100):
            await inbox.handled(tx, [each.id])
    guild.features.add(SCREENING)
    tell(door, "GUILD_UPDATE", guild.json())
    tell(door, "GUILD_MEMBER_UPDATE", {"guild_id": str(guild.id)} | guild.members[ana.id].json())
    await door.settle()
    assert await known(door, ana) is None


# Members


async def test_whoever_has_to_accept_rules_first_has_joined_when_they_did(
    door: Door, spring: Campaign, guild: Guild, ana: Person, ben: Person
):
    code = await code_of(door, ana)
    guild.features.add(SCREENING)
    ben.runs(door.bot, "start", code=code)
    await door.settle()
    ben.discovers(guild)
    await door.settle()
    assert (await counted(door)).get("joins") is None
    assert await reasons(door) == ["not_joined"]
    ben.passes_screening(guild)
    await door.settle()
    assert (await counted(door))["joins"] == 1
    assert await reasons(door) == ["staying"]


async def test_whoever_was_there_before_our_time_is_no_new_friend(
    door: Door, spring: Campaign, guild: Guild, ana: Person, ben: Person
):
    guild.former.add(ben.id)  # which Discord knows, and we could not see
    code = await code_of(door, ana)
    ben.runs(door.bot, "start", code=code)
    await door.settle()
    ben.discovers(guild)
    await door.settle()
    assert await reasons(door) == ["already_member"]


async def test_a_friend_who_leaves_is_lost(door: Door, spring: Campaign, guild: Guild, ana: Person, ben: Person):
    code = await code_of(door, ana)
    ben.runs(door.bot, "start", code=code)
    await door.settle()
    ben.discovers(guild)
    await door.settle()
    assert await reasons(door) == ["staying"]
    door.clock.advance(hours=1)
    ben.leaves(guild)
    await door.settle()
    assert await reasons(door) == ["left_early"]


async def test_a_friend_who_stays_is_paid_for(door: Door, spring: Campaign, guild: Guild, ana: Person, ben: Person):
    code = await code_of(door, ana)
    ben.runs(door.bot, "start", code=code)
    await door.settle()
    ben.discovers(guild)
    await door.settle()
    door.clock.advance(days=3, hours=1)
    await door.settle()
    assert (await counted(door))["referrals.rewarded"] == 1


async def test_a_bot_is_nobodys_friend(door: Door, spring: Campaign, world: DiscordWorld, guild: Guild, olga: Person):
    other = world.bot("another")
    olga.adds_bot(other, guild)
    await door.settle()
    assert await reasons(door) == []
    account = Account(platform=Platform.DISCORD, id=other.id)
    async with door.db.read() as tx:
        found = (await members.by_account(tx, [account])).get(account)
    assert found is None or found.is_bot


async def test_messages_are_counted_where_a_campaign_asks_for_them(door: Door, guild: Guild, ana: Person, ben: Person):
    await door.apply(campaign_in(guild, qualify=Qualify(messages=2)))
    code = await code_of(door, ana)
    ben.runs(door.bot, "start", code=code)
    await door.settle()
    ben.discovers(guild)
    for number in (1, 2):
        await door.settle()
        assert await reasons(door) == ["silent"]
        tell(door, "MESSAGE_CREATE", a_message(guild, ben, number))
    tell(door, "MESSAGE_CREATE", a_message(guild, ben, 2))
    await door.settle()
    assert (await counted(door))["referrals.rewarded"] == 1


def a_message(guild: Guild, author: Person, number: int) -> dict[str, Any]:
    return {"id": str(number), "guild_id": str(guild.id), "author": author.json(), "type": 0, "content": ""}


async def test_an_accounts_age_is_kept(door: Door, spring: Campaign, guild: Guild, ana: Person):
    ana.discovers(guild)
    await door.settle()
    async with door.db.read() as tx:
        [account] = await rows_of(tx, select(table_of(AccountRow)).where(table_of(AccountRow).c.id == ana.id))
    assert account.created_at == ana.created_at


# Servers


async def test_a_servers_name_and_the_bots_standing_are_kept(
    door: Door, spring: Campaign, world: DiscordWorld, guild: Guild, olga: Person
):
    await door.settle()
    chat = await door.chat(guild)
    assert (chat.title, chat.bot_status) == ("Le Cercle", "administrator")
    tell(door, "GUILD_UPDATE", guild.json() | {"name": "Le Salon"})
    await door.settle()
    assert (await door.chat(guild)).title == "Le Salon"
    olga.kicks(door.bot, guild)
    await door.settle()
    assert (await door.chat(guild)).bot_status == "absent"


async def test_an_outage_is_no_farewell(door: Door, spring: Campaign, world: DiscordWorld, guild: Guild):
    await door.settle()
    world.outage(guild)
    await door.settle()
    assert (await door.chat(guild)).bot_status == "administrator"
