"""A campaign's start and end."""

from datetime import datetime

from campaigns.acts.telling import places, tell_organizers
from core import referrals, totals
from core.campaign import Applied
from core.campaign.values import Job
from core.database import Tx
from core.occurrences import Due

IN_FINAL_LEADERBOARD = 10


async def start(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str:
    """Tell the organizers that it has begun."""
    told = await tell_organizers(tx, applied, due, {"news": "campaign_started"}, now)
    return f"told {told} organizers"


async def end(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str:
    """Tell the organizers how it ended; friends who came in time may still qualify."""
    await referrals.wake(tx, applied.id, now=now)
    counted = await totals.of_campaign(tx, applied.id)
    content = {
        "news": "campaign_ended",
        "joins": counted.get("joins", 0),
        "advocates": counted.get("advocates", 0),
        "places": await places(tx, applied, IN_FINAL_LEADERBOARD),
    }
    told = await tell_organizers(tx, applied, due, content, now)
    return f"told {told} organizers"
