"""`sayso codes`: pools are filled and counted, and no code is ever shown."""

import json
from pathlib import Path

import pytest

from campaigns import codes as files
from tests.cli.conftest import LUNE, Sayso

pytestmark = pytest.mark.usefixtures("quiet_log")

POOLS = """
codes: {welcome: codes/welcome.txt, thanks: codes/thanks.txt}
rewards:
  - {id: hello, to: friend, give: {promo_code: welcome}}
  - {id: again, to: advocate, every: 1, give: {promo_code: thanks}}
"""


@pytest.fixture
def quiet_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is process-wide: tests of commands leave it alone."""
    monkeypatch.setattr("bots.cli.logs.set_up", lambda *_, **__: None)


@pytest.fixture
def shop(folder: Path) -> Path:
    """A campaign with two pools, each with a file."""
    (folder / "codes").mkdir()
    (folder / "codes" / "welcome.txt").write_text("SECRET-1\nSECRET-2\n")
    (folder / "codes" / "thanks.txt").write_text("\n")
    path = folder / "shop.yaml"
    lines = LUNE.read_text().split("\nrewards:")[0]
    path.write_text(lines.replace("lune-demo", "shop") + POOLS)
    return path


@pytest.fixture
def applied(call_on: Sayso, shop: Path) -> Sayso:
    assert call_on("apply", str(shop)).exit_code == 0
    return call_on


def left(call: Sayso) -> dict[str, tuple[int, int]]:
    return {pool["pool"]: (pool["left"], pool["total"]) for pool in json.loads(call("codes", "--json").stdout)}


def test_applying_brings_in_the_files_of_the_campaign_once(call_on: Sayso, shop: Path) -> None:
    first = call_on("apply", str(shop))
    assert first.exit_code == 0
    assert "shop, welcome: 2 codes new, 0 known, 2 left\n" in first.stderr
    assert left(call_on) == {"thanks": (0, 0), "welcome": (2, 2)}
    again = call_on("apply", str(shop))
    assert "codes" not in again.stderr.replace("codes/", "").replace("codes.", "")
    assert left(call_on) == {"thanks": (0, 0), "welcome": (2, 2)}
    assert "SECRET" not in first.output + again.output


def test_a_file_with_an_error_changes_nothing(call_on: Sayso, shop: Path) -> None:
    (shop.parent / "codes" / "welcome.txt").write_bytes(b"SECRET-1\n\xff\n")
    refused = call_on("apply", str(shop))
    assert refused.exit_code == 1
    assert "'codes/welcome.txt', and in its line 2 the line is not UTF-8; save the file as UTF-8" in refused.stderr
    assert "SECRET" not in refused.output
    assert "no pool yet" in call_on("codes").stderr


def test_an_empty_file_is_worth_a_warning(call: Sayso, shop: Path) -> None:
    said = call("check", str(shop))
    assert (said.exit_code, "'codes/thanks.txt', and there is no code in it" in said.stdout) == (0, True)


def test_importing_says_what_is_new_and_what_is_known(applied: Sayso, folder: Path) -> None:
    more = folder / "more.txt"
    more.write_text("SECRET-2\nSECRET-3\nSECRET-3\nSECRET-4\n")
    done = applied("codes", "import", "welcome", str(more))
    assert (done.exit_code, done.stdout) == (0, "shop, welcome: 2 codes new, 1 known, 4 left\n")
    again = applied("codes", "import", "welcome", str(more))
    assert (again.exit_code, again.stdout) == (0, "")
    other = applied("codes", "import", "thanks", str(more))
    assert other.stdout == "shop, thanks: 0 codes new, 0 known, 3 left in the pool welcome of shop, 0 left\n"
    listed = applied("codes")
    assert listed.stdout.splitlines()[1] == "shop, welcome: left 4, given 0, total 4, waiting 0"
    assert "SECRET" not in done.output + again.output + other.output + listed.output


def test_every_bad_line_is_named_and_nothing_is_imported(applied: Sayso, folder: Path) -> None:
    bad = folder / "bad.txt"
    bad.write_bytes(b"GOOD-1\r\nb\xe9d\r\n\r\n" + b"x" * 10_000_000 + b"\r\nGOOD-2\r\nA\x07\r\n")
    done = applied("codes", "import", "welcome", str(bad))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"{bad}:2: error: the line is not UTF-8; save the file as UTF-8",
        f"{bad}:4: error: the line is longer than 200 characters; write one code on each line",
        f"{bad}:6: error: the line has characters that nobody can see; write the code alone",
    ]
    assert left(applied)["welcome"] == (2, 2)


def test_a_file_of_bad_lines_is_not_told_line_by_line(applied: Sayso, folder: Path) -> None:
    bad = folder / "bad.txt"
    bad.write_bytes(b"\xff\n" * 1000)
    done = applied("codes", "import", "welcome", str(bad))
    assert len(done.stderr.splitlines()) == files.MOST_FLAWS + 1
    assert done.stderr.endswith("there are 980 more such lines; put these right first\n")


def test_a_file_without_a_code_is_an_error(applied: Sayso, folder: Path) -> None:
    (folder / "none.txt").write_text("\n\n")
    done = applied("codes", "import", "welcome", "none.txt")
    assert (done.exit_code, done.stderr) == (
        1,
        "none.txt:1: error: there is no code in the file; write one on each line\n",
    )


def test_a_file_that_is_not_there_is_an_error(applied: Sayso) -> None:
    done = applied("codes", "import", "welcome", "nowhere.txt")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("sayso: nowhere.txt: error: it cannot be read (No such file or directory)")


def test_a_pool_that_nobody_named_is_an_error(applied: Sayso, folder: Path) -> None:
    (folder / "a.txt").write_text("A\n")
    done = applied("codes", "import", "velcome", "a.txt")
    assert (done.exit_code, done.stderr) == (1, "sayso: there is no pool 'velcome'; name one of thanks, welcome\n")


def test_a_pool_of_two_campaigns_needs_the_campaign(applied: Sayso, shop: Path) -> None:
    second = shop.with_name("second.yaml")
    second.write_text(shop.read_text().replace("campaign: shop", "campaign: second"))
    assert applied("apply", str(second)).exit_code == 0
    more = shop.with_name("more.txt")
    more.write_text("SECRET-9\n")
    unclear = applied("codes", "import", "welcome", str(more))
    assert (unclear.exit_code, "several campaigns have a pool 'welcome'" in unclear.stderr) == (1, True)
    done = applied("codes", "import", "welcome", str(more), "--campaign", "second")
    assert done.stdout == "second, welcome: 1 code new, 0 known, 1 left\n"


def test_an_import_that_was_broken_off_goes_on(applied: Sayso, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = folder / "many.txt"
    many.write_text("".join(f"CODE-{n}\n" for n in range(1000)))
    monkeypatch.setattr(files, "AT_ONCE", 100)
    once = files.codes.add
    told: list[int] = []

    async def broken_off(*args: object) -> object:
        told.append(1)
        if len(told) == 5:
            raise KeyboardInterrupt
        return await once(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(files.codes, "add", broken_off)
    assert applied("codes", "import", "welcome", str(many)).exit_code == 130
    assert left(applied)["welcome"] == (402, 402)
    monkeypatch.setattr(files.codes, "add", once)
    done = applied("codes", "import", "welcome", str(many))
    assert done.stdout == "shop, welcome: 600 codes new, 400 known, 1002 left\n"
