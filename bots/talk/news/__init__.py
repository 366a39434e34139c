"""News from the core and from the campaigns, in words and buttons. To add a kind: a function, and a line in KINDS."""

from collections.abc import Callable
from typing import Any

from bots.talk.news import campaigns, friends, giving
from bots.talk.news.told import News, Told

LONGEST = 4000
"""Telegram takes 4,096 units, Discord as many in an embed."""

KINDS: dict[str, Callable[[News, str], Told]] = {
    "friend_arrived": friends.friend_arrived,
    "friend_left": friends.friend_left,
    "friend_qualified": friends.friend_qualified,
    "referral_reversed": friends.referral_reversed,
    "referral_again": friends.referral_again,
    "gift_reversed": friends.gift_reversed,
    "appeal": friends.appeal,
    "appeal_answered": friends.appeal_answered,
    "reward": giving.reward,
    "handed": giving.handed,
    "by_hand": giving.by_hand,
    "codes_low": giving.codes,
    "codes_dry": giving.codes,
    "budget_spent": giving.budget_spent,
    "claim": friends.claim,
    "claim_answered": friends.claim_answered,
    "linked": campaigns.accounts,
    "unlinked": campaigns.accounts,
    "reminder": campaigns.reminder,
    "leaderboard": campaigns.leaderboard,
    "digest": campaigns.digest,
    "digest_mine": campaigns.digest_mine,
    "results": campaigns.results,
    "placed": campaigns.placed,
    "broadcast": campaigns.broadcast,
    "campaign_started": campaigns.campaign_started,
    "campaign_ended": campaigns.campaign_ended,
    "invites_shut": campaigns.invites_shut,
    "webhook_off": campaigns.webhook_off,
}


def rendered(news: News, *, longest: int = LONGEST) -> dict[str, Any]:
    """`text` and `buttons` that bring this news. A KeyError if this version does not know such news.

    What is longer than `longest` is cut where that does no harm, as in a leaderboard.
    """
    told = KINDS[news["news"]](news, news["language"])
    return {"text": told.within(longest), "buttons": told.buttons}


__all__ = ["LONGEST", "News", "rendered"]
