"""`/review`: who may, what is shown, and what comes of a decision."""

from typing import Any

import pytest

from bots.texts import moment, text
from core import arrivals, chats, intake, journal, members, referrals
from core.attribution.rules import Found, Way
from core.campaign.values import Platform
from core.intake.facts import Traced
from core.members import Person
from core.outbox import Outgoing
from tests.talk.conftest import (
    ANA,
    OLGA,
    OTHER_SERVER,
    SERVER,
    Room,
    campaign_in,
    community,
    data,
    somebody,
    texts,
)

CLEO, FLO, GUS = somebody(4, "Cleo", username="cleo_l"), somebody(21, "<Flo>"), somebody(22, "Gus")
TITLE = {"title": "Bring a friend"}


@pytest.fixture(autouse=True)
async def spring(room: Room) -> None:
    """A campaign in one server, with Ana and Cleo as its advocates."""
    await room.apply(campaign_in())
    room.clock.advance(hours=1)


async def ambiguous(room: Room, friend: Person, *advocates: Person) -> None:
    """The friend came in by the link of one of them, and nobody can tell whose."""
    ways = tuple([Way(await room.code_of(each)) for each in advocates])
    now = room.clock.now()
    await room.joined(friend)
    key, chat = f"traced/{friend.account.id}", SERVER
    traced = Traced(key=key, at=now, person=friend, chat=chat, found=Found.AMBIGUOUS, how="compared", ways=ways)
    await room.take(traced)
    room.clock.advance(minutes=1)


async def number_of(room: Room, person: Person) -> int:
    async with room.db.read() as tx:
        return (await members.by_account(tx, [person.account]))[person.account].id


async def credited(room: Room, friend: Person) -> tuple[str, str, int]:
    """Where the friend's referral stands, and to whom it is credited."""
    campaign, number = await room.number_of(), await number_of(room, friend)
    async with room.db.read() as tx:
        referral = (await referrals.of_friends(tx, [number]))[campaign, number]
    return referral.status.value, referral.reason.value, referral.advocate_id


def labels(row: Outgoing) -> list[str]:
    return [button["text"] for line in row.content["buttons"] for button in line]


async def shown(room: Room, what: str = "review", *args: str, by: Person = OLGA, **told: Any) -> Outgoing:
    [row] = await room.ask(by, what, *args, **told)
    return row


# Who may


async def test_others_are_kindly_refused(room: Room):
    await ambiguous(room, FLO, ANA, CLEO)
    assert texts([await shown(room, by=ANA)]) == [text("en", "problem.not_organizer")]


async def test_a_forged_button_decides_nothing(room: Room):
    await ambiguous(room, FLO, ANA, CLEO)
    before = await credited(room, FLO)
    friend, ana = await number_of(room, FLO), await number_of(room, ANA)
    [row] = await room.press(ANA, f"review_pick:{await room.number_of()}:{friend}:{ana}")
    assert texts([row]) == [text("en", "problem.not_organizer")]
    assert await credited(room, FLO) == before


async def test_the_organizer_of_one_campaign_decides_nothing_in_another(room: Room):
    await room.apply(campaign_in(community(OTHER_SERVER), slug="autumn", organizers=(ANA.account,)))
    await ambiguous(room, FLO, ANA, CLEO)
    friend, ana = await number_of(room, FLO), await number_of(room, ANA)
    await room.press(ANA, f"review_pick:{await room.number_of()}:{friend}:{ana}")
    assert (await credited(room, FLO))[0] == "held"


async def test_an_organizer_may_ask_on_either_messenger(room: Room):
    here = somebody(7, "Olga", on=Platform.TELEGRAM)
    await room.apply(campaign_in(organizers=(OLGA.account, here.account)))
    await ambiguous(room, FLO, ANA, CLEO)
    there = room.on(Platform.TELEGRAM)
    assert text("en", "review.waiting", n=1, **TITLE) in texts([await shown(there, by=here)])[0]


# What is shown


async def test_nothing_to_decide_is_said(room: Room):
    assert texts([await shown(room)]) == [text("en", "review.nothing", **TITLE)]


async def test_a_friend_is_shown_with_everybody_it_may_have_been(room: Room):
    joined_at = room.clock.now()
    await ambiguous(room, FLO, ANA, CLEO)
    row = await shown(room)
    when = moment("en", joined_at, "Europe/Paris")
    assert row.content["text"].split("\n\n") == [
        text("en", "review.waiting", n=1, **TITLE),
        text("en", "review.who", friend="&lt;Flo&gt;", when=when),
    ]
    assert sorted(labels(row)) == ["Ana", "Cleo (@cleo_l)", "Nobody"]
    assert all(len(each.encode()) <= 64 for each in data(row))


async def test_one_at_a_time_and_later_shows_the_next(room: Room):
    await ambiguous(room, FLO, ANA, CLEO)
    await ambiguous(room, GUS, ANA, CLEO)
    first = await shown(room)
    assert "<b>Gus</b>" in first.content["text"]  # who came last
    [second] = await room.press(OLGA, data(first)[-1])
    assert "&lt;Flo&gt;" in second.content["text"]
    assert second.content["edits"]
    [again] = await room.press(OLGA, data(second)[-1])
    assert again.content["text"] == first.content["text"]


