"""How many friends count for one advocate. Pure."""

from dataclasses import replace
from datetime import datetime

from core.campaign.values import Limits
from core.referrals.values import Judgement, Missing, Reason, Status


def within(judgement: Judgement, limits: Limits, *, counting: int, today: int, day_ends: datetime) -> Judgement:
    """The judgement of a friend who has done everything, if `counting` others count for the advocate already.

    Beyond what counts in all, the friend has still qualified, for nothing on the advocate's side. Beyond what counts in
    a day, of which there were `today`, the friend counts on a later one.
    """
    if limits.per_advocate is not None and counting >= limits.per_advocate:
        return replace(judgement, reason=Reason.OVER_LIMIT)
    if limits.per_advocate_per_day is not None and today >= limits.per_advocate_per_day:
        missing = Missing(day_full_until=day_ends)
        return replace(judgement, status=Status.PENDING, reason=Reason.DAY_FULL, look_at=day_ends, missing=missing)
    return judgement
