"""From the inbox to effects: once each, in their order, and one bad update stops no other."""

import asyncio
import json

import pytest
from sqlalchemy import Connection, MetaData, select

from bots.exchange.handler import AT_ONCE
from bots.sandbox.telegram import Chat, Member, Person
from bots.telegram.handle import handler
from core import campaign as campaigns
from core import chats, inbox, referrals, totals
from core.audit import audit
from core.campaign.values import Campaign, Platform, Qualify
from core.database import Database, rows_of, table_of
from core.inbox.table import InboxRow
from tests.telegram.conftest import Door, campaign_in, code_of, said

WELCOME = said("en", "start.welcome")
BROKEN = [
    {"update_id": 1, "message": {"message_id": "seven"}},
    {"update_id": 2, "chat_member": {"chat": {}}},
    {"update_id": 3, "callback_query": {"data": "me"}},
]


async def keep(door: Door, *updates: object) -> None:
    await door.keeper.keep([json.dumps(update).encode() for update in updates])


async def rows(db: Database, *, state: str) -> dict[str, InboxRow]:
    """The inbox's rows in this state, by their keys."""
    table = table_of(InboxRow)
    async with db.read() as tx:
        return {row.key: row for row in await rows_of(tx, select(table).where(table.c.state == state))}


async def found_chat(door: Door, chat: Chat) -> chats.Chat:
    async with door.db.read() as tx:
        return (await chats.at_addresses(tx, Platform.TELEGRAM, [chat.id]))[chat.id]


async def reasons(door: Door) -> list[str]:
    """Why each referral stands where it does."""
    async with door.db.read() as tx:
        return [each.reason.value for each in (await referrals.of_friends(tx, range(1, 100))).values()]


async def counted(door: Door, slug: str = "spring") -> dict[str, int]:
    async with door.db.read() as tx:
        assert await audit(tx) == []
        applied = await campaigns.by_slug(tx, slug)
        assert applied is not None
        return {name: n for name, n in (await totals.of_campaign(tx, applied.id)).items() if n}


# What cannot be handled


async def test_a_bad_update_is_set_aside_with_its_error_and_the_others_are_handled(
    door: Door, spring: Campaign, ana: Person, ben: Person
):
    ana.start(door.bot)
    await door.world.until(lambda: not door.bot.updates)
    await keep(door, *BROKEN)
    ben.start(door.bot)
    await door.settle()
    assert [len(ana.inbox), len(ben.inbox)] == [1, 1]
    left = await rows(door.db, state="waiting")
    assert left.keys() == {"1", "2", "3"}
    assert all(row.attempts == 1 and row.content is not None for row in left.values())
    assert "ValidationError" in left["1"].error
    assert "message_id" in left["1"].error


async def test_what_was_set_aside_is_tried_again_until_it_is_given_up(door: Door, spring: Campaign, ana: Person):
    await keep(door, BROKEN[0])
    for attempt, pause in enumerate(inbox.PAUSES, start=1):
        await door.handler.once()
        assert (await rows(door.db, state="waiting"))["1"].attempts == attempt
        door.clock.advance(seconds=pause.total_seconds() - 1)
        assert await door.handler.once() == 0
        door.clock.advance(seconds=1)
    await door.handler.once()
    assert await door.left_over() == {"inbox": {"failed": 1}, "outbox": {}}
    async with door.db.read() as tx:
        [failure] = await inbox.failures(tx, limit=10)
    assert (failure.key, failure.attempts, failure.kept) == ("1", 6, True)
    ana.start(door.bot)
    await door.settle()
    assert ana.inbox


async def test_once_handled_an_updates_content_is_gone(door: Door, spring: Campaign, ana: Person):
    ana.says(door.bot, "something private")
    await door.settle()
    handled = await rows(door.db, state="handled")
    assert [(row.content, row.error) for row in handled.values()] == [(None, None)]


# Once, whatever comes twice


async def test_an_update_delivered_a_hundred_times_is_answered_once(door: Door, spring: Campaign, ana: Person):
    door.bot.updates.copies = 100
    ana.start(door.bot)
    await door.settle()
    door.bot.updates.copies = 1
    door.bot.updates.replay(1)
    await door.settle()
    assert [message.text for message in ana.inbox] == [WELCOME]


