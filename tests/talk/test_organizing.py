"""What organizers ask: their campaigns, the switch, what members want looked at again, and what is handed over."""

from collections.abc import Sequence
from typing import Any

import pytest

from bots.talk.words import mark_of
from bots.texts import text
from core import campaign as campaigns
from core import members, rewards, totals
from core.campaign.values import Holding, Platform, Reward, State, To
from core.members import Person
from core.outbox import Outgoing
from tests.people import assert_audited
from tests.talk.circle import Circle, read
from tests.talk.conftest import ANA, BEN, OLGA, OTHER_SERVER, Room, campaign_in, community, data, somebody, texts

ORGANIZERS = ["campaigns", "pause", "resume", "handout", "appeals", "review"]
DINNER = Reward(id="dinner", to=To.ADVOCATE, kind="by_hand", setting={"en": "a dinner", "fr": "un dîner"}, every=1)
POINTS = Reward(id="thanks", to=To.ADVOCATE, kind="points", setting=10, every=1)


@pytest.fixture
def circle(room: Room) -> Circle:
    return Circle(room)


async def state(room: Room, slug: str = "spring") -> State:
    async with room.db.read() as tx:
        applied = await campaigns.by_slug(tx, slug)
    assert applied is not None
    return applied.state(room.clock.now())


async def applied_with(room: Room, *promised: Reward, **changes: Any) -> str:
    """A campaign that runs for an hour already; its number."""
    await room.apply(campaign_in(rewards=promised, **changes))
    room.clock.advance(hours=1)
    return str(await room.number_of())


def buttons(row: Outgoing, start: str) -> list[str]:
    return [each for each in data(row) if each.startswith(start)]


# Who may


@pytest.mark.parametrize("what", ORGANIZERS)
async def test_others_are_kindly_refused(room: Room, what: str):
    await applied_with(room, POINTS)
    assert texts(await room.ask(ANA, what)) == [text("en", "problem.not_organizer")]


@pytest.mark.parametrize("what", ["pause_yes", "resume_yes", "rule_in", "rule_out"])
async def test_a_forged_button_of_somebody_else_does_nothing(room: Room, what: str):
    number = await applied_with(room, POINTS)
    await room.ask(BEN, "help")
    [row] = await room.press(ANA, f"{what}:{number}:2")
    assert row.content["text"] == text("en", "problem.not_organizer")
    assert await state(room) is State.RUNNING


@pytest.mark.parametrize("args", ["", ":", ":x:y", ":999", ":1:0:0", ":999999999999999999:1", ":²:³", ":1:1:1:1:1"])
@pytest.mark.parametrize("what", [*ORGANIZERS, "pause_yes", "resume_yes", "rule_in", "rule_out", "handed", "appeal"])
async def test_whatever_is_sent_has_an_answer(room: Room, what: str, args: str):
    await applied_with(room, POINTS)
    assert len(await room.press(OLGA, f"{what}{args}")) == 1


# The campaigns and the switch


async def test_a_campaign_is_shown_with_its_figures_and_what_can_be_done(room: Room, circle: Circle):
    number = await applied_with(room, POINTS)
    await circle.comes(1, "Flo", await room.code_of(ANA))
    [row] = await room.ask(OLGA, "campaigns")
    assert read([row]).splitlines() == [
        "🚀 Bring a friend: is running, until Thu, Dec 31, 9:00 AM",
        "",
        "0 referrals qualified",
        "1 advocate",
        "1 person joined",
        "1 referral on the way",
    ]
    assert data(row) == [f"review:{number}", f"handout:{number}", f"pause:{number}"]


async def test_of_several_each_is_a_button(room: Room):
    await applied_with(room, POINTS)
    await room.apply(campaign_in(community(OTHER_SERVER), slug="autumn", title={"*": "Autumn"}))
    [row] = await room.ask(OLGA, "campaigns")
    assert "🚀 Autumn: is running" in read([row])
    [shown] = await room.press(OLGA, data(row)[1])
    assert read([shown]).startswith("🚀 Autumn")
    assert data(shown)[-1] == "campaigns"


