"""What the web needs of Discord to let people in by their consent. The client for it is handed in from outside."""

from typing import Protocol

from core.consents import Newcomer


class Admission(Protocol):
    """Discord's side of a consent. Raises core.consents.RefusedError; `forget` raises nothing."""

    async def page(self, *, scopes: str, state: str, challenge: str, back: str) -> str:
        """The address of Discord's own page, where the person consents and is sent `back`."""

    async def identify(self, code: str, *, verifier: str, back: str) -> Newcomer:
        """Who has consented, by the code that they brought back."""

    async def let_in(self, newcomer: Newcomer, guild: int) -> bool:
        """Make them a member; False if they were one already."""

    async def forget(self, newcomer: Newcomer) -> None:
        """Give the token back, as well as possible."""