async def test_so_it_is_when_they_come_side_by_side_and_after_a_restart(door: Door, spring: Campaign, ana: Person):
    ana.start(door.bot, "no-such-code")
    [update] = [each.json() for each in door.bot.updates.pending()]
    for _ in range(4):  # each time with another handler, as after a restart
        handlers = [handler(door.db, door.clock, username="sayso_bot", after=lambda: None) for _ in range(5)]
        await asyncio.gather(*(keep(door, update) for _ in range(25)), *(each.once() for each in handlers))
        await door.settle()
    assert [message.text for message in ana.inbox] == [said("en", "problem.unknown_code")]


async def test_several_processes_share_the_work(door: Door, spring: Campaign, ana: Person, group: Chat):
    code = await code_of(door, ana)
    friends = [door.world.user(f"Friend {number}") for number in range(60)]
    for friend in friends:
        friend.start(door.bot, code)
    await door.world.until(lambda: not door.bot.updates)
    handlers = [handler(door.db, door.clock, username="sayso_bot", after=lambda: None) for _ in range(4)]
    assert sum(await asyncio.gather(*(each.once() for each in handlers))) == 60
    await door.settle()
    assert {len(friend.inbox) for friend in friends} == {1}
    assert (await counted(door))["starts"] == 60


async def test_more_than_one_batch_is_handled_in_the_order_in_which_it_came(
    door: Door, spring: Campaign, ana: Person, ben: Person, group: Chat
):
    code = await code_of(door, ana)
    for number in range(AT_ONCE):
        ben.says(door.bot, str(number))
    ben.start(door.bot, code)
    await door.world.until(lambda: not door.bot.updates)
    assert await door.handler.once() == AT_ONCE
    assert "starts" not in await counted(door)
    assert await door.handler.once() == 1
    assert (await counted(door))["starts"] == 1


async def test_a_leave_that_is_heard_of_before_its_join_ends_the_same_way(
    door: Door, spring: Campaign, ana: Person, ben: Person, olga: Person, group: Chat
):
    code = await code_of(door, ana)
    for friend in (ben, door.world.user("Bea")):
        friend.start(door.bot, code)
        await door.settle()
        invite = friend.inbox[-1].buttons[0]["url"]
        if friend is ben:
            friend.joins(group, invite)
            friend.leaves(group)
        else:
            with door.bot.updates.backwards():
                friend.joins(group, invite)
                friend.leaves(group)
    await door.settle()
    found = await counted(door)
    assert (found["joins"], found["leaves"]) == (2, 2)


async def test_join_leave_join_within_a_second_is_a_stay(
    door: Door, spring: Campaign, ana: Person, ben: Person, group: Chat
):
    code = await code_of(door, ana)
    ben.start(door.bot, code)
    await door.settle()
    invite = ben.inbox[-1].buttons[0]["url"]
    ben.joins(group, invite)
    ben.leaves(group)
    ben.joins(group, invite)
    await door.settle()
    door.clock.advance(days=3, minutes=1)
    await door.settle()
    found = await counted(door)
    assert (found["joins"], found["leaves"], found["referrals.rewarded"]) == (2, 1, 1)


# What is told of chats


async def test_a_chats_name_and_address_are_kept_up_to_date(door: Door, group: Chat, olga: Person, spring: Campaign):
    olga.says(group, "hello")
    await door.settle()
    found = await found_chat(door, group)
    assert (found.title, found.username) == ("Le Cercle", None)
    group.title, group.username = "Le Grand Cercle", "grand_cercle"
    olga.says(group, "we have moved")
    await door.settle()
    found = await found_chat(door, group)
    assert (found.title, found.username) == ("Le Grand Cercle", "grand_cercle")


async def test_what_the_bot_may_do_is_known_whatever_is_said_beside_it(
    door: Door, group: Chat, olga: Person, spring: Campaign
):
    olga.demotes(door.bot, group)
    olga.promotes(door.bot, group)
    olga.says(group, "the bot is an administrator")
    await door.settle()
    assert (await found_chat(door, group)).bot_status == "administrator"
    olga.removes(door.bot, group)
    await door.settle()
    assert (await found_chat(door, group)).bot_status == "absent"


