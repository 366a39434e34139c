"""What is answered where nothing of it is a messenger's business; Telegram's own story is in tests/telegram."""

from dataclasses import replace
from typing import Any

import pytest

from bots.talk.commands import MENU
from bots.texts import text
from core import chats
from core.campaign.values import Campaign, Platform
from core.intake.facts import Joined
from core.outbox import Outgoing
from tests.talk.conftest import (
    ANA,
    BEN,
    CIRCLE,
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

DISCORD, TELEGRAM = Platform.DISCORD, Platform.TELEGRAM


@pytest.fixture
async def spring(room: Room) -> Campaign:
    """A campaign in one server."""
    campaign = campaign_in()
    await room.apply(campaign)
    return campaign


# Which campaign


@pytest.mark.parametrize("command", ["invite", "me", "top", "rules", "claim"])
async def test_a_campaign_on_another_messenger_is_none_here(room: Room, command: str):
    await room.apply(campaign_in(community(CIRCLE, TELEGRAM)))
    assert texts(await room.ask(ANA, command)) == [text("en", "choose.none")]


async def test_one_on_both_gives_the_same_link_to_the_same_member_on_either(room: Room):
    await room.apply(campaign_in(community(SERVER), community(CIRCLE, TELEGRAM)))
    assert (await room.ask(ANA, "invite"))[0].kind == "kit"
    assert (await room.on(TELEGRAM).ask(somebody(2, "Ana", on=TELEGRAM), "invite"))[0].kind == "kit"


async def test_asked_in_a_server_it_is_about_what_happens_there(room: Room, spring: Campaign):
    await room.apply(campaign_in(community(OTHER_SERVER), slug="autumn", title={"*": "Autumn"}))
    [asked] = await room.ask(ANA, "invite")
    assert asked.content["text"] == text("en", "choose.campaign")
    [here] = await room.ask(ANA, "invite", place=OTHER_SERVER)
    assert here.content["title"] == "Autumn"


@pytest.mark.parametrize("name", ["autumn", "AUTUMN", "Feuilles d’automne", " feuilles D’AUTOMNE "])
async def test_a_campaign_is_called_by_its_id_or_its_title(room: Room, spring: Campaign, name: str):
    title = {"fr": "Feuilles d’automne", "en": "Leaves"}
    await room.apply(campaign_in(community(OTHER_SERVER), slug="autumn", title=title))
    [kit] = await room.ask(ANA, "invite", name)
    assert kit.content["title"] == "Leaves"


async def test_a_number_is_the_campaigns_own_before_it_is_anybodys_title(room: Room, spring: Campaign):
    number = str(await room.number_of() + 1)
    await room.apply(replace(spring, title={"*": number}), campaign_in(slug="autumn", title={"*": "Autumn"}))
    assert (await room.press(ANA, f"invite:{number}"))[0].content["title"] == "Autumn"


async def test_what_came_with_the_question_is_not_lost_by_asking_back(room: Room, spring: Campaign):
    await room.apply(campaign_in(slug="autumn"))
    await room.ask(ANA, "help")
    [asked] = await room.ask(BEN, "claim_picked", "", str(ANA.account.id))
    spring_number, autumn_number = await room.number_of(), await room.number_of("autumn")
    assert data(asked) == [f"claim_picked:{number}:2" for number in (spring_number, autumn_number)]
    [answer] = [row for row in await room.press(BEN, data(asked)[1]) if row.kind == "say"]
    assert answer.content["text"] == text("en", "claim.asked", advocate="Ana")


# /start


async def chat_titles(room: Room, **titles: Any) -> None:
    """What the platforms say that the chats are called."""
    async with room.db.begin() as tx:
        for platform, (chat, title) in titles.items():
            chat_id = await chats.ensure(tx, Platform(platform), chat)
            await chats.describe(tx, chat_id, title=title)


async def welcome(room: Room) -> Outgoing:
    await room.apply(campaign_in(community(SERVER), community(CIRCLE, TELEGRAM)))
    await chat_titles(room, discord=(SERVER, "Lune"), telegram=(CIRCLE, "Le Cercle"))
    code = await room.code_of(ANA)
    [row] = await room.ask(BEN, "start", code)
    assert (row.kind, row.content["code"], row.content["campaign"]) == ("welcome", code, await room.number_of())
    return row


async def test_who_comes_by_a_link_is_shown_the_ways_in_on_their_messenger_and_past_it(room: Room):
    row = await welcome(room)
    assert [place["title"] for place in row.content["places"]] == ["Lune"]
    assert [place["title"] for place in row.content["elsewhere"]] == ["Le Cercle"]
    assert text("en", "start.way_in", n=2) in row.content["text"]


async def test_without_pages_of_ours_only_on_theirs(room: Room):
    ana = somebody(2, "Ana", on=TELEGRAM)
    await room.apply(campaign_in(community(SERVER), community(CIRCLE, TELEGRAM)))
    there = room.on(TELEGRAM, public_url=None)
    [row] = await there.ask(somebody(3, "Ben", on=TELEGRAM), "start", await there.code_of(ana))
    assert [place["platform"] for place in row.content["places"]] == ["telegram"]
    assert not row.content["elsewhere"]
    assert text("en", "start.way_in", n=1) in row.content["text"]


async def test_ones_own_link_is_shown_or_else_the_way_to_it(room: Room, spring: Campaign):
    code = await room.code_of(ANA)
    assert f"/r/{code}</a>" in (await room.ask(ANA, "start", code))[0].content["text"]
    there = room.on(DISCORD, public_url=None)
    assert texts(await there.ask(ANA, "start", code)) == [text("en", "start.own_link")]


# /claim


async def test_a_person_is_picked_in_the_words_of_the_messenger(room: Room, spring: Campaign):
    [asked] = await room.ask(BEN, "claim")
    assert asked.content["text"] == text("en", "claim.ask.discord", title="Bring a friend")
    [[pick]] = asked.content["buttons"]
    assert pick["request_user"] == await room.number_of()
    [unknown] = await room.ask(BEN, "claim_picked", str(await room.number_of()), "404")
    assert unknown.content["text"] == text("en", "problem.unknown_advocate.discord")


async def test_naming_the_campaign_is_not_naming_a_person(room: Room, spring: Campaign):
    [asked] = await room.ask(BEN, "claim", "spring")
    assert "request_user" in asked.content["buttons"][0][0]


@pytest.mark.parametrize(("answer", "confirmed"), [("claim_yes", True), ("claim_no", False)])
async def test_the_friend_hears_of_the_answer_where_they_can_be_written_to(
    room: Room, spring: Campaign, answer: str, confirmed: bool
):
    await room.code_of(ANA)
    await room.joined(BEN)
    await room.ask(BEN, "claim_picked", str(await room.number_of()), str(ANA.account.id))
    said, news = await room.press(ANA, f"{answer}:1")
    assert said.content["edits"]
    assert (news.door, news.address, news.kind) == (DISCORD, BEN.account.id, "news")
    assert (news.content["news"], news.content["advocate"]) == ("claim_answered", "Ana")
    assert news.content["confirmed"] is confirmed


# The rest


async def test_what_does_not_fit_into_one_message_is_said_in_several(room: Room, spring: Campaign):
    room.voice = replace(room.voice, longest=200)
    rows = await room.ask(BEN, "rules")
    assert len(rows) > 2
    assert len({row.key for row in rows}) == len(rows)
    assert [bool(row.content["buttons"]) for row in rows] == [False] * (len(rows) - 1) + [True]


async def test_an_answer_takes_a_buttons_place_only_if_a_button_was_pressed(room: Room):
    assert (await room.press(BEN, "language:fr"))[0].content["edits"]
    assert not (await room.ask(BEN, "language", "fr"))[0].content["edits"]


async def test_help_shows_organizers_what_they_may_do(room: Room, spring: Campaign):
    [members_help] = texts(await room.ask(BEN, "help"))
    [organizers] = texts(await room.ask(OLGA, "help"))
    assert [name for name in MENU if f"/{name} · " not in members_help] == []
    assert "/review" not in members_help
    assert organizers.startswith(members_help)
    assert f"/review · {text('en', 'command.review')}" in organizers


async def test_what_a_group_should_not_read_is_kept_for_private(room: Room, spring: Campaign):
    assert texts(await room.ask(BEN, "me", private=False)) == [text("en", "private.only")]
    assert await room.ask(BEN, "frobnicate", private=False) == []
    assert await room.ask(BEN, "frobnicate", private=False, named=True) != []
    assert texts(await room.ask(BEN, "top", private=False))[0].startswith("🏆")


async def test_a_friend_in_any_of_the_campaigns_places_is_in_the_list(room: Room):
    await room.apply(campaign_in(community(SERVER), community(CIRCLE, TELEGRAM)))
    there, gus = room.on(TELEGRAM), somebody(9, "Gus", on=TELEGRAM)
    await there.ask(gus, "start", await room.code_of(ANA))
    room.clock.advance(seconds=5)
    now = room.clock.now()
    await there.take(Joined(key="gus", at=now, person=gus, chat=CIRCLE))
    room.clock.advance(days=1, hours=1)
    progress = text("en", "progress.days", done=1, n=3)
    assert f"<b>Gus</b>: {progress}" in texts(await room.ask(ANA, "me"))[0]


async def test_how_to_be_left_in_peace_is_said_in_the_words_of_the_messenger(room: Room):
    account = f"discord:{BEN.account.id}"
    assert text("en", "privacy.leave.discord", account=account) in texts(await room.ask(BEN, "privacy"))[0]
    there, ben = room.on(TELEGRAM), somebody(3, "Ben", on=TELEGRAM)
    assert (
        text("en", "privacy.leave", account=f"telegram:{BEN.account.id}") in texts(await there.ask(ben, "privacy"))[0]
    )
