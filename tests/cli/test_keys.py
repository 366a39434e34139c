"""`sayso keys`: a secret is seen once, and nothing else ever shows it."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.cli.hiding import HIDDEN, Hider
from core import keys
from core.database import Database
from core.keys import Key
from tests.cli.conftest import Sayso

pytestmark = pytest.mark.usefixtures("quiet_log")


@pytest.fixture
def quiet_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is process-wide: tests of commands leave it alone."""
    monkeypatch.setattr("bots.cli.logs.set_up", lambda *_, **__: None)


def checked(url: str, secret: str) -> Key | None:
    async def check() -> Key | None:
        db = Database(url)
        try:
            return await keys.check(db, secret, now=datetime.now(UTC))
        finally:
            await db.close()

    return asyncio.run(check())


def test_a_key_is_made_listed_and_revoked(call_on: Sayso, db_url: str) -> None:
    made = call_on("keys", "create", "till", "--write")
    assert made.exit_code == 0
    secret = made.stdout.strip()
    assert made.stdout == f"{secret}\n"
    assert secret.startswith(keys.PREFIX)
    assert secret not in made.stderr

    listed = call_on("keys", "list")
    assert listed.exit_code == 0
    assert listed.stdout.startswith("till: campaign (all), may read and write, made 20")
    assert listed.stdout.endswith("last used never\n")
    key = checked(db_url, secret)
    assert key is not None
    assert key.may_write
    assert "never" not in call_on("keys", "list").stdout

    revoked = call_on("keys", "revoke", "till")
    assert (revoked.exit_code, revoked.stdout, revoked.stderr) == (0, "till: revoked\n", "")
    assert checked(db_url, secret) is None
    again = call_on("keys", "revoke", "till")
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == "sayso: there is no key 'till'; see which there are with: sayso keys list\n"


def test_a_key_may_be_of_one_campaign(call_on: Sayso, lune: Path, db_url: str) -> None:
    wrong = call_on("keys", "create", "press", "--campaign", "lune-demo")
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert wrong.stderr == "sayso: there is no campaign 'lune-demo'; see which there are with: sayso status\n"
    call_on("apply", str(lune))
    key = checked(db_url, call_on("keys", "create", "press", "--campaign", "lune-demo").stdout.strip())
    assert key is not None
    assert (key.campaign, key.may_write) == ("lune-demo", False)


def test_keys_come_as_json_without_secrets(call: Sayso) -> None:
    assert json.loads(call("keys", "list", "--json").stdout) == []
    secrets = [
        call("keys", "create", name, *how).stdout.strip() for name, how in (("till", ["--write"]), ("press", []))
    ]
    listed = call("keys", "list", "--json").stdout
    assert [(each["name"], each["campaign"], each["may_write"]) for each in json.loads(listed)] == [
        ("press", None, False),
        ("till", None, True),
    ]
    made_at = datetime.fromisoformat(json.loads(listed)[0]["created_at"])
    assert made_at.tzinfo is not None
    assert not [secret for secret in secrets if secret in listed]


def test_without_keys_it_says_how_to_make_one(call: Sayso, folder: Path) -> None:
    nothing = call("keys", "list", SAYSO_DATABASE_URL="sqlite:///new.db")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert nothing.stderr == "sayso keys: no key yet; make one with: sayso keys create NAME\n"
    assert not (folder / "new.db").exists()


def test_what_cannot_be_made_is_one_line(call: Sayso) -> None:
    call("keys", "create", "till")
    for name, says in (("till", "there is a key 'till' already; "), ("a\nb", "that is no name for a key; ")):
        done = call("keys", "create", name)
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.startswith(f"sayso: {says}")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["create"], ["revoke"], ["make", "x"], ["create", "x", "--read"]])
def test_wrong_usage_is_2(call: Sayso, arguments: list[str]) -> None:
    done = call("keys", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")


def test_a_secret_given_as_a_name_is_not_repeated(call: Sayso) -> None:
    secret = call("keys", "create", "till").stdout.strip()
    done = call("keys", "revoke", secret)
    assert done.exit_code == 1
    assert secret not in done.output
    assert HIDDEN in done.stderr


def test_whatever_looks_like_a_key_is_no_word_of_ours() -> None:
    key = keys.PREFIX + keys.ALPHABET[: keys.LENGTH]
    assert Hider()(f"Bearer {key}, sayso_secret_key and sayso_database") == (
        f"Bearer {HIDDEN}, sayso_secret_key and sayso_database"
    )
