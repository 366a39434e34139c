"""Giving a member a role that they have earned. Given twice, they have it once."""

from datetime import timedelta

from bots.discord.calling import call
from bots.discord.errors import DISCORD, NO_MEMBER, NO_ROLE, NO_USER, UnknownError
from bots.discord.means import Means
from bots.exchange.errors import ClosedError, HeldError, RefusedError, ShutOutError
from core.outbox import Claimed

AGAIN_AFTER = timedelta(hours=1)
"""So long what cannot be given waits until it is tried again; by then somebody may have set it right."""

_PATH = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"


async def role(means: Means, row: Claimed) -> None:
    """Give `role` to `account`, in the one of the `guilds` that has it.

    Raises ClosedError if the member is not there: then the grant waits until they are. What an organizer has to set
    right first is held, and tried again.
    """
    wanted, account = int(row.content["role"]), int(row.content["account"])
    held = means.held.get(wanted)
    if held is not None and means.clock.now() < held[0]:
        raise held[1]
    try:
        guild = await _guild_of(means, wanted, [int(each) for each in row.content["guilds"]])
        await call(means.http, "PUT", _PATH, about=account, guild_id=guild, user_id=account, role_id=wanted)
    except (RefusedError, ShutOutError) as error:
        if isinstance(error, UnknownError) and error.what in (NO_MEMBER, NO_USER):
            raise ClosedError(DISCORD, account, "not in the server", fix="they get it when they come") from error
        raise _held(means, wanted, error) from error
    means.held.pop(wanted, None)
    means.guild_of[wanted] = guild


async def _guild_of(means: Means, wanted: int, guilds: list[int]) -> int:
    """The server that has this role; asked for once if there are several."""
    if len(guilds) == 1:
        return guilds[0]
    if (known := means.guild_of.get(wanted)) in guilds and known is not None:
        return known
    for guild in guilds:
        if any(each.id == wanted for each in await means.rest.roles(guild)):
            return guild
    raise UnknownError(wanted, "none of the campaign's servers has this role", NO_ROLE)


def _held(means: Means, wanted: int, error: RefusedError | ShutOutError) -> HeldError:
    means.guild_of.pop(wanted, None)
    problem = f"the role {wanted} cannot be given: {error.problem}"
    held = HeldError(DISCORD, problem, fix=error.fix, wait=AGAIN_AFTER)
    means.held[wanted] = means.clock.now() + AGAIN_AFTER, held
    return held
