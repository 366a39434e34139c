"""The HTTP API: what a campaign has come to, and the shop's reports. `Api` is the room's only door.

Each operation is declared once, in `routes`; the routing, the checks and the description are made of that.
"""

from datetime import timedelta

from aiohttp import web

from bots.web.api import docs
from bots.web.api.frame import Frame, errors
from bots.web.api.keyring import Keyring
from bots.web.api.limits import Allowance, Limit
from bots.web.api.openapi import ROOT, description
from bots.web.api.operations import Reading
from bots.web.api.routes import OPERATIONS
from bots.web.proxies import Proxies
from core.clock import Clock
from core.database import Database

__all__ = ["ALLOWED", "FAILURES", "ROOT", "Api"]

ALLOWED = Allowance("key", 600, timedelta(minutes=1))
"""Requests with one key."""

FAILURES = Allowance("address", 30, timedelta(minutes=1))
"""Failed authorizations from one address."""


class Api:
    """What is below `/api`. `allowed` and `failures` are counted in this process alone."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        proxies: Proxies | None = None,
        allowed: Allowance = ALLOWED,
        failures: Allowance = FAILURES,
    ) -> None:
        self._frame = Frame(db, clock, Keyring(db, Limit(failures), proxies or Proxies()), Limit(allowed))
        self._description = description(allowed, failures)

    def application(self) -> web.Application:
        """To be put below ROOT."""
        app = web.Application(middlewares=[errors])
        for each in OPERATIONS:
            add = app.router.add_get if isinstance(each, Reading) else app.router.add_post
            add(each.path, self._frame.handler(each))
        app.add_routes(docs.routes(self._description))
        return app
