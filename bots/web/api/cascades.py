"""How the recommendation spread from person to person."""

from datetime import timedelta

from msgspec import UNSET, UnsetType

from bots.web.api.operations import Asked
from bots.web.api.problems import UNKNOWN_MEMBER, ProblemError
from bots.web.api.results import campaign_of
from bots.web.api.shapes import Cascade, MemberCascade, Spread
from core import cascade as spreading
from core.database import Tx


async def cascade(tx: Tx, asked: Asked) -> Cascade:
    """Who brought whom: new advocates per advocate, how fast, how far, through which channels."""
    applied = await campaign_of(tx, asked)
    member = await _member(tx, applied.id, asked.query.member)
    found = await spreading.spread(tx, applied.id)
    return Cascade(
        advocates=found.advocates,
        roots=found.roots,
        new_advocates=found.new_advocates,
        friends=found.friends,
        k_factor=found.k_factor,
        cycle_time_seconds=_seconds(found.cycle_time),
        mean_cycle_time_seconds=_seconds(found.mean_cycle_time),
        biggest=found.biggest,
        deepest=found.deepest,
        channels={name: _spread(each) for name, each in found.channels.items()},
        member=member,
    )


def _spread(channel: spreading.Channel) -> Spread:
    return Spread(
        friends=channel.friends,
        new_advocates=channel.new_advocates,
        k_factor=channel.k_factor,
        cycle_time_seconds=_seconds(channel.cycle_time),
        mean_cycle_time_seconds=_seconds(channel.mean_cycle_time),
    )


async def _member(tx: Tx, campaign_id: int, member_id: int | UnsetType) -> MemberCascade | None:
    if member_id is UNSET:
        return None
    found = await spreading.of_member(tx, campaign_id, member_id)
    if found is None:
        raise ProblemError(
            UNKNOWN_MEMBER, "the member is not in this campaign; the leaderboard and the referrals name some"
        )
    return MemberCascade(
        member=found.member_id,
        parent=found.parent_id,
        channel=found.channel,
        depth=found.depth,
        size=found.size,
        height=found.height,
        direct=found.direct,
        is_advocate=found.is_advocate,
        entered_at=found.entered_at,
    )


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()
