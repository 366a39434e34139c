"""What is owed when a referral qualifies. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.campaign.values import Campaign, Reward, To


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A reward that a member has earned. `cause` is spelled the same every time it is earned for the same thing."""

    cause: str
    member: int
    reward: Reward


def owed(campaign: Campaign, *, advocate: int, friend: int, qualified: int) -> list[Owed]:
    """What is earned by the advocate's `qualified`-th qualified referral, in the order of the campaign's file."""
    return [
        Owed(cause=f"{campaign.slug}/{reward.id}/{member}/{step}", member=member, reward=reward)
        for reward in campaign.rewards
        for member, step in _earned(reward, advocate=advocate, friend=friend, qualified=qualified)
    ]


def reached(versions: Sequence[tuple[int, Campaign]], reward_id: str, qualified: Mapping[int, int]) -> int:
    """How often an advocate's qualified referrals earn this reward: their numbers under each version of the rules.

    Those of an earlier version count before those of a later one.
    """
    times = before = 0
    for number, campaign in versions:
        upto = before + qualified.get(number, 0)
        for reward in campaign.rewards:
            if reward.id != reward_id or reward.to is To.FRIEND:
                continue
            if reward.every is not None:
                times += upto // reward.every - before // reward.every
            elif reward.at is not None:
                times += before < reward.at <= upto
        before = upto
    return times


def _earned(reward: Reward, *, advocate: int, friend: int, qualified: int) -> Iterator[tuple[int, int]]:
    """Who earns it now, and for which time. `top` and `draw` are settled when the campaign ends, not here."""
    if reward.to is To.FRIEND:
        yield friend, 1
    elif reward.every is not None and qualified % reward.every == 0:
        yield advocate, qualified // reward.every
    elif reward.at is not None and qualified == reward.at:
        yield advocate, 1