async def test_pausing_takes_a_second_press_and_says_what_it_does(room: Room):
    number = await applied_with(room, POINTS)
    [asked] = await room.ask(OLGA, "pause")
    assert asked.content["text"] == text("en", "pause.confirm", title="Bring a friend")
    assert data(asked) == [f"pause_yes:{number}", f"campaigns:{number}"]
    assert await state(room) is State.RUNNING
    [done] = await room.press(OLGA, data(asked)[0])
    assert done.content["text"] == text("en", "pause.done", title="Bring a friend")
    assert await state(room) is State.PAUSED
    [already] = await room.press(OLGA, f"pause:{number}")
    assert already.content["text"] == text("en", "pause.already", title="Bring a friend")
    assert texts(await room.ask(OLGA, "pause")) == [text("en", "pause.none")]
    assert "⏸ Bring a friend: paused, today at" in read(await room.ask(OLGA, "campaigns"))


async def test_going_on_takes_a_second_press_too(room: Room):
    number = await applied_with(room, POINTS)
    assert texts(await room.ask(OLGA, "resume")) == [text("en", "resume.none")]
    await room.press(OLGA, f"pause_yes:{number}")
    [asked] = await room.ask(OLGA, "resume")
    [done] = await room.press(OLGA, data(asked)[0])
    assert done.content["text"] == text("en", "resume.done", title="Bring a friend")
    assert await state(room) is State.RUNNING


async def test_members_are_told_of_the_break(room: Room):
    number = await applied_with(room, POINTS)
    code = await room.code_of(ANA)
    await room.press(OLGA, f"pause_yes:{number}")
    paused = text("en", "problem.paused", title="Bring a friend")
    assert paused in (await room.ask(BEN, "start", code))[0].content["text"]
    assert paused in (await room.ask(ANA, "me"))[0].content["text"]
    assert text("en", "invite.paused") in (await room.ask(ANA, "invite"))[0].content["says"]


# Looking again


async def one_who_left(room: Room, circle: Circle) -> tuple[Person, str]:
    """Flo came through Ana and left too early; what Ana presses to ask about it."""
    flo = await circle.comes(1, "<Flo>", await room.code_of(ANA))
    await circle.leaves(flo)
    [press] = buttons((await room.ask(ANA, "me"))[0], "appeal")
    return flo, press


async def news(room: Room, circle: Circle, person: Person) -> list[dict[str, Any]]:
    """What was told to this person by itself since this was asked last."""
    await circle.pass_time(seconds=1)
    found = [row.content for row in circle.sent if row.kind == "news" and row.address == person.account.id]
    circle.sent.clear()
    return found


async def test_an_advocate_asks_and_an_organizer_gives_it_back(room: Room, circle: Circle):
    number = await applied_with(room, POINTS)
    await room.ask(OLGA, "help")
    _, press = await one_who_left(room, circle)
    circle.sent.clear()
    [asked] = await room.press(ANA, press)
    assert asked.content["text"] == text("en", "appeal.asked")
    [told] = await news(room, circle, OLGA)
    assert (told["news"], told["advocate"], told["friend"], told["reason"]) == ("appeal", "Ana", "<Flo>", "left_early")
    [answer] = await room.press(OLGA, f"rule_in:{number}:{told['friend_id']}")
    said, rest = answer.content["text"].split("\n\n")
    assert said == text("en", "appeal.ruled_in", friend="&lt;Flo&gt;")
    assert rest == text("en", "appeal.nothing", title="Bring a friend")
    heard = await news(room, circle, ANA)
    assert {each["news"]: each["counts"] for each in heard if "answered" in each["news"]} == {"appeal_answered": True}
    assert "✅ Counting: <Flo>" in read(await room.ask(ANA, "me")).replace("&lt;", "<").replace("&gt;", ">")
    await assert_audited(room.db)


async def test_an_organizer_may_say_that_it_stays_so_and_that_is_final(room: Room, circle: Circle):
    number = await applied_with(room, POINTS)
    flo, press = await one_who_left(room, circle)
    await room.press(flo, press)
    [row] = await room.ask(OLGA, "review")
    [more] = buttons(row, "appeals")
    [shown] = await room.press(OLGA, more)
    told = read([shown])
    assert "1 person asks you to look again" in told
    assert "&lt;Flo&gt;, who came through Ana: has left too early. Does it count?" in told
    assert "&lt;Flo&gt; asks, today at" in told
    [out] = buttons(shown, "rule_out")
    circle.sent.clear()
    [answer] = await room.press(OLGA, out)
    assert answer.content["text"].startswith(text("en", "appeal.ruled_out", friend="&lt;Flo&gt;"))
    heard = [each for each in await news(room, circle, flo) if each["news"] == "appeal_answered"]
    assert [each["counts"] for each in heard] == [False]
    [again] = await room.press(OLGA, f"rule_in:{number}:{out.rpartition(':')[2]}")
    assert again.content["text"].startswith(text("en", "problem.ruled_already"))
    assert not buttons((await room.ask(ANA, "me"))[0], "appeal")


