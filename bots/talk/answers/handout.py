"""`/handout`: rewards that organizers hand over themselves, to be ticked off."""

from bots.talk import gifts
from bots.talk.answers.organizing import one_of_theirs
from bots.talk.answers.promises import promises
from bots.talk.reader import reader_of
from bots.talk.talk import Talk
from bots.talk.words import Button, Html, code, mark_of
from core import campaign as campaigns
from core import intake, members, rewards
from core.campaign import Applied
from core.campaign.values import Reward, in_language
from core.members import Member
from core.outbox import Outgoing
from core.rewards import Grant

MOST = 100
"""How many are counted."""

A_PAGE = 5


async def handout(talk: Talk) -> None:
    """`/handout`, or `handout:CAMPAIGN:5`: what is to be handed over, longest waiting first, after the first five."""
    applied = await one_of_theirs(talk, "handout")
    if applied is not None:
        await _show(talk, applied, skip=talk.ask.number(1))


async def handed(talk: Talk) -> None:
    """`handed:MEMBER:MARK`: an organizer has handed it over; the member is told."""
    grant = await _meant(talk)
    applied = await _campaign(talk, grant)
    if grant is None or applied is None:
        talk.reply(talk.worded("handout.not_done"), edits=True)
    elif talk.person.account not in applied.campaign.organizers:
        talk.reply(talk.worded("problem.not_organizer"))
    elif await intake.handed(talk.tx, grant.cause, by=talk.member.id, now=talk.now):
        await _show(talk, applied, first=await _told(talk, applied, grant))
    else:
        await _show(talk, applied, first=talk.worded("handout.not_done"))


async def _meant(talk: Talk) -> Grant | None:
    """The cause is too long for a button."""
    theirs = await rewards.of_member(talk.tx, talk.ask.number(0))
    return next((each for each in theirs if mark_of(each.cause) == "".join(talk.ask.args[1:2])), None)


async def _campaign(talk: Talk, grant: Grant | None) -> Applied | None:
    every = await campaigns.applied(talk.tx)
    return next((each for each in every if grant is not None and each.id == grant.campaign_id), None)


async def _told(talk: Talk, applied: Applied, grant: Grant) -> Html:
    """Tell the member that they have it, and the organizer that they were told."""
    member, reward = await _member(talk, grant.member_id), (await promises(talk, applied)).get(grant.reward)
    what = gifts.granted(grant, reward, talk.language)
    about = {"member": talk.shown(member.name), "reward": what}
    if not member.reachable:
        return talk.worded("handout.done_quietly", **about)
    talk.outgoing.append(_news(talk, applied, grant, member, gifts.in_words(reward, member.speaks)))
    return talk.worded("handout.done", **about)


async def _member(talk: Talk, member_id: int) -> Member:
    """Whoever was granted it, by an account that can be written to if the person has one."""
    people = await members.by_id(talk.tx, await members.accounts_of(talk.tx, member_id))
    return max(people.values(), key=lambda each: (each.reachable, each.id == member_id))


def _news(talk: Talk, applied: Applied, grant: Grant, member: Member, what: str) -> Outgoing:
    title = in_language(applied.campaign.title, member.speaks)
    content = {"news": "handed", "language": member.speaks, "title": title, "text": what}
    return Outgoing(
        key=f"handed/{grant.cause}",
        door=member.account.platform,
        address=member.account.id,
        kind="news",
        content=content,
        due_at=talk.now,
    )


async def _show(talk: Talk, applied: Applied, *, skip: int = 0, first: str = "") -> None:
    """How many there are, and a few of them, each with its button."""
    open_ = await rewards.by_hand(talk.tx, applied.id, limit=MOST)
    skip = skip if skip < len(open_) else 0
    some = open_[skip : skip + A_PAGE]
    people = {each.member_id: await _member(talk, each.member_id) for each in some}
    promised, buttons = await promises(talk, applied), list[list[Button]]()
    head = talk.worded("handout.title", title=talk.title(applied), n=len(open_))
    lines = [head if some else talk.worded("handout.nothing", title=talk.title(applied))]
    for each in some:
        member = people[each.member_id]
        lines.append(_line(talk, applied, each, member, promised.get(each.reward)))
        press = f"handed:{each.member_id}:{mark_of(each.cause)}"
        buttons.append([talk.button("handed_to", press, member=talk.shown(member.name))])
    if skip + A_PAGE < len(open_) and buttons:
        buttons[-1].append(talk.button("more", f"handout:{applied.id}:{skip + A_PAGE}"))
    talk.reply("\n\n".join(part for part in (first, "\n".join(lines)) if part), buttons, edits=True)


def _line(talk: Talk, applied: Applied, grant: Grant, member: Member, reward: Reward | None) -> Html:
    account = f"{member.account.platform.value}:{member.account.id}"
    return talk.worded(
        "handout.line",
        member=talk.shown(member.name),
        contact=f"@{member.username}" if member.username else code(account),
        reward=gifts.granted(grant, reward, talk.language),
        when=reader_of(applied.campaign, talk.language, now=talk.now).when(grant.granted_at),
    )
