"""A stand-in for Discord: a small world of people, bots and guilds, and a server that speaks API v10 and gateway.

    world = DiscordWorld(clock=clock)
    async with DiscordServer(world) as server:      # clients use server.api_url and server.gateway_url
        bot = world.bot("sayso")                    # bot.token logs in
        guild = world.guild("Friends of Lune", bots=[bot])
        ana = world.user("ana")
        ana.joins("https://discord.gg/CODE")        # the bot gets GUILD_MEMBER_ADD
        await world.until(lambda: ana.inbox)        # and what it writes lands here

It imports nothing of Sayso's. See bots/sandbox/README.md.
"""

from bots.sandbox.discord.audit import Action, AuditEntry
from bots.sandbox.discord.calls import ApiCall
from bots.sandbox.discord.channels import Channel, ChannelType, Overwrite
from bots.sandbox.discord.errors import ApiError, ImpossibleError, OAuthError
from bots.sandbox.discord.faults import Fault, Faults
from bots.sandbox.discord.gateway import Event, Gateway, Session
from bots.sandbox.discord.guilds import SCREENING, Guild
from bots.sandbox.discord.intents import Intent
from bots.sandbox.discord.interactions import Interaction
from bots.sandbox.discord.invites import Invite
from bots.sandbox.discord.limits import Limits
from bots.sandbox.discord.members import JoinSource, Member
from bots.sandbox.discord.messages import Message
from bots.sandbox.discord.people import Person
from bots.sandbox.discord.permissions import Permission
from bots.sandbox.discord.roles import Role
from bots.sandbox.discord.server import DiscordServer
from bots.sandbox.discord.users import Bot, User
from bots.sandbox.discord.world import DiscordWorld

__all__ = [
    "SCREENING",
    "Action",
    "ApiCall",
    "ApiError",
    "AuditEntry",
    "Bot",
    "Channel",
    "ChannelType",
    "DiscordServer",
    "DiscordWorld",
    "Event",
    "Fault",
    "Faults",
    "Gateway",
    "Guild",
    "ImpossibleError",
    "Intent",
    "Interaction",
    "Invite",
    "JoinSource",
    "Limits",
    "Member",
    "Message",
    "OAuthError",
    "Overwrite",
    "Permission",
    "Person",
    "Role",
    "Session",
    "User",
]
