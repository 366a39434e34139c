"""My rewards: what I was given, and what still waits and why."""

from dataclasses import dataclass, field

from bots.talk import gifts
from bots.talk.answers.paging import A_PAGE, page
from bots.talk.answers.promises import promises
from bots.talk.reader import reader_of
from bots.talk.talk import Talk
from bots.talk.words import Button
from core import rewards
from core.campaign import Applied
from core.campaign.values import Reward
from core.rewards import Grant

SHOWN = 5


@dataclass(slots=True)
class Granted:
    parts: list[str] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)


async def granted(talk: Talk, applied: Applied) -> Granted:
    """The newest of them, those that wait first."""
    known = await _known(talk, applied)
    if not known:
        return Granted()
    waiting = [each for each in known if each[0].delivered_at is None]
    few = [*waiting, *(each for each in known if each[0].delivered_at is not None)][:SHOWN]
    lines = [talk.worded("me.rewards"), *_lines(talk, applied, few)]
    if len(known) <= SHOWN:
        return Granted(["\n".join(lines)])
    lines.append(talk.worded("me.more", n=len(known) - SHOWN))
    return Granted(["\n".join(lines)], [talk.button("all_rewards", f"gifts:{applied.id}", n=len(known))])


async def all_granted(talk: Talk) -> None:
    """`gifts:CAMPAIGN:20`: my rewards in the campaign after the newest twenty."""
    applied = await talk.campaign("gifts")
    if applied is None:
        return
    known = await _known(talk, applied)
    skip, buttons = page(talk, "gifts", applied, len(known))
    some = known[skip : skip + A_PAGE]
    if not some:
        talk.reply(talk.worded("me.no_rewards"), buttons, edits=True)
        return
    about = {"title": talk.title(applied), "first": skip + 1, "last": skip + len(some), "n": len(known)}
    lines = [talk.worded("me.all_rewards", **about), "", *_lines(talk, applied, some)]
    talk.reply("\n".join(lines), buttons, edits=True)


async def _known(talk: Talk, applied: Applied) -> list[tuple[Grant, Reward | None]]:
    """The newest first; points that were given are told as a sum."""
    mine = [each for each in await rewards.of_member(talk.tx, talk.member.id) if each.campaign_id == applied.id]
    mine.sort(key=lambda each: (each.granted_at, each.cause), reverse=True)
    promised = await promises(talk, applied)
    return [(each, promised.get(each.reward)) for each in mine if each.kind != "points" or each.held is not None]


def _lines(talk: Talk, applied: Applied, known: list[tuple[Grant, Reward | None]]) -> list[str]:
    reader = reader_of(applied.campaign, talk.language, now=talk.now)
    told = {"reachable": talk.member.reachable, "paused": applied.paused_at is not None}
    return [gifts.grant_line(grant, reward, reader, **told) for grant, reward in known]
