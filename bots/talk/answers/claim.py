"""`/claim`: a friend says who told them, and the advocate's answer to that."""

from bots.talk.talk import Talk, is_called
from bots.talk.wording import title
from bots.texts import text
from core import intake, members
from core.campaign import Applied
from core.campaign.values import Account, State
from core.intake.facts import ClaimAnswered, Claimed, Outcome, Problem
from core.members import Member
from core.outbox import Outgoing


async def claim(talk: Talk) -> None:
    """`/claim`, `/claim @name`, or the button that comes with a campaign's number."""
    name = talk.ask.args[0] if talk.ask.args else ""
    applied = await talk.campaign("claim", State.RUNNING, State.PAUSED)
    if applied is None:
        return
    if name and not name.isdigit() and not is_called(applied, name):
        told = await members.by_username(talk.tx, talk.platform, name)
        await _claim(talk, applied, told.account if told else None)
        return
    pick = {"text": text(talk.language, "button.pick_person"), "request_user": applied.id}
    talk.reply(talk.worded("claim.ask", title=title(applied.campaign, talk.language)), [[pick]])


async def picked(talk: Talk) -> None:
    """The friend has picked a person, by the platform's number: `claim_picked:CAMPAIGN:PERSON`."""
    person = talk.ask.number(1)
    applied = await talk.campaign("claim_picked", State.RUNNING, State.PAUSED, also=(str(person),))
    if applied is not None:
        await _claim(talk, applied, Account(platform=talk.platform, id=person))


async def _claim(talk: Talk, applied: Applied, advocate: Account | None) -> None:
    nobody = Account(platform=talk.platform, id=0)
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
        claim_id=talk.ask.number(0),
        confirmed=talk.ask.what == "claim_yes",
    )
    outcome = await intake.answer_claim(talk.tx, fact, now=talk.now)
    if outcome.problem is not None or outcome.claim is None or outcome.campaign is None:
        talk.reply(_problem(talk, outcome), edits=True)
        return
    people = await members.by_id(talk.tx, [outcome.claim.friend_id])
    friend = people[outcome.claim.friend_id]
    campaign_title = title(outcome.campaign.campaign, talk.language)
    key = "claim.yes" if fact.confirmed else "claim.no"
    talk.reply(talk.worded(key, friend=friend.name, title=campaign_title), edits=True)
    if friend.reachable:
        talk.outgoing.append(_news(talk, friend, outcome.campaign, confirmed=fact.confirmed))


def _news(talk: Talk, friend: Member, applied: Applied, *, confirmed: bool) -> Outgoing:
    """For the friend, wherever they can be written to."""
    content = {
        "news": "claim_answered",
        "language": friend.speaks,
        "title": title(applied.campaign, friend.speaks),
        "advocate": talk.member.name,
        "confirmed": confirmed,
    }
    return Outgoing(
        key=f"{talk.ask.key}/{friend.account.id}",
        door=friend.account.platform,
        address=friend.account.id,
        kind="news",
        content=content,
        due_at=talk.now,
    )


def _problem(talk: Talk, outcome: Outcome) -> str:
    problem = outcome.problem or Problem.UNKNOWN_CAMPAIGN
    values = {"title": title(outcome.campaign.campaign, talk.language)} if outcome.campaign else {"title": ""}
    return talk.worded(f"problem.{problem.value}", **values)
