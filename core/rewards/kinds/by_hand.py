"""`give: {by_hand: {description: …}}`: something that an organizer hands over, and ticks off."""

from core.campaign.values import Reward
from core.rewards.kinds.handing import Handing, in_words


def hand_over(reward: Reward) -> Handing:
    return Handing(by_hand=in_words(reward))
