"""The posts of a campaign file: into its communities, and the exclusive ones to the friends who are there already."""

from datetime import datetime, timedelta

from campaigns.acts.telling import place_of
from core import chats, occurrences, outbox, referrals
from core.campaign import Applied
from core.campaign.values import Job, Post
from core.database import Tx
from core.intake.exclusive import APART
from core.intake.posting import KIND, content_of
from core.occurrences import Due
from core.outbox import Outgoing

AT_ONCE = 500
"""Friends who are given an exclusive post in one go; the next ones after the time that these take."""


async def post(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str:
    """Post it in each of its communities, in the language of each. What was posted once is never posted again."""
    found = _named(applied, due)
    if found is None or due.name in await occurrences.names_done(tx, applied.id):
        return "it was posted before, or is not in the file any more"
    communities = (await chats.communities_of(tx, [applied.id])).get(applied.id, {})
    there = {name: chat for name, chat in communities.items() if not found.where or name in found.where}
    await outbox.put(tx, [_outgoing(applied, found, name, chat, now) for name, chat in there.items()])
    return f"posted in {len(there)} chats"


async def exclusive(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str:
    """Have the friends who came before its time be given it, by and by; whoever comes later gets it on arrival."""
    waiting = await referrals.wake_friends(tx, applied.id, now=now, at_once=AT_ONCE, apart=AT_ONCE * APART)
    minutes = waiting * APART / timedelta(minutes=1)
    return f"for {waiting} friends who came before, within {minutes:.0f} minutes"


def own_times(applied: Applied) -> list[tuple[str, datetime]]:
    """When the campaign's posts are due, by the names of their occurrences."""
    campaign, found = applied.campaign, []
    for each in campaign.posts:
        at = each.at or (campaign.window.starts if each.exclusive else None)
        if at is not None and (applied.stopped_at is None or at < applied.stopped_at):
            found.append((f"{'exclusive' if each.exclusive else 'post'} {each.id}", at))
    return found


def _named(applied: Applied, due: Due) -> Post | None:
    return next((each for each in applied.campaign.posts if due.name == f"post {each.id}"), None)


def _outgoing(applied: Applied, post: Post, name: str, chat: chats.Chat, now: datetime) -> Outgoing:
    address, where = place_of(applied, name, chat)
    content = content_of(post, applied.campaign, applied.id, applied.campaign.spoken_in(name))
    return Outgoing(
        key=f"post/{applied.id}/{post.id}/{chat.platform.value}/{address}",
        door=chat.platform.value,
        address=address,
        kind=KIND,
        content={**content, **where},
        due_at=now,
    )