async def test_chats_of_no_campaign_are_nobodys_business(door: Door, spring: Campaign, olga: Person):
    other = door.world.chat("supergroup", "Elsewhere", owner=olga, admins=[door.bot])
    olga.says(other, "hello")
    await door.settle()
    async with door.db.read() as tx:
        assert await chats.at_addresses(tx, Platform.TELEGRAM, [other.id]) == {}


async def test_a_campaign_follows_its_group_when_that_becomes_a_supergroup(door: Door, ana: Person, ben: Person):
    old = door.world.chat("group", "Les amis", admins=[door.bot])
    await door.apply(campaign_in(old))
    code = await code_of(door, ana)
    ben.start(door.bot, code)
    await door.settle()
    before = ben.inbox[-1].buttons[0]["url"]
    new = door.world.migrate(old)
    await door.settle()
    ben.start(door.bot, code)
    await door.settle()
    after = ben.inbox[-1].buttons[0]["url"]
    assert (before in old.links, after in new.links) == (True, True)
    ben.opens(after)
    await door.settle()
    assert (await counted(door))["joins"] == 1


async def test_it_follows_also_when_the_new_chat_is_heard_first(door: Door, ana: Person, ben: Person):
    old = door.world.chat("group", "Les amis", admins=[door.bot])
    await door.apply(campaign_in(old))
    code = await code_of(door, ana)
    with door.bot.updates.backwards():
        new = door.world.migrate(old)
    await door.settle()
    assert (await found_chat(door, new)).native_id == new.id
    ben.start(door.bot, code)
    await door.settle()
    ben.opens(ben.inbox[-1].buttons[0]["url"])
    await door.settle()
    assert (await counted(door))["joins"] == 1


# What is told of people


async def test_who_blocks_the_bot_is_not_written_to_and_comes_back_with_start(
    door: Door, spring: Campaign, ana: Person, ben: Person, group: Chat
):
    code = await code_of(door, ana)
    ana.blocks(door.bot)
    await door.settle()
    heard = len(ana.inbox)
    ben.start(door.bot, code)
    await door.settle()
    ben.opens(ben.inbox[-1].buttons[0]["url"])
    await door.settle()
    assert len(ana.inbox) == heard
    assert await door.left_over() == {"inbox": {}, "outbox": {}}
    ana.start(door.bot)
    await door.settle()
    assert len(ana.inbox) == heard + 1


@pytest.mark.parametrize("how", ["start", "unblocks"])
async def test_a_reward_that_waits_is_brought_as_soon_as_one_may_be_written_to(
    door: Door, spring: Campaign, ana: Person, ben: Person, group: Chat, how: str
):
    ben.start(door.bot, await code_of(door, ana))
    await door.settle()
    ben.opens(ben.inbox[-1].buttons[0]["url"])
    await door.settle()
    ben.blocks(door.bot)
    await door.settle()
    door.clock.advance(days=3, minutes=1)
    await door.settle()
    assert (await counted(door))["rewards.granted"] == 2
    if how == "start":
        ben.start(door.bot)
    else:
        ben.unblocks(door.bot)
    await door.settle()
    assert any("Bonjour !" in message.text for message in ben.inbox)


async def test_a_message_in_the_group_counts_but_telegrams_own_lines_do_not(
    door: Door, ana: Person, ben: Person, group: Chat
):
    await door.apply(campaign_in(group, qualify=Qualify(messages=1)))
    ben.start(door.bot, await code_of(door, ana))
    await door.settle()
    ben.opens(ben.inbox[-1].buttons[0]["url"])
    await door.settle()
    assert await reasons(door) == ["silent"]
    ben.says(group, "Bonjour !")
    await door.settle()
    assert await reasons(door) == ["rewarded"]


async def test_what_people_write_is_kept_nowhere(door: Door, spring: Campaign, ana: Person, group: Chat):
    group.put(Member(user=ana, status="member"))
    ana.says(door.bot, "Diary")
    ana.says(door.bot, "/start 23456789abc_Diary")
    ana.says(door.bot, "/claim Diary")
    ana.says(group, "Diary")
    await door.settle()
    async with door.db.read() as tx:
        kept = await tx.run_sync(_everything)
    assert "spring" in kept
    assert "Diary" not in kept


def _everything(connection: Connection) -> str:
    tables = MetaData()
    tables.reflect(connection)
    return "".join(str(connection.execute(select(table)).all()) for table in tables.sorted_tables)
