"""Where a referral stands, in words, as HTML: what is still missing and until when. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bots.talk.reader import Reader
from bots.talk.words import Html, worded
from bots.texts import apart, duration, listed, progress, shown
from core.referrals import Messages, Missing, Reason, Referral, Status, Stay

_MARKS = {
    Status.PENDING: "⏳",
    Status.QUALIFIED: "✅",
    Status.REWARDED: "✅",
    Status.HELD: "🔍",
    Status.REJECTED: "✖️",
    Status.REVERSED: "↩️",
}


def friend_line(referral: Referral, name: str, missing: Missing | None, reader: Reader) -> Html:
    """A friend in the advocate's list, such as "⏳ Flo: 2 of 3 days (until Fri 4 Dec, 09:00); needs to say hello"."""
    friend, reason = shown(name, reader.language), standing_of(referral, missing, reader)
    return reader.worded("me.friend", mark=_MARKS[referral.status], friend=friend, reason=reason)


def standing_of(referral: Referral, missing: Missing | None, reader: Reader) -> Html:
    """What is missing, told to the advocate; of one that is not pending, why it stands where it does."""
    if missing:
        return Html(apart(reader.language, list(_still(missing, reader))))
    reason = Reason.CONFIRMING if referral.status is Status.PENDING else referral.reason
    return reader.worded(f"reason.{reason.value}", n=1)


def is_timed(missing: Missing) -> bool:
    """Whether a time is told of it."""
    return any((missing.join_until, missing.stay, missing.holding_until, missing.day_full_until))


def _still(missing: Missing, reader: Reader) -> Iterator[Html]:
    if missing.paused:
        yield reader.worded("still.paused")
    if missing.join_until is not None:
        yield reader.worded("still.join", until=reader.until(missing.join_until))
    if missing.stay is not None:
        yield reader.worded("still.stay", progress=_gone(missing.stay, reader), until=reader.until(missing.stay.until))
    if missing.messages is not None:
        yield _messages(missing.messages, reader)
    if missing.conversion is not None:
        yield reader.worded("still.conversion")
    if missing.holding_until is not None:
        yield reader.worded("still.holding", when=reader.when(missing.holding_until))
    if missing.day_full_until is not None:
        yield reader.worded("still.day_full", when=reader.when(missing.day_full_until))
    if missing.confirming:
        yield reader.worded("still.confirming")


def _gone(stay: Stay, reader: Reader) -> str:
    return progress(reader.language, stay.done, stay.total)


def _messages(messages: Messages, reader: Reader) -> Html:
    if messages.wanted == 1:
        return reader.worded("still.hello")
    return reader.worded("still.messages", so_far=messages.so_far, n=messages.wanted)


def to_do(missing: Missing, reader: Reader) -> list[Html]:
    """What the friend themselves still has to do; nothing, where only time is missing."""
    found: list[Html] = []
    if missing.join_until is not None:
        found.append(reader.worded("todo.join", until=reader.until(missing.join_until)))
    if missing.stay is not None:
        until, gone = reader.until(missing.stay.until), _gone(missing.stay, reader)
        found.append(reader.worded("todo.stay", until=until, progress=gone))
    if missing.messages is not None:
        left = missing.messages.wanted - missing.messages.so_far
        one = missing.messages.wanted == 1
        found.append(reader.worded("todo.hello") if one else reader.worded("todo.messages", n=left))
    if missing.conversion is not None:
        found.append(reader.worded("todo.conversion"))
    return found


def to_wait_for(missing: Missing, reader: Reader) -> Html:
    """What happens now, told to a friend who has done everything."""
    if missing.paused:
        return reader.worded("done.paused")
    if missing.holding_until is not None:
        return reader.worded("done.holding", when=reader.when(missing.holding_until))
    if missing.day_full_until is not None:
        return reader.worded("done.day_full", when=reader.when(missing.day_full_until))
    return reader.worded("done.confirming")


def needed(missing: Sequence[Mapping[str, Any]], language: str) -> Html:
    """What a friend who has just come still has to do, from `Missing.plain`: "stay for 3 days and say hello"."""
    return Html(listed(language, [said for each in missing if (said := _needed(each, language)) is not None]))


def _needed(missing: Mapping[str, Any], language: str) -> Html | None:
    if missing["what"] == "stay":
        left = _left(timedelta(seconds=missing["total"] - missing["done"]))
        return worded(language, "needs.stay", duration=duration(language, left))
    if missing["what"] == "messages":
        return worded(language, "needs.messages", n=missing["wanted"] - missing["so_far"])
    if missing["what"] == "conversion":
        return worded(language, "needs.conversion")
    return None


def _left(time: timedelta) -> timedelta:
    """As long or a little longer: the news come seconds after the friend, who then has 3 days to stay, and not less."""
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    exactly = hour if time > 24 * hour else minute if time > minute else timedelta(seconds=1)
    return -(-time // exactly) * exactly
