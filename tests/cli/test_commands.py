"""The short commands: what they print, and how they end."""

import json
from pathlib import Path

import pytest

from bots.cli.main import COMMANDS, sayso
from core.database import Database, table_of
from core.totals.table import TotalRow
from tests.cli.conftest import Sayso
from tests.cli.processes import ended

pytestmark = pytest.mark.usefixtures("quiet_log")


@pytest.fixture
def quiet_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is process-wide: tests of commands leave it alone."""
    monkeypatch.setattr("bots.cli.logs.set_up", lambda *_, **__: None)


# check and schema


def test_a_right_file_is_all_good(call: Sayso, lune: Path) -> None:
    done = call("check", str(lune))
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "sayso check: 1 file: all good\n")


def test_errors_are_said_with_their_places_all_at_once(call: Sayso, lune: Path, wrong: Path) -> None:
    done = call("check", str(lune), str(wrong), str(wrong.with_name("gone.yaml")))
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    text = wrong.read_text().splitlines()
    for line, key in zip(lines, ("stay: soon", "every: 0"), strict=False):
        file, row, column, level, *_ = line.split(":")
        assert (file, level) == (str(wrong), " error")
        assert text[int(row) - 1][int(column) - 1 :].startswith((key, key.split(": ")[1]))
        assert "; " in line
    assert lines[2].startswith(f"{wrong.with_name('gone.yaml')}:1:1: error: ")
    assert done.stderr == "sayso check: 3 files: 3 errors\n"


def test_warnings_fail_only_when_strict(call: Sayso, lune: Path) -> None:
    lune.write_text(lune.read_text().replace("rewards:", "fraud: {hold: 50, reject: 90}\nrewards:"))
    relaxed, strict = call("check", str(lune)), call("check", str(lune), "--strict")
    assert ": warning: " in relaxed.stdout
    assert relaxed.stdout == strict.stdout
    assert (relaxed.exit_code, strict.exit_code) == (0, 1)


def test_findings_come_as_json(call: Sayso, wrong: Path) -> None:
    done = call("check", str(wrong), "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    assert [set(each) for each in found] == [{"file", "line", "column", "level", "problem", "fix"}] * 2
    assert json.loads(call("check", str(wrong), "--json", "--strict").stdout) == found


def test_the_schema_is_json(call: Sayso) -> None:
    done = call("schema")
    assert done.exit_code == 0
    assert "campaign" in json.loads(done.stdout)["properties"]


# plan, apply and status


def test_applying_twice_changes_nothing_the_second_time(call_on: Sayso, lune: Path) -> None:
    planned, first, second = call_on("plan", str(lune)), call_on("apply", str(lune)), call_on("apply", str(lune))
    assert (planned.exit_code, planned.stdout) == (0, "lune-demo: new\n")
    assert (first.exit_code, first.stdout) == (0, "lune-demo: new\n")
    assert (second.exit_code, second.stdout) == (0, "lune-demo: unchanged\n")
    assert "1 campaign applied (1 new, 0 changed)" in first.stderr
    assert "nothing to change" in second.stderr


def test_a_plan_shows_every_difference_and_makes_none(call_on: Sayso, lune: Path) -> None:
    call_on("apply", str(lune))
    lune.write_text(lune.read_text().replace("20 seconds", "30 seconds").replace("messages: 1", "messages: 2"))
    for _ in range(2):
        done = call_on("plan", str(lune))
        assert done.stdout.splitlines() == [
            "lune-demo: changed",
            "  qualify.messages: 1 -> 2",
            "  qualify.stay: PT20S -> PT30S",
        ]
    assert json.loads(call_on("plan", str(lune), "--json").stdout) == [
        {
            "campaign": "lune-demo",
            "what": "changed",
            "differences": [
                {"path": "qualify.messages", "now": 1, "then": 2},
                {"path": "qualify.stay", "now": "PT20S", "then": "PT30S"},
            ],
        }
    ]


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_an_error_in_one_file_changes_nothing_at_all(call_on: Sayso, lune: Path, wrong: Path, command: str) -> None:
    done = call_on(command, str(lune), str(wrong))
    assert (done.exit_code, done.stdout) == (1, "")
    assert [line.startswith(f"{wrong}:") for line in done.stderr.splitlines()] == [True, True, False]
    assert done.stderr.splitlines()[-1] == "sayso: 2 errors in the campaign files, so nothing was changed"
    assert json.loads(call_on("status", "--json").stdout) == []


def test_status_shows_one_campaign_or_all(call_on: Sayso, lune: Path) -> None:
    nothing = call_on("status")
    assert (nothing.exit_code, nothing.stdout) == (0, "no campaign yet; apply a file with: sayso apply FILE\n")
    other = lune.with_name("other.yaml")
    other.write_text(lune.read_text().replace("lune-demo", "other-demo"))
    call_on("apply", str(lune), str(other))
    one, every = call_on("status", "other-demo", "--json"), call_on("status", "--json")
    assert json.loads(one.stdout)["campaign"] == "other-demo"
    assert [each["campaign"] for each in json.loads(every.stdout)] == ["lune-demo", "other-demo"]
    plain = call_on("status").stdout
    assert plain.splitlines()[0] == "lune-demo: running"
    assert "referrals: pending 0, qualified 0, rewarded 0, held 0, rejected 0, reversed 0" in plain


def test_an_unknown_campaign_is_said_with_the_known_ones(call_on: Sayso, lune: Path) -> None:
    first = call_on("status", "soleil")
    assert (first.exit_code, first.stdout) == (1, "")
    assert first.stderr == "sayso: there is no campaign 'soleil'; apply its file first: sayso apply FILE\n"
    call_on("apply", str(lune))
    assert call_on("status", "soleil").stderr == "sayso: there is no campaign 'soleil'; name one of lune-demo\n"


# audit


def test_an_audit_of_what_is_right_finds_nothing(call_on: Sayso, lune: Path) -> None:
    call_on("apply", str(lune))
    done = call_on("audit")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "sayso audit: all as the journal says\n"
    assert call_on("audit", "--json").stdout == "[]\n"


async def test_an_audit_shows_what_was_tampered_with(folder: Path, db: Database, db_url: str, lune: Path) -> None:
    assert (await ended("apply", str(lune), folder=folder, SAYSO_DATABASE_URL=db_url)).code == 0
    async with db.begin() as tx:
        await tx.execute(table_of(TotalRow).insert(), {"campaign_id": 1, "name": "joins", "n": 7})
    done = await ended("audit", folder=folder, SAYSO_DATABASE_URL=db_url)
    assert done.code == 1
    assert "kept 7, recomputed nothing" in done.out
    assert done.err == "sayso audit: 1 difference; restore a backup, or report it\n"
    listed = json.loads((await ended("audit", "--json", folder=folder, SAYSO_DATABASE_URL=db_url)).out)
    assert [(each["kept"], each["recomputed"]) for each in listed] == [(7, None)]


# Where there is nothing yet, and where something is in the way


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("arguments", "code", "out"),
    [
        (["plan", "lune.yaml"], 0, "lune-demo: new\n"),
        (["status", "--json"], 0, "[]\n"),
        (["status", "lune-demo"], 1, ""),
        (["audit"], 0, ""),
    ],
)
async def test_asking_makes_no_database(arguments: list[str], code: int, out: str, folder: Path, lune: Path) -> None:
    done = await ended(*arguments, folder=folder)
    assert (done.code, done.out) == (code, out), done.err
    assert names_in(folder) == ["lune.yaml"]


async def test_applying_makes_the_tables(folder: Path, lune: Path, empty_url: str) -> None:
    assert (await ended("status", "--json", folder=folder, SAYSO_DATABASE_URL=empty_url)).out == "[]\n"
    assert (await ended("apply", str(lune), folder=folder, SAYSO_DATABASE_URL=empty_url)).code == 0
    done = await ended("status", "lune-demo", "--json", folder=folder, SAYSO_DATABASE_URL=empty_url)
    assert json.loads(done.out)["state"] == "running"


async def test_a_database_that_is_not_there_is_one_line_without_its_password(folder: Path, lune: Path) -> None:
    for debug in ("", "1"):
        url = "postgresql://sayso:canary%40pw@127.0.0.1:1/sayso"
        done = await ended("apply", str(lune), folder=folder, SAYSO_DATABASE_URL=url, SAYSO_DEBUG=debug)
        assert (done.code, done.out) == (1, "")
        assert done.err.splitlines()[-1].startswith("sayso: the database cannot be reached (")
        assert done.err.splitlines()[-1].endswith("; try again in a moment")
        assert ("Traceback" in done.err) == bool(debug)
        assert (len(done.err.splitlines()) == 1) == (not debug)
        assert "canary" not in done.err


async def test_tables_that_are_not_this_versions_are_said(folder: Path, sqlite_db: Database, sqlite_url: str) -> None:
    async with sqlite_db.begin() as tx:
        await tx.exec_driver_sql("UPDATE alembic_version SET version_num = 'later_9999'")
    done = await ended("status", folder=folder, SAYSO_DATABASE_URL=sqlite_url)
    assert done.code == 1
    assert done.err.startswith("sayso: the database was made by a newer Sayso (revision later_9999); ")


# How every command ends


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["check"], "sayso check: missing argument 'FILE...'; see sayso check --help\n"),
        (["chekc"], "sayso: no such command 'chekc'"),
        (["--bogus"], "sayso: no such option '--bogus'"),
        (["status", "a", "b"], "sayso status: got unexpected extra argument (b); see sayso status --help\n"),
        (["run", "--only", "web,pigeon"], "there is no part 'pigeon'; choose from web, telegram, discord, worker"),
        (["demo", "--members", "0"], "sayso demo: invalid value for '--members'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(call: Sayso, arguments: list[str], line: str) -> None:
    done = call(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert line in done.stderr
    assert done.stderr.count("\n") == 1


def test_wrong_settings_are_a_line_each_and_exit_2(call: Sayso) -> None:
    done = call("status", SAYSO_LISTEN="canary", SAYSO_TELEGRAM_TOKEN="canary")
    assert done.exit_code == 2
    assert [line.split()[1] for line in done.stderr.splitlines()] == ["SAYSO_LISTEN", "SAYSO_TELEGRAM_TOKEN"]
    assert call("status", SAYSO_DATABASE_URL="mysql://x").exit_code == 2


def test_checking_needs_no_settings(call: Sayso, lune: Path) -> None:
    assert call("check", str(lune), SAYSO_LISTEN="canary").exit_code == 0


def test_a_mistake_of_ours_is_one_line_and_a_traceback_only_for_debugging(
    call: Sayso, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no 123456:AAbbCCddEEffGGhhIIjjKKllMMnnOOpp here")

    monkeypatch.setattr("bots.cli.status.show", broken)
    plain, debug = call("status"), call("status", SAYSO_DEBUG="1")
    assert plain.exit_code == debug.exit_code == 1
    assert plain.stderr.startswith("sayso: Sayso made a mistake (ValueError: no [secret] here at bots/cli/status.py:")
    assert plain.stderr.count("\n") == 1
    assert debug.stderr.startswith("Traceback")
    assert "AAbb" not in debug.stderr


def test_interrupting_a_short_command_is_130(call: Sayso, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bots.cli.status.show", interrupted)
    assert call("status").exit_code == 130


def test_help_names_every_command_as_the_command_does(call: Sayso) -> None:
    said = call("--help").stdout
    for name, (_, says) in COMMANDS.items():
        command = sayso.commands.get(name) or sayso.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert command.name == name
        assert command.get_short_help_str(200) == says
        assert says in said
        assert call(name, "--help").exit_code == 0


async def test_both_ways_to_start_it_are_one(folder: Path) -> None:
    done = await ended("--version", folder=folder)
    assert (done.code, done.out.split()[0]) == (0, "sayso")
    nothing = await ended(folder=folder)
    assert nothing.code == 2
    assert nothing.err.startswith("Usage: sayso ")
