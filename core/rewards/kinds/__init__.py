"""The kinds of reward. To add one: a file beside this with a `hand_over`, and a line in KINDS."""

from collections.abc import Callable, Mapping

from core.campaign.values import Reward
from core.rewards.kinds import discord_role, message, points
from core.rewards.kinds.handing import Handing

KINDS: Mapping[str, Callable[[Reward], Handing]] = {
    "points": points.hand_over,
    "message": message.hand_over,
    "discord_role": discord_role.hand_over,
}

__all__ = ["KINDS", "Handing"]