async def test_it_is_asked_once_and_only_by_those_concerned(room: Room, circle: Circle):
    await applied_with(room, POINTS)
    flo, press = await one_who_left(room, circle)
    assert texts(await room.press(BEN, press)) == [text("en", "problem.appeal_not_yours")]
    await room.press(ANA, press)
    assert texts(await room.press(flo, press)) == [text("en", "problem.appeal_settled")]


# By hand


async def earned(room: Room, circle: Circle, names: Sequence[str]) -> None:
    """Each of these friends counts, so that Ana has as many dinners."""
    code = await room.code_of(ANA)
    for number, name in enumerate(names):
        await circle.comes(number, name, code)
    await circle.pass_time(days=4)


async def test_what_is_handed_over_is_ticked_off_and_the_member_is_told(room: Room, circle: Circle):
    number = await applied_with(room, DINNER, holding=Holding())
    await earned(room, circle, ["Flo"])
    [row] = await room.ask(OLGA, "handout")
    assert read([row]).splitlines()[0] == "🤲 Bring a friend: 1 reward to hand over"
    assert "• Ana (<code>discord:2</code>): a dinner, earned" in read([row])
    [press] = buttons(row, "handed")
    ana = await number_of(room, ANA)
    assert press == f"handed:{ana}:{mark_of(f'spring/dinner/{ana}/1')}"
    answer, told = await both(room, press)
    assert answer.content["text"].startswith(text("en", "handout.done", member="Ana", reward="a dinner"))
    assert (told.address, told.content["news"], told.content["text"]) == (ANA.account.id, "handed", "a dinner")
    assert (await counted(room))["rewards.delivered"] == 1
    assert "• a dinner\n" in read(await room.ask(ANA, "me"))
    [again] = await room.press(OLGA, press)
    assert again.content["text"].startswith(text("en", "handout.not_done"))
    assert texts(await room.press(OLGA, f"handout:{number}")) == [text("en", "handout.nothing", title="Bring a friend")]
    await assert_audited(room.db)


async def both(room: Room, press: str) -> tuple[Outgoing, Outgoing]:
    """What the organizer is answered, and what the member is told."""
    rows = await room.press(OLGA, press)
    [answer] = [row for row in rows if row.kind == "say"]
    [told] = [row for row in rows if row.kind == "news"]
    return answer, told


async def number_of(room: Room, person: Person) -> int:
    async with room.db.read() as tx:
        return (await members.by_account(tx, [person.account]))[person.account].id


async def counted(room: Room) -> dict[str, int]:
    number = await room.number_of()
    async with room.db.read() as tx:
        return await totals.of_campaign(tx, number)


async def test_somebody_else_ticks_nothing_off(room: Room, circle: Circle):
    await applied_with(room, DINNER, holding=Holding())
    await earned(room, circle, ["Flo"])
    [press] = buttons((await room.ask(OLGA, "handout"))[0], "handed")
    assert texts(await room.press(ANA, press)) == [text("en", "problem.not_organizer")]
    number = await room.number_of()
    async with room.db.read() as tx:
        assert len(await rewards.by_hand(tx, number, limit=10)) == 1


async def test_many_are_shown_a_few_at_a_time(room: Room, circle: Circle):
    await applied_with(room, DINNER, holding=Holding())
    await earned(room, circle, [f"Friend {n}" for n in range(7)])
    [row] = await room.ask(OLGA, "handout")
    assert len(buttons(row, "handed")) == 5
    assert len(row.content["buttons"]) == 5
    [more] = buttons(row, "handout")
    [rest] = await room.press(OLGA, more)
    assert len(buttons(rest, "handed")) == 2
    assert set(buttons(rest, "handed")).isdisjoint(buttons(row, "handed"))


async def test_an_organizer_on_the_other_messenger_may_as_well(room: Room, circle: Circle):
    here = somebody(7, "Olga", on=Platform.TELEGRAM)
    await applied_with(room, DINNER, holding=Holding(), organizers=(OLGA.account, here.account))
    await earned(room, circle, ["Flo"])
    there = room.on(Platform.TELEGRAM)
    [press] = buttons((await there.ask(here, "handout"))[0], "handed")
    rows = await there.press(here, press)
    assert rows[-1].content["text"].startswith(text("en", "handout.done", member="Ana", reward="a dinner"))
