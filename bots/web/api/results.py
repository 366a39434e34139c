"""How campaigns are going: each question asks core, and answers in the types of `shapes`."""

from datetime import UTC, datetime
from typing import Any

from bots.texts import duration, text
from bots.web.api.operations import Asked
from bots.web.api.paging import Id, Number, Piece, place_in
from bots.web.api.problems import UNKNOWN_CAMPAIGN, ProblemError
from bots.web.api.shapes import SLUG, Campaign, CampaignList, DrawList, Leaderboard, Missing, Referral, ReferralList
from core import campaign as applied_campaigns
from core import intake, status
from core import referrals as kept_referrals
from core.campaign import Applied
from core.campaign.values import in_language
from core.database import Tx
from core.referrals import Missing as Lacks
from core.referrals import Reason, Status
from core.totals import Place

OnLeaderboard = tuple[Number, Number, Id]


async def campaigns(tx: Tx, asked: Asked) -> CampaignList:
    """The campaigns that the key may see, the oldest first."""
    piece: Piece = asked.query
    after = place_in(piece, tuple[Id])
    every = [each for each in await applied_campaigns.applied(tx) if asked.key.sees(each.id)]
    rest = [each for each in every if after is None or each.id > after[0]]
    items = [
        Campaign(
            campaign=each.campaign.slug,
            title=in_language(each.campaign.title, asked.language),
            state=each.state(asked.now).value,
            starts_at=each.campaign.window.starts,
            ends_at=each.ends_at,
        )
        for each in rest[: piece.limit]
    ]
    more = len(rest) > piece.limit
    return CampaignList(items=items, next=asked.next((rest[piece.limit - 1].id,) if more else None))


async def campaign(tx: Tx, asked: Asked) -> object:
    """How one campaign is going, as `sayso status CAMPAIGN --json` says it."""
    return (await status.status(tx, await campaign_of(tx, asked), now=asked.now)).as_json()


async def leaderboard(tx: Tx, asked: Asked) -> Leaderboard:
    """The advocates with the most qualified referrals, then the most points.

    Somebody whose result changes while the pieces are read may be met twice, or not at all; all others are met once.
    """
    piece: Piece = asked.query
    place = place_in(piece, OnLeaderboard)
    after = Place(rank=0, qualified=place[0], points=place[1], member_id=place[2]) if place else None
    found = await status.leaderboard(tx, (await campaign_of(tx, asked)).id, limit=piece.limit + 1, after=after)
    items, last = found[: piece.limit], found[: piece.limit][-1:]
    more = len(found) > piece.limit
    where = (last[0].qualified, last[0].points, last[0].member) if more else None
    return Leaderboard(items=items, next=asked.next(where))


async def referrals(tx: Tx, asked: Asked) -> ReferralList:
    """Every friend who came through an advocate, and where that stands, the newest first.

    Those who come while the pieces are read are before the first piece: ask for it again to see them.
    """
    piece: Piece = asked.query
    applied = await campaign_of(tx, asked)
    place = place_in(piece, tuple[Id])
    found = await kept_referrals.newest(tx, applied.id, limit=piece.limit + 1, before=place[0] if place else None)
    shown = [each for _, each in found[: piece.limit]]
    waiting = [(applied.id, each.friend_id) for each in shown if each.status is Status.PENDING]
    missing = await intake.missing(tx, waiting, now=asked.now)
    items = [
        _referral(each, applied, asked.language, missing.get((applied.id, each.friend_id), Lacks())) for each in shown
    ]
    more = len(found) > piece.limit
    return ReferralList(items=items, next=asked.next((found[piece.limit - 1][0],) if more else None))


async def draws(tx: Tx, asked: Asked) -> DrawList:
    """The published records of the campaign's draws."""
    await campaign_of(tx, asked)
    return DrawList(items=[], next=None)


def _referral(kept: kept_referrals.Referral, applied: Applied, language: str, missing: Lacks) -> Referral:
    return Referral(
        friend=kept.friend_id,
        advocate=kept.advocate_id,
        status=kept.status.value,
        reason=kept.reason.value,
        reason_text=_reason(kept.reason, applied, language),
        confidence=kept.confidence.value,
        channel=kept.channel,
        since_at=kept.since_at,
        qualified_at=kept.qualified_at,
        missing=[_missing(each) for each in missing.plain()],
    )


def _missing(plain: dict[str, Any]) -> Missing:
    """Times as the API has them."""
    names = {"total": "total_seconds", "done": "done_seconds"}
    told = {names.get(name, name): value for name, value in plain.items()}
    if "until" in told:
        told["until"] = datetime.fromtimestamp(told["until"], UTC)
    return Missing(**told)


def _reason(reason: Reason, applied: Applied, language: str) -> str:
    """For an organizer: the texts for members speak to the advocate."""
    asked = applied.campaign.qualify
    return text(language, f"why.{reason.value}", stay=duration(language, asked.stay), n=asked.messages)


async def campaign_of(tx: Tx, asked: Asked) -> Applied:
    """The campaign in the path. One that the key may not see is not there: a key finds out nothing about others."""
    known = asked.campaign and SLUG.fullmatch(asked.campaign)
    applied = await applied_campaigns.by_slug(tx, known.string) if known else None
    if applied is None or not asked.key.sees(applied.id):
        raise ProblemError(UNKNOWN_CAMPAIGN, "there is no such campaign; GET /api/v1/campaigns lists those you may see")
    return applied
