"""Letting people into a server by their consent (OAuth2, `guilds.join`): Discord's side of it.

A token lives from the code that the browser brought to the end of that one request. It is never kept and never logged.
"""

import asyncio
import logging
from base64 import b64encode
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from yarl import URL

from bots.discord.events import User
from bots.discord.translate import language_of, person_of
from core.consents import Newcomer, Refusal, RefusedError
from core.members import Person

_log = logging.getLogger(__name__)

API = "https://discord.com/api/v10"
PATIENCE = 8.0
"""Seconds that one call may take; the person waits."""

SLOW_DOWN = 2.0
"""Seconds that a rate limit is waited out, once."""

REFUSALS = {
    10004: Refusal.SHUT,  # unknown guild: the bot is not in it
    30001: Refusal.TOO_MANY,
    30019: Refusal.FULL,
    40007: Refusal.BANNED,
    50025: Refusal.STALE,
}
FIXES = {
    Refusal.SHUT: "check the client secret, and that the bot is in the server and may create invites",
    Refusal.FULL: "ask Discord to allow the server more members",
}


class _NoAnswerError(RefusedError):
    """Whether it was done is not known."""


class Admission:
    """Talks to Discord for people who consent; nothing is opened until it is first used.

    `token` is the bot's. Raises core.consents.RefusedError.
    """

    def __init__(self, *, token: str, client_secret: str, api: str | None = None) -> None:
        self._token, self._client_secret, self._api = token, client_secret, (api or API).rstrip("/")
        self._application: str | None = None
        self._session: aiohttp.ClientSession | None = None

    async def page(self, *, scopes: str, state: str, challenge: str, back: str) -> str:
        """The address of the page where the person consents. It always asks: nobody joins by a click alone."""
        query = {
            "client_id": await self._client(),
            "response_type": "code",
            "redirect_uri": back,
            "scope": scopes,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "prompt": "consent",
        }
        return f"{URL(self._api).origin()}/oauth2/authorize?{urlencode(query, quote_via=quote)}"

    async def identify(self, code: str, *, verifier: str, back: str) -> Newcomer:
        """Who has consented, by the code that they brought back."""
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier,
        }  # fmt: skip
        status, told = await self._call("POST", "/oauth2/token", await self._as_client(), form=form)
        if status != 200:
            stale = told.get("error") == "invalid_grant"
            raise self._refused(Refusal.STALE if stale else Refusal.SHUT, "token", status, told)
        token = str(told["access_token"])
        status, user = await self._call("GET", "/users/@me", f"Bearer {token}")
        if status != 200:
            raise self._refused(Refusal.STALE, "identity", status, user)
        return Newcomer(person=_person(user), token=token)

    async def let_in(self, newcomer: Newcomer, guild: int) -> bool:
        """Make them a member; False if they were one already."""
        person = newcomer.person.account.id
        path, json = f"/guilds/{guild}/members/{person}", {"access_token": newcomer.token}
        try:
            status, told = await self._call("PUT", path, self._as_bot(), json=json)
        except _NoAnswerError:  # it may have been done, and doing it again does no harm
            status, told = await self._call("PUT", path, self._as_bot(), json=json)
        if status in (201, 204):
            return status == 201
        refusal = REFUSALS.get(told.get("code", 0), Refusal.SHUT)
        if refusal is Refusal.STALE and await self._is_inside(path):  # another tab was faster
            return False
        raise self._refused(refusal, "join", status, told)

    async def forget(self, newcomer: Newcomer) -> None:
        """Give the token back, as well as possible."""
        form = {"token": newcomer.token, "token_type_hint": "access_token"}
        try:
            await self._call("POST", "/oauth2/token/revoke", await self._as_client(), form=form)
        except RefusedError:
            _log.info("a token was not given back: it ends by itself")

    async def close(self) -> None:
        """Close what was opened."""
        if self._session is not None:
            await self._session.close()

    async def _client(self) -> str:
        """The application's id, asked for once."""
        if self._application is None:
            status, told = await self._call("GET", "/oauth2/applications/@me", self._as_bot())
            if status != 200:
                raise self._refused(Refusal.SHUT, "application", status, told)
            self._application = str(told["id"])
        return self._application

    async def _is_inside(self, path: str) -> bool:
        status, _ = await self._call("GET", path, self._as_bot())
        return status == 200

    def _as_bot(self) -> str:
        return f"Bot {self._token}"

    async def _as_client(self) -> str:
        return f"Basic {b64encode(f'{await self._client()}:{self._client_secret}'.encode()).decode()}"

    async def _call(
        self, method: str, path: str, who: str, *, json: object = None, form: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """The answer, which is a refusal of its own if Discord is away; a short rate limit is waited out, once."""
        status, told = await self._once(method, path, who, json=json, data=form)
        if status == 429 and float(told.get("retry_after", PATIENCE)) <= SLOW_DOWN:
            await asyncio.sleep(float(told["retry_after"]))
            status, told = await self._once(method, path, who, json=json, data=form)
        if status == 429 or status >= 500:
            raise self._refused(Refusal.AWAY, path.rpartition("/")[0] or path, status, {})
        return status, told

    async def _once(self, method: str, path: str, who: str, **content: Any) -> tuple[int, dict[str, Any]]:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=PATIENCE)
            headers = {"User-Agent": f"DiscordBot (sayso, {version('sayso')})"}
            self._session = aiohttp.ClientSession(timeout=timeout, headers=headers)
        sent = {name: value for name, value in content.items() if value is not None}
        try:
            async with self._session.request(
                method, f"{self._api}{path}", headers={"Authorization": who}, allow_redirects=False, **sent
            ) as answer:
                told = await answer.json(content_type=None) if answer.status != 204 else {}
                return answer.status, told if isinstance(told, dict) else {}
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            _log.warning("Discord was not reached", extra={"why": type(error).__name__})
            raise _NoAnswerError(Refusal.AWAY) from None  # the error may hold the address

    def _refused(self, refusal: Refusal, what: str, status: int, told: dict[str, Any]) -> RefusedError:
        """The refusal, after a word of it in the log; what Discord said is named by its code alone."""
        fields = {
            "refusal": refusal.value,
            "what": what,
            "status": status,
            "discord": told.get("code", told.get("error")),
        }
        if refusal in FIXES:
            _log.warning("Discord let somebody not in; %s", FIXES[refusal], extra=fields)
        else:
            _log.info("Discord let somebody not in", extra=fields)
        return RefusedError(refusal)


def _person(user: dict[str, Any]) -> Person:
    return person_of(msgspec.convert(user, User, strict=False), language=language_of(user.get("locale")))
