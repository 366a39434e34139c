"""`/rules`, `/language`, `/privacy`, `/help`, reminders, and what the bot does not understand."""

from collections.abc import Iterable, Iterator

from bots.talk.commands import FOR_ORGANIZERS, MENU
from bots.talk.rules import rules as worded_rules
from bots.talk.talk import Talk
from bots.talk.words import Rows
from bots.texts import language_name, languages, text
from core import members
from core import reminders as unasked


async def rules(talk: Talk) -> None:
    """The campaign's rules."""
    applied = await talk.campaign("rules")
    if applied is not None:
        back = [[talk.button("my_link", f"invite:{applied.id}")]] if talk.ask.private else None
        longest = talk.voice.longest
        told = worded_rules(applied.campaign, talk.language, longest=longest, results_at=applied.results_at)
        talk.reply_in_parts(told, back)


async def language(talk: Talk) -> None:
    """Choose a language, or, with one chosen, speak it from now on."""
    wanted = talk.ask.args[0].lower() if talk.ask.args else ""
    if wanted not in (*languages(), "app"):
        choices: Rows = [[{"text": language_name(each), "data": f"language:{each}"} for each in languages()]]
        choices.append([talk.button("app_language", "language:app")])
        talk.reply(talk.worded("language.choose"), choices)
        return
    talk.member.chosen = None if wanted == "app" else wanted
    await members.choose_language(talk.tx, talk.member.id, talk.member.chosen)
    talk.reply(talk.worded("language.platform" if wanted == "app" else "language.chosen"), edits=True)


async def privacy(talk: Talk) -> None:
    """What is kept about the asker, and what is not."""
    account = f"{talk.member.account.platform.value}:{talk.member.account.id}"
    parts = ("privacy.kept", "privacy.not_kept", "privacy.leave")
    talk.reply("\n\n".join(talk.worded(part, account=account) for part in parts))


async def reminders(talk: Talk) -> None:
    """`reminders:off` and `reminders:on`."""
    wanted = talk.ask.args[:1] == ("on",)
    await (unasked.again if wanted else unasked.stop)(talk.tx, talk.member)
    back = talk.button("no_reminders" if wanted else "reminders", f"reminders:{'off' if wanted else 'on'}")
    talk.reply(talk.worded("reminders.again" if wanted else "reminders.stopped"), [[back]])


async def stop(talk: Talk) -> None:
    """`/stop`, which people type: as the button below a reminder. Only the button in its answer takes it back."""
    await reminders(talk)


async def help_(talk: Talk) -> None:
    """Everything the bot can do."""
    lines = [talk.worded("help.title"), "", *_lines(talk, MENU)]
    if any(talk.person.account in each.campaign.organizers for each in await talk.here()):
        lines += ["", talk.worded("help.organizer"), *_lines(talk, FOR_ORGANIZERS)]
    talk.reply("\n".join(lines), talk.menu())


def _lines(talk: Talk, commands: Iterable[str]) -> Iterator[str]:
    for command in commands:
        yield talk.worded("help.line", command=command, description=talk.worded(f"command.{command}"))


async def unknown(talk: Talk) -> None:
    """Anything else gets a kind word, and the way to the help."""
    what = "button" if talk.ask.pressed else "text" if talk.ask.what == "other" else "command"
    talk.reply(talk.worded(f"unknown.{what}"), talk.menu())


async def in_private(talk: Talk) -> None:
    """A command in a group: its answer is for one person, so it is given in private."""
    address = talk.voice.ways.into_bot
    there = [[{"text": text(talk.language, "button.write_to_bot"), "url": address}]] if address else None
    talk.reply(talk.worded("private.only"), there)
