"""Giving a member a role that they have earned, and taking it back.

What is wanted is what the grants say at that moment, whatever the row says: it is looked up, done, and looked up again
until what was done is what is wanted. So it does not matter in which order several rows about the same role are tried,
how often, or by how many processes: whoever does something last sees afterwards whether it was right.
"""

import asyncio
from datetime import timedelta

from bots.discord.calling import PATIENCE, patient_call
from bots.discord.errors import DISCORD, NO_MEMBER, NO_ROLE, NO_USER, UnknownError
from bots.discord.means import Means
from bots.exchange.errors import ClosedError, HeldError, NoAnswerError, RefusedError, ShutOutError
from core.campaign.values import Account
from core.intake.roles import earned
from core.outbox import Claimed

AGAIN_AFTER = timedelta(hours=1)
"""So long what cannot be given or taken waits until it is tried again; by then somebody may have set it right."""

_PATH = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"


async def role(means: Means, row: Claimed) -> None:
    """See to it that `account` has `role`, in the one of the `guilds` that has it, if they have earned it.

    Raises ClosedError if they have not, or not any more, or are not there: then the grant waits until they are. What an
    organizer has to set right first is held, and tried again.
    """
    if not await _as_earned(means, row):
        raise ClosedError(DISCORD, row.address, "the role was taken back", fix="nothing is to be done")


async def unrole(means: Means, row: Claimed) -> None:
    """See to it that `account` does not have `role`, unless they have earned it all the same.

    Who is not there has no role, and a role that is gone need not be taken back.
    """
    await _as_earned(means, row)


async def _as_earned(means: Means, row: Claimed) -> bool:
    """Do it, and say whether they have the role now. One at a time for a member and a role.

    It goes on, unheard, if it takes too long, and nothing else is done about this role of theirs meanwhile: what was
    asked for can still happen, and must not happen after what is asked for next.
    """
    doing = asyncio.ensure_future(_alone(means, row))
    doing.add_done_callback(_heard)
    done, _ = await asyncio.wait([doing], timeout=PATIENCE)
    if done:
        return doing.result()
    raise NoAnswerError(DISCORD, f"nothing came within {PATIENCE:.0f} seconds")


async def _alone(means: Means, row: Claimed) -> bool:
    wanted, account = int(row.content["role"]), int(row.content["account"])
    guilds = [int(each) for each in row.content["guilds"]]
    has_it: bool | None = None
    async with means.changing(account, wanted):
        while (is_earned := await _is_earned(means, account, wanted)) is not has_it:
            await _give(means, wanted, account, guilds) if is_earned else await _take(means, wanted, account, guilds)
            has_it = is_earned
    return bool(has_it)


async def _is_earned(means: Means, account: int, wanted: int) -> bool:
    async with means.db.read() as tx:
        return await earned(tx, Account(platform=DISCORD, id=account), wanted)


async def _give(means: Means, wanted: int, account: int, guilds: list[int]) -> None:
    try:
        await _change(means, "PUT", wanted, account, guilds)
    except UnknownError as error:
        if error.what not in (NO_MEMBER, NO_USER):
            raise _held(means, wanted, error) from error
        raise ClosedError(DISCORD, account, "not in the server", fix="they get it when they come") from error
    except (RefusedError, ShutOutError) as error:
        raise _held(means, wanted, error) from error


async def _take(means: Means, wanted: int, account: int, guilds: list[int]) -> None:
    try:
        await _change(means, "DELETE", wanted, account, guilds)
    except UnknownError as error:
        if error.what not in (NO_MEMBER, NO_USER, NO_ROLE):
            raise _held(means, wanted, error) from error
    except (RefusedError, ShutOutError) as error:
        raise _held(means, wanted, error) from error


async def _change(means: Means, method: str, wanted: int, account: int, guilds: list[int]) -> None:
    held = means.held.get(wanted)
    if held is not None and means.clock.now() < held[0]:
        raise held[1]
    guild = await _guild_of(means, wanted, guilds)
    await patient_call(means.http, method, _PATH, about=account, guild_id=guild, user_id=account, role_id=wanted)
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
    problem = f"the role {wanted} cannot be given or taken back: {error.problem}"
    held = HeldError(DISCORD, problem, fix=error.fix, wait=AGAIN_AFTER)
    if not (isinstance(error, UnknownError) and error.what == NO_ROLE):  # which is no reason not to take it back
        means.held[wanted] = means.clock.now() + AGAIN_AFTER, held
    return held


def _heard(doing: asyncio.Future[bool]) -> None:
    """Nobody may be there any more to hear of it."""
    if not doing.cancelled():
        doing.exception()
