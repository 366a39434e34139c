"""What the bot answers: a function for each command and button. To add one: write it, and add a line to ANSWERS."""

from collections.abc import Awaitable, Callable, Mapping

from bots.telegram.answers import about, claim, results, start
from bots.telegram.answers.about import COMMANDS
from bots.telegram.talk import Talk

Answer = Callable[[Talk], Awaitable[None]]

ANSWERS: Mapping[str, Answer] = {
    "start": start.start,
    "invite": start.invite,
    "me": results.me,
    "top": results.top,
    "rules": about.rules,
    "claim": claim.claim,
    "claim_picked": claim.picked,
    "claim_yes": claim.answered,
    "claim_no": claim.answered,
    "language": about.language,
    "privacy": about.privacy,
    "reminders": about.reminders,
    "help": about.help_,
}

IN_GROUPS = ("top", "rules")
"""What is answered where everybody reads it."""


async def answer(talk: Talk) -> None:
    """Answer one question. Whatever was asked of this bot, there is an answer; other bots answer for themselves."""
    ask = talk.ask
    if ask.bot not in (None, talk.ways.username.lower()):
        return
    if ask.private or ask.what in IN_GROUPS:
        await ANSWERS.get(ask.what, about.unknown)(talk)
    elif ask.what in ANSWERS or ask.bot or ask.query:
        await about.in_private(talk)


__all__ = ["ANSWERS", "COMMANDS", "answer"]
