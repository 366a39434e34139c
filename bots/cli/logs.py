"""What goes to the log, and how: one line an event, as text or JSON, on stderr, without any secret."""

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Literal

from bots.cli.hiding import Hider

QUIET = {
    "aiohttp.access": logging.CRITICAL,  # names clients; ours is `bots.web.access`
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
    "apscheduler": logging.ERROR,  # warns when a wake-up was late, which does no harm here
    "asyncio": logging.WARNING,
    "discord": logging.WARNING,
    "discord.client": logging.CRITICAL,  # a traceback for each lost connection; our gateway says it in a line
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,  # its INFO holds the address, and that the bot's token
    "sqlalchemy": logging.WARNING,
    "telegram": logging.WARNING,
}

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def set_up(style: Literal["text", "json"], *, hide: Hider, level: int = logging.INFO, debug: bool = False) -> None:
    """Send everything that is logged to stderr from now on; doing it again replaces the earlier way."""
    handler = _ToStderr()
    handler.setFormatter(JsonLines(hide) if style == "json" else TextLines(hide))
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _ToStderr)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, level))
    for name in ("bots", "campaigns", "core"):
        logging.getLogger(name).setLevel(logging.DEBUG if debug else logging.NOTSET)
    logging.captureWarnings(True)


class _ToStderr(logging.Handler):
    """Writes to what is stderr at that moment, which a progress display may have replaced."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(Exception):  # logging's own way would write the arguments down, secrets and all
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()


class _Lines(logging.Formatter):
    """Takes a record apart, and every secret out of each part: also out of fields and tracebacks."""

    def __init__(self, hide: Hider) -> None:
        super().__init__()
        self._hide = hide

    def message(self, record: logging.LogRecord) -> str:
        return self._hide(_message(record))

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        return {self._hide(name): self._clean(value) for name, value in extra.items()}

    def traceback(self, record: logging.LogRecord) -> str:
        """The traceback and the stack; '' if there are none."""
        parts = [self.formatException(record.exc_info)] if record.exc_info and record.exc_info[0] else []
        parts += [record.exc_text] if record.exc_text and not parts else []
        parts += [self.formatStack(record.stack_info)] if record.stack_info else []
        return self._hide("\n".join(parts))

    def _clean(self, value: object) -> bool | float | str | None:
        """The value as one that JSON knows, if it cannot hold a secret; else as a clean text."""
        return value if isinstance(value, bool | float | None) else self._number_or_text(value)

    def _number_or_text(self, value: object) -> int | str:
        clean = self._hide(str(value))
        return value if isinstance(value, int) and clean == str(value) else clean


class TextLines(_Lines):
    """`2026-12-01 12:00:00Z INFO core.room what happened, field=value`, and a traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        fields = "".join(f" {name}={value}" for name, value in self.fields(record).items())
        line = f"{at} {record.levelname} {record.name} {self.message(record)}{fields}"
        return "\n".join(filter(None, [line.replace("\r", "\\r").replace("\n", "\\n"), self.traceback(record)]))


class JsonLines(_Lines):
    """One JSON object a line: at, level, logger, message, the event's own fields, and a traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = self.fields(record) | {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.message(record),
        }
        traceback = self.traceback(record)
        return json.dumps(line | ({"traceback": traceback} if traceback else {}), ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a wrong argument somewhere must not cost the line
        return f"{record.msg} {record.args}"
