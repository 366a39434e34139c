"""A long list, piece by piece."""

from bots.talk.talk import Talk
from bots.talk.words import Rows
from core.campaign import Applied

A_PAGE = 10


def page(talk: Talk, what: str, applied: Applied, total: int) -> tuple[int, Rows]:
    """How many are before the piece that is asked for (`what:CAMPAIGN:SKIP`), and the buttons to the others."""
    skip = talk.ask.number(1)
    skip = skip - skip % A_PAGE if skip < total else 0
    turns = []
    if skip:
        turns.append(talk.button("newer", f"{what}:{applied.id}:{skip - A_PAGE}"))
    if skip + A_PAGE < total:
        turns.append(talk.button("older", f"{what}:{applied.id}:{skip + A_PAGE}"))
    return skip, [*([turns] if turns else []), [talk.button("back", f"me:{applied.id}")]]