async def test_whose_arrival_left_no_trace_is_counted(room: Room):
    async with room.db.begin() as tx:
        chat = await chats.ensure(tx, Platform.DISCORD, SERVER)
    await listed(room, chat)
    since = room.clock.now()
    for person in (FLO, GUS):
        await room.joined(person)
        async with room.db.begin() as tx:
            now = room.clock.now()
            await arrivals.arrived(tx, [arrivals.Coming(chat_id=chat, person=person, joined_at=now, received_at=now)])
        await listed(room, chat)
    when = moment("en", since, "Europe/Paris")
    assert (await shown(room)).content["text"].split("\n\n")[1:] == [text("en", "review.untraced", n=2, when=when)]


async def listed(room: Room, chat: int) -> None:
    """The server's invites are looked at, time and again: there are none."""
    for _ in range(3):
        room.clock.advance(minutes=1)
        now = room.clock.now()
        empty = arrivals.Listing(invites=(), vanity=None, asked_at=now, read_at=now)
        room.clock.advance(seconds=5)
        async with room.db.begin() as tx:
            now = room.clock.now()
            await intake.take(tx, await arrivals.listed(tx, chat, empty, heard_until=now, now=now), now=now)


async def test_with_several_campaigns_it_is_asked_which(room: Room):
    await room.apply(campaign_in(community(OTHER_SERVER), slug="autumn", title={"*": "Autumn"}))
    asked = await shown(room)
    assert labels(asked) == ["Bring a friend", "Autumn"]
    [row] = await room.press(OLGA, data(asked)[1])
    assert texts([row]) == [text("en", "review.nothing", title="Autumn")]
    assert texts([await shown(room, "review", "autumn")]) == texts([row])


# What comes of it


async def test_the_one_who_is_picked_is_credited_and_the_next_is_shown(room: Room):
    await ambiguous(room, FLO, ANA, CLEO)
    await ambiguous(room, GUS, ANA, CLEO)
    row = await shown(room)
    [pick] = [each["data"] for line in row.content["buttons"] for each in line if each["text"] == "Ana"]
    [answer] = await room.press(OLGA, pick)
    said, waiting, question = answer.content["text"].split("\n\n")
    assert said == text("en", "review.decided", friend="Gus", advocate="Ana")
    assert waiting == text("en", "review.waiting", n=1, **TITLE)
    assert "&lt;Flo&gt;" in question
    assert await credited(room, GUS) == ("pending", "staying", await number_of(room, ANA))
    assert (await credited(room, FLO))[:2] == ("held", "unsure_who")


async def test_the_journal_says_who_decided(room: Room):
    await ambiguous(room, FLO, ANA, CLEO)
    await room.press(OLGA, data(await shown(room))[0])
    async with room.db.read() as tx:
        lines = await journal.between(tx, 0, await journal.last(tx), limit=1000)
    [line] = [line for _, line in lines if line.kind is journal.Kind.DECIDED]
    assert line.data["by"] == await number_of(room, OLGA)


async def test_nobody_may_be_right(room: Room):
    await ambiguous(room, FLO, ANA, CLEO)
    [nobody] = [each for each in data(await shown(room)) if each.endswith(":0")]
    [answer] = await room.press(OLGA, nobody)
    assert answer.content["text"].split("\n\n") == [
        text("en", "review.nobody", friend="&lt;Flo&gt;"),
        text("en", "review.nothing", **TITLE),
    ]


async def test_a_decision_is_made_once(room: Room):
    await ambiguous(room, FLO, ANA, CLEO)
    first, second, _ = data(await shown(room))
    await room.press(OLGA, first)
    before = await credited(room, FLO)
    [answer] = await room.press(OLGA, second)
    assert answer.content["text"].startswith(text("en", "problem.claim_settled"))
    assert await credited(room, FLO) == before


FORGED = ["", ":", ":x:y", ":1", ":1:0:0", ":1:999999999999999999:1", ":1:²:³", ":9:1:1", ":1:1:1:1:1"]


@pytest.mark.parametrize("args", FORGED)
@pytest.mark.parametrize("what", ["review", "review_pick"])
async def test_whatever_is_sent_has_an_answer(room: Room, what: str, args: str):
    await ambiguous(room, FLO, ANA, CLEO)
    assert len(await room.press(OLGA, f"{what}{args}")) == 1
    assert (await credited(room, FLO))[0] == "held"


async def test_many_who_it_may_have_been_have_room_in_five_rows(room: Room):
    advocates = [somebody(100 + n, f"Advocate {n}") for n in range(12)]
    await ambiguous(room, FLO, *advocates)
    await ambiguous(room, GUS, *advocates)
    rows = (await shown(room)).content["buttons"]
    assert len(rows) <= 5
    assert all(len(row) <= 2 for row in rows)
