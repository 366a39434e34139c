"""The kinds of reward. To add one: a file beside this with a `hand_over`, and a line in KINDS."""

from collections.abc import Callable, Mapping

from core.campaign.values import Reward
from core.rewards.kinds import by_hand, discord_role, message, points, post, promo_code, telegram_invite, webhook
from core.rewards.kinds.handing import Handing

KINDS: Mapping[str, Callable[[Reward], Handing]] = {
    "points": points.hand_over,
    "message": message.hand_over,
    "promo_code": promo_code.hand_over,
    "discord_role": discord_role.hand_over,
    "telegram_invite": telegram_invite.hand_over,
    "webhook": webhook.hand_over,
    "by_hand": by_hand.hand_over,
    "post": post.hand_over,
}

__all__ = ["KINDS", "Handing"]
