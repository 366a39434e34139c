"""What a person at a terminal sees: tables, in which nobody's name can do anything but be read."""

from datetime import UTC, datetime

import pytest

from bots.cli import showing, status
from bots.cli.demo.screen import Screen
from core.occurrences import Past
from core.shares import Certain, Code, Likely, Method, PassedOn, Sharing
from core.status import (
    FACTS,
    Announcement,
    Arrivals,
    Inbox,
    Missed,
    Occurrences,
    Outbox,
    Rank,
    Referrals,
    Rewards,
    Status,
)

AT = datetime(2026, 12, 1, tzinfo=UTC)
SHARING = Sharing(
    at_least=2,
    probably=[2, 4],
    method=Method(at_least=[Certain(code=Code.SENT, n=2)], probably=[Likely(code=Code.OPENED, n=3, low=0.5, high=7.5)]),
    intents=0,
    sent=2,
    forwards=0,
    unfurls=0,
    clicks=3,
    starts=0,
    apps={},
)
NASTY = "[bold red]Ana[/] \x1b[2J\u202ebob\n"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")


def lune() -> Status:
    return Status(
        campaign="lune",
        state="running",
        starts_at=AT,
        ends_at=None,
        **dict.fromkeys(FACTS, 3),
        referrals=Referrals(**dict.fromkeys(Referrals.__slots__, 2)),
        arrivals=Arrivals(exact=4, probable=3, ambiguous=2, unattributed=1, otherwise=0),
        rewards=Rewards(granted=5, delivered=4, waiting=1, held=0),
        cascade={"advocates": 3, "k_factor": 0.5, "cycle_time_seconds": None, "channels": {"email": {"friends": 1}}},
        sharing={"telegram": SHARING, "total": SHARING},
        forwards=[PassedOn(chat="salon", post=7, seen=2)],
        leaderboard=[Rank(rank=1, member=1, name=NASTY, qualified=2, points=20)],
        missed=[Missed(name="reminder 0 12 * * *", due_at=AT, note="too late")],
        occurrences=Occurrences(
            upcoming=[Past(name="results", due_at=AT, state="due", done_at=None, note=None)],
            past=[Past(name="post noon", due_at=AT, state="done", done_at=AT, note="posted in salon")],
        ),
        broadcast=Announcement(id=1, state="running", began_at=AT, ended_at=None, sent=6, waiting=7, failed=1),
        shops=[],
        inbox=Inbox(waiting=0, failed=1),
        outbox=Outbox(waiting=0, sending=0, failed=0),
    )


@pytest.mark.usefixtures("terminal")
def test_a_status_is_tables_with_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    status.show([lune()])
    shown = capsys.readouterr().out
    for part in (
        "lune: running",
        "Leaderboard",
        "exact 4, probable 3, ambiguous 2, unattributed 1, otherwise 0",
        "granted 5, delivered 4, waiting 1",
        "waiting 0, failed 1",
        "too late",
        "k_factor 0.50",
        "salon, post 7: 2",
        "results on 2026-12-01 00:00 UTC",
        "post noon on 2026-12-01 00:00 UTC: posted in salon",
        "running, sent 6, waiting 7, could not be written to 1",
    ):
        assert part in shown


def test_shares_are_shown_with_how_they_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    status.show([lune()])
    shown = capsys.readouterr().out
    assert "shares, telegram: At least 2: 2 messages sent through the bot. Probably 2 to 4: opened 3 times." in shown
    assert "cascade: advocates 3, k_factor 0.50, cycle_time_seconds -\n" in shown


@pytest.mark.parametrize("on_terminal", [True, False])
def test_a_name_is_only_read(
    on_terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "on_terminal", lambda: on_terminal)
    monkeypatch.setenv("COLUMNS", "100")
    status.show([lune()])
    shown = capsys.readouterr().out
    assert "[bold red]Ana[/]  [2J bob" in shown
    assert not {"\x1b", "\u202e"} & set(shown)


@pytest.mark.usefixtures("terminal")
def test_the_demos_figures_fit_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    screen = Screen()
    with screen:
        screen.say("web: somewhere [not markup]")
        screen.figures(lune(), acted=2000)
        screen.table(lune())
    shown = capsys.readouterr().out
    assert "web: somewhere [not markup]" in shown
    assert "Leaderboard" in shown
    for word in ("members", "qualified", "rewarded", "rejected", "rewards"):
        assert word in shown
