"""Planning and applying: what campaign files would change in the running system, and changing it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from campaigns.schedule import expect_next
from core import campaign as campaigns
from core import chats, codes, intake, referrals
from core.campaign.values import Campaign, encode
from core.database import Tx
from core.media import Medium
from core.media import keep as keep_media


class What(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting, by its path; what it is now and what it would be, None where there is none."""

    path: str
    now: Any
    then: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What applying a campaign does to the system."""

    slug: str
    what: What
    differences: tuple[Difference, ...] = ()


async def plan(tx: Tx, wanted: Sequence[Campaign]) -> list[Change]:
    """Say what applying these would change, and change nothing."""
    return [_change(await campaigns.by_slug(tx, campaign.slug), campaign) for campaign in wanted]


async def apply(tx: Tx, wanted: Sequence[Campaign], media: Sequence[Medium] = (), *, now: datetime) -> list[Change]:
    """Make these the current versions, and keep the media that they name. Applying the same again changes nothing.

    Friends who have joined keep the version they joined under; everything from `now` on follows the new one.
    """
    await campaigns.lock_all(tx)
    await keep_media(tx, media, now=now)
    changes = await plan(tx, wanted)
    for campaign, change in zip(wanted, changes, strict=True):
        applied = await campaigns.keep(tx, campaign, now=now)
        await campaigns.lock(tx, [applied.id])
        await codes.ensure(tx, applied.id, campaign.codes)
        await intake.keep_limits(tx, applied, now=now)
        if change.what is What.UNCHANGED:
            continue
        places = {each.name: await chats.ensure(tx, each.platform, each.chat) for each in campaign.communities}
        await chats.set_communities(tx, applied.id, places)
        await expect_next(tx, applied, now=now)
        await referrals.wake(tx, applied.id, now=now)
    return changes


def _change(known: campaigns.Applied | None, campaign: Campaign) -> Change:
    if known is None:
        return Change(slug=campaign.slug, what=What.NEW)
    before, after = (dict(_flat(msgspec.json.decode(encode(each)))) for each in (known.campaign, campaign))
    paths = sorted(before.keys() | after.keys())
    differences = tuple(
        Difference(path, before.get(path), after.get(path)) for path in paths if before.get(path) != after.get(path)
    )
    return Change(slug=campaign.slug, what=What.CHANGED if differences else What.UNCHANGED, differences=differences)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its path. What has an id or a name goes by that, so that a new first one is no flood."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _flat(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            name = (each.get("id") or each.get("name")) if isinstance(each, dict) else None
            yield from _flat(each, f"{path}[{name or at}]")
    elif value not in (None, {}, []):
        yield path, value
