"""`/me`: where I stand, as an advocate and as a friend."""

from bots.talk import gifts, wording
from bots.talk.answers.came import AsFriend, as_friend
from bots.talk.answers.friends import Friends, friends
from bots.talk.answers.granted import granted
from bots.talk.reader import Reader, reader_of
from bots.talk.talk import Talk
from bots.talk.words import Button, Rows
from bots.texts import moment
from core import draws, totals
from core.campaign import Applied
from core.campaign.values import State
from core.totals import Standing


async def me(talk: Talk) -> None:
    """What I still have to do and what my friends still need, until when; what I was given, and what comes next."""
    applied = await talk.campaign("me")
    if applied is None:
        return
    reader = reader_of(applied.campaign, talk.language, now=talk.now)
    standing = await own_standing(talk, applied)
    brought = await friends(talk, applied, counting=standing.qualified)
    came = await as_friend(talk, applied, reader)
    given = await granted(talk, applied)
    parts = [await _head(talk, applied, standing, brought, reader)]
    if brought.total or not came.is_known:
        mine = brought.parts or [_first_steps(talk, applied)]
        parts += [*mine, *came.parts, *given.parts, *await _coming(talk, applied, standing)]
    else:
        parts += [*came.parts, *given.parts, *_your_turn(talk, applied)]
    if brought.timed or came.timed:
        parts.append(talk.worded("me.times", place=reader.place))
    buttons = [*brought.buttons, *given.buttons, *came.buttons]
    talk.reply_in_parts(parts, _rows(talk, applied, came, buttons))


async def own_standing(talk: Talk, applied: Applied) -> Standing:
    """The asker's results in the campaign."""
    known = await totals.standings(talk.tx, [talk.member.person])
    return known.get((applied.id, talk.member.person), Standing())


async def _head(talk: Talk, applied: Applied, standing: Standing, brought: Friends, reader: Reader) -> str:
    title, figures = talk.title(applied), list[str]()
    if brought.total:
        figures = [talk.worded("me.qualified", n=standing.qualified), talk.worded("me.pending", n=standing.pending)]
    if standing.points:
        figures.append(talk.worded("me.points", n=standing.points))
    if standing.qualified:
        figures.append(talk.worded("me.rank", rank=await totals.rank_of(talk.tx, applied.id, standing)))
    lines = [talk.worded("me.title", title=title), " · ".join(figures), _state(talk, applied, reader)]
    return "\n".join(line for line in lines if line)


def _state(talk: Talk, applied: Applied, reader: Reader) -> str:
    """What is to be known of the campaign unless it simply runs."""
    state, title = applied.state(talk.now), talk.title(applied)
    if state is State.ENDED:
        return talk.worded("me.over", title=title)
    if applied.paused_at is not None:
        return talk.worded("problem.paused", title=title)
    if state is State.SCHEDULED:
        return talk.worded("me.not_started", when=reader.when(applied.campaign.window.starts))
    return ""


def _first_steps(talk: Talk, applied: Applied) -> str:
    """For whoever has brought nobody yet."""
    empty = talk.worded("me.empty")
    if applied.state(talk.now) is State.ENDED:
        return empty
    steps = talk.worded("me.first_steps", conditions=wording.conditions(applied.campaign, talk.language))
    return f"{empty}\n{steps}"


def _your_turn(talk: Talk, applied: Applied) -> list[str]:
    """For a friend who has brought nobody yet: that they can, and what for."""
    if applied.state(talk.now) is State.ENDED:
        return []
    lines = [talk.worded("start.your_turn"), *gifts.ahead(applied.campaign, 0, talk.language)[:1]]
    return ["\n".join(lines)]


async def _coming(talk: Talk, applied: Applied, standing: Standing) -> list[str]:
    """The next rewards and how far they are, what friends get, and what there is to win at the end; as one part."""
    campaign, language, lines = applied.campaign, talk.language, list[str]()
    if applied.state(talk.now) is not State.ENDED:
        lines += gifts.ahead(campaign, standing.qualified, language)
        if theirs := gifts.for_friends(campaign, language):
            lines.append(talk.worded("me.friends_get", rewards=theirs))
    tickets = await draws.tickets_of(talk.tx, applied.id, talk.member.id)
    end = list(gifts.at_the_end(campaign, tickets, language))
    if end and applied.results_at is not None:
        final = moment(language, applied.results_at, campaign.window.timezone)
        is_final = applied.results_at <= talk.now
        end.append(talk.worded("me.results_final") if is_final else talk.worded("rules.results", when=final))
    return ["\n".join([*lines, *end])]


def _rows(talk: Talk, applied: Applied, came: AsFriend, found: list[Button]) -> Rows:
    """Two in a row, so that five rows hold them all."""
    first = [talk.button("my_link", f"invite:{applied.id}"), talk.button("top", f"top:{applied.id}")]
    claim = [] if came.is_known else [talk.button("claim", f"claim:{applied.id}")]
    buttons = [*first, *found, *claim]
    return [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
