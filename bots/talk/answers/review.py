"""`/review`: organizers decide about referrals of which it is not clear who the advocate is."""

from datetime import datetime

from bots.talk.answers.organizing import one_of_theirs
from bots.talk.talk import Talk
from bots.talk.words import Button, Rows
from bots.texts import moment, shown
from core import arrivals, chats, intake, members, referrals
from core.arrivals import Unsure
from core.campaign import Applied
from core.intake.facts import Decided
from core.members import Member

MOST = 100
"""How many referrals, and how many joins without a trace, are counted."""

NAMED = 6
"""How many candidates have a button; with the others, that makes five rows."""


async def review(talk: Talk) -> None:
    """`/review`, or `review:7:2` to pass over the first two: one referral at a time, with its candidates."""
    applied = await one_of_theirs(talk, "review")
    if applied is not None:
        await _show(talk, applied, skip=talk.ask.number(1))


async def picked(talk: Talk) -> None:
    """The organizer has decided: `review_pick:CAMPAIGN:FRIEND:ADVOCATE`, the members' ids; 0 is nobody."""
    applied = await one_of_theirs(talk, "review")
    if applied is None:
        return
    friend, advocate = talk.ask.number(1), talk.ask.number(2)
    fact = Decided(
        key=f"{talk.ask.key}/decision",
        at=talk.now,
        person=talk.person,
        campaign_id=applied.id,
        friend=friend,
        advocate=advocate or None,
    )
    outcome = await intake.decide(talk.tx, fact, now=talk.now)
    if outcome.problem is not None:
        said: str = talk.worded(f"problem.{outcome.problem.value}", title=talk.title(applied))
    else:
        said = await _decided(talk, friend, outcome.advocate)
    await _show(talk, applied, first=said)


async def _show(talk: Talk, applied: Applied, *, skip: int = 0, first: str = "") -> None:
    """How many wait, how many nobody can be credited with, and the next one to decide about."""
    waiting, name = await arrivals.unsure(talk.tx, applied.id, limit=MOST), talk.title(applied)
    parts = [first, talk.worded("review.nothing", title=name)]
    buttons: Rows = []
    if waiting:
        at = skip % len(waiting)
        case, when = waiting[at], _when(talk, applied, waiting[at].joined_at)
        question = talk.worded("review.who", friend=shown(case.friend.name, talk.language), when=when)
        parts = [first, talk.worded("review.waiting", title=name, n=len(waiting)), question]
        buttons = _buttons(talk, applied, case, following=at + 1 if len(waiting) > 1 else None)
    asked = len(await referrals.open_appeals(talk.tx, applied.id, limit=MOST))
    if asked:
        buttons.append([talk.button("appeals", f"appeals:{applied.id}", n=asked)])
    parts.append(await _untraced(talk, applied))
    talk.reply("\n\n".join(part for part in parts if part), buttons, edits=True)


def _buttons(talk: Talk, applied: Applied, case: Unsure, *, following: int | None) -> Rows:
    """Who it may have been, nobody, and the next one first; two in a row."""
    pick = f"review_pick:{applied.id}:{case.friend.id}"
    people = list({each.advocate.id: each.advocate for each in case.candidates}.values())
    found: list[Button] = [{"text": _label(talk, each), "data": f"{pick}:{each.id}"} for each in people[:NAMED]]
    found.append(talk.button("nobody", f"{pick}:0"))
    if following is not None:
        found.append(talk.button("later", f"review:{applied.id}:{following}"))
    return [found[at : at + 2] for at in range(0, len(found), 2)]


def _label(talk: Talk, candidate: Member) -> str:
    """The name, and the one that only they have."""
    name = shown(candidate.name, talk.language)
    return f"{name} (@{candidate.username})" if candidate.username else name


async def _decided(talk: Talk, friend: int, advocate: Member | None) -> str:
    name = shown((await members.by_id(talk.tx, [friend]))[friend].name, talk.language)
    if advocate is None:
        return talk.worded("review.nobody", friend=name)
    return talk.worded("review.decided", friend=name, advocate=shown(advocate.name, talk.language))


async def _untraced(talk: Talk, applied: Applied) -> str:
    """How many have come of whom nothing says who brought them, and since when."""
    places = (await chats.communities_of(talk.tx, [applied.id])).get(applied.id, {}).values()
    found = await arrivals.unattributed(talk.tx, [place.id for place in places], limit=MOST)
    if not found:
        return ""
    since = min(each.joined_at for each in found)
    return talk.worded("review.untraced", n=len(found), when=_when(talk, applied, since))


def _when(talk: Talk, applied: Applied, at: datetime) -> str:
    return moment(talk.language, at, applied.campaign.window.timezone)
