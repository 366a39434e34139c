"""`/start`, with a friend's code or without, and `/invite`."""

from collections.abc import Iterator

from bots.talk import gifts, wording
from bots.talk.kit import kit_of
from bots.talk.talk import Talk
from bots.talk.welcome import Welcome
from bots.talk.words import Html, anchor
from bots.texts import listed, moment
from core import intake
from core.campaign import Applied
from core.campaign.values import State
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
    applied, values = outcome.campaign, dict[str, str]()
    if applied is not None:
        window = applied.campaign.window
        values = {
            "title": wording.title(applied.campaign, talk.language),
            "when": moment(talk.language, window.starts, window.timezone),
        }
    if problem is Problem.OWN_LINK:
        link = talk.voice.ways.link(outcome.link.code) if outcome.link else None
        return talk.worded("problem.own_link", link=anchor(link)) if link else talk.worded("start.own_link")
    return talk.worded(f"problem.{problem.value}", **values)


def _through_a_friend(talk: Talk, applied: Applied, link: Link, referral: Referral, outcome: Outcome) -> None:
    advocate = outcome.advocate.name if outcome.advocate else ""
    about = {"advocate": advocate, "title": wording.title(applied.campaign, talk.language)}
    theirs = "start.came_already" if referral.advocate_id == link.member_id else "start.first_came"
    if referral.reason is Reason.NOT_JOINED:
        code = referral.code or link.code
        welcome = _welcome(talk, applied, outcome, code, again=theirs == "start.first_came", **about)
        talk.outgoing.append(talk.voice.welcome(talk.ask, welcome, key=talk.ask.key, now=talk.now))
    elif referral.reason is Reason.ALREADY_MEMBER:
        talk.reply(talk.worded("start.already_member"), talk.menu())
    elif referral.status in (Status.QUALIFIED, Status.REWARDED):
        talk.reply(talk.worded("start.counted", **about), talk.menu())
    elif referral.status is Status.PENDING:
        talk.reply(talk.worded(theirs, **about), talk.menu())
    else:
        talk.reply(talk.worded(f"yours.{referral.reason.value}"), talk.menu())


def _welcome(
    talk: Talk, applied: Applied, outcome: Outcome, code: str, *, again: bool, advocate: str, title: str
) -> Welcome:
    """Who invites, what is asked, and each of the campaign's communities, for the sender to put a door to."""
    places = tuple(chat for chat in outcome.places if chat.platform is talk.platform)
    others = tuple(chat for chat in outcome.places if chat.platform is not talk.platform)
    elsewhere = others if talk.voice.ways.elsewhere(code) else ()
    asked, doors = wording.needs(applied.campaign, talk.language), len(places) + len(elsewhere)
    gift = gifts.for_friends(applied.campaign, talk.language)
    lines = [
        talk.worded("start.first_came" if again else "start.friend", advocate=advocate, title=title),
        talk.worded("start.way_in", n=doors) if doors else talk.worded("start.no_way_in"),
        talk.worded("needs.from_here", needs=Html(listed(talk.language, asked))) if asked else "",
        talk.worded("me.then_you_get", rewards=gift) if gift else "",
        talk.worded("problem.paused", title=title) if applied.state(talk.now) is State.PAUSED else "",
    ]
    return Welcome(
        text="\n\n".join(line for line in lines if line),
        language=talk.language,
        code=code,
        campaign=applied.id,
        places=places,
        elsewhere=elsewhere,
    )


async def invite(talk: Talk) -> None:
    """The member's personal link, made now if this is the first time, with the share kit."""
    applied = await talk.campaign("invite", State.SCHEDULED, State.RUNNING, State.PAUSED)
    if applied is None:
        return
    fact = LinkWanted(key=f"{talk.ask.key}/link", at=talk.now, person=talk.person, campaign_id=applied.id)
    [outcome] = await intake.take(talk.tx, [fact], now=talk.now)
    if outcome.link is None:
        talk.reply(talk.worded("problem.ended", title=wording.title(applied.campaign, talk.language)), talk.menu())
        return
    kit = kit_of(applied, outcome.link.code, talk.language, *_about_the_link(talk, applied))
    talk.outgoing.append(talk.voice.kit(talk.ask, kit, key=talk.ask.key, now=talk.now))


def _about_the_link(talk: Talk, applied: Applied) -> Iterator[str]:
    """What to do with it, and what will come of that."""
    state, window = applied.state(talk.now), applied.campaign.window
    yield talk.worded("invite.how")
    yield wording.conditions(applied.campaign, talk.language)
    if theirs := gifts.for_friends(applied.campaign, talk.language):
        yield talk.worded("me.friends_get", rewards=theirs)
    if state is State.SCHEDULED:
        yield talk.worded("invite.not_started", when=moment(talk.language, window.starts, window.timezone))
    elif state is State.PAUSED:
        yield talk.worded("invite.paused")
