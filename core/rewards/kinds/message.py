"""`give: {message: …}`: a text that only the member receives."""

from core.campaign.values import Reward
from core.rewards.kinds.handing import Handing


def hand_over(reward: Reward) -> Handing:
    text = reward.setting if isinstance(reward.setting, dict) else {"*": str(reward.setting)}
    return Handing(text=text)
