"""Column types that mean the same on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

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

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        if value is None or dialect.name != "sqlite":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name != "sqlite":  # the first and the last moment of the calendar come back without their zone
            return cast(datetime, value if value.tzinfo else value.replace(tzinfo=UTC))
        return _EPOCH + int(value) * _MICROSECOND
