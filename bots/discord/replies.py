"""Answers to commands and buttons, which only the asker sees. They can be given for a quarter of an hour.

What takes the place of another message may be put there again, and is there once. A message beside it may be shown a
second time, if we were interrupted between sending and marking it: Discord enforces no nonce here, as its description
of the API shows (only "create message" has `enforce_nonce`) and its author says (discord-api-docs, pull request 6647),
and messages that only one person sees cannot be listed.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bots.discord.calling import call
from bots.discord.components import EPHEMERAL, messages
from bots.discord.errors import (
    DISCORD,
    NO_MESSAGE,
    AlreadyAnsweredError,
    ExpiredError,
    NotAnsweredYetError,
    UnknownError,
)
from bots.discord.events import made_at
from bots.discord.means import Means
from bots.discord.posting import media_of
from bots.exchange.errors import ClosedError
from core.media import Medium
from core.outbox import Claimed

_log = logging.getLogger(__name__)

GOOD_FOR = timedelta(minutes=15)
"""How long an interaction can be answered."""

_MESSAGE, _UPDATE = 4, 7
_CALLBACK = "/interactions/{interaction_id}/{webhook_token}/callback"
_BESIDE = "/webhooks/{webhook_id}/{webhook_token}"
_IN_PLACE = _BESIDE + "/messages/@original"


async def reply(means: Means, row: Claimed, content: Mapping[str, Any]) -> None:
    """Answer. With `first` it takes the place of "thinking", with `edits` that of the message with the button.

    Raises ClosedError if it is too late for that.
    """
    asked = _Asked(means, row)
    first, *rest = messages(content, private=True)
    asked.files = await media_of(means, content)
    try:
        if means.clock.now() >= made_at(asked.id) + GOOD_FOR:
            raise ExpiredError("it is too late to answer this", fix="ask again")
        await asked.answer(first, in_place=bool(row.content.get("first") or row.content.get("edits")))
        asked.files = ()
        for message in rest:
            await asked.answer(message, in_place=False)
    except ExpiredError as error:
        _log.info("an answer came too late", extra={"row": row.id, "interaction": asked.id})
        raise ClosedError(DISCORD, row.address, "it is too late to answer", fix="they can ask again") from error


class _Asked:
    """One interaction, with the little that answers need to know of it."""

    def __init__(self, means: Means, row: Claimed) -> None:
        about = row.content["interaction"]
        self._http = means.http
        self._edits = bool(row.content.get("edits"))
        self._token: dict[str, int | str] = {
            "webhook_id": int(about["application"]),
            "webhook_token": str(about["token"]),
        }
        self.id = int(about["interaction"])
        self.files: Sequence[Medium] = ()
        """What goes with the first message, and is gone with it."""

    async def answer(self, message: dict[str, Any], *, in_place: bool) -> None:
        """Discord is told at once that an answer will come, by somebody who does not wait for us, nor we for them.

        If that is not there yet, or never came, this is the first answer itself.
        """
        put = self._put_in_place if in_place else self._put_beside
        try:
            await put(message)
        except NotAnsweredYetError:
            try:
                await self._begin_with(message)
            except (AlreadyAnsweredError, ExpiredError):  # or the other was faster just now
                await put(message)

    async def _put_in_place(self, message: dict[str, Any]) -> None:
        shown = {**message, "flags": message["flags"] & ~EPHEMERAL}
        try:
            await self._call("PATCH", _IN_PLACE, shown)
        except UnknownError as error:
            if error.what != NO_MESSAGE:  # they have put it away
                raise
            await self._put_beside(message)

    async def _put_beside(self, message: dict[str, Any]) -> None:
        await self._call("POST", _BESIDE, message)

    async def _begin_with(self, message: dict[str, Any]) -> None:
        kind, unseen = (_UPDATE, EPHEMERAL) if self._edits else (_MESSAGE, 0)
        data = {**message, "flags": message["flags"] & ~unseen}
        await self._call("POST", _CALLBACK, {"type": kind, "data": data}, interaction_id=self.id)

    async def _call(self, method: str, path: str, json: dict[str, Any], **ids: int | str) -> None:
        await call(self._http, method, path, about=self.id, json=json, files=self.files, **(self._token | ids))
