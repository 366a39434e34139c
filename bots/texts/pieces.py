"""What goes into texts: durations, moments, progress and lists, as the language says them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache, reduce
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.lists import format_list
from babel.units import format_unit

from bots.texts.catalogue import locale_of, text

_UNITS = {
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
}


@lru_cache(maxsize=1024)
def duration(language: str, length: timedelta) -> str:
    """Such as "14 days" or "1 day and 12 hours": the two largest units, the rest left out."""
    left, parts = max(length, timedelta(0)), list[str]()
    for unit, size in _UNITS.items():
        n, left = divmod(left, size)
        if n or (unit == "second" and not parts):
            parts.append(format_unit(n, f"duration-{unit}", length="long", locale=locale_of(language)))
    return listed(language, parts[:2])


def moment(language: str, at: datetime, timezone: str) -> str:
    """A date and time where the campaign is, with the place: others read it elsewhere."""
    zone, locale = ZoneInfo(timezone), locale_of(language)
    local = at.astimezone(zone)
    return text(
        language,
        "moment",
        day=format_date(local, "full", locale=locale),
        time=format_time(local, "short", tzinfo=zone, locale=locale),
        place=place(language, timezone),
    )


def when(language: str, at: datetime, timezone: str, *, now: datetime) -> str:
    """Such as "tomorrow at 09:00" or "on Fri 4 Dec at 09:00", where the campaign is."""
    return _near(language, "when", at, timezone, now)


def until(language: str, at: datetime, timezone: str, *, now: datetime) -> str:
    """Such as "until tomorrow, 09:00" or "until Fri 4 Dec, 09:00", where the campaign is."""
    return _near(language, "until", at, timezone, now)


def place(language: str, timezone: str) -> str:
    """Where it is that time: the time zone's city."""
    return get_timezone_location(ZoneInfo(timezone), locale=locale_of(language), return_city=True)


def _near(language: str, said: str, at: datetime, timezone: str, now: datetime) -> str:
    zone, locale = ZoneInfo(timezone), locale_of(language)
    local, today = at.astimezone(zone), now.astimezone(zone)
    time = format_time(local, "short", tzinfo=zone, locale=locale)
    days = (local.date() - today.date()).days
    if days in (0, 1):
        return text(language, f"{said}.{'tomorrow' if days else 'today'}", time=time)
    known = "MMMEd" if local.year == today.year else "yMMMEd"
    return text(language, f"{said}.day", day=format_skeleton(known, local, tzinfo=zone, locale=locale), time=time)


def progress(language: str, done: timedelta, needed: timedelta) -> str:
    """Such as "2 of 3 days"; only what is over counts as done."""
    unit = next((unit for unit, size in _UNITS.items() if needed >= size), "second")
    size = _UNITS[unit]
    n = -(-needed // size)
    return text(language, f"progress.{unit}s", done=min(max(done, timedelta(0)) // size, n), n=n)


def listed(language: str, items: Sequence[str]) -> str:
    """The items with commas and an "and", as the language lists things."""
    return _list(language, *items) if items else ""


@lru_cache(maxsize=1024)
def _list(language: str, *items: str) -> str:
    return str(format_list(list(items), locale=locale_of(language)))


def apart(language: str, items: Sequence[str]) -> str:
    """The items one after the other, with semicolons between them."""
    return reduce(lambda before, after: text(language, "apart", before=before, after=after), items) if items else ""
