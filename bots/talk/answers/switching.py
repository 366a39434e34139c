"""`/campaigns`, `/pause` and `/resume`: how an organizer's campaigns are going, and the switch that stops one."""

from collections.abc import Awaitable, Callable

from bots.talk.answers.organizing import one_of, theirs
from bots.talk.reader import reader_of
from bots.talk.talk import Talk
from bots.talk.words import Rows
from core import totals
from core.campaign import Applied
from core.campaign.values import State
from core.intake.facts import Problem
from core.intake.switching import pause as switch_off
from core.intake.switching import resume as switch_on

MARKS = {State.SCHEDULED: "🗓", State.RUNNING: "🚀", State.PAUSED: "⏸", State.ENDED: "🏁"}

FIGURES = {
    "advocates": "advocates",
    "joins": "joins",
    "pending": "referrals.pending",
    "held": "rewards.held",
    "granted": "rewards.granted",
    "delivered": "rewards.delivered",
}
"""What is told of a campaign, by the names of its totals."""


async def campaigns(talk: Talk) -> None:
    """The asker's campaigns; with one chosen, or if there is only one, its figures and what can be done with it."""
    found = await theirs(talk)
    if not found:
        return
    if len(found) > 1 and not talk.ask.args:
        lines = [talk.worded("campaigns.title"), *(_line(talk, each) for each in found)]
        rows: Rows = [[{"text": talk.title(each), "data": f"campaigns:{each.id}"}] for each in found]
        talk.reply("\n".join(lines), rows, edits=True)
    elif (applied := one_of(talk, "campaigns", found)) is not None:
        await _show(talk, applied, several=len(found) > 1)


def _line(talk: Talk, applied: Applied) -> str:
    state = applied.state(talk.now)
    mark = MARKS[State.PAUSED if applied.paused_at is not None and state is not State.ENDED else state]
    return talk.worded("campaigns.line", mark=mark, title=talk.title(applied), state=_state(talk, applied, state))


def _state(talk: Talk, applied: Applied, state: State) -> str:
    reader = reader_of(applied.campaign, talk.language, now=talk.now)
    if state is State.ENDED:
        return talk.worded("state.ended")
    if applied.paused_at is not None:
        return talk.worded("state.paused", when=reader.when(applied.paused_at))
    if state is State.SCHEDULED:
        return talk.worded("state.scheduled", when=reader.when(applied.campaign.window.starts))
    if applied.ends_at is None:
        return talk.worded("state.running")
    return talk.worded("state.running_until", until=reader.until(applied.ends_at))


async def _show(talk: Talk, applied: Applied, *, several: bool) -> None:
    counted = await totals.of_campaign(talk.tx, applied.id)
    counting = counted.get("referrals.qualified", 0) + counted.get("referrals.rewarded", 0)
    figures = [talk.worded("figure.qualified", n=counting)]
    figures += [talk.worded(f"figure.{name}", n=n) for name, total in FIGURES.items() if (n := counted.get(total, 0))]
    talk.reply("\n".join([_line(talk, applied), "", *figures]), _buttons(talk, applied, several=several), edits=True)


def _buttons(talk: Talk, applied: Applied, *, several: bool) -> Rows:
    switch = "pause" if applied.paused_at is None else "resume"
    rows: Rows = [
        [talk.button("review", f"review:{applied.id}"), talk.button("handout", f"handout:{applied.id}")],
        [talk.button(switch, f"{switch}:{applied.id}")],
    ]
    return rows + ([[talk.button("campaigns", "campaigns")]] if several else [])


async def pause(talk: Talk) -> None:
    """Ask whether one of the asker's campaigns is really to be paused."""
    await _ask(talk, "pause", is_on=True)


async def resume(talk: Talk) -> None:
    """Ask whether one that is paused is to go on."""
    await _ask(talk, "resume", is_on=False)


async def _ask(talk: Talk, what: str, *, is_on: bool) -> None:
    mine = await theirs(talk)
    if not mine:
        return
    fitting = [each for each in mine if (each.paused_at is None) is is_on and each.state(talk.now) is not State.ENDED]
    found = mine if talk.ask.args else fitting
    if not found:
        talk.reply(talk.worded(f"{what}.none"))
        return
    applied = one_of(talk, what, found)
    if applied is None:
        return
    if (applied.paused_at is None) is not is_on:
        talk.reply(talk.worded(f"{what}.already", title=talk.title(applied)), edits=True)
        return
    yes, no = talk.button(f"{what}_yes", f"{what}_yes:{applied.id}"), talk.button("cancel", f"campaigns:{applied.id}")
    talk.reply(talk.worded(f"{what}.confirm", title=talk.title(applied)), [[yes], [no]], edits=True)


async def paused(talk: Talk) -> None:
    """`pause_yes:CAMPAIGN`: nothing counts and nothing is given from now on."""
    await _switch(talk, "pause", switch_off)


async def resumed(talk: Talk) -> None:
    """`resume_yes:CAMPAIGN`: it goes on."""
    await _switch(talk, "resume", switch_on)


async def _switch(talk: Talk, what: str, switch: Callable[..., Awaitable[Problem | None]]) -> None:
    key = f"{talk.ask.key}/{what}"
    problem = await switch(talk.tx, talk.ask.number(0), key=key, by=talk.member, now=talk.now)
    if problem is not None:
        talk.reply(talk.worded(f"problem.{problem.value}"))
        return
    applied = next(each for each in await theirs(talk) if each.id == talk.ask.number(0))
    back = [[talk.button("back", f"campaigns:{applied.id}")]]
    talk.reply(talk.worded(f"{what}.done", title=talk.title(applied)), back, edits=True)
