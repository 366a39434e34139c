"""What we ask Discord about servers and who is in them. discord.py's client does the sending, and heeds the limits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import discord
import msgspec
from discord.http import HTTPClient

from bots.discord.calling import call
from bots.discord.errors import DISCORD
from bots.discord.events import Id, Member, Role, User
from bots.discord.refusals import BAD, Refusals
from bots.exchange.errors import SlowDownError
from core.clock import Clock
from core.errors import SaysoError

PAGE = 1000
"""The most members that Discord tells at once."""

FULL, NO_RIGHT, NO_INVITE, NO_MEMBER, NOT_INDEXED = 30016, 50013, 10006, 10007, 110000
"""Discord's codes: no room for another invite; a right is missing; no such invite, member; no index to search yet."""


class Place(msgspec.Struct, frozen=True):
    id: Id


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """A way into a server. `uses` is None where Discord does not tell; `expires_at` None: never."""

    code: str
    uses: int | None = None
    max_uses: int = 0
    inviter: User | None = None
    channel: Place | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None


class Vanity(msgspec.Struct, frozen=True):
    """A server's own address, and how often it has been used."""

    code: str | None = None
    uses: int = 0


class Hit(msgspec.Struct, frozen=True):
    """What the members search knows of somebody: the invite by which they came, if it was one."""

    member: Member
    source_invite_code: str | None = None
    join_source_type: int = 0


class Overwrite(msgspec.Struct, frozen=True):
    id: Id
    allow: int = 0
    deny: int = 0


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    type: int = 0
    position: int = 0
    permission_overwrites: list[Overwrite] = []


class Rest:
    """Asks Discord. Whoever is refused again and again is told to wait before Discord minds.

    Every call raises our errors (`bots.discord.errors`).
    """

    def __init__(self, http: HTTPClient, clock: Clock) -> None:
        self._http, self._clock = http, clock
        self._refusals = Refusals()

    async def call(self, method: str, path: str, *, about: int, **more: Any) -> Any:
        """As `calling.call`. Raises SlowDownError, and asks nothing, while this is refused too often."""
        asked = (method, path, about)
        wait = self._refusals.rest(asked, self._clock.now())
        if wait is not None:
            raise SlowDownError(DISCORD, wait, chat=about)
        try:
            answer = await call(self._http, method, path, about=about, **more)
        except SaysoError as error:
            if status_of(error) in BAD:
                self._refusals.refused(asked, self._clock.now())
            raise
        self._refusals.answered(asked)
        return answer

    async def invites(self, guild: int) -> list[Invite]:
        """The server's invites. Their uses are told only to those who may manage the server."""
        return msgspec.convert(await self._of(guild, "/invites"), list[Invite], strict=False)

    async def vanity(self, guild: int) -> Vanity:
        """The server's own address; without a code if it has none."""
        return msgspec.convert(await self._of(guild, "/vanity-url"), Vanity, strict=False)

    async def make_invite(self, channel: int, *, life: timedelta, uses: int) -> Invite:
        """A new invite into the channel's server, for so long and so many uses (0: any number)."""
        wanted = {"max_age": int(life.total_seconds()), "max_uses": uses, "unique": True, "temporary": False}
        path = "/channels/{channel_id}/invites"
        made = await self.call("POST", path, about=channel, json=wanted, channel_id=channel)
        return msgspec.convert(made, Invite, strict=False)

    async def delete_invite(self, code: str) -> None:
        """The invite is gone, whether it was there or not."""
        try:
            await self.call("DELETE", "/invites/{code}", about=0, code=code)
        except SaysoError as error:
            if code_of(error) != NO_INVITE:
                raise

    async def members(self, guild: int, *, after: int = 0) -> list[Member]:
        """The next members in the order of their numbers, up to PAGE of them."""
        page = {"limit": PAGE, "after": after}
        return msgspec.convert(await self._of(guild, "/members", params=page), list[Member], strict=False)

    async def member(self, guild: int, user: int) -> Member | None:
        """This member; None if they are not there."""
        try:
            return msgspec.convert(await self._of(guild, "/members/{user_id}", user_id=user), Member, strict=False)
        except SaysoError as error:
            if code_of(error) == NO_MEMBER:
                return None
            raise

    async def search(self, guild: int, users: Sequence[int]) -> list[Hit]:
        """How these members came, as far as Discord knows yet. Raises SlowDownError while it makes its index.

        Nobody has written down how this works, and it may be gone tomorrow (platforms.md, fact 8).
        """
        among = {"and_query": {"user_id": {"or_query": [str(user) for user in users]}}, "limit": PAGE, "sort": 1}
        path = "/guilds/{guild_id}/members-search"
        answer = await self.call("POST", path, about=guild, json=among, guild_id=guild)
        if answer.get("code") == NOT_INDEXED:  # with status 202, which discord.py takes for success
            raise SlowDownError(DISCORD, timedelta(seconds=answer.get("retry_after") or 1), chat=guild)
        return msgspec.convert(answer.get("members") or [], list[Hit], strict=False)

    async def roles(self, guild: int) -> list[Role]:
        return msgspec.convert(await self._of(guild, "/roles"), list[Role], strict=False)

    async def channels(self, guild: int) -> list[Channel]:
        """Those that the bot may see, the uppermost first."""
        found = msgspec.convert(await self._of(guild, "/channels"), list[Channel], strict=False)
        return sorted(found, key=lambda channel: (channel.position, channel.id))

    async def _of(self, guild: int, what: str, **more: Any) -> Any:
        return await self.call("GET", "/guilds/{guild_id}" + what, about=guild, guild_id=guild, **more)


def status_of(error: SaysoError) -> int | None:
    """The HTTP status behind one of our errors."""
    return error.__cause__.status if isinstance(error.__cause__, discord.HTTPException) else None


def code_of(error: SaysoError) -> int | None:
    """Discord's own code behind one of our errors."""
    return error.__cause__.code if isinstance(error.__cause__, discord.HTTPException) else None
