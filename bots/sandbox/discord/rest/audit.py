"""The route of the audit log."""

from __future__ import annotations

from typing import Any

from bots.sandbox.discord.permissions import Permission
from bots.sandbox.discord.rest.table import Call, route

Json = dict[str, Any]


@route("GET", "/guilds/{guild_id}/audit-logs")
def get_audit_log(call: Call) -> Json:
    guild = call.guild(Permission.VIEW_AUDIT_LOG)
    action, by = call.query.get("action_type"), call.query.get("user_id")
    entries = guild.audit.find(
        action=int(action) if action else None,
        by=int(by) if by else None,
        limit=call.number("limit", 50, least=1, most=100),
    )
    users = {id_ for entry in entries for id_ in (entry.by.id, entry.target) if id_ in call.world.users}
    return {
        "audit_log_entries": [entry.json() for entry in entries],
        "users": [call.world.users[id_].json() for id_ in sorted(one for one in users if one)],
        "integrations": [],
        "webhooks": [],
        "guild_scheduled_events": [],
        "threads": [],
        "application_commands": [],
        "auto_moderation_rules": [],
    }
