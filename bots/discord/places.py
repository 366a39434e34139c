"""A campaign's servers, and the ways into them."""

import logging

from bots.discord.means import Means
from bots.discord.servers import Place
from bots.discord.ways import INVITE
from bots.exchange.errors import RefusedError, ShutOutError
from core import campaign as campaigns
from core import chats
from core.campaign.values import Platform

_log = logging.getLogger(__name__)


async def places_of(means: Means, campaign_id: int) -> dict[str, Place]:
    """The campaign's servers by their name in its file, in the file's order."""
    async with means.db.read() as tx:
        known = (await chats.communities_of(tx, [campaign_id])).get(campaign_id, {})
        applied = next((each for each in await campaigns.applied(tx) if each.id == campaign_id), None)
    channels = {each.name: each.channel for each in applied.campaign.communities} if applied else {}
    here = {name: chat for name, chat in known.items() if chat.platform is Platform.DISCORD}
    return {
        name: Place(chat_id=here[name].id, guild=here[name].native_id, channel=channels.get(name))
        for name in (*(each for each in channels if each in here), *(each for each in here if each not in channels))
    }


async def invite_into(means: Means, place: Place, code: str) -> str | None:
    """The address of the invite that was made for this code; None if it cannot be made now, and the log says why."""
    try:
        invite = await means.pools.personal(place, code)
    except (RefusedError, ShutOutError) as error:
        _log.warning("no invite could be made: %s", error, extra={"guild": place.guild, "error": error.code})
        return None
    return INVITE.format(code=invite) if invite else None
