"""Webhooks out: signed, guarded, and sent until they are taken (Standard Webhooks 1.0.0)."""

from bots.web.hooks.errors import ShopError
from bots.web.hooks.hooks import Hooks
from bots.web.hooks.post import Answer, Poster
from bots.web.hooks.signing import headers

__all__ = ["Answer", "Hooks", "Poster", "ShopError", "headers"]
