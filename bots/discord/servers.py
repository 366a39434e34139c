"""The servers that campaigns name."""

from dataclasses import dataclass
from datetime import datetime

from core import campaign, chats
from core.campaign.values import Join, Platform, State
from core.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A server where friends arrive. `channel`: a campaign's own, into which people are invited.

    `wants_invites`: a campaign that is running lets friends in by an invite made for their visit.
    """

    chat_id: int
    guild: int
    channel: int | None = None
    wants_invites: bool = True


async def places(tx: Tx, *, now: datetime) -> list[Place]:
    """Every server that a campaign names, running or not: who came in time can qualify after its end."""
    channels: dict[int, int | None] = {}
    wanting: set[int] = set()
    for applied in await campaign.applied(tx):
        is_running = applied.state(now) in (State.RUNNING, State.PAUSED)
        for community in applied.campaign.communities:
            if community.platform is Platform.DISCORD:
                channels[community.chat] = channels.get(community.chat) or community.channel
                if is_running and community.join is Join.INVITE:
                    wanting.add(community.chat)
    known = await chats.at_addresses(tx, Platform.DISCORD, channels)
    return [
        Place(chat_id=chat.id, guild=guild, channel=channels[guild], wants_invites=guild in wanting)
        for guild, chat in known.items()
    ]
