"""`/start`, with a friend's code or without, and `/invite`."""

from urllib.parse import quote

from bots.telegram import wording
from bots.telegram.say import Rows, button, welcome
from bots.telegram.talk import Talk
from bots.texts import listed, moment, text
from core import chats, intake, members
from core.campaign.values import Campaign, Platform, State, in_language
from core.intake.facts import LinkWanted, Outcome, Problem
from core.links import Link
from core.referrals import Reason, Referral, Status

_HAS_COME = (Reason.STAYING, Reason.SILENT, Reason.CONFIRMING, Reason.PAUSED)


async def start(talk: Talk) -> None:
    """Welcome somebody: through a friend's link, or on their own."""
    outcome = talk.outcome
    if outcome is None:
        talk.reply(talk.worded("start.welcome"), talk.menu())
    elif outcome.problem is not None or outcome.campaign is None or outcome.link is None:
        talk.reply(_problem(talk, outcome), talk.menu())
    elif outcome.referral is None:
        talk.reply(talk.worded("start.welcome"), talk.menu())
    else:
        await _through_a_friend(talk, outcome.campaign.campaign, outcome.link, outcome.referral, outcome)


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
    return talk.worded(f"problem.{problem.value}", link=talk.link(link.code) if link else "", **values)


async def _through_a_friend(talk: Talk, campaign: Campaign, link: Link, referral: Referral, outcome: Outcome) -> None:
    people = await members.by_id(talk.tx, [referral.advocate_id])
    advocate = people[referral.advocate_id].name
    title = wording.title(campaign, talk.language)
    if referral.reason is Reason.ALREADY_MEMBER:
        talk.reply(talk.worded("start.already_member"), talk.menu())
    elif referral.status in (Status.QUALIFIED, Status.REWARDED):
        talk.reply(talk.worded("start.counted", advocate=advocate), talk.menu())
    elif referral.reason is Reason.NOT_JOINED:
        await _welcome(talk, outcome, advocate=advocate, title=title)
    elif referral.status is Status.PENDING:
        key = "start.came_already" if referral.advocate_id == link.member_id else "start.first_came"
        talk.reply(talk.worded(key, advocate=advocate, title=title), talk.menu())
    else:
        talk.reply(talk.worded(f"yours.{referral.reason.value}"), talk.menu())


async def _welcome(talk: Talk, outcome: Outcome, *, advocate: str, title: str) -> None:
    """Show the way in: a button for each of the campaign's chats on Telegram."""
    applied, referral, link = outcome.campaign, outcome.referral, outcome.link
    assert applied is not None
    assert referral is not None
    assert link is not None
    communities = (await chats.communities_of(talk.tx, [applied.id])).get(applied.id, {})
    ours = [
        {"chat_id": chat.id, "native_id": chat.native_id, "title": chat.title, "username": chat.username}
        for chat in communities.values()
        if chat.platform is Platform.TELEGRAM
    ]
    asked = wording.needs(applied.campaign, talk.language)
    lines = [
        talk.worded("start.friend", advocate=advocate, title=title),
        talk.worded("start.way_in", n=len(ours)),
        talk.worded("needs.from_here", needs=listed(talk.language, asked)) if asked else "",
        talk.worded("problem.paused", title=title) if applied.state(talk.now) is State.PAUSED else "",
    ]
    if referral.advocate_id != link.member_id:
        lines.insert(1, talk.worded("start.first_came", advocate=advocate, title=title))
    content = {
        "language": talk.language,
        "text": "\n\n".join(line for line in lines if line),
        "chats": ours,
        "code": referral.code or link.code,
    }
    talk.outgoing.append(welcome(talk.ask.chat, content, key=talk.ask.key, now=talk.now))


async def invite(talk: Talk) -> None:
    """The member's personal link, made now if this is the first time."""
    applied = await talk.campaign("invite", State.SCHEDULED, State.RUNNING, State.PAUSED)
    if applied is None:
        return
    fact = LinkWanted(key=f"{talk.ask.key}/link", at=talk.now, person=talk.person, campaign_id=applied.id)
    [outcome] = await intake.take(talk.tx, [fact], now=talk.now)
    title = wording.title(applied.campaign, talk.language)
    if outcome.link is None:
        talk.reply(talk.worded("problem.ended", title=title), talk.menu())
        return
    link, state, window = talk.link(outcome.link.code), applied.state(talk.now), applied.campaign.window
    lines = [
        talk.worded("invite.link", title=title, link=link),
        talk.worded("invite.how"),
        wording.conditions(applied.campaign, talk.language),
    ]
    if state is State.SCHEDULED:
        lines.append(talk.worded("invite.not_started", when=moment(talk.language, window.starts, window.timezone)))
    elif state is State.PAUSED:
        lines.append(talk.worded("invite.paused"))
    talk.reply("\n\n".join(lines), _share_buttons(talk, applied.campaign, link))


def _share_buttons(talk: Talk, campaign: Campaign, link: str) -> Rows:
    """Telegram's own share sheet with the campaign's words, and the link to copy (platforms.md, section 3)."""
    words = in_language(campaign.share.text, talk.language).replace("{link}", "").strip(" :") if campaign.share else ""
    share = f"https://t.me/share/url?url={quote(link, safe='')}&text={quote(words, safe='')}"
    first = [
        {"text": text(talk.language, "button.share"), "url": share},
        {"text": text(talk.language, "button.copy"), "copy": link},
    ]
    return [first, [button(talk.language, "my_referrals", "me"), button(talk.language, "rules", "rules")]]
