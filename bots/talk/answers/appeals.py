"""Asking the organizers to look again, and their answers."""

from bots.talk.answers.organizing import one_of_theirs
from bots.talk.reader import reader_of
from bots.talk.talk import Talk, named
from bots.talk.words import Rows
from bots.texts import duration
from core import campaign as campaigns
from core import intake, members, referrals
from core.campaign import Applied
from core.intake.facts import Appealed, Ground, Outcome, Problem, Ruled
from core.referrals import Appeal

MOST = 100
"""How many are counted."""


async def appeal(talk: Talk) -> None:
    """`appeal:CAMPAIGN:FRIEND`: a friend, or who brought them, asks an organizer to look again."""
    applied = await _campaign(talk)
    if applied is None:
        return
    fact = Appealed(
        key=f"{talk.ask.key}/appeal",
        at=talk.now,
        person=talk.person,
        campaign_id=applied.id,
        friend=talk.ask.number(1),
    )
    outcome = await intake.appeal(talk.tx, fact, now=talk.now)
    talk.reply(_problem(talk, applied, outcome) or talk.worded("appeal.asked"))


async def _campaign(talk: Talk) -> Applied | None:
    """The one that the button is about, if there is such a one; else they are told that there is not."""
    known = named(await campaigns.applied(talk.tx), talk.ask.args[0]) if talk.ask.args else None
    if known is None:
        talk.reply(talk.worded("problem.unknown_campaign"))
    return known


async def appeals(talk: Talk) -> None:
    """`appeals:CAMPAIGN:2`: what the organizers were asked, one at a time, after the first two."""
    applied = await one_of_theirs(talk, "appeals")
    if applied is not None:
        await _show(talk, applied, skip=talk.ask.number(1))


async def ruled(talk: Talk) -> None:
    """`rule_in:CAMPAIGN:FRIEND`, `rule_out:CAMPAIGN:FRIEND`: an organizer has looked again."""
    applied = await _campaign(talk)
    if applied is None:
        return
    fact = Ruled(
        key=f"{talk.ask.key}/ruling",
        at=talk.now,
        person=talk.person,
        campaign_id=applied.id,
        friend=talk.ask.number(1),
        counts=talk.ask.what == "rule_in",
        ground=Ground.APPEAL,
    )
    outcome = await intake.rule(talk.tx, fact, now=talk.now)
    said = _problem(talk, applied, outcome)
    if outcome.problem is Problem.NOT_ORGANIZER and said is not None:
        talk.reply(said)
        return
    await _show(talk, applied, first=said or await _ruling(talk, fact))


async def _ruling(talk: Talk, fact: Ruled) -> str:
    friend = (await members.by_id(talk.tx, [fact.friend]))[fact.friend]
    return talk.worded("appeal.ruled_in" if fact.counts else "appeal.ruled_out", friend=talk.shown(friend.name))


def _problem(talk: Talk, applied: Applied, outcome: Outcome) -> str | None:
    if outcome.problem is None:
        return None
    return talk.worded(f"problem.{outcome.problem.value}", title=talk.title(applied))


async def _show(talk: Talk, applied: Applied, *, skip: int = 0, first: str = "") -> None:
    """How many ask, and the oldest question, with its two answers."""
    waiting = await referrals.open_appeals(talk.tx, applied.id, limit=MOST)
    if not waiting:
        nothing = talk.worded("appeal.nothing", title=talk.title(applied))
        talk.reply("\n\n".join(part for part in (first, nothing) if part), edits=True)
        return
    at = skip % len(waiting)
    counted = talk.worded("appeal.waiting", title=talk.title(applied), n=len(waiting))
    parts = [first, counted, await _question(talk, applied, waiting[at])]
    about = f"{applied.id}:{waiting[at].friend_id}"
    buttons: Rows = [[talk.button("rule_in", f"rule_in:{about}"), talk.button("rule_out", f"rule_out:{about}")]]
    if len(waiting) > 1:
        buttons.append([talk.button("later", f"appeals:{applied.id}:{at + 1}")])
    talk.reply("\n\n".join(part for part in parts if part), buttons, edits=True)


async def _question(talk: Talk, applied: Applied, asked: Appeal) -> str:
    """Who asks since when, and about whom: why that referral stands where it does."""
    known = (await referrals.of_friends(talk.tx, [asked.friend_id])).get((applied.id, asked.friend_id))
    ids = {asked.friend_id, *([known.advocate_id] if known is not None else [])}
    people = {number: talk.shown(each.name) for number, each in (await members.by_id(talk.tx, ids)).items()}
    friend = people.get(asked.friend_id, talk.shown(None))
    advocate = people.get(known.advocate_id, talk.shown(None)) if known is not None else talk.shown(None)
    when = reader_of(applied.campaign, talk.language, now=talk.now).when(asked.asked_at)
    by = "appeal.by_friend" if asked.member_id == asked.friend_id else "appeal.by_advocate"
    lines = [talk.worded(by, friend=friend, advocate=advocate, when=when)]
    if known is not None:
        stay = duration(talk.language, applied.campaign.qualify.stay)
        why = talk.worded(f"why.{known.reason.value}", stay=stay, n=applied.campaign.qualify.messages)
        lines.insert(0, talk.worded("appeal.about", friend=friend, advocate=advocate, why=why))
    return "\n".join(lines)
