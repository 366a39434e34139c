"""My friends: a few of each standing under `/me`, and all of them page by page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bots.talk.answers.paging import A_PAGE, page
from bots.talk.reader import Reader, reader_of
from bots.talk.standing import friend_line, is_timed
from bots.talk.talk import Talk
from bots.talk.words import Button
from bots.texts import listed
from core import intake, members, referrals
from core.campaign import Applied
from core.members import Member
from core.referrals import Appeal, Referral, Status

SHOWN = 5
LOST_SHOWN = 3
"""Each of these may have a button."""

LOST = (Status.HELD, Status.REJECTED, Status.REVERSED)
COUNTING = (Status.QUALIFIED, Status.REWARDED)


@dataclass(slots=True)
class Friends:
    """What is told of them. `timed`: times are told, too."""

    total: int = 0
    parts: list[str] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    timed: bool = False


@dataclass(slots=True)
class _Lines:
    lines: list[str]
    buttons: list[Button]
    timed: bool


async def friends(talk: Talk, applied: Applied, *, counting: int) -> Friends:
    """Who is on the way and what they still need, who counts, who does not and why; `counting` are known to count."""
    told = Friends(total=await referrals.count_of_advocate(talk.tx, applied.id, talk.member.id))
    if not told.total:
        return told
    for heading, statuses, limit in (("on_the_way", (Status.PENDING,), SHOWN), ("not_counting", LOST, LOST_SHOWN)):
        if heading == "not_counting" and counting:
            told.parts += await _counting(talk, applied, counting)
        found = await _newest(talk, applied, statuses, limit)
        if not found:
            continue
        lines = await _lines(talk, applied, found)
        more = await referrals.count_of_advocate(talk.tx, applied.id, talk.member.id, statuses=statuses) - len(found)
        lines.lines += [talk.worded("me.more", n=more)] if more > 0 else []
        told.parts.append("\n".join([talk.worded(f"me.{heading}"), *lines.lines]))
        told.buttons += lines.buttons
        told.timed = told.timed or lines.timed
    if told.total > SHOWN:
        told.buttons.append(talk.button("all_friends", f"friends:{applied.id}", n=told.total))
    return told


async def all_friends(talk: Talk) -> None:
    """`friends:CAMPAIGN:20`: my friends in the campaign after the newest twenty."""
    applied = await talk.campaign("friends")
    if applied is None:
        return
    total = await referrals.count_of_advocate(talk.tx, applied.id, talk.member.id)
    skip, buttons = page(talk, "friends", applied, total)
    found = await referrals.of_advocate(talk.tx, applied.id, talk.member.id, limit=A_PAGE, skip=skip)
    if not found:
        talk.reply(talk.worded("me.empty"), [[talk.button("back", f"me:{applied.id}")]], edits=True)
        return
    lines = await _lines(talk, applied, found)
    about = {"title": talk.title(applied), "first": skip + 1, "last": skip + len(found), "n": total}
    said = [talk.worded("me.all_friends", **about), "\n".join(lines.lines)]
    if lines.timed:
        said.append(talk.worded("me.times", place=_reader(talk, applied).place))
    talk.reply("\n\n".join(said), buttons, edits=True)


async def _newest(talk: Talk, applied: Applied, statuses: Sequence[Status], limit: int) -> list[Referral]:
    return await referrals.of_advocate(talk.tx, applied.id, talk.member.id, limit=limit, statuses=statuses)


async def _counting(talk: Talk, applied: Applied, n: int) -> list[str]:
    found = [each for each in await _newest(talk, applied, COUNTING, SHOWN) if each.counts]
    people = await _people(talk, found)
    names = [talk.shown(_name(people, each)) for each in found]
    if not names:
        return []
    more = n - len(names)
    told = listed(talk.language, names) if more <= 0 else ", ".join(names)
    if more > 0:
        told = talk.worded("me.counting_more", names=told, n=more)
    return [talk.worded("me.counting", names=told, n=n)]


async def _lines(talk: Talk, applied: Applied, found: Sequence[Referral]) -> _Lines:
    """A line for each of these friends, and a button for each that an organizer can be asked about."""
    reader, people = _reader(talk, applied), await _people(talk, found)
    waiting = [each for each in found if each.status is Status.PENDING]
    missing = await intake.missing(talk.tx, [(applied.id, each.friend_id) for each in waiting], now=talk.now)
    lost = [each.friend_id for each in found if each.status in LOST]
    appeals = await referrals.appeals_of(talk.tx, applied.id, lost) if lost else {}
    lines, buttons = list[str](), list[Button]()
    for each in found:
        line = friend_line(each, _name(people, each), missing.get((applied.id, each.friend_id)), reader)
        lines.append(talk.worded("me.asked", line=line) if is_asked(each, appeals) else line)
        if can_ask(each, appeals):
            name = talk.shown(_name(people, each))
            buttons.append(talk.button("appeal", f"appeal:{applied.id}:{each.friend_id}", friend=name))
    return _Lines(lines, buttons, timed=any(map(is_timed, missing.values())))


def can_ask(referral: Referral, appeals: Mapping[int, Appeal]) -> bool:
    """Whether the friend or the advocate can ask an organizer to look at this again."""
    is_lost = referral.status in (Status.REJECTED, Status.REVERSED) and referral.reason.can_be_appealed
    appeal = appeals.get(referral.friend_id)
    is_answered = appeal is not None and appeal.counts is not None and referral.ruled is not None
    return is_lost and referral.confidence.pays and not is_answered and not _is_about(referral, appeals)


def is_asked(referral: Referral, appeals: Mapping[int, Appeal]) -> bool:
    """Whether an organizer has been asked, and has not answered yet."""
    return _is_about(referral, appeals) and appeals[referral.friend_id].counts is None


def _is_about(referral: Referral, appeals: Mapping[int, Appeal]) -> bool:
    """Whether there is an appeal about the referral as it stands now."""
    appeal = appeals.get(referral.friend_id)
    return appeal is not None and appeal.judgement == referral.judgements


async def _people(talk: Talk, found: Iterable[Referral]) -> dict[int, Member]:
    return await members.by_id(talk.tx, [each.friend_id for each in found])


def _name(people: Mapping[int, Member], referral: Referral) -> str:
    return people[referral.friend_id].name if referral.friend_id in people else ""


def _reader(talk: Talk, applied: Applied) -> Reader:
    return reader_of(applied.campaign, talk.language, now=talk.now)
