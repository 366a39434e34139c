"""An invitation as a gift: one for whoever has earned it, and good for one person, whatever happens on the way."""

import asyncio

import pytest
import telegram

from bots.exchange.attempt import ATTEMPTS
from bots.sandbox.telegram import Bot, BotApiError, Chat, ImpossibleError, Person, TelegramWorld
from core import campaign as campaigns
from core import intake, members, outbox, rewards
from core.campaign.values import Account, Platform, Qualify, Reward, To
from core.database import Database
from core.members import Person as Somebody
from core.rewards import Grant
from tests.clock import FakeClock
from tests.people import a_campaign
from tests.telegram.conftest import Door, campaign_in, code_of
from tests.telegram.outgoing import Outgoings, texts

MADE = "createChatInviteLink"
NO_RIGHT = BotApiError(400, "Bad Request: not enough rights to manage chat invite link")


@pytest.fixture
async def out(db: Database, clock: FakeClock, world: TelegramWorld, bot: Bot, client: telegram.Bot) -> Outgoings:
    return Outgoings(db=db, clock=clock, world=world, bot=bot, api=client)


@pytest.fixture
def ana(out: Outgoings) -> Person:
    return out.person("Ana", language_code="en")


@pytest.fixture
def club(world: TelegramWorld, bot: Bot, olga: Person) -> Chat:
    """A private chat with the bot as an administrator, which is no community of any campaign."""
    return world.chat("supergroup", "The Inner Circle", owner=olga, admins=[bot])


class Gift:
    """What Ana is granted: to be invited into the chat."""

    def __init__(self, out: Outgoings, person: Person, chat: Chat) -> None:
        self.out, self.person, self.chat = out, person, chat
        self.cause = ""

    async def granted(self, number: int = 1, name: str = "The Inner Circle") -> "Gift":
        now = self.out.clock.now()
        somebody = Somebody(account=account(self.person), name="Ana", reachable=True, language="en")
        reward = Reward(id="club", to=To.ADVOCATE, kind="telegram_invite", setting=self.chat.id, at=1)
        async with self.out.db.begin() as tx:
            applied = await campaigns.keep(tx, a_campaign("clubs", rewards=(reward,)), now=now)
            member = (await members.meet(tx, [somebody], now=now))[somebody.account].id
            self.cause = f"clubs/club/{member}/{number}"
            given = {"cause": self.cause, "campaign_id": applied.id, "member_id": member, "granted_at": now}
            await rewards.grant(tx, [Grant(reward="club", kind="telegram_invite", delivered_at=None, **given)])
        await self.out.put(
            self.chat.id, kind="invite", key=f"invite/{self.cause}", text="", cause=self.cause, name=name
        )
        return self

    async def link(self) -> str | None:
        async with self.out.db.read() as tx:
            grant = await rewards.get(tx, self.cause)
        assert grant is not None
        return grant.gift

    def open_links(self) -> list[str]:
        """Those of the chat that somebody could come in by."""
        return [url for url, link in self.chat.links.items() if link.open_at(self.out.world.time())]


@pytest.fixture
async def gift(out: Outgoings, ana: Person, club: Chat) -> Gift:
    return await Gift(out, ana, club).granted()


def account(person: Person) -> Account:
    return Account(platform=Platform.TELEGRAM, id=person.id)


async def test_the_link_is_made_kept_and_sent(out: Outgoings, gift: Gift, ana: Person):
    await out.sender.once()
    link = await gift.link()
    assert link is not None
    assert gift.open_links() == [link]
    assert (gift.chat.links[link].name, gift.chat.links[link].member_limit) == ("The Inner Circle", 1)
    [told] = texts(ana)
    assert link in told or link in str(ana.inbox[0].buttons)
    assert await out.rows() == []


async def test_a_long_name_is_cut(out: Outgoings, ana: Person, club: Chat):
    gift = await Gift(out, ana, club).granted(name="The very innermost circle of all the circles")
    await out.sender.once()
    link = await gift.link()
    assert link is not None
    assert gift.chat.links[link].name == "The very innermost circle of all"


async def test_asked_for_again_nothing_is_made(out: Outgoings, gift: Gift, ana: Person):
    await out.sender.once()
    await out.put(gift.chat.id, kind="invite", key="again", text="", cause=gift.cause, name="x")
    await out.sender.once()
    assert len(out.world.calls_of(MADE)) == 1
    assert len(texts(ana)) == 1


