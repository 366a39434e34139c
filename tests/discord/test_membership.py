"""Whether somebody is in a server, when the question and their join meet."""

from bots.sandbox.discord import Guild, Person
from core import chats, outbox
from core.campaign.values import Account, Campaign, Platform
from core.chats import Membership
from core.outbox import Outgoing
from tests.discord.conftest import Door


async def _membership(door: Door, guild: Guild, person: Person) -> Membership:
    chat = await door.chat(guild)
    async with door.db.read() as tx:
        found = await chats.memberships_between(tx, chat.id, Platform.DISCORD, 0, 2**63 - 1)
    return found[Account(platform=Platform.DISCORD, id=person.id)]


async def _ask(door: Door, guild: Guild, person: Person) -> None:
    wanted = {"door": Platform.DISCORD, "address": guild.id, "kind": "ask_membership", "due_at": door.clock.now()}
    async with door.db.begin() as tx:
        await outbox.put(tx, [Outgoing(key="ask/1", content={"account": person.id}, **wanted)])


async def test_who_is_found_within_the_second_of_their_join_was_not_there_before(
    door: Door, spring: Campaign, guild: Guild, ben: Person
) -> None:
    door.clock.advance(seconds=0.7)
    ben.discovers(guild)
    await _ask(door, guild, ben)
    await door.settle()
    found = await _membership(door, guild, ben)
    assert (found.present, found.seen_at is not None, found.came_unseen) == (True, True, False)
    assert found.first_present_at == ben.member(guild).joined_at


async def test_discords_clock_may_be_ahead_of_ours(door: Door, spring: Campaign, guild: Guild, ben: Person) -> None:
    door.clock.advance(seconds=5)
    ben.discovers(guild)
    door.clock.advance(seconds=-5)
    await _ask(door, guild, ben)
    await door.sender.once()
    await door.settle()
    assert (await _membership(door, guild, ben)).first_present_at == ben.member(guild).joined_at
