"""How far a recommendation gets, step by step."""

from bots.web.api.operations import Asked
from bots.web.api.results import campaign_of
from bots.web.api.shapes import Funnel
from core import shares, totals
from core.database import Tx

STEPS = ("shares", "intents", "unfurls", "clicks", "starts", "joins")


async def funnel(tx: Tx, asked: Asked) -> Funnel:
    """How far the recommendations got: passed on, opened, joined, qualified, rewarded."""
    applied = await campaign_of(tx, asked)
    counted = await totals.of_campaign(tx, applied.id)
    rewarded = counted.get("referrals.rewarded", 0)
    return Funnel(
        campaign=applied.campaign.slug,
        **{name: counted.get(name, 0) for name in STEPS},
        sharing=await shares.sharing(tx, applied.id),
        qualified=counted.get("referrals.qualified", 0) + rewarded,
        rewarded=rewarded,
    )
