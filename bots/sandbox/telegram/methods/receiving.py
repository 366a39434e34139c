"""Methods that bring updates: long polling and the webhook."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from bots.sandbox.telegram.errors import bad_request, conflict
from bots.sandbox.telegram.methods.table import Call, method
from bots.sandbox.telegram.users import Webhook

Json = dict[str, Any]
PORTS = (443, 80, 88, 8443)


@method("getUpdates")
async def get_updates(call: Call) -> list[Json]:
    if call.bot.webhook:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    _allow(call)
    limit = call.params.integer("limit", 100)
    updates = await call.bot.updates.poll(
        offset=call.params.integer("offset"),
        limit=limit if 1 <= limit <= 100 else 100,
        seconds=min(max(call.params.integer("timeout"), 0), 50),
    )
    return [update.json() for update in updates]


@method("setWebhook", "url")
def set_webhook(call: Call) -> bool:
    url, secret = call.params.text("url"), call.params.text("secret_token")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise bad_request("secret token contains unallowed characters")
    _check_address(url)
    _allow(call)
    if call.params.boolean("drop_pending_updates"):
        call.bot.updates.clear()
    most = call.params.integer("max_connections", 40)
    call.bot.webhook = Webhook(url=url, secret=secret, max_connections=min(max(most, 1), 100))
    call.bot.updates.stop()
    return True


@method("deleteWebhook")
def delete_webhook(call: Call) -> bool:
    if call.params.boolean("drop_pending_updates"):
        call.bot.updates.clear()
    call.bot.webhook = None
    return True


@method("getWebhookInfo")
def get_webhook_info(call: Call) -> Json:
    hook, updates = call.bot.webhook, call.bot.updates
    info: Json = {
        "url": hook.url if hook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(updates),
    }
    if hook:
        info |= {"max_connections": hook.max_connections, "ip_address": "127.0.0.1"}
        if hook.last_error_at is not None:
            info |= {"last_error_date": int(hook.last_error_at), "last_error_message": hook.last_error}
    if updates.allowed:
        info["allowed_updates"] = sorted(updates.allowed)
    return info


def _allow(call: Call) -> None:
    """Leaving the list out keeps the previous one."""
    if "allowed_updates" in call.params:
        call.bot.updates.allow(map(str, call.params.list("allowed_updates")))


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.hostname in ("127.0.0.1", "localhost", "::1") and parts.scheme == "http":
        return  # unlike Telegram: a webhook next door needs neither HTTPS nor one of its ports
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