async def test_for_nobodys_grant_nothing_is_made(out: Outgoings, club: Chat):
    await out.put(club.id, kind="invite", key="nobody", text="", cause="clubs/club/77/1", name="x")
    assert await out.sender.once() == 1
    assert out.world.calls_of(MADE) == []


async def test_a_link_whose_answer_was_lost_is_shown_to_nobody(out: Outgoings, gift: Gift, ana: Person):
    out.world.faults.lose_answer(method=MADE)
    for _ in range(ATTEMPTS):
        await out.sender.once()
        out.clock.advance(hours=1)
    link = await gift.link()
    assert link is not None
    assert len(out.world.calls_of(MADE)) == 2
    assert len(gift.open_links()) == 2  # one of them nobody knows
    assert len(texts(ana)) == 1


async def test_of_two_that_were_made_at_the_same_time_one_is_revoked(out: Outgoings, gift: Gift, ana: Person):
    """A process that was away for longer than its claim has one that is not wanted any more."""
    held = out.world.faults.hold(method=MADE)
    slow = asyncio.create_task(out.another().once())
    await held.hit.wait()
    out.clock.advance(minutes=3)
    await out.sender.once()
    held.release()
    await slow
    await out.sender.once()
    assert gift.open_links() == [await gift.link()]
    assert len(gift.chat.links) == 2
    assert len(texts(ana)) == 1


async def test_kept_a_second_time_because_the_answer_was_lost_it_stays_open(out: Outgoings, gift: Gift, ana: Person):
    async with out.db.begin() as tx:
        await intake.gift_made(tx, gift.cause, "https://t.me/+first", now=out.clock.now())
        await intake.gift_made(tx, gift.cause, "https://t.me/+first", now=out.clock.now())
        await intake.gift_made(tx, gift.cause, "https://t.me/+second", now=out.clock.now())
    assert await gift.link() == "https://t.me/+first"


async def test_into_a_public_chat_its_address_is_the_gift(
    out: Outgoings, ana: Person, world: TelegramWorld, olga: Person
):
    public = world.chat("supergroup", "Everybody", owner=olga, username="everybody", admins=[out.bot])
    gift = await Gift(out, ana, public).granted()
    await out.sender.once()
    assert await gift.link() == "https://t.me/everybody"
    assert out.world.calls_of(MADE) == []
    assert await out.rows() == []


@pytest.mark.parametrize(
    ("wrong", "fix"),
    [
        (NO_RIGHT, "give the bot that right"),
        (BotApiError(400, "Bad Request: CHAT_ADMIN_REQUIRED"), "make the bot an administrator"),
        (BotApiError(400, "Bad Request: chat not found"), "add the bot to the chat again"),
        (BotApiError(403, "Forbidden: bot was kicked from the supergroup chat"), "add it again, as an administrator"),
    ],
)
async def test_what_an_organizer_has_to_set_right_is_held_and_tried_again(
    out: Outgoings, gift: Gift, ana: Person, wrong: BotApiError, fix: str
):
    out.world.faults.refuse(wrong, method="getChat" if "rights" not in wrong.description else MADE)
    await out.sender.once()
    async with out.db.read() as tx:
        [held] = await outbox.held(tx, limit=9)
    assert str(gift.chat.id) in held.error
    assert fix in held.error
    out.clock.advance(minutes=59)
    await out.sender.once()
    assert await gift.link() is None
    out.clock.advance(minutes=1)
    await out.sender.once()
    assert await gift.link() is not None
    assert await out.failures() == []


async def test_a_chat_into_which_nobody_can_be_invited_is_not_asked_again_and_again(
    out: Outgoings, ana: Person, club: Chat, olga: Person
):
    olga.demotes(out.bot, club)
    for number in range(10):
        await Gift(out, ana, club).granted(number)
        await out.sender.once()
    assert len(out.world.calls_of(MADE)) == 1
    assert await out.failures() == []


async def test_a_chat_that_has_moved_is_invited_into_at_its_new_number(
    out: Outgoings, ana: Person, world: TelegramWorld, olga: Person
):
    old = world.chat("group", "The Inner Circle", owner=olga, admins=[out.bot])
    gift = await Gift(out, ana, old).granted()
    gift.chat = world.migrate(old)
    await out.sender.once()
    await out.sender.once()
    assert gift.open_links() == [await gift.link()]


