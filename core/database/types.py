"""Column types that mean the same on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BigInteger, DateTime, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_json(value: object) -> str:
    """JSON as it is stored, on both databases."""
    return msgspec.json.encode(value).decode()


from_json = msgspec.json.decode

BigKey = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit number that the database may count up by itself."""


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC: `timestamptz` on PostgreSQL, whole microseconds since 1970 on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _to_microseconds if dialect.name == "sqlite" else _aware

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        return _from_microseconds if dialect.name == "sqlite" else _zoned


def _to_microseconds(value: datetime | None) -> int | None:
    if value is None:
        return None
    _aware(value)
    return (value - _EPOCH) // _MICROSECOND


def _aware(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return value


def _from_microseconds(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(0, 0, value)


def _zoned(value: datetime | None) -> datetime | None:
    """The first and the last moment of the calendar come back without their zone."""
    return value if value is None or value.tzinfo is not None else value.replace(tzinfo=UTC)
