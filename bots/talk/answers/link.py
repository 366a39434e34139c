"""`/link`: my Telegram and my Discord account are one person. And two again, if I like."""

from bots.talk.talk import Talk
from bots.talk.words import Rows, anchor
from bots.texts import shown
from core import persons
from core.campaign.values import Platform
from core.members import Member
from core.persons import Refusal

_NAMES = {Platform.TELEGRAM: "Telegram", Platform.DISCORD: "Discord"}
_OTHER = {Platform.TELEGRAM: Platform.DISCORD, Platform.DISCORD: Platform.TELEGRAM}


async def link(talk: Talk) -> None:
    """`/link` makes a code to use on the other messenger; `/link CODE` asks whether that account is theirs too."""
    if linked := await persons.others(talk.tx, talk.member.id):
        talk.reply(talk.worded("link.already", **_about(talk, linked[0])), [[talk.button("unlink", "unlink")]])
    elif talk.ask.args:
        await _ask(talk, "".join(talk.ask.args))
    else:
        await _offer(talk)


async def _offer(talk: Talk) -> None:
    code = await persons.new_offer(talk.tx, talk.member.id, now=talk.now)
    minutes = int(persons.CODE_LIFE.total_seconds() / 60)
    lines = [talk.worded("link.offer", code=code, platform=_NAMES[_OTHER[talk.platform]], n=minutes)]
    if page := talk.voice.ways.linking(persons.plain(code)):
        lines.append(talk.worded("link.page", page=anchor(page)))
    talk.reply("\n\n".join([*lines, talk.worded("link.secret")]))


async def _ask(talk: Talk, code: str) -> None:
    """Nobody is linked by one tap: they see who it is first."""
    looked = await persons.look_up(talk.tx, code, by=talk.member.id, now=talk.now)
    if looked.offer is None:
        _refuse(talk, looked.refusal)
        return
    yes = talk.button("link_yes", f"link_yes:{persons.plain(code)}")
    answers: Rows = [[yes], [talk.button("link_no", "link_no")]]
    talk.reply(talk.worded("link.confirm", **_about(talk, looked.offer.member)), answers)


async def confirmed(talk: Talk) -> None:
    """`link_yes:CODE`: the other account is theirs too."""
    code = "".join(talk.ask.args[:1])
    linked = await persons.link(talk.tx, code, member_id=talk.member.id, now=talk.now)
    if linked.other is None:
        _refuse(talk, linked.refusal)
    else:
        talk.reply(talk.worded("link.done", **_about(talk, linked.other)), talk.menu(), edits=True)


async def refused(talk: Talk) -> None:
    """`link_no`."""
    talk.reply(talk.worded("link.not_done"), talk.menu(), edits=True)


async def unlink(talk: Talk) -> None:
    """`unlink` asks first."""
    linked = await persons.others(talk.tx, talk.member.id)
    if not linked:
        talk.reply(talk.worded("link.alone"), talk.menu(), edits=True)
        return
    answers: Rows = [[talk.button("unlink_yes", "unlink_yes")], [talk.button("unlink_no", "link")]]
    talk.reply(talk.worded("link.undo", **_about(talk, linked[0])), answers, edits=True)


async def unlinked(talk: Talk) -> None:
    """`unlink_yes`: each account is a person of their own again."""
    linked = await persons.others(talk.tx, talk.member.id)
    if not linked:
        talk.reply(talk.worded("link.alone"), talk.menu(), edits=True)
        return
    await persons.unlink(talk.tx, talk.member.id, now=talk.now)
    talk.reply(talk.worded("link.undone", **_about(talk, linked[0])), talk.menu(), edits=True)


def _about(talk: Talk, other: Member) -> dict[str, str]:
    return {"name": shown(other.name, talk.language), "platform": _NAMES[other.account.platform]}


def _refuse(talk: Talk, refusal: Refusal | None) -> None:
    key = refusal or Refusal.UNKNOWN_CODE
    other = _NAMES[_OTHER[talk.platform]]
    talk.reply(talk.worded(f"link.refused.{key.value}", platform=other), talk.menu(), edits=True)
