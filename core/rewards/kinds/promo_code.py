"""`give: {promo_code: POOL}`: a code that nobody else is given."""

from core.campaign.values import Reward
from core.rewards.kinds.handing import Handing


def hand_over(reward: Reward) -> Handing:
    return Handing(code=str(reward.setting))
