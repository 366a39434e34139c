"""By what somebody came into a server whose joins name no invitation. Pure; see README.md for the idea in plain words.

Uses of invites (from comparing two lists) and arrivals (from the platform's events) pile up until they explain each
other. What that rests on:

- News of a join is here at most `NEWS_TAKES` after its use can be seen, unless it is lost; whoever calls says up to
  when everything has been heard (`heard_until`). So every use in a list that was read then belongs to an arrival that
  is known, and if there are as many uses as arrivals, the arrivals are those of the uses, however late others are.
- A counter moves within `LATE` of the join. So an arrival that ends without a use clouds what is seen until then.
- An invite for a single use that is gone before its time was used. A moderator may have deleted it in the very seconds
  in which somebody came by discovery, and somebody may come unseen while another one comes without an invite: from
  outside these look the same. So a comparison finds `probable` at most, and the platform's own word replaces it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.arrivals.values import Arrival, Hit, Use
from core.attribution.rules import Found, Way

NEWS_TAKES = timedelta(seconds=3)
"""How long news of a join may take after its use could be seen."""

USES_TAKE = timedelta(seconds=10)
"""How long an arrival waits for its use to be seen."""

LATE = timedelta(seconds=30)
"""How long after a join its use may still turn up. In that time, what is left open makes comparisons doubtful."""

READ_AGAIN = timedelta(seconds=2)
"""The pause between two lists while something is open."""

BLIND_FOR = timedelta(minutes=1)
"""When one looks again whether lists can be read where that was refused."""

MOST_WAYS = 10
"""Where more links than this come into question, nobody could decide between them."""

SEARCHES_AFTER = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
"""The pauses before a search is made again that did not know of somebody yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found of one arrival. `ways`: the links that come into question; `or_nobody`: or none of them."""

    arrival: Arrival
    found: Found
    ways: tuple[Way, ...] = ()
    or_nobody: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is open in a server: arrivals, and uses, the first of them seen at `loose_since`.

    `listed_at`: when a list was read last; `seen_at`: then, or when the newest end of an invite was heard of.
    `foggy_until` is set while some of the uses may be those of people who are known no more, or were never seen; the
    fog has gone with the first list that was read after that, when nothing is open.
    """

    arrivals: Sequence[Arrival]
    uses: Sequence[Use]
    listed_at: datetime | None
    seen_at: datetime | None
    loose_since: datetime | None
    foggy_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What came of it. `closes`: the uses are spent. `look_at`: when to look again. `lists`: a list is wanted now."""

    foggy_until: datetime | None
    verdicts: Sequence[Verdict] = ()
    closes: bool = False
    look_at: datetime | None = None
    lists: bool = False


def resolve(window: Window, *, heard_until: datetime, now: datetime) -> Resolution:
    """Explain the arrivals by the uses, if it is time to."""
    read_at, seen_at, fog = window.listed_at, window.seen_at, window.foggy_until
    there = [each for each in window.arrivals if seen_at is not None and each.known_by(seen_at)]
    if window.arrivals and (read_at is None or not there):
        return Resolution(foggy_until=fog, look_at=now, lists=True)
    if not there or read_at is None or seen_at is None:
        return _without_arrivals(window, now=now)
    given_up_at = min(each.joined_at for each in there) + USES_TAKE
    balanced = sum(use.n for use in window.uses) == len(there)
    if not balanced and read_at < given_up_at:
        look_at = min(read_at + READ_AGAIN, given_up_at)
        return Resolution(foggy_until=fog, look_at=max(now, look_at), lists=now >= look_at)
    if heard_until < seen_at + NEWS_TAKES:
        return Resolution(foggy_until=fog, look_at=max(seen_at + NEWS_TAKES, now + READ_AGAIN))
    verdicts = _balanced(window, there) if balanced else [_unbalanced(window, each) for each in there]
    sure = balanced and fog is None  # in the fog, a stray use may make up for one that is still to come
    new_fog = None if sure else max(fog or read_at, max(each.joined_at for each in there) + LATE)
    rest = len(window.arrivals) > len(there)
    still = new_fog is not None and new_fog > read_at
    return Resolution(
        foggy_until=new_fog if still else None,
        verdicts=verdicts,
        closes=True,
        look_at=now if rest else new_fog if still else None,
        lists=rest,
    )


def resolve_blind(window: Window, *, now: datetime) -> Resolution:
    """Nobody may read a list here: who came long enough ago stays unexplained, but for what is heard of invites.

    What was used meanwhile shows when lists can be read again; so nothing is believed until some time after that.
    """
    wait = [each.joined_at + USES_TAKE for each in window.arrivals]
    if wait and now < min(wait):
        return Resolution(foggy_until=window.foggy_until, look_at=min(wait))
    return Resolution(
        foggy_until=max(window.foggy_until or now, now + BLIND_FOR + LATE),
        verdicts=[_unbalanced(window, each) for each in window.arrivals],
        closes=True,
        look_at=now + BLIND_FOR,
    )


def _without_arrivals(window: Window, *, now: datetime) -> Resolution:
    """Whoever made these uses is not known yet, or was never seen."""
    read_at, fog = window.listed_at, window.foggy_until
    if fog is not None and read_at is not None and read_at >= fog:
        return Resolution(foggy_until=None, closes=True)
    if fog is not None and now >= fog:
        return Resolution(foggy_until=fog, look_at=now, lists=True)
    forgotten_at = window.loose_since + USES_TAKE if window.loose_since else None
    closes = forgotten_at is not None and now >= forgotten_at
    ahead = [each for each in (fog, None if closes else forgotten_at) if each is not None]
    return Resolution(foggy_until=fog, closes=closes, look_at=min(ahead, default=None))


def _balanced(window: Window, there: Sequence[Arrival]) -> list[Verdict]:
    """Each arrival is one of the uses."""
    used = [use for use in window.uses if use.n]
    ways, foreign = _ways(used), any(use.way is None for use in used)
    if _is_foggy(window, there):
        return [_among(each, ways, or_nobody=True) for each in there]
    if not ways:
        return [Verdict(arrival=each, found=Found.OTHERWISE) for each in there]
    if len(ways) == 1 and not foreign:
        return [Verdict(arrival=each, found=Found.PROBABLE, ways=ways) for each in there]
    return [_among(each, ways, or_nobody=foreign) for each in there]


def _unbalanced(window: Window, arrival: Arrival) -> Verdict:
    """It may be one of the uses, or none."""
    return _among(arrival, _ways([use for use in window.uses if use.n or use.may_be(arrival)]), or_nobody=True)


def _among(arrival: Arrival, ways: tuple[Way, ...], *, or_nobody: bool) -> Verdict:
    if not ways or len(ways) > MOST_WAYS:
        return Verdict(arrival=arrival, found=Found.UNATTRIBUTED)
    return Verdict(arrival=arrival, found=Found.AMBIGUOUS, ways=ways, or_nobody=or_nobody)


def _is_foggy(window: Window, there: Sequence[Arrival]) -> bool:
    """A use may be that of somebody who is known no more, or was never seen."""
    return window.foggy_until is not None or any(each.reconciled for each in there)


def _ways(uses: Sequence[Use]) -> tuple[Way, ...]:
    """The links behind these uses, each once; the variant only where there is no doubt."""
    channels: dict[str, set[str | None]] = {}
    for use in uses:
        if use.way is not None:
            channels.setdefault(use.way.code, set()).add(use.way.channel)
    return tuple(Way(code, of.pop() if len(of) == 1 else None) for code, of in sorted(channels.items()))


def of_hit(arrival: Arrival, hit: Hit, ways: Mapping[str, Way]) -> Verdict | None:
    """What the platform itself says; None: nothing. `ways`: the links that our invites were given out for."""
    if hit.code is not None:
        way = ways.get(hit.code)
        return Verdict(
            arrival=arrival, found=Found.EXACT if way else Found.OTHERWISE, ways=(way,) if way is not None else ()
        )
    return Verdict(arrival=arrival, found=Found.OTHERWISE) if hit.otherwise else None


def next_search(tries: int, *, now: datetime) -> datetime | None:
    """When to search again after this many tries (1 or more); None: no more."""
    return now + SEARCHES_AFTER[tries - 1] if tries <= len(SEARCHES_AFTER) else None
