"""`give: {message: …}`: a text that only the member receives."""

from core.campaign.values import Reward
from core.rewards.kinds.handing import Handing, in_words


def hand_over(reward: Reward) -> Handing:
    return Handing(text=in_words(reward))
