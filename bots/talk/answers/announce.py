"""`/announce`: an organizer writes to everybody, sees how far it has got, and can stop it."""

from datetime import datetime

from bots.talk.talk import Talk
from bots.talk.wording import title
from bots.talk.words import Rows, linked, units
from bots.texts import moment
from core import broadcasts
from core import campaign as campaigns
from core.broadcasts import Audience, Broadcast
from core.campaign import Applied
from core.campaign.values import Platform

LONGEST = 3000
"""What an announcement may be long: with what stands around it, it fits into a message on every platform."""


async def announce(talk: Talk) -> None:
    """`/announce TEXT` drafts one; without a text, it shows the one that is running, or the last."""
    mine, words = await _mine(talk), " ".join(talk.ask.args).strip()
    if not mine:
        talk.reply(talk.worded("problem.not_organizer"))
    elif units(words) > LONGEST:
        talk.reply(talk.worded("announce.too_long", n=LONGEST))
    elif words:
        drafted = await broadcasts.draft(talk.tx, mine[0].id, words, by=talk.member.id, now=talk.now)
        await _preview(talk, drafted, mine)
    elif (known := await _latest(talk, mine)) is not None:
        await _show(talk, known)
    else:
        talk.reply(talk.worded("announce.usage"))


async def aimed(talk: Talk) -> None:
    """`announce_to:DRAFT:CAMPAIGN:AUDIENCE`: whom it is for."""
    known, mine = await _asked(talk), await _mine(talk)
    meant = next((each for each in mine if each.id == talk.ask.number(1)), None)
    if known is None or meant is None or talk.ask.args[2:3] not in [(each.value,) for each in Audience]:
        _gone(talk)
        return
    await broadcasts.aim(talk.tx, known.id, campaign_id=meant.id, audience=Audience(talk.ask.args[2]))
    changed = await broadcasts.get(talk.tx, known.id)
    assert changed is not None
    await (_preview(talk, changed, mine) if changed.state == "draft" else _show(talk, changed))


async def send(talk: Talk) -> None:
    """`announce_send:DRAFT`. Pressed twice, it goes out once."""
    known = await _asked(talk)
    if known is None:
        _gone(talk)
        return
    await broadcasts.begin(talk.tx, known.id, now=talk.now)
    await _show_anew(talk, known.id)


async def drop(talk: Talk) -> None:
    """`announce_drop:DRAFT`."""
    known = await _asked(talk)
    if known is None or not await broadcasts.drop(talk.tx, known.id):
        _gone(talk)
        return
    talk.reply(talk.worded("announce.dropped"), edits=True)


async def show(talk: Talk) -> None:
    """`announce_show:NUMBER`: how far it has got."""
    known = await _asked(talk)
    if known is None:
        _gone(talk)
        return
    await _show(talk, known)


async def stop(talk: Talk) -> None:
    """`announce_stop:NUMBER`: nothing more of it goes out."""
    known = await _asked(talk)
    if known is None:
        _gone(talk)
        return
    await broadcasts.stop(talk.tx, known.id)
    await _show_anew(talk, known.id)


async def _mine(talk: Talk) -> list[Applied]:
    """The campaigns that the asker is an organizer of."""
    return [each for each in await campaigns.applied(talk.tx) if talk.person.account in each.campaign.organizers]


async def _asked(talk: Talk) -> Broadcast | None:
    """The one that the button is about, if it is of a campaign of the asker's."""
    known = await broadcasts.get(talk.tx, talk.ask.number(0))
    mine = {each.id for each in await _mine(talk)}
    return known if known is not None and known.campaign_id in mine else None


def _gone(talk: Talk) -> None:
    talk.reply(talk.worded("announce.gone"), edits=True)


async def _latest(talk: Talk, mine: list[Applied]) -> Broadcast | None:
    known = [each for applied in mine if (each := await broadcasts.last(talk.tx, applied.id)) is not None]
    return max(known, key=lambda each: (each.state == "running", each.began_at or each.made_at), default=None)


async def _preview(talk: Talk, drafted: Broadcast, mine: list[Applied]) -> None:
    """As members will read it, for how many that is, and what can be changed about that."""
    applied = next(each for each in mine if each.id == drafted.campaign_id)
    name, found = title(applied.campaign, talk.language), await _people(talk, drafted)
    text = talk.worded("news.broadcast", title=name, text=linked(drafted.text))
    head = talk.worded("announce.preview" if found else "announce.nobody", n=sum(found.values()))
    on = [talk.worded("announce.on", platform=each.capitalize(), n=n) for each, n in sorted(found.items())]
    talk.reply("\n".join([text, "", head, *on]), _choices(talk, drafted, mine, sum(found.values())), edits=True)


async def _people(talk: Talk, drafted: Broadcast) -> dict[Platform, int]:
    return await broadcasts.count(talk.tx, drafted.campaign_id, drafted.audience)


def _choices(talk: Talk, drafted: Broadcast, mine: list[Applied], people: int) -> Rows:
    aim = f"announce_to:{drafted.id}"
    other = Audience.EVERYBODY if drafted.audience is Audience.ADVOCATES else Audience.ADVOCATES
    rows: Rows = [[talk.button("announce_send", f"announce_send:{drafted.id}", n=people)]] if people else []
    rows.append([talk.button(f"announce_{other}", f"{aim}:{drafted.campaign_id}:{other}")])
    rows += [
        [{"text": title(each.campaign, talk.language), "data": f"{aim}:{each.id}:{drafted.audience}"}]
        for each in mine
        if each.id != drafted.campaign_id
    ][:2]
    return [*rows, [talk.button("announce_drop", f"announce_drop:{drafted.id}")]]


async def _show_anew(talk: Talk, broadcast_id: int) -> None:
    known = await broadcasts.get(talk.tx, broadcast_id)
    assert known is not None
    await _show(talk, known)


async def _show(talk: Talk, known: Broadcast) -> None:
    """How far it has got, with buttons while it is running."""
    progress = await broadcasts.progress(talk.tx, known)
    applied = next(each for each in await _mine(talk) if each.id == known.campaign_id)
    about = {"title": title(applied.campaign, talk.language), "when": _when(talk, applied, known.began_at)}
    figures = [
        talk.worded("announce.sent", n=progress.sent),
        talk.worded("announce.waiting", n=progress.waiting),
        talk.worded("announce.failed", n=progress.failed),
    ]
    buttons: Rows = []
    if known.state == "running":
        shown, stopped = f"announce_show:{known.id}", f"announce_stop:{known.id}"
        buttons = [[talk.button("announce_show", shown), talk.button("announce_stop", stopped)]]
    talk.reply("\n".join([talk.worded(f"announce.{known.state}", **about), *figures]), buttons, edits=True)


def _when(talk: Talk, applied: Applied, at: datetime | None) -> str:
    return moment(talk.language, at or talk.now, applied.campaign.window.timezone)
