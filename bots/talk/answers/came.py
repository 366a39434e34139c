"""The asker as somebody's friend: through whom they came, what they still have to do, and what they get for it."""

from dataclasses import dataclass, field

from bots.talk import gifts
from bots.talk.answers.friends import can_ask, is_asked
from bots.talk.reader import Reader
from bots.talk.standing import is_timed, to_do, to_wait_for
from bots.talk.talk import Talk
from bots.talk.words import Button
from core import intake, members, referrals, rewards
from core.campaign import Applied
from core.campaign.values import To
from core.referrals import Missing, Referral, Status

_BEST_FIRST = (Status.REWARDED, Status.QUALIFIED, Status.PENDING, Status.HELD, Status.REVERSED, Status.REJECTED)


@dataclass(slots=True)
class AsFriend:
    """`is_known`: it is known, or being found out, how they came. `timed`: times are told."""

    parts: list[str] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    is_known: bool = True
    timed: bool = False


async def as_friend(talk: Talk, applied: Applied, reader: Reader) -> AsFriend:
    """What is told of the asker's own referral in the campaign; nothing, where nobody recommended it to them."""
    own = await _own(talk, applied)
    if own is None:
        return AsFriend(is_known=False)
    if not own.confidence.pays:
        return AsFriend([talk.worded("me.came", reason=talk.worded(f"yours.{own.reason.value}"))])
    people = await members.by_id(talk.tx, [own.advocate_id])
    name = talk.shown(people[own.advocate_id].name if own.advocate_id in people else None)
    if own.status is Status.PENDING:
        key = (applied.id, own.friend_id)
        missing = (await intake.missing(talk.tx, [key], now=talk.now)).get(key, Missing())
        return AsFriend([_pending(talk, applied, missing, name, reader)], timed=is_timed(missing))
    if own.status.is_good:
        return AsFriend([talk.worded("me.you_count", advocate=name)])
    return await _lost(talk, applied, own, name)


async def _own(talk: Talk, applied: Applied) -> Referral | None:
    """By whichever of the person's accounts: the one that came furthest."""
    accounts = await members.accounts_of(talk.tx, talk.member.id)
    found = await referrals.of_friends(talk.tx, accounts)
    mine = [found[applied.id, each] for each in accounts if (applied.id, each) in found]
    return min(mine, key=lambda each: _BEST_FIRST.index(each.status), default=None)


def _pending(talk: Talk, applied: Applied, missing: Missing, name: str, reader: Reader) -> str:
    tasks = to_do(missing, reader)
    if tasks:
        lines = [talk.worded("me.to_do", advocate=name), *(talk.worded("todo.line", what=task) for task in tasks)]
    else:
        lines = [talk.worded("me.all_done", advocate=name, what=to_wait_for(missing, reader))]
    if mine := gifts.for_friends(applied.campaign, talk.language):
        lines.append(talk.worded("me.then_you_get", rewards=mine))
    return "\n".join(lines)


async def _lost(talk: Talk, applied: Applied, own: Referral, name: str) -> AsFriend:
    appeals = await referrals.appeals_of(talk.tx, applied.id, [own.friend_id])
    line = talk.worded("me.came_through", advocate=name, reason=talk.worded(f"yours.{own.reason.value}"))
    told = talk.worded("me.asked", line=line) if is_asked(own, appeals) else line
    parts: list[str] = [told]
    if await _gift_was_taken_back(talk, applied):
        parts.append(talk.worded("me.gift_back"))
    ask = talk.button("appeal_mine", f"appeal:{applied.id}:{own.friend_id}")
    return AsFriend(parts, [ask] if can_ask(own, appeals) else [])


async def _gift_was_taken_back(talk: Talk, applied: Applied) -> bool:
    mine = {
        each.id for each in gifts.promised(applied.campaign, to=To.FRIEND) if each.kind in ("points", "discord_role")
    }
    return any(grant.reward in mine for grant in await rewards.lost(talk.tx, applied.id, talk.member.id))
