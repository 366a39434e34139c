"""`/link` on one messenger and on the other: a code, a question, and the way back."""

import re

import pytest

from core.campaign.values import Platform
from tests.talk.conftest import CIRCLE, SERVER, campaign_in, community, data, somebody, texts

HERE = somebody(2, "Ana")
THERE = somebody(7, "Ana <b>", on=Platform.TELEGRAM, language="fr")
STRANGER = somebody(8, "Zoe", on=Platform.TELEGRAM)


@pytest.fixture
async def telegram(room):
    """The same, asked on Telegram."""
    await room.apply(campaign_in(community(SERVER), community(CIRCLE, Platform.TELEGRAM)))
    return room.on(Platform.TELEGRAM)


async def offered(room, person=HERE):
    [said] = texts(await room.ask(person, "link"))
    return re.search(r"<code>/link (\S+)</code>", said)[1]


async def test_a_code_is_shown_with_what_to_do_with_it(room, telegram):
    [said] = texts(await room.ask(HERE, "link"))
    code = re.search(r"<code>/link ([0-9A-Z]{5}-[0-9A-Z]{5})</code>", said)[1]
    assert "Telegram" in said
    assert "10 minutes" in said
    assert f"https://go.example.org/link/{code.replace('-', '')}" in said
    [said] = texts(await room.on(Platform.DISCORD, public_url=None).ask(HERE, "link"))
    assert "http" not in said


async def test_nobody_is_linked_before_they_have_seen_with_whom_and_said_yes(room, telegram):
    code = await offered(room)
    [answer] = await telegram.ask(THERE, "link", *code.lower().split("-"))
    assert "<b>Ana</b>" in answer.content["text"]
    assert "Discord" in answer.content["text"]
    assert data(answer) == [f"link_yes:{code.replace('-', '')}", "link_no"]
    [said] = texts(await telegram.ask(THERE, "unlink"))
    assert "aucun autre" in said


async def test_with_a_yes_both_are_one_person_and_the_other_account_is_told(room, telegram):
    code = await offered(room)
    [yes, _] = data((await telegram.ask(THERE, "link", code))[0])
    [answer] = await telegram.press(THERE, yes)
    assert "une seule personne" in answer.content["text"]
    assert answer.content["edits"]
    [said] = texts(await telegram.ask(THERE, "link"))
    assert "<b>Ana</b>" in said
    [said] = await room.ask(HERE, "link")
    assert "Ana &lt;b&gt;" in said.content["text"]
    assert data(said) == ["unlink"]


async def test_with_a_no_nothing_changes(room, telegram):
    code = await offered(room)
    await telegram.ask(STRANGER, "link", code)
    await telegram.press(STRANGER, "link_no")
    assert "not joined" in texts(await room.ask(HERE, "unlink"))[0]


async def test_it_is_undone_after_a_question(room, telegram):
    code = await offered(room)
    await telegram.press(THERE, f"link_yes:{code}")
    [asked] = await room.press(HERE, "unlink")
    assert data(asked) == ["unlink_yes", "link"]
    assert "apart" in texts(await room.press(HERE, "unlink_yes"))[0]
    assert "not joined" in texts(await room.press(HERE, "unlink_yes"))[0]
    assert "/link" in texts(await room.ask(HERE, "link"))[0]


@pytest.mark.parametrize("code", ["", "2", "link_yes", "22222-22222", "<b>", "é" * 40, ":"])
async def test_whatever_is_sent_as_a_code_there_is_an_answer(room, telegram, code):
    for what in ("link", "link_yes", "unlink_yes"):
        assert len(await telegram.ask(THERE, what, *([code] if code else []))) == 1


async def test_two_accounts_of_one_messenger_are_refused_kindly(room, telegram):
    code = await offered(telegram, STRANGER)
    [said] = texts(await telegram.ask(THERE, "link", code))
    assert "même messagerie" in said


async def test_after_five_wrong_codes_there_is_a_pause(room, telegram):
    code = await offered(room)
    for _ in range(5):
        assert "ne marche pas" in texts(await telegram.ask(THERE, "link", "22222-22222"))[0]
    assert "demain" in texts(await telegram.ask(THERE, "link", code))[0]


async def test_my_results_are_those_of_both_accounts(room, telegram):
    mine, theirs = await room.code_of(HERE), await telegram.code_of(THERE)
    for number, code in ((21, mine), (22, theirs)):
        friend = somebody(number, f"Friend {number}")
        await room.ask(friend, "start", code)
    await telegram.press(THERE, f"link_yes:{await offered(room)}")
    [said] = texts(await room.ask(HERE, "me"))
    assert "Friend 21" in said
    assert "Friend 22" in said
