"""Telling organizers that nothing more is sent to their shop."""

from collections.abc import Collection
from datetime import datetime

from core import campaign as campaigns
from core import members
from core.campaign.values import in_language
from core.database import Tx
from core.hooks.values import Endpoint, Off
from core.outbox import Outgoing


async def notes(
    tx: Tx, disabled: Endpoint, campaign_ids: Collection[int], why: Off, *, now: datetime
) -> list[Outgoing]:
    """To each organizer of these campaigns who can be written to. The host alone is named: addresses hold secrets."""
    using = [each for each in await campaigns.applied(tx) if each.id in campaign_ids]
    wanted = {account: each.campaign for each in using for account in each.campaign.organizers}
    about = {"news": "webhook_off", "host": disabled.host, "why": why.value}
    return [
        Outgoing(
            key=f"webhook_off/{disabled.id}/{now.timestamp():.0f}/{member.id}",
            door=account.platform,
            address=account.id,
            kind="news",
            content={
                **about,
                "language": member.speaks,
                "title": in_language(wanted[account].title, member.speaks),
            },
            due_at=now,
        )
        for account, member in (await members.by_account(tx, wanted)).items()
        if member.reachable
    ]
