"""A post of the campaign that only friends get: exclusive content. No file says `give` for it; see `core.intake`."""

from core.campaign.values import Reward
from core.rewards.kinds.handing import Handing


def hand_over(reward: Reward) -> Handing:
    return Handing(post=str(reward.setting))
