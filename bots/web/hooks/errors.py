"""What can go wrong between us and a shop. Only the host is named: addresses may hold secrets."""

from datetime import timedelta

from bots.exchange.errors import NotTakenError
from core.errors import OperatorError


class ShopError(NotTakenError):
    """The shop has not taken the event. `wait`: how long it asks us to wait; `gone`: it wants no more, ever."""

    code = "shop"

    def __init__(self, problem: str, *, fix: str, wait: timedelta | None = None, gone: bool = False) -> None:
        super().__init__(problem, fix=fix, retry_after=wait)
        self.wait = wait
        self.gone = gone


class DisabledError(OperatorError):
    """Nothing is sent to this endpoint any more."""

    code = "webhook_disabled"


class ShutAddressError(OSError):
    """Webhooks may not go to this address."""
