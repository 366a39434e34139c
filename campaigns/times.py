"""Durations, moments in the campaign's time zone, and times that come again and again."""

import re
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from campaigns.context import context, doubt, shown, text_of, wrong
from campaigns.cron import CronError, in_full

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_DURATION = "([0-9]{1,9}) ?(second|minute|hour|day|week)s?"
_SHORTHAND = {
    "s": "seconds",
    "sec": "seconds",
    "m": "minutes",
    "min": "minutes",
    "h": "hours",
    "d": "days",
    "w": "weeks",
}
_LONGEST = timedelta(days=3660)


def _duration(value: object) -> timedelta:
    match = re.fullmatch(_DURATION, value) if isinstance(value, str) else None
    if match is None:
        problem = f"must be a number and seconds, minutes, hours, days or weeks, not {shown(value)}"
        raise wrong(problem, f"write {_duration_like(value)}")
    length = int(match[1]) * _UNITS[match[2]]
    if length > _LONGEST.total_seconds():
        raise wrong(f"is {match[0]}, longer than ten years", "write a shorter time")
    return timedelta(seconds=length)


def _duration_like(value: object) -> str:
    """The nearest duration to what was written."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1000:
        return f"{value} days"
    match = re.fullmatch(r"([0-9]{1,4}) ?([a-zA-Z]{1,12})", value.strip()) if isinstance(value, str) else None
    if match is None:
        return "3 days"
    unit = match[2].lower()
    for longer, days in (("month", 30), ("year", 365)):
        if unit.startswith(longer):
            return f"{int(match[1]) * days} days"
    close = get_close_matches(unit, [f"{name}s" for name in _UNITS], n=1)
    return f"{match[1]} {_SHORTHAND.get(unit, close[0] if close else 'days')}"


def _timezone(value: object, info: ValidationInfo) -> str:
    name = text_of(value, "Europe/Paris")
    zones = _zones()
    if name not in zones.values():
        close = zones.get(name.lower()[:60]) or zones.get(
            next(iter(get_close_matches(name.lower()[:60], zones, 1)), "")
        )
        raise wrong(
            f"is {shown(name)}, which is no time zone", f"did you mean {close}?" if close else "write Europe/Paris"
        )
    context(info).zone = ZoneInfo(name)
    return name


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


_MOMENT = "([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2})(:([0-9]{2}))?"


def _moment(value: object, info: ValidationInfo) -> datetime:
    """A local date and time in the campaign's time zone, in UTC."""
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(_MOMENT, text) is None:
        problem = f"must be a date and a time, not {shown(value)}"
        raise wrong(problem, f"write {_moment_like(text)}")
    try:
        local = datetime.fromisoformat(text)
    except ValueError as error:
        raise wrong(f"is {text}, which does not exist ({error})", "write a date and time of the calendar") from error
    if not 2000 <= local.year < 2200:
        raise wrong(f"is in the year {local.year}", "write a year from 2000 to 2199")
    return _in_utc(local, info)


def _moment_like(text: str) -> str:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return f"the time as well: {text} 09:00"
    if re.match(_MOMENT, text):
        return f"{text[:16].replace('T', ' ')}; the time zone is window.timezone"
    return "2026-12-01 09:00"


def _in_utc(local: datetime, info: ValidationInfo) -> datetime:
    zone = context(info).zone
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != local:
        later = first.astimezone(zone)
        problem = f"is {local:%Y-%m-%d %H:%M}, when the clocks in {zone} go forward: that time does not exist"
        raise wrong(problem, f"write {later:%Y-%m-%d %H:%M}")
    if first != second:
        problem = f"is {local:%Y-%m-%d %H:%M}, which comes twice that night in {zone}: the first one counts"
        doubt(info, problem, "write another time if that is not meant")
    return first


def _cron(value: object, info: ValidationInfo) -> str:
    example = '"0 18 * * fri" for Fridays at 18:00'
    try:
        cron, note = in_full(text_of(value, example))
    except CronError as error:
        raise wrong(str(error), f"write {error.fix or example}") from error
    if note:
        doubt(info, note, "leave one of them as *")
    return cron


Duration: TypeAlias = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION}$", "examples": ["7 days", "12 hours"]}),
]
Timezone: TypeAlias = Annotated[
    str, BeforeValidator(_timezone), WithJsonSchema({"type": "string", "examples": ["Europe/Paris", "UTC"]})
]
Moment: TypeAlias = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "pattern": f"^{_MOMENT}$", "examples": ["2026-12-01 09:00"]}),
]
Cron: TypeAlias = Annotated[
    str,
    BeforeValidator(_cron),
    WithJsonSchema({"type": "string", "pattern": r"^\S+( +\S+){4}$", "examples": ["0 18 * * fri"]}),
]
