"""`/start`, with a friend's code or without, and `/invite`."""

from typing import Any

from bots.telegram import kit, wording
from bots.telegram.say import share_kit, welcome
from bots.telegram.talk import Talk
from bots.texts import listed, moment
from core import intake
from core.campaign import Applied
from core.campaign.values import Platform, State
from core.intake.facts import LinkWanted, Outcome, Problem
from core.links import Link
from core.referrals import Reason, Referral, Status


async def start(talk: Talk) -> None:
    """Welcome somebody: through a friend's link, or on their own."""
    outcome = talk.outcome
    if outcome is None:
        talk.reply(talk.worded("start.welcome"), talk.menu())
    elif outcome.problem is not None or outcome.campaign is None or outcome.link is None:
        talk.reply(_problem(talk, outcome), talk.menu())
    elif outcome.referral is None or outcome.advocate is None:
        talk.reply(talk.worded("start.welcome"), talk.menu())
    else:
        _through_a_friend(talk, outcome.campaign, outcome.link, outcome.referral, outcome)


def _problem(talk: Talk, outcome: Outcome) -> str:
    problem = outcome.problem or Problem.UNKNOWN_CODE
    applied, link = outcome.campaign, outcome.link
    values: dict[str, str] = {}
    if applied is not None:
        window = applied.campaign.window
        values = {
            "title": wording.title(applied.campaign, talk.language),
            "when": moment(talk.language, window.starts, window.timezone),
        }
    return talk.worded(f"problem.{problem.value}", link=talk.ways.link(link.code) if link else "", **values)


def _through_a_friend(talk: Talk, applied: Applied, link: Link, referral: Referral, outcome: Outcome) -> None:
    advocate = outcome.advocate.name if outcome.advocate else ""
    about = {"advocate": advocate, "title": wording.title(applied.campaign, talk.language)}
    theirs = "start.came_already" if referral.advocate_id == link.member_id else "start.first_came"
    if referral.reason is Reason.NOT_JOINED:
        content = _way_in(talk, applied, outcome, again=theirs == "start.first_came", **about)
        content |= {"code": referral.code or link.code, "campaign": applied.id}
        talk.outgoing.append(welcome(talk.ask.chat, content, key=talk.ask.key, now=talk.now))
    elif referral.reason is Reason.ALREADY_MEMBER:
        talk.reply(talk.worded("start.already_member"), talk.menu())
    elif referral.status in (Status.QUALIFIED, Status.REWARDED):
        talk.reply(talk.worded("start.counted", **about), talk.menu())
    elif referral.status is Status.PENDING:
        talk.reply(talk.worded(theirs, **about), talk.menu())
    else:
        talk.reply(talk.worded(f"yours.{referral.reason.value}"), talk.menu())


def _way_in(
    talk: Talk, applied: Applied, outcome: Outcome, *, again: bool, advocate: str, title: str
) -> dict[str, Any]:
    """Who invites, what is asked, and each of the campaign's chats on Telegram, for the sender to put a door to."""
    places = [
        {"chat_id": chat.id, "native_id": chat.native_id, "title": chat.title, "username": chat.username}
        for chat in outcome.places
        if chat.platform is Platform.TELEGRAM
    ]
    asked = wording.needs(applied.campaign, talk.language)
    lines = [
        talk.worded("start.first_came" if again else "start.friend", advocate=advocate, title=title),
        talk.worded("start.way_in", n=len(places)),
        talk.worded("needs.from_here", needs=listed(talk.language, asked)) if asked else "",
        talk.worded("problem.paused", title=title) if applied.state(talk.now) is State.PAUSED else "",
    ]
    return {"language": talk.language, "text": "\n\n".join(line for line in lines if line), "chats": places}


async def invite(talk: Talk) -> None:
    """The member's personal link, made now if this is the first time, with the share kit."""
    applied = await talk.campaign("invite", State.SCHEDULED, State.RUNNING, State.PAUSED)
    if applied is None:
        return
    fact = LinkWanted(key=f"{talk.ask.key}/link", at=talk.now, person=talk.person, campaign_id=applied.id)
    [outcome] = await intake.take(talk.tx, [fact], now=talk.now)
    title = wording.title(applied.campaign, talk.language)
    if outcome.link is None:
        talk.reply(talk.worded("problem.ended", title=title), talk.menu())
        return
    link, state, window = talk.ways.link(outcome.link.code), applied.state(talk.now), applied.campaign.window
    lines = [
        talk.worded("invite.link", title=title, link=link),
        talk.worded("invite.how"),
        wording.conditions(applied.campaign, talk.language),
    ]
    if state is State.SCHEDULED:
        lines.append(talk.worded("invite.not_started", when=moment(talk.language, window.starts, window.timezone)))
    elif state is State.PAUSED:
        lines.append(talk.worded("invite.paused"))
    _reply_with_kit(talk, applied, outcome.link.code, "\n\n".join(lines))


def _reply_with_kit(talk: Talk, applied: Applied, code: str, message: str) -> None:
    """Where the kit's page can be opened within Telegram, it gets a message to send; that must be prepared at last."""
    buttons, page = kit.rows(applied.campaign, code, talk.ways, talk.language), talk.ways.kit(code)
    if page is None or not page.startswith("https://") or not talk.ways.inline:
        talk.reply(message, buttons)
        return
    offer = kit.offer(applied.campaign, code, talk.ways, talk.language)
    content = {"text": message, "buttons": buttons, "page": page, "offer": offer}
    talk.outgoing.append(share_kit(talk.ask.chat, content, key=talk.ask.key, now=talk.now))
