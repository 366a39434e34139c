"""What a campaign does by the clock. Each act is an occurrence: a row that one process claims, does and marks at once.

APScheduler's cron triggers say when; nothing here depends on a process having been alive at that moment.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from campaigns.acts import digest, end, leaderboard, remind, results, start
from campaigns.acts.posts import exclusive, own_times, post
from core import campaign as campaigns
from core import journal, occurrences
from core.campaign import Applied
from core.campaign.values import Campaign, Do, Job
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError, Tx
from core.journal import Fact, Kind
from core.occurrences import Due, More

_log = logging.getLogger(__name__)

Act = Callable[[Tx, Applied, Due, Job | None, datetime], Awaitable[str | More]]
"""Does one occurrence in the transaction, or a portion of it, and says in a few words what it did."""

ACTS: dict[str, Act] = {
    "start": start,
    "end": end,
    "results": results,
    Do.LEADERBOARD.value: leaderboard,
    Do.REMINDER.value: remind,
    Do.DIGEST.value: digest,
    "post": post,
    "exclusive": exclusive,
}
"""To add one: a function in `campaigns.acts` and a line here."""

TOO_LATE: dict[str, timedelta] = dict.fromkeys((Do.LEADERBOARD.value, Do.REMINDER.value, "post"), timedelta(hours=6))
"""How late an act still makes sense. The others are done however late."""

ONCE = frozenset({"results", "post", "exclusive"})
"""What is not expected again once it is done, whatever time a later file gives it."""

DECIDES = frozenset({"results"})
"""What needs the campaign to itself, as everything does that decides who gets what."""

WAITS = frozenset({"exclusive"})
"""What is not missed while the campaign is paused, and not done either."""

PUT_OFF = timedelta(minutes=1)

CATCH_UP = timedelta(hours=1)
"""So long what decides waits when it is found late: after downtime the doors first ask who is still there."""

PAUSED, CATCHING_UP = "the campaign is paused", "found late: referrals are looked at first"

CLOCKS_CHANGE_BY = timedelta(hours=3)
"""No zone's clocks are put forward or back by more."""


async def expect_next(tx: Tx, applied: Applied, *, now: datetime) -> None:
    """Expect what this version of the campaign does next, and no longer what an earlier version would have done.

    What is due already stays due, if this version does it as well.
    """
    done = await occurrences.names_done(tx, applied.id)
    expected = [each for each in _expected(applied, now) if each[0] not in done or _act(each[0]) not in ONCE]
    names = {name for name, _ in expected}
    again = {name for name in names if _act(name) not in ONCE}  # the others are due at their newest time alone
    overdue = [each for each in await occurrences.expected(tx, applied.id) if each.due_at <= now and each.name in again]
    await occurrences.drop_expected(tx, applied.id, keep=[*expected, *((each.name, each.due_at) for each in overdue)])
    for name, due_at in expected:
        await occurrences.expect(tx, applied.id, name, due_at)


async def do_due(db: Database, clock: Clock) -> bool:
    """Do the oldest thing that is due, if any; True if there was one. Any number of processes may call this.

    What cannot be done is put off for a while, with its error, so that it does not hold up the others.
    """
    now, due = clock.now(), None
    try:
        async with db.begin() as tx:
            due = await occurrences.claim_due(tx, now=now)
            if due is not None and due.act not in DECIDES:
                await _do_or_miss(tx, due, now)
        if due is not None and due.act in DECIDES:
            await _decide(db, due, now)
    except DatabaseUnavailableError:
        raise
    except Exception as error:
        if due is None:
            raise
        _log.exception("an occurrence was put off", extra={"occurrence": due.name, "campaign": due.campaign_id})
        async with db.begin() as tx:
            await occurrences.put_off(tx, due, until=now + PUT_OFF, note=f"{type(error).__name__}: {error}")
    return due is not None


async def _decide(db: Database, due: Due, now: datetime) -> None:
    """The campaign first and its occurrence next, as whoever applies a file takes them: so neither waits for ever."""
    async with db.begin() as tx:
        await campaigns.lock(tx, [due.campaign_id])
        if not await occurrences.claim(tx, due):
            return
        applied = await _applied(tx, due)
        if applied.paused_at is not None:
            await occurrences.put_off(tx, due, until=now + PUT_OFF, note=PAUSED)
        elif now - due.due_at > CATCH_UP and due.note != CATCHING_UP:
            await occurrences.put_off(tx, due, until=now + CATCH_UP, note=CATCHING_UP)
        else:
            await _do(tx, applied, due, None, now)


