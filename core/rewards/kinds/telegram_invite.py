"""`give: {telegram_invite: CHAT}`: a link into another chat, for one person."""

from core.campaign.values import Reward
from core.rewards.kinds.handing import Handing


def hand_over(reward: Reward) -> Handing:
    return Handing(invite=int(str(reward.setting)))
