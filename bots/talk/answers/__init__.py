"""What the bot answers: a function for each command and button. To add one: write it, and add a line to ANSWERS."""

from collections.abc import Awaitable, Callable, Mapping

from bots.talk.answers import (
    about,
    announce,
    appeals,
    claim,
    friends,
    granted,
    handout,
    link,
    me,
    results,
    review,
    start,
    switching,
)
from bots.talk.talk import Talk

Answer = Callable[[Talk], Awaitable[None]]

ANSWERS: Mapping[str, Answer] = {
    "start": start.start,
    "invite": start.invite,
    "me": me.me,
    "friends": friends.all_friends,
    "gifts": granted.all_granted,
    "top": results.top,
    "rules": about.rules,
    "claim": claim.claim,
    "claim_picked": claim.picked,
    "claim_yes": claim.answered,
    "claim_no": claim.answered,
    "link": link.link,
    "link_yes": link.confirmed,
    "link_no": link.refused,
    "unlink": link.unlink,
    "unlink_yes": link.unlinked,
    "language": about.language,
    "privacy": about.privacy,
    "reminders": about.reminders,
    "help": about.help_,
    "stop": about.stop,
    "announce": announce.announce,
    "announce_to": announce.aimed,
    "announce_send": announce.send,
    "announce_drop": announce.drop,
    "announce_show": announce.show,
    "announce_stop": announce.stop,
    "review": review.review,
    "review_pick": review.picked,
    "appeal": appeals.appeal,
    "appeals": appeals.appeals,
    "rule_in": appeals.ruled,
    "rule_out": appeals.ruled,
    "handout": handout.handout,
    "handed": handout.handed,
    "campaigns": switching.campaigns,
    "pause": switching.pause,
    "pause_yes": switching.paused,
    "resume": switching.resume,
    "resume_yes": switching.resumed,
}

IN_GROUPS = ("top", "rules")
"""What is answered where everybody reads it."""


async def answer(talk: Talk) -> None:
    """Answer one question. Whatever was asked of this bot, there is an answer; in a group, others may be meant."""
    ask = talk.ask
    if ask.private or ask.what in IN_GROUPS:
        await ANSWERS.get(ask.what, about.unknown)(talk)
    elif ask.what in ANSWERS or ask.named or ask.pressed:
        await about.in_private(talk)


__all__ = ["ANSWERS", "answer"]
