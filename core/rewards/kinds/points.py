"""`give: {points: 10}`: points in the campaign's ledger."""

from core.campaign.values import Reward
from core.rewards.kinds.handing import Handing


def hand_over(reward: Reward) -> Handing:
    assert isinstance(reward.setting, int)
    return Handing(points=reward.setting)
