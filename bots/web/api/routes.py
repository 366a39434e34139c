"""Everything that the API can do. To add something: a handler, and a line here."""

from bots.web.api import cascades, conversions, funnels, results, shapes
from bots.web.api.operations import Operation, Reading, Reporting
from bots.web.api.paging import Piece
from bots.web.api.problems import (
    CONFLICT,
    UNKNOWN_CAMPAIGN,
    UNKNOWN_CODE,
    UNKNOWN_CURSOR,
    UNKNOWN_MEMBER,
    WHICH_CAMPAIGN,
)
from core.status import Status

_ONE = "/v1/campaigns/{campaign}"

OPERATIONS: tuple[Operation, ...] = (
    Reporting(
        path="/v1/conversions",
        report=conversions.conversion,
        takes=conversions.Reported,
        example=conversions.EXAMPLE,
        gives=conversions.Receipt,
        problems=(UNKNOWN_CAMPAIGN, UNKNOWN_CODE, UNKNOWN_MEMBER, CONFLICT, WHICH_CAMPAIGN),
    ),
    Reading(
        path="/v1/campaigns",
        answer=results.campaigns,
        takes=Piece,
        gives=shapes.CampaignList,
        worded=True,
        problems=(UNKNOWN_CURSOR,),
    ),
    Reading(path=_ONE, answer=results.campaign, gives=Status, problems=(UNKNOWN_CAMPAIGN,)),
    Reading(
        path=f"{_ONE}/leaderboard",
        answer=results.leaderboard,
        takes=Piece,
        gives=shapes.Leaderboard,
        problems=(UNKNOWN_CAMPAIGN, UNKNOWN_CURSOR),
    ),
    Reading(path=f"{_ONE}/funnel", answer=funnels.funnel, gives=shapes.Funnel, problems=(UNKNOWN_CAMPAIGN,)),
    Reading(
        path=f"{_ONE}/cascade",
        answer=cascades.cascade,
        takes=shapes.OfMember,
        gives=shapes.Cascade,
        problems=(UNKNOWN_CAMPAIGN, UNKNOWN_MEMBER),
    ),
    Reading(
        path=f"{_ONE}/referrals",
        answer=results.referrals,
        takes=Piece,
        gives=shapes.ReferralList,
        worded=True,
        problems=(UNKNOWN_CAMPAIGN, UNKNOWN_CURSOR),
    ),
    Reading(
        path=f"{_ONE}/draws",
        answer=results.draws,
        takes=Piece,
        gives=shapes.DrawList,
        problems=(UNKNOWN_CAMPAIGN, UNKNOWN_CURSOR),
    ),
)
