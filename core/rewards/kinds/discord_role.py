"""`give: {discord_role: …}`: a role in the campaign's server, for as long as the member keeps it."""

from core.campaign.values import Reward
from core.rewards.kinds.handing import Handing


def hand_over(reward: Reward) -> Handing:
    return Handing(role=int(str(reward.setting)))
