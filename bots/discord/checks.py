"""Whether everything on Discord is as the campaigns need it: rights, roles, channels. Looks, and changes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import discord
import msgspec
from discord.http import HTTPClient

from bots.discord.calling import call
from bots.discord.errors import NO_GUILD, UnknownError
from bots.discord.events import Id, Member, Role
from bots.discord.rest import Channel
from bots.discord.rights import may_write, rights_in
from bots.exchange.errors import ShutOutError
from bots.exchange.findings import Finding
from core.campaign.values import Campaign, Community, Do, Platform, Post

_PORTAL = "discord.com/developers, your application, Bot"
_IN_ROLES = "in Server Settings > Roles"
_MEMBERS_INTENT = 1 << 14 | 1 << 15
"""The intent for members, for large bots and for small ones, among the flags of an application."""


_NEEDED = discord.Permissions(
    view_channel=True, send_messages=True, create_instant_invite=True, manage_guild=True, manage_channels=True
)
"""What the bot is added with. Managing channels is what lets it hear of invites that come and go."""


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What Discord tells of the bot's application. `redirect_uris`: where people may be sent back to."""

    id: Id
    name: str
    flags: int = 0
    redirect_uris: list[str] | None = None


class RankedRole(Role, frozen=True, kw_only=True):
    name: str
    position: int = 0
    managed: bool = False


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What Discord tells of a server."""

    id: Id
    name: str
    roles: list[RankedRole] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server as the bot sees it. `me`: the bot in it."""

    told: Told
    me: Member
    channels: Sequence[Channel] = ()

    @property
    def rank(self) -> int:
        """How high the bot stands."""
        return max((role.position for role in self.told.roles if role.id in self.me.roles), default=0)

    def may(self, channel: Channel | None = None) -> discord.Permissions:
        return rights_in(self.told.id, self.me, self.told.roles, channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the campaigns want of one server. `roles`: those that are given there, if it is the one that has them.

    `files`: pictures or videos are posted there.
    """

    guild: int
    channels: frozenset[int] = frozenset()
    posts_anywhere: bool = False
    files: bool = False
    roles: frozenset[int] = frozenset()


async def checks(http: HTTPClient, campaigns: Sequence[Campaign], *, back: str | None = None) -> list[Finding]:
    """Look at the application, and every server that these campaigns name.

    `back`: where people are sent back to who come in by their consent. Raises our errors where Discord cannot be asked.
    """
    told = await call(http, "GET", "/oauth2/applications/@me", about=0)
    application = msgspec.convert(told, Application, strict=False)
    found = [Finding(about="Discord", told=f"the token is {application.name}'s"), *_consent(application, back)]
    wanted = list(wanted_of(campaigns))
    if wanted:
        found.append(intent_finding(application.flags))
    servers = {each.guild: await _look(http, each.guild) for each in wanted}
    for each in wanted:
        server = servers[each.guild]
        found += findings(server, each) if server is not None else [_not_inside(each, application.id)]
    return [*found, *role_findings([each for each in servers.values() if each is not None], wanted)]


def wanted_of(campaigns: Iterable[Campaign]) -> Iterator[Wanted]:
    """What these campaigns want, server by server."""
    places = [(campaign, each) for campaign in campaigns for each in _servers(campaign)]
    for guild in dict.fromkeys(each.chat for _, each in places):
        here = [(campaign, each) for campaign, each in places if each.chat == guild]
        roles = [(campaign, role) for campaign, _ in here for role in _roles(campaign)]
        yield Wanted(
            guild=guild,
            channels=frozenset(each.channel for _, each in here if each.channel is not None),
            posts_anywhere=any(each.channel is None and _posts(campaign, each) for campaign, each in here),
            files=any(post.media for campaign, each in here for post in _posts_in(campaign, each)),
            roles=frozenset(role for _, role in roles),
        )


def intent_finding(flags: int) -> Finding:
    """Whether Discord tells the bot who comes and goes, by the flags of its application."""
    about = "Discord: Server Members Intent"
    if flags & _MEMBERS_INTENT:
        return Finding(about=about, told="on")
    return Finding(about=about, told="off: nobody tells who joins", fix=f"switch it on at {_PORTAL}")


def findings(server: Server, wanted: Wanted) -> list[Finding]:
    """The bot's rights in the server and its channels."""
    about, may = f"Discord: {server.told.name}", server.may()
    found = [_right(about, "manage the server (it reads who came by which invite)", "Manage Server", may.manage_guild)]
    if wanted.roles:
        found.append(_right(about, "give roles", "Manage Roles", may.manage_roles))
    if not wanted.channels:
        inviting = any(server.may(each).create_instant_invite for each in server.channels)
        found.append(_right(about, "make invites", "Create Invite", may.create_instant_invite or inviting))
    if wanted.posts_anywhere:
        writing = any(may_write(server.may(each)) for each in server.channels)
        found.append(_right(about, "write in a channel", "Send Messages", writing))
    if wanted.files and not wanted.channels:
        attaching = any(server.may(each).attach_files for each in server.channels)
        found.append(_right(about, "post pictures and videos", "Attach Files", attaching))
    return [*found, *(each for channel in sorted(wanted.channels) for each in _channel(server, channel, wanted))]


def role_findings(servers: Sequence[Server], wanted: Sequence[Wanted]) -> list[Finding]:
    """Whether each role that is given is there, and below the bot's own."""
    homes = {role.id: (server, role) for server in servers for role in server.told.roles}
    found = []
    for number in dict.fromkeys(role for each in wanted for role in sorted(each.roles)):
        mine = [each for each in wanted if number in each.roles]
        inside = number in homes and any(each.guild == homes[number][0].told.id for each in mine)
        found.append(_role(*homes[number]) if inside else _no_role(number))
    return found


def _role(server: Server, role: RankedRole) -> Finding:
    about = f"Discord: the role {role.name!r} in {server.told.name}"
    if role.managed or role.id == server.told.id:
        return Finding(about=about, told="nobody can be given it", fix="make a role of its own for the campaign")
    if role.position >= server.rank:
        fix = f"drag the bot's own role above {role.name!r} {_IN_ROLES}"
        return Finding(about=about, told="above the bot's own: it may not give it", fix=fix)
    return Finding(about=about, told="can be given")


def _no_role(number: int) -> Finding:
    fix = "correct its id in the campaign file (Developer Mode on; right-click the role; Copy Role ID)"
    return Finding(about=f"Discord: the role {number}", told="none of the campaign's servers has it", fix=fix)


def _channel(server: Server, number: int, wanted: Wanted) -> list[Finding]:
    about = f"Discord: the channel {number} of {server.told.name}"
    channel = next((each for each in server.channels if each.id == number), None)
    if channel is None:
        return [Finding(about=about, told="not there, or hidden", fix="correct its id, or let the bot see the channel")]
    may = server.may(channel)
    files = [_right(about, "post pictures and videos", "Attach Files", may.attach_files)] if wanted.files else []
    return [
        _right(about, "write there", "View Channel and Send Messages", may_write(may)),
        *files,
        _right(about, "make invites", "Create Invite", may.create_instant_invite),
    ]


def _right(about: str, what: str, name: str, given: bool) -> Finding:
    if given:
        return Finding(about=about, told=f"the bot may {what}")
    return Finding(about=about, told=f"the bot may not {what}", fix=f"give its role the right {name} {_IN_ROLES}")


def _not_inside(wanted: Wanted, application: int) -> Finding:
    rights = discord.Permissions(_NEEDED.value)
    rights.manage_roles = bool(wanted.roles)
    rights.attach_files = wanted.files
    scopes = ("bot", "applications.commands")
    guild = discord.Object(wanted.guild)
    address = discord.utils.oauth_url(application, permissions=rights, guild=guild, scopes=scopes)
    fix = f"add it by {address}, or correct the id in the campaign file"
    return Finding(about=f"Discord: the server {wanted.guild}", told="the bot is not in it", fix=fix)


def _consent(application: Application, back: str | None) -> Iterator[Finding]:
    """Whether Discord sends people back to us who have consented."""
    if back is not None and application.redirect_uris is not None:
        about = "Discord: joining by consent"
        if back in application.redirect_uris:
            yield Finding(about=about, told=f"people come back by {back}")
        else:
            fix = f"add {back} under OAuth2 > Redirects at discord.com/developers"
            yield Finding(about=about, told="Discord does not know where people come back", fix=fix)


def _servers(campaign: Campaign) -> list[Community]:
    return [each for each in campaign.communities if each.platform is Platform.DISCORD]


def _roles(campaign: Campaign) -> list[int]:
    return [int(str(reward.setting)) for reward in campaign.rewards if reward.kind == "discord_role"]


def _posts(campaign: Campaign, community: Community) -> bool:
    """Whether anything is posted there for everybody."""
    boards = [job for job in campaign.schedule if job.do is Do.LEADERBOARD]
    return bool(_posts_in(campaign, community)) or any(not job.where or community.name in job.where for job in boards)


def _posts_in(campaign: Campaign, community: Community) -> list[Post]:
    """The posts that everybody sees there."""
    there = [each for each in campaign.posts if not each.exclusive]
    return [each for each in there if not each.where or community.name in each.where]


async def _look(http: HTTPClient, guild: int) -> Server | None:
    """The server; None if the bot is not in it."""
    try:
        told = await call(http, "GET", "/guilds/{guild_id}", about=guild, guild_id=guild)
    except (UnknownError, ShutOutError) as error:
        if isinstance(error, UnknownError) and error.what != NO_GUILD:
            raise
        return None
    own = (await call(http, "GET", "/users/@me", about=0))["id"]
    me = await call(http, "GET", "/guilds/{guild_id}/members/{user_id}", about=guild, guild_id=guild, user_id=own)
    channels = await call(http, "GET", "/guilds/{guild_id}/channels", about=guild, guild_id=guild)
    return Server(
        told=msgspec.convert(told, Told, strict=False),
        me=msgspec.convert(me, Member, strict=False),
        channels=msgspec.convert(channels, list[Channel], strict=False),
    )
