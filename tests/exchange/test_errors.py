from datetime import timedelta

import pytest

from bots.exchange.errors import (
    ClosedError,
    HeldError,
    MovedError,
    NoAnswerError,
    NotReachedError,
    RefusedError,
    RefusedTokenError,
    ShutOutError,
    SlowDownError,
)
from core.campaign.values import Platform
from core.errors import OperatorError, SaysoError, TransientError

US = Platform.TELEGRAM
AGAIN = "it is tried again"
ERRORS = [
    (SlowDownError(US, timedelta(seconds=3)), TransientError, "slow_down", f"Telegram wants fewer messages; {AGAIN}"),
    (NotReachedError(US, "why"), TransientError, "not_reached", f"Telegram cannot be reached (why); {AGAIN}"),
    (NoAnswerError(US, "why"), TransientError, "no_answer", f"Telegram gave no answer (why); {AGAIN}"),
    (ClosedError(US, 7, "why", fix="do"), SaysoError, "closed", "7 cannot be written to (why); do"),
    (MovedError(US, 7, 8), SaysoError, "moved", "the chat 7 has become 8; its new number is used from now on"),
    (ShutOutError(US, 7, "why", fix="do"), OperatorError, "shut_out", "the bot cannot work in 7 (why); do"),
    (RefusedError(US, 7, "Why", fix="do"), OperatorError, "refused", "Telegram refuses this for 7 (Why); do"),
    (HeldError(US, "no", fix="do", wait=timedelta(hours=1)), OperatorError, "held", "no; do"),
    (RefusedTokenError(US, fix="do"), OperatorError, "token", "Telegram does not know this bot's token; do"),
]


@pytest.mark.parametrize(("error", "kind", "code", "text"), ERRORS, ids=lambda value: str(value)[:20])
def test_an_error_says_whose_it_is_and_what_to_do(error: SaysoError, kind: type[SaysoError], code: str, text: str):
    assert isinstance(error, kind)
    assert (error.code, str(error)) == (f"telegram_{code}", text)


def test_each_messenger_has_codes_of_its_own():
    theirs, ours = (SlowDownError(platform, timedelta(seconds=3)) for platform in (Platform.DISCORD, Platform.TELEGRAM))
    assert (theirs.code, ours.code) == ("discord_slow_down", "telegram_slow_down")
    assert theirs.retry_after == theirs.wait == timedelta(seconds=3)


def test_a_reason_can_be_looked_up_in_small_letters():
    assert RefusedError(US, 7, "Missing Permissions", fix="do").reason == "missing permissions"
