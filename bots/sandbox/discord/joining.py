"""What people do about guilds: come, go, and run them. What Discord would not let them do raises `ImpossibleError`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bots.sandbox.discord import belonging
from bots.sandbox.discord.belonging import set_roles
from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.errors import ApiError, ImpossibleError
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.invites import Invite
from bots.sandbox.discord.inviting import DAY, delete_invite, expire, make_invite
from bots.sandbox.discord.members import JoinSource, Member
from bots.sandbox.discord.permissions import BOT, Permission
from bots.sandbox.discord.roles import Role
from bots.sandbox.discord.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld


class Joining(User):
    """The part of a person that has to do with guilds."""

    world: DiscordWorld

    # Coming and going

    def joins(self, invite: Invite | str) -> Member:
        """Use an invite, given by itself, its code or its address."""
        found = invite if isinstance(invite, Invite) else self.world.invite_at(invite)
        guild = found.channel.guild if found else None
        if found is None or guild is None:
            raise ImpossibleError(f"{invite} is unknown or over")
        expire(self.world, guild)
        if guild.invites.get(found.code) is not found or found.used_up:
            raise ImpossibleError(f"{found} is over")
        self._may_enter(guild)
        return belonging.join(self.world, guild, self, JoinSource.INVITE, invite=found)

    def joins_by_vanity(self, guild: Guild) -> Member:
        """Use the guild's own address."""
        if guild.vanity_code is None:
            raise ImpossibleError(f"{guild} has no address of its own")
        self._may_enter(guild)
        guild.vanity_uses += 1
        return belonging.join(self.world, guild, self, JoinSource.VANITY)

    def discovers(self, guild: Guild) -> Member:
        """Join from Discord's list of public guilds."""
        self._may_enter(guild)
        return belonging.join(self.world, guild, self, JoinSource.DISCOVERY)

    def opens(self, url: str) -> Member:
        """Follow a discord.gg link, an invite or a guild's own address."""
        code = url.rstrip("/").rpartition("/")[2]
        own = next((guild for guild in self.world.guilds.values() if guild.vanity_code == code), None)
        return self.joins_by_vanity(own) if own else self.joins(code)

    def passes_screening(self, guild: Guild) -> None:
        """Accept the rules of a guild that asks for it."""
        member = self.member(guild)
        if not member.pending:
            raise ImpossibleError(f"{self} is not pending in {guild}")
        belonging.pass_screening(self.world, guild, member)

    def leaves(self, guild: Guild) -> None:
        self.member(guild)
        if guild.owner is self:
            raise ImpossibleError("an owner cannot leave")
        belonging.leave(self.world, guild, self)

    def member(self, guild: Guild) -> Member:
        """How this person stands to a guild that they are in."""
        if not guild.has(self):
            raise ImpossibleError(f"{self} is not in {guild}")
        return guild.members[self.id]

    # Running a guild

    def invites(
        self,
        channel: Channel,
        *,
        max_age: int = DAY,
        max_uses: int = 0,
        temporary: bool = False,
        unique: bool = True,
    ) -> Invite:
        """Make an invite."""
        self._must(channel, Permission.CREATE_INSTANT_INVITE)
        try:
            return make_invite(
                self.world,
                channel,
                self,
                max_age=max_age,
                max_uses=max_uses,
                temporary=temporary,
                unique=unique,
            )
        except ApiError as error:
            raise ImpossibleError(str(error)) from error

    def deletes_invite(self, invite: Invite) -> None:
        self._must(invite.channel, Permission.MANAGE_CHANNELS)
        delete_invite(self.world, invite, self)

    def kicks(self, user: User, guild: Guild) -> None:
        self._must_rule(guild, user, Permission.KICK_MEMBERS)
        belonging.kick(self.world, guild, user, self)

    def bans(self, user: User, guild: Guild) -> None:
        self._must_rule(guild, user, Permission.BAN_MEMBERS)
        belonging.ban(self.world, guild, user, self)

    def unbans(self, user: User, guild: Guild) -> None:
        self._must_rule(guild, user, Permission.BAN_MEMBERS)
        if user.id not in guild.bans:
            raise ImpossibleError(f"{user} is not banned from {guild}")
        belonging.unban(self.world, guild, user, self)

    def gives_role(self, role: Role, user: User, guild: Guild) -> None:
        member = self._member_to_change(role, user, guild)
        set_roles(self.world, guild, member, [*dict.fromkeys([*member.roles, role.id])], self)

    def takes_role(self, role: Role, user: User, guild: Guild) -> None:
        member = self._member_to_change(role, user, guild)
        set_roles(self.world, guild, member, [one for one in member.roles if one != role.id], self)

    def adds_bot(self, bot: Bot, guild: Guild, *, permissions: Permission = BOT) -> Role:
        """Add a bot, with a role of its own that has these permissions."""
        if Permission.MANAGE_GUILD not in guild.permissions_of(self):
            raise ImpossibleError(f"{self} may not add bots to {guild}")
        return self.world.put_bot(guild, bot, permissions, by=self)

    # Underneath

    def _may_enter(self, guild: Guild) -> None:
        if guild.has(self):
            raise ImpossibleError(f"{self} is in {guild} already")
        if self.id in guild.bans:
            raise ImpossibleError(f"{self} is banned from {guild}")
        paused = guild.invites_paused_until
        if "INVITES_DISABLED" in guild.features or (paused and paused > self.world.clock.now()):
            raise ImpossibleError(f"the invites of {guild} are paused")

    def _must(self, channel: Channel, permission: Permission) -> None:
        if not channel.allows(self, permission):
            raise ImpossibleError(f"{self} lacks {permission.name} in {channel}")

    def _must_rule(self, guild: Guild, user: User, permission: Permission) -> None:
        allowed = permission in guild.permissions_of(self) and guild.top(self) > guild.top(user)
        if not allowed or user is guild.owner:
            raise ImpossibleError(f"{self} has no such power over {user}")

    def _member_to_change(self, role: Role, user: User, guild: Guild) -> Member:
        allowed = Permission.MANAGE_ROLES in guild.permissions_of(self) and guild.top(self) > role.position
        if not allowed or role.managed or not guild.has(user):
            raise ImpossibleError(f"{self} cannot give or take {role.name}")
        return guild.members[user.id]
