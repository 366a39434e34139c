"""`give: {webhook: ADDRESS}`: a signed call to the brand's shop, which does the rest."""

from core.campaign.values import Reward
from core.rewards.kinds.handing import Handing


def hand_over(reward: Reward) -> Handing:
    return Handing(webhook=str(reward.setting))
