"""Logs: one line an event with its fields, and no secret in any part of it."""

import json
import logging
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.cli import logs
from bots.cli.hiding import HIDDEN, Hider

SECRETS = ["canary-token", 'canary "quoted" ütf', "canary@db/1"]
LIKE_A_TOKEN = "700000001:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
log = logging.getLogger("bots.somewhere")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root, known = logging.getLogger(), [*logs.QUIET, "bots", "campaigns", "core"]
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in known}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(False)


def set_up(style: str = "text", **how: bool) -> None:
    logs.set_up("json" if style == "json" else "text", hide=Hider(SECRETS), **how)


def say_everything(secret: str) -> None:
    """Put the secret into every place of an event that there is."""
    try:
        raise ValueError(f"no {secret}") from KeyError(secret)
    except ValueError:
        extra = {"field": secret, "nested": {"deep": [secret]}, f"a {secret}": 1}
        log.exception("said %s and %s", secret, {"key": secret}, extra=extra, stack_info=True)


@pytest.mark.parametrize("style", ["text", "json"])
@pytest.mark.parametrize("secret", [*SECRETS, LIKE_A_TOKEN, "canary%40db%2F1"])
def test_no_secret_is_in_any_part(style: str, secret: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(style)
    say_everything(secret)
    said = capsys.readouterr().err
    assert "canary" not in said
    assert LIKE_A_TOKEN not in said
    assert HIDDEN in said
    assert "ValueError" in said


def test_a_wrong_argument_costs_neither_the_line_nor_a_secret() -> None:
    record = logging.makeLogRecord({"name": "bots.x", "msg": "said %d", "args": (SECRETS[0],), "levelname": "INFO"})
    assert logs.TextLines(Hider(SECRETS)).format(record).endswith(f"INFO bots.x said %d ('{HIDDEN}',)")


def test_text_shows_the_fields_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    log.info("taken\nin", extra={"campaign": 7, "why": "a\nb"})
    said = capsys.readouterr().err
    assert said.endswith("Z INFO bots.somewhere taken\\nin campaign=7 why=a\\nb\n")
    assert said.count("\n") == 1


def test_json_is_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("json")
    log.info("taken %s", "in", extra={"campaign": 7, "ok": True, "none": None, "folder": {"a"}})
    line = json.loads(capsys.readouterr().err)
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "bots.somewhere",
        "message": "taken in",
        "campaign": 7,
        "ok": True,
        "none": None,
        "folder": "{'a'}",
    }


def test_an_event_cannot_pretend_to_be_another_level(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("json")
    log.info("taken", extra={"level": "error", "logger": "root"})
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["logger"]) == ("info", "bots.somewhere")


def test_libraries_that_talk_too_much_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    logging.getLogger("httpx").info("POST https://api.telegram.org/bot%s/getMe", LIKE_A_TOKEN)
    logging.getLogger("aiohttp.access").error("203.0.113.7")
    logging.getLogger("apscheduler.executors.default").warning("late")
    assert capsys.readouterr().err == ""


def test_debug_is_for_our_own_rooms(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(debug=True)
    log.debug("ours")
    logging.getLogger("elsewhere").debug("theirs")
    assert [line.split()[-1] for line in capsys.readouterr().err.splitlines()] == ["ours"]


def test_setting_up_twice_says_everything_once(capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    set_up()
    log.info("once")
    assert capsys.readouterr().err.count("once") == 1


def test_warnings_go_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn(f"careful with {SECRETS[0]}", stacklevel=1)
    said = capsys.readouterr().err
    assert "careful with [secret]" in said


def test_short_words_are_no_secrets() -> None:
    assert Hider(["", "a", "abc"])("abc a") == "abc a"


@given(secret=st.text(min_size=4), before=st.text(), after=st.text())
def test_a_known_secret_is_always_taken_out(secret: str, before: str, after: str) -> None:
    hidden = Hider([secret])(before + secret + after)
    assert secret not in hidden.replace(HIDDEN, "\0") or secret in HIDDEN
