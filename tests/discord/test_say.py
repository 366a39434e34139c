"""What the Discord voice puts into the outbox, and what discord.py's errors become."""

from datetime import timedelta
from types import SimpleNamespace

import aiohttp
import discord
import pytest

from bots.discord.errors import (
    AlreadyAnsweredError,
    BannedError,
    ExpiredError,
    NotAnsweredYetError,
    UnknownError,
    in_our_words,
)
from bots.discord.say import DiscordVoice
from bots.discord.translate import Reply
from bots.exchange.errors import (
    ClosedError,
    NoAnswerError,
    NotReachedError,
    RefusedError,
    RefusedTokenError,
    ShutOutError,
    SlowDownError,
)
from bots.talk.ask import Ask
from core.errors import SaysoError
from tests.clock import FakeClock


def an_ask(*, pressed: bool = False) -> Ask:
    handle = Reply(application=1, interaction=2, token="t", button=pressed, account=3)
    return Ask(what="me", place=0, private=True, key="dc/ask/2", pressed=pressed, handle=handle)


@pytest.mark.parametrize(("part", "pressed", "first"), [("", False, True), ("/2", False, False), ("", True, False)])
def test_only_the_first_answer_to_a_command_takes_the_place_of_thinking(
    clock: FakeClock, part: str, pressed: bool, first: bool
):
    ask = an_ask(pressed=pressed)
    row = DiscordVoice().say(ask, "Hello", key=f"{ask.key}{part}", now=clock.now())
    assert (row.door, row.kind, row.address) == ("discord", "say", 2)
    assert row.content["first"] is first
    assert row.content["interaction"]["token"] == "t"


@pytest.mark.parametrize("url", [None, "http://localhost:8080"])
def test_no_button_leads_to_pages_that_others_cannot_reach(url: str | None):
    ways = DiscordVoice(url).ways
    assert ways.kit("C") is None
    assert ways.elsewhere("C") is None
    assert ways.pressed("C", "x") is None
    assert ways.link("C", "x") == (f"{url}/r/C/x" if url else None)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, 50007, ClosedError),
        (403, 50278, ClosedError),
        (403, 40003, SlowDownError),
        (403, 50001, ShutOutError),
        (403, 50013, RefusedError),
        (400, 50035, RefusedError),
        (400, 40060, AlreadyAnsweredError),
        (404, 10003, UnknownError),
        (404, 10004, UnknownError),
        (404, 10007, UnknownError),
        (404, 10008, UnknownError),
        (404, 10011, UnknownError),
        (404, 10015, NotAnsweredYetError),
        (404, 10062, ExpiredError),
        (401, 50027, ExpiredError),
        (401, 0, RefusedTokenError),
        (429, 0, BannedError),
        (503, 0, NoAnswerError),
    ],
)
def test_what_discord_says_becomes_one_of_our_errors(status: int, code: int, kind: type[SaysoError]):
    response = SimpleNamespace(status=status, reason="x", headers={})
    with pytest.raises(kind) as caught, in_our_words(7):
        raise discord.HTTPException(response, {"code": code, "message": "Because"})  # type: ignore[arg-type]
    assert type(caught.value) is kind
    assert "; " in str(caught.value) or isinstance(caught.value, SlowDownError | NoAnswerError)


def test_a_ban_lasts_as_long_as_we_are_told_within_reason():
    for told, waits in (("30", 30), ("999999", 900), ("soon", 60)):
        response = SimpleNamespace(status=429, reason="x", headers={"Retry-After": told})
        with pytest.raises(BannedError) as caught, in_our_words(7):
            raise discord.HTTPException(response, "blocked")  # type: ignore[arg-type]
        assert caught.value.wait == timedelta(seconds=waits)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (discord.RateLimited(40), SlowDownError),
        (discord.LoginFailure("x"), RefusedTokenError),
        (aiohttp.ClientConnectorError(SimpleNamespace(ssl=None, host="x", port=1), OSError()), NotReachedError),  # type: ignore[arg-type]
        (aiohttp.ServerDisconnectedError(), NoAnswerError),
        (TimeoutError(), NoAnswerError),
        (ConnectionResetError(), NoAnswerError),
    ],
)
def test_a_broken_wire_becomes_one_of_our_errors(error: Exception, kind: type[SaysoError]):
    with pytest.raises(kind), in_our_words(7):
        raise error
