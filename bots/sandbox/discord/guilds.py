"""Guilds, and who may do what in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bots.sandbox.discord.audit import AuditLog
from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.invites import Invite
from bots.sandbox.discord.members import Member
from bots.sandbox.discord.permissions import ALL, Permission
from bots.sandbox.discord.roles import Role
from bots.sandbox.discord.users import Bot, User

Json = dict[str, Any]
SCREENING = "MEMBER_VERIFICATION_GATE_ENABLED"


@dataclass(kw_only=True, eq=False, repr=False)
class Guild:
    """A server, in the apps' word. The fields from `most_invites` on are knobs, see the README."""

    id: int
    name: str
    owner: User
    created_at: datetime
    features: set[str] = field(default_factory=set)
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    invites: dict[str, Invite] = field(default_factory=dict)
    bans: dict[int, str | None] = field(default_factory=dict)
    former: set[int] = field(default_factory=set)  # who has been inside before
    vanity_code: str | None = None
    vanity_uses: int = 0
    invites_paused_until: datetime | None = None
    audit: AuditLog = field(default_factory=AuditLog)

    most_invites: int = 1000
    used_up: Literal["after", "before", "late"] = "after"  # when a used-up invite goes: after its join is told, …
    join_copies: int = 1  # how often a join is told
    hides_uses: bool = False
    index_lag: timedelta = timedelta()  # how late the members search learns of a join
    unavailable: bool = False
    held_uses: dict[str, tuple[Invite, int]] | None = None
    late_deletes: list[Invite] = field(default_factory=list)

    @property
    def screening(self) -> bool:
        """Must newcomers accept the rules first?"""
        return SCREENING in self.features

    @property
    def size(self) -> int:
        return len(self.members)

    def has(self, user: User) -> bool:
        return user.id in self.members

    def text_channels(self) -> list[Channel]:
        return sorted(self.channels.values(), key=lambda channel: channel.position)

    def top(self, user: User) -> int:
        """The rank of the user's highest role; the owner stands above all."""
        if user is self.owner:
            return 1 << 30
        member = self.members.get(user.id)
        return max((self.roles[role].position for role in member.roles), default=0) if member else 0

    def permissions_of(self, user: User, channel: Channel | None = None) -> Permission:
        """What the user may do, in this channel or at all."""
        member = self.members.get(user.id)
        if member is None:
            return Permission(0)
        if user is self.owner:
            return ALL
        allowed = self.roles[self.id].permissions
        for role in member.roles:
            allowed |= self.roles[role].permissions
        if Permission.ADMINISTRATOR in allowed:
            return ALL
        return self._in_channel(allowed, member, channel) if channel else allowed

    def _in_channel(self, allowed: Permission, member: Member, channel: Channel) -> Permission:
        everyone = channel.overwrites.get(self.id)
        if everyone:
            allowed = allowed & ~everyone.deny | everyone.allow
        of_roles = [channel.overwrites[role] for role in member.roles if role in channel.overwrites]
        for overwrite in of_roles:
            allowed &= ~overwrite.deny
        for overwrite in of_roles:
            allowed |= overwrite.allow
        own = channel.overwrites.get(member.user.id)
        return allowed & ~own.deny | own.allow if own else allowed

    def bots(self) -> list[Bot]:
        """Those inside; each has a role of its own, so that nobody else need be looked at."""
        found = (self.members.get(role.bot_id) for role in self.roles.values() if role.bot_id)
        return [member.user for member in found if member and isinstance(member.user, Bot)]

    def short_json(self) -> Json:
        """The guild as an invite shows it."""
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "banner": None,
            "description": None,
            "splash": None,
            "features": sorted(self.features),
            "verification_level": 1,
            "vanity_url_code": self.vanity_code,
            "nsfw_level": 0,
            "nsfw": False,
            "premium_subscription_count": 0,
        }

    def json(self) -> Json:
        paused = self.invites_paused_until
        incidents = {"invites_disabled_until": paused.isoformat(), "dms_disabled_until": None} if paused else None
        return self.short_json() | FIXED | {
            "owner_id": str(self.owner.id),
            "roles": [role.json() for role in self.roles.values()],
            "incidents_data": incidents,
        }  # fmt: skip

    def __repr__(self) -> str:
        return f"<Guild {self.id} {self.name!r}>"


FIXED: Json = {
    "home_header": None,
    "discovery_splash": None,
    "application_id": None,
    "region": "deprecated",
    "afk_channel_id": None,
    "afk_timeout": 300,
    "system_channel_id": None,
    "system_channel_flags": 0,
    "widget_enabled": False,
    "widget_channel_id": None,
    "default_message_notifications": 1,
    "mfa_level": 0,
    "explicit_content_filter": 0,
    "max_presences": None,
    "max_members": 500_000,
    "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25,
    "premium_tier": 0,
    "preferred_locale": "en-US",
    "rules_channel_id": None,
    "safety_alerts_channel_id": None,
    "public_updates_channel_id": None,
    "premium_progress_bar_enabled": False,
    "emojis": [],
    "stickers": [],
}