async def _applied(tx: Tx, due: Due) -> Applied:
    return next(each for each in await campaigns.applied(tx) if each.id == due.campaign_id)


async def _do_or_miss(tx: Tx, due: Due, now: datetime) -> None:
    """Do it, unless later ones of its kind have come due; then expect the one that follows."""
    applied = await _applied(tx, due)
    job = _jobs(applied.campaign).get(due.name)
    gone_by = _gone_by(applied, job, due.due_at, now) if job else []
    if gone_by:
        note = f"{len(gone_by)} later ones were due as well when it was found, and only the last of them is done"
        await occurrences.missed(tx, due, now=now, note=note)
    else:
        await _do(tx, applied, due, job, now)
    following = gone_by[-1] if gone_by else (_next_time(applied, job, after=now) if job else None)
    if following is not None:
        await occurrences.expect(tx, applied.id, due.name, following)


def times(job: Job, timezone: str, *, after: datetime) -> Iterator[datetime]:
    """When the job is due, in UTC, after that time: read from the face of the zone's clocks, summer and winter.

    An hour that the clocks show twice counts once; what falls into one that they leave out is due an hour later.
    """
    zone = ZoneInfo(timezone)
    trigger = CronTrigger.from_crontab(job.cron, timezone=UTC)
    face = after.astimezone(zone).replace(tzinfo=UTC) - CLOCKS_CHANGE_BY
    last = after
    while (face := trigger.get_next_fire_time(None, face + timedelta(microseconds=1))) is not None:
        at = face.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if at > last:
            yield at
            last = at


async def _do(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> None:
    act, late = due.act, now - due.due_at
    if act in TOO_LATE and (late > TOO_LATE[act] or applied.paused_at is not None):
        why = PAUSED if applied.paused_at is not None else f"found {late} after its time, too late"
        await occurrences.missed(tx, due, now=now, note=why)
        return
    if act in WAITS and applied.paused_at is not None:
        await occurrences.put_off(tx, due, until=now + PUT_OFF, note=PAUSED)
        return
    note = await ACTS[act](tx, applied, due, job, now)
    if isinstance(note, More):
        await occurrences.go_on(tx, due, note)
        return
    await occurrences.done(tx, due, now=now, note=note)
    fact = Fact(
        key=f"occurred/{applied.id}/{due.name}/{due.due_at.timestamp():.0f}",
        kind=Kind.OCCURRED,
        at=now,
        campaign_id=applied.id,
        data={"occurrence": due.name, "due_at": due.due_at.isoformat(), "note": note},
    )
    await journal.append(tx, [fact], now=now)


def _expected(applied: Applied, now: datetime) -> Iterator[tuple[str, datetime]]:
    """What comes next of each thing that the campaign does; what is over and done is not expected again."""
    yield from _own_times(applied)
    for name, job in _jobs(applied.campaign).items():
        following = _next_time(applied, job, after=max(now, applied.campaign.window.starts))
        if following is not None:
            yield name, following


def _own_times(applied: Applied) -> Iterator[tuple[str, datetime]]:
    """What is done at a time of its own, and not again and again."""
    yield "start", applied.campaign.window.starts
    if applied.ends_at is not None:
        yield "end", applied.ends_at
    if applied.results_at is not None:
        yield "results", applied.results_at
    yield from own_times(applied)


def _jobs(campaign: Campaign) -> dict[str, Job]:
    """The jobs, each under a name that stays when others are added or moved in the file."""
    return {_job_name(job): job for job in campaign.schedule}


def _job_name(job: Job) -> str:
    readers = f" {job.to}" if job.do is Do.DIGEST and job.to else ""
    return f"{job.do.value} {job.cron}{readers}"


def _act(name: str) -> str:
    return name.partition(" ")[0]


def _next_time(applied: Applied, job: Job, *, after: datetime) -> datetime | None:
    at = next(times(job, applied.campaign.window.timezone, after=after), None)
    return None if at is None or (applied.ends_at is not None and at >= applied.ends_at) else at


def _gone_by(applied: Applied, job: Job, after: datetime, now: datetime) -> list[datetime]:
    """The later times that have come while nobody looked."""
    gone: list[datetime] = []
    for at in times(job, applied.campaign.window.timezone, after=after):
        if at > now or (applied.ends_at is not None and at >= applied.ends_at):
            break
        gone.append(at)
    return gone