async def test_who_is_asked_for_patience_waits(out: Outgoings, gift: Gift):
    out.world.faults.too_many(30, method=MADE)
    await out.sender.once()
    assert await gift.link() is None
    out.clock.advance(seconds=30)
    await out.sender.once()
    assert await gift.link() is not None


async def test_who_brings_a_friend_is_invited_and_comes_in(
    door: Door, group: Chat, club: Chat, ana: Person, ben: Person
):
    reward = Reward(id="club", to=To.ADVOCATE, kind="telegram_invite", setting=club.id, at=1)
    await door.apply(campaign_in(group, rewards=(reward,), qualify=Qualify()))
    code = await code_of(door, ana)
    ben.start(door.bot, code)
    await door.settle()
    ben.joins(group, next(iter(group.links)))
    for _ in range(3):
        await door.settle()
        door.clock.advance(seconds=10)
    [link] = club.links
    [told] = [each for each in ana.inbox if link in each.text]
    assert "Bring a friend" in told.text
    ana.joins(club, link)
    await door.settle()
    assert club.links[link].is_revoked
    assert await door.left_over() == {"inbox": {}, "outbox": {}}


# When it is used


async def revoking(out: Outgoings) -> list[str]:
    """The keys of what waits to be revoked, or could not be."""
    return [row.key for row in await out.rows() if row.kind == "revoke"]


@pytest.fixture
async def link(door: Door, gift: Gift, out: Outgoings) -> str:
    """Ana's, and the door hears who comes."""
    await out.sender.once()
    link = await gift.link()
    assert link is not None
    return link


async def test_a_link_that_was_used_is_nobody_elses_even_if_they_leave(
    door: Door, gift: Gift, link: str, ana: Person, ben: Person, out: Outgoings
):
    ana.joins(gift.chat, link)
    await door.settle()
    ana.leaves(gift.chat)
    await door.settle()
    with pytest.raises(ImpossibleError, match="not valid"):
        ben.joins(gift.chat, link)
    assert gift.chat.links[link].is_revoked
    assert await revoking(out) == []


async def test_the_same_join_told_twice_revokes_once_more_without_harm(
    door: Door, gift: Gift, link: str, ana: Person, bot: Bot, out: Outgoings
):
    bot.updates.copies = 2
    ana.joins(gift.chat, link)
    await door.settle()
    assert gift.chat.links[link].is_revoked
    assert await revoking(out) == []


async def test_only_links_that_this_bot_made_for_one_are_revoked(
    door: Door, club: Chat, olga: Person, ana: Person, ben: Person, out: Outgoings
):
    ours = (await out.api.create_chat_invite_link(club.id, name="for a link's friends")).invite_link
    hers = olga.makes_link(club, member_limit=1)
    ana.joins(club, ours)
    ben.joins(club, hers)
    await door.settle()
    assert not club.links[ours].is_revoked
    assert not hers.is_revoked
    assert await revoking(out) == []


async def test_without_the_right_the_revoking_is_held_and_tried_again(
    door: Door, gift: Gift, link: str, ana: Person, out: Outgoings
):
    out.world.faults.refuse(NO_RIGHT, method="revokeChatInviteLink")
    ana.joins(gift.chat, link)
    await door.settle()
    assert not gift.chat.links[link].is_revoked
    out.clock.advance(hours=1)
    await door.settle()
    assert gift.chat.links[link].is_revoked


async def test_what_is_closed_already_is_done(door: Door, gift: Gift, link: str, ana: Person, out: Outgoings):
    out.world.faults.refuse(BotApiError(400, "Bad Request: INVITE_HASH_EXPIRED"), method="revokeChatInviteLink")
    ana.joins(gift.chat, link)
    await door.settle()
    assert await revoking(out) == []


async def test_the_key_does_not_tell_the_link(door: Door, gift: Gift, link: str, ana: Person, out: Outgoings):
    out.world.faults.refuse(NO_RIGHT, method="revokeChatInviteLink")
    ana.joins(gift.chat, link)
    await door.settle()
    [key] = await revoking(out)
    assert link.rpartition("+")[2] not in key
