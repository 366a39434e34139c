"""How a campaign is going: figures that are kept as facts arrive, so that asking costs little however long it runs."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core import broadcasts, cascade, hooks, inbox, members, occurrences, outbox, shares, totals
from core.campaign import Applied
from core.database import Tx, rows_of, table_of
from core.occurrences import Past
from core.occurrences.table import OccurrenceRow
from core.shares import PassedOn, Sharing

ON_LEADERBOARD = 10
MISSED_SHOWN = 10
OCCURRENCES_SHOWN = 10

_occurrence = table_of(OccurrenceRow).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrals:
    """How many referrals stand where."""

    pending: int
    qualified: int
    rewarded: int
    held: int
    rejected: int
    reversed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Joins into servers whose joins name no invitation: how surely it is known by whom they came.

    `otherwise`: by nobody's link. `unattributed`: nobody knows.
    """

    exact: int
    probable: int
    ambiguous: int
    unattributed: int
    otherwise: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewards:
    """Rewards owed, those handed over, and those that still wait to be.

    `held`: none of these yet, but promised: there are no codes left, or no more may be given.
    """

    granted: int
    delivered: int
    waiting: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """A line of the leaderboard; `qualified` includes the rewarded ones."""

    rank: int
    member: int
    name: str
    qualified: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Something the campaign was to do and did not, and why."""

    name: str
    due_at: datetime
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A shop that the campaign tells of rewards, and that does not take that: since when, and what is wrong."""

    host: str
    state: str
    failing_since: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrences:
    """What the campaign is to do next, the earliest first, and what it did last, the latest first."""

    upcoming: list[Past]
    past: list[Past]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """The announcement that goes out, or the last that did. `state`: running, stopped or done."""

    id: int
    state: str
    began_at: datetime | None
    ended_at: datetime | None
    sent: int
    waiting: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Updates of all campaigns that wait, and those that could not be handled."""

    waiting: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Messages of all campaigns that wait, that are being sent, and those that will not be."""

    waiting: int
    sending: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One campaign's figures. The names are those of the JSON, which people script against."""

    campaign: str
    state: str
    starts_at: datetime
    ends_at: datetime | None
    advocates: int
    links: int
    shares: int
    intents: int
    unfurls: int
    clicks: int
    unrecorded: int
    starts: int
    joins: int
    leaves: int
    conversions: int
    referrals: Referrals
    arrivals: Arrivals
    rewards: Rewards
    cascade: dict[str, Any]  # see `core.cascade.Spread`
    sharing: dict[str, Sharing]  # by channel, and `total`
    forwards: list[PassedOn]
    leaderboard: list[Rank]
    missed: list[Missed]
    occurrences: Occurrences
    broadcast: Announcement | None
    shops: list[Shop]  # those that do not take webhooks
    inbox: Inbox
    outbox: Outbox

    def as_json(self) -> dict[str, Any]:
        """Everything in values that JSON has; times as ISO 8601 in UTC."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


FACTS = (
    "advocates",
    "links",
    "shares",
    "intents",
    "unfurls",
    "clicks",
    "unrecorded",
    "starts",
    "joins",
    "leaves",
    "conversions",
)
"""The totals that go under their own name."""


async def status(tx: Tx, applied: Applied, *, now: datetime) -> Status:
    """The figures of this campaign as of `now`, all of them from the moment that the transaction sees."""
    counted = await totals.of_campaign(tx, applied.id)
    granted, delivered, held = (counted.get(f"rewards.{name}", 0) for name in ("granted", "delivered", "held"))
    return Status(
        campaign=applied.campaign.slug,
        state=applied.state(now).value,
        starts_at=applied.campaign.window.starts,
        ends_at=applied.ends_at,
        **{name: counted.get(name, 0) for name in FACTS},
        referrals=Referrals(**{name: counted.get(f"referrals.{name}", 0) for name in Referrals.__slots__}),
        arrivals=Arrivals(**{name: counted.get(f"arrivals.{name}", 0) for name in Arrivals.__slots__}),
        rewards=Rewards(granted=granted, delivered=delivered, waiting=max(0, granted - delivered), held=held),
        cascade=(await cascade.spread(tx, applied.id)).as_json(),
        sharing=await shares.sharing(tx, applied.id),
        forwards=await shares.passed_on(tx, applied.id),
        leaderboard=await leaderboard(tx, applied.id),
        missed=await _missed(tx, applied.id),
        occurrences=Occurrences(
            upcoming=await occurrences.upcoming(tx, applied.id, limit=OCCURRENCES_SHOWN),
            past=await occurrences.past(tx, applied.id, limit=OCCURRENCES_SHOWN),
        ),
        broadcast=await _announcement(tx, applied.id),
        shops=await _shops(tx, applied.id),
        inbox=Inbox(**await inbox.counts(tx)),
        outbox=Outbox(**await outbox.counts(tx)),
    )


async def leaderboard(
    tx: Tx, campaign_id: int, *, limit: int = ON_LEADERBOARD, after: totals.Place | None = None
) -> list[Rank]:
    """The campaign's best advocates with their names, or those after a line; `?` for one whose accounts are gone."""
    places = await totals.leaderboard(tx, campaign_id, limit=limit, after=after)
    people = await members.by_id(tx, [place.member_id for place in places])
    return [
        Rank(
            rank=place.rank,
            member=place.member_id,
            name=people[place.member_id].name if place.member_id in people else "?",
            qualified=place.qualified,
            points=place.points,
        )
        for place in places
    ]


async def _announcement(tx: Tx, campaign_id: int) -> Announcement | None:
    last = await broadcasts.last(tx, campaign_id)
    if last is None:
        return None
    progress = await broadcasts.progress(tx, last)
    return Announcement(
        id=last.id,
        state=last.state,
        began_at=last.began_at,
        ended_at=last.ended_at,
        sent=progress.sent,
        waiting=progress.waiting,
        failed=progress.failed,
    )


async def _missed(tx: Tx, campaign_id: int) -> list[Missed]:
    """The latest first."""
    missed = (_occurrence.campaign_id == campaign_id, _occurrence.state == "missed")
    latest = select(_occurrence.name, _occurrence.due_at, _occurrence.note).where(*missed)
    rows = await rows_of(tx, latest.order_by(_occurrence.due_at.desc(), _occurrence.name).limit(MISSED_SHOWN))
    return [Missed(**row._mapping) for row in rows]


async def _shops(tx: Tx, campaign_id: int) -> list[Shop]:
    troubled = [each for each in await hooks.of_campaign(tx, campaign_id) if each.state is not hooks.State.WELL]
    return [
        Shop(host=each.host, state=each.state.value, failing_since=each.failing_since, error=each.error)
        for each in troubled
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value
