"""What somebody gets who came through a friend's link: who invites, what is asked, and the ways in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bots.talk.words import Button, Rows, button, worded
from bots.texts import shown, text
from core.chats import Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """`places`: the campaign's communities on the voice's platform; `elsewhere`: those on others, if one can get there
    from here."""

    text: str
    language: str
    code: str
    campaign: int
    places: tuple[Chat, ...]
    elsewhere: tuple[Chat, ...] = ()


def entrance(language: str, title: str | None, url: str) -> Button:
    """The button into a place."""
    if not title:
        return {"text": text(language, "button.join_unnamed"), "url": url}
    return {"text": text(language, "button.join", chat=shown(title, language)), "url": url}


def welcomed(
    message: str, entrances: Iterable[tuple[str | None, str | None]], *, language: str, campaign: int | None
) -> dict[str, Any]:
    """The message with a button into each place, given by title and address, and to a link of one's own.

    A place without an address cannot be entered now, and has no button.
    """
    known = list(entrances)
    buttons: Rows = [[entrance(language, title, url)] for title, url in known if url is not None]
    if known and not buttons:
        message += "\n\n" + worded(language, "start.no_way_in")
    if campaign is not None:  # the next hop: whoever comes can recommend it at once
        buttons.append([button(language, "my_link", f"invite:{campaign}")])
    return {"text": message, "buttons": buttons}
