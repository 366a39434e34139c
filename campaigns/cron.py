"""Cron expressions of five fields, as everybody's crontab reads them.

APScheduler, which wakes the jobs, counts weekdays from Monday = 0; crontab counts from Sunday = 0. So weekdays are
handed on as names, and what was meant for Friday does not happen on Saturday.
"""

import re
from datetime import UTC, datetime

from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART = re.compile(r"(?:\*|([0-7]|[a-z]{3})(?:-([0-7]|[a-z]{3}))?)(?:/([1-7]))?")
_LONGEST = 200


class CronError(ValueError):
    """The expression means nothing; `fix` is a better one, if there is any to suggest."""

    def __init__(self, problem: str, fix: str = "") -> None:
        super().__init__(problem)
        self.fix = fix


def in_full(expression: str) -> tuple[str, str]:
    """The expression as APScheduler must be given it, and a note if it may not mean what its writer thinks."""
    fields = expression.split()
    if len(fields) != 5 or len(expression) > _LONGEST:
        raise CronError("must have five fields: minute, hour, day of the month, month, day of the week")
    full = " ".join([*fields[:4], _weekdays(fields[4].lower())])
    try:
        trigger = CronTrigger.from_crontab(full, timezone=UTC)
    except ValueError as error:
        raise CronError(f"is not a time that cron understands: {error}") from error
    if not _comes(trigger):
        raise CronError(f"is {expression!r}, a day that never comes", '"0 9 1 * *" for the first of each month')
    both = fields[2] != "*" and fields[4] != "*"
    return full, "has a day of the month and a day of the week, and waits until both hold" if both else ""


def _comes(trigger: CronTrigger) -> bool:
    """Whether there is such a day; the trigger itself would look for it through thousands of years."""
    of_month, of_day = (next(field for field in trigger.fields if field.name == name) for name in ("month", "day"))
    firsts = (datetime(2028, month, 1, tzinfo=UTC) for month in range(1, 13))  # a leap year
    return any(of_month.get_next_value(day) == day.month and of_day.get_next_value(day) is not None for day in firsts)


def _weekdays(field: str) -> str:
    if field == "*":
        return field
    days = {day for part in field.split(",") for day in _days(part)}
    return ",".join(_DAYS[day] for day in sorted(days, key=lambda day: (day - 1) % 7))


def _days(part: str) -> set[int]:
    match = _PART.fullmatch(part)
    if match is None:
        raise CronError(f"has no day of the week in {part!r}", "mon, tue, wed, thu, fri, sat, sun, or mon-fri")
    first = _day(match[1]) if match[1] else 0
    last = _day(match[2]) if match[2] else (first if match[1] and not match[3] else 6)
    if last < first:
        last += 7
    return {day % 7 for day in range(first, last + 1, int(match[3] or 1))}


def _day(word: str) -> int:
    if word.isdigit():
        return int(word)
    if word not in _DAYS:
        raise CronError(f"has no day of the week in {word!r}", "mon, tue, wed, thu, fri, sat or sun")
    return _DAYS.index(word)
