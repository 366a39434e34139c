"""Pictures that campaign files name, through the commands: checked, planned, and kept for the web to serve."""

from pathlib import Path

import pytest

from core import campaign as campaigns
from core import media
from core.database import Database
from tests.campaigns.pictures import drawing, photo, saved
from tests.cli.conftest import Sayso
from tests.cli.processes import ended


@pytest.fixture
def pictured(lune: Path) -> Path:
    """A campaign file with a picture beside it."""
    text = lune.read_text()
    lune.write_text(text.replace("\ncard:\n", "\ncard:\n  image: card.png\n"))
    assert lune.read_text() != text
    (lune.parent / "card.png").write_bytes(saved(photo()))
    return lune


async def kept(url: str) -> media.Medium | None:
    db = Database(url)
    try:
        async with db.read() as tx:
            applied = await campaigns.by_slug(tx, "lune-demo")
            assert applied is not None
            assert applied.campaign.card is not None
            return await media.find(tx, applied.campaign.card.picture or "")
    finally:
        await db.close()


def test_a_changed_picture_is_a_change_and_the_same_one_is_none(call_on: Sayso, pictured: Path) -> None:
    assert call_on("apply", str(pictured)).output.startswith("lune-demo: new\n")
    assert "unchanged" in call_on("plan", str(pictured)).output
    assert "unchanged" in call_on("apply", str(pictured)).output
    (pictured.parent / "card.png").write_bytes(saved(drawing()))
    planned = call_on("plan", str(pictured)).output.splitlines()
    assert planned[0] == "lune-demo: changed"
    assert planned[1].startswith("  card.picture: ")


async def test_an_applied_picture_is_in_the_database(folder: Path, pictured: Path, db_url: str) -> None:
    assert (await ended("apply", str(pictured), folder=folder, SAYSO_DATABASE_URL=db_url)).code == 0
    found = await kept(db_url)
    assert found is not None
    assert (found.kind, found.width, found.height) == ("image/jpeg", 1200, 630)


def test_a_broken_picture_changes_nothing(call: Sayso, pictured: Path) -> None:
    (pictured.parent / "card.png").write_bytes(saved(photo())[:3000])
    checked = call("check", str(pictured))
    assert checked.exit_code == 1
    assert f"{pictured}:20:10: error: 'image' is 'card.png', a broken picture" in checked.output
    assert call("apply", str(pictured)).exit_code == 1
    assert call("status", "--json").output == "[]\n"
