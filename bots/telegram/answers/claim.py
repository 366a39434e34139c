"""`/claim`: a friend says who told them, and the advocate's answer to that."""

from collections.abc import Sequence

from bots.telegram.say import worded
from bots.telegram.talk import Talk
from bots.telegram.wording import title
from bots.texts import text
from core import intake, members
from core.campaign import Applied
from core.campaign.values import Account, Platform, State
from core.intake.facts import ClaimAnswered, Claimed, Outcome, Problem


async def claim(talk: Talk) -> None:
    """`/claim`, `/claim @name`, or the button that comes with a campaign's number."""
    name = talk.ask.args[0] if talk.ask.args else ""
    applied = await talk.campaign("claim", State.RUNNING, State.PAUSED)
    if applied is None:
        return
    if name and not name.isdigit():
        told = await members.by_username(talk.tx, Platform.TELEGRAM, name)
        await _claim(talk, applied, told.account if told else None)
        return
    pick = {"text": text(talk.language, "button.pick_person"), "request_user": applied.id}
    talk.reply(talk.worded("claim.ask", title=title(applied.campaign, talk.language)), [[pick]])


async def picked(talk: Talk) -> None:
    """The friend has picked a person from their contacts; the request's number is the campaign's."""
    applied = await talk.campaign("claim", State.RUNNING, State.PAUSED)
    if applied is not None:
        await _claim(talk, applied, Account(platform=Platform.TELEGRAM, id=_number(talk.ask.args[1:])))


def _number(args: Sequence[str]) -> int:
    """The number that comes first, 0 if there is none: anybody may send us anything as a button's data."""
    return int(args[0]) if args and args[0].isdecimal() and len(args[0]) < 19 else 0


async def _claim(talk: Talk, applied: Applied, advocate: Account | None) -> None:
    nobody = Account(platform=Platform.TELEGRAM, id=0)
    fact = Claimed(
        key=f"{talk.ask.key}/claim",
        at=talk.now,
        person=talk.person,
        campaign_id=applied.id,
        advocate=advocate or nobody,
    )
    outcome = await intake.claim(talk.tx, fact, now=talk.now)
    if outcome.problem is not None or outcome.claim is None:
        talk.reply(_problem(talk, outcome))
        return
    people = await members.by_id(talk.tx, [outcome.claim.advocate_id])
    talk.reply(talk.worded("claim.asked", advocate=people[outcome.claim.advocate_id].name), talk.menu())


async def answered(talk: Talk) -> None:
    """The advocate pressed yes or no: `claim_yes:7`, `claim_no:7`."""
    fact = ClaimAnswered(
        key=f"{talk.ask.key}/answer",
        at=talk.now,
        person=talk.person,
        claim_id=_number(talk.ask.args),
        confirmed=talk.ask.what == "claim_yes",
    )
    outcome = await intake.answer_claim(talk.tx, fact, now=talk.now)
    if outcome.problem is not None or outcome.claim is None or outcome.campaign is None:
        talk.reply(_problem(talk, outcome), edits=talk.ask.message)
        return
    people = await members.by_id(talk.tx, [outcome.claim.friend_id])
    friend = people[outcome.claim.friend_id]
    campaign_title = title(outcome.campaign.campaign, talk.language)
    key = "claim.yes" if fact.confirmed else "claim.no"
    talk.reply(talk.worded(key, friend=friend.name, title=campaign_title), edits=talk.ask.message)
    if friend.reachable and friend.account.platform is Platform.TELEGRAM:
        answer = "claim.confirmed" if fact.confirmed else "claim.refused"
        talk.tell(friend, worded(friend.speaks, answer, advocate=talk.member.name))


def _problem(talk: Talk, outcome: Outcome) -> str:
    problem = outcome.problem or Problem.UNKNOWN_CAMPAIGN
    values = {"title": title(outcome.campaign.campaign, talk.language)} if outcome.campaign else {"title": ""}
    return talk.worded(f"problem.{problem.value}", **values)
