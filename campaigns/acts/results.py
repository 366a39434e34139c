"""The results: who is on top, and whose tickets are in the draws. Once for each campaign, and final."""

from collections.abc import Sequence
from datetime import datetime

from campaigns.acts.telling import places, tell_organizers, to_member
from core import draws, journal, outbox
from core.campaign import Applied
from core.campaign.values import Job
from core.database import Tx
from core.draws import Draw
from core.intake.finals import Won, give_top
from core.journal import Fact, Kind
from core.occurrences import Due

TOLD = 10
"""Places that the organizers are told of."""


async def results(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str:
    """Give what the best were promised, freeze who is in which draw, and tell. What changes later, changes nothing.

    Friends who are still waited for may qualify later; they count for neither any more.
    """
    won = await give_top(tx, applied.id, now=now)
    frozen = await draws.freeze(tx, applied.id, now=now)
    await journal.append(tx, [_line(applied, won, frozen, now)], now=now)
    await _tell(tx, applied, due, won, frozen, now)
    return f"{len(won)} on top, {len(frozen)} draws with {sum(each.entries for each in frozen)} tickets"


def _line(applied: Applied, won: Sequence[Won], frozen: Sequence[Draw], now: datetime) -> Fact:
    data = {
        "top": [[each.place, each.member.id, list(each.rewards)] for each in won],
        "draws": [{"reward": each.reward, "entries": each.entries, "sha256": each.digest} for each in frozen],
    }
    return Fact(key=f"results/{applied.id}", kind=Kind.RESULTS, at=now, campaign_id=applied.id, data=data)


async def _tell(tx: Tx, applied: Applied, due: Due, won: Sequence[Won], frozen: Sequence[Draw], now: datetime) -> None:
    content = {
        "news": "results",
        "places": await places(tx, applied, TOLD),
        "granted": sum(len(each.rewards) for each in won),
        "draws": [{"reward": each.reward, "entries": each.entries} for each in frozen],
    }
    await tell_organizers(tx, applied, due, content, now)
    placed = [
        to_member(applied, due, each.member, {"news": "placed", "place": each.place, "points": each.points}, now)
        for each in won
        if each.member.reachable
    ]
    await outbox.put(tx, placed)
