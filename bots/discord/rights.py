"""What somebody may do in a channel, from what Discord tells of roles and channels. Pure."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

import discord

from bots.discord.events import Member, Role
from bots.discord.rest import Channel

TEXT = (discord.ChannelType.text.value, discord.ChannelType.news.value)


def rights_in(guild: int, me: Member, roles: Sequence[Role], channel: Channel | None = None) -> discord.Permissions:
    """What this member may do in the channel; without one, in the server."""
    mine = {guild, *me.roles}  # everybody has the role that is called as the server
    rights = discord.Permissions(_together(role.permissions for role in roles if role.id in mine))
    if rights.administrator:
        return discord.Permissions.all()
    overwrites = channel.permission_overwrites if channel else ()
    everyones = [each for each in overwrites if each.id == guild]
    of_roles = [each for each in overwrites if each.id in me.roles and each.id != guild]
    own = [each for each in overwrites if each.id == me.user.id]
    for several in (everyones, of_roles, own):  # the narrower one counts
        rights.handle_overwrite(_together(each.allow for each in several), _together(each.deny for each in several))
    return rights


def may_write(rights: discord.Permissions) -> bool:
    """Whether a message can be posted with these rights."""
    return rights.view_channel and rights.send_messages


def _together(bits: Iterable[int]) -> int:
    return reduce(or_, bits, 0)
