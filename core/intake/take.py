"""Taking facts in: load, apply, settle, write."""

from collections.abc import Callable, Sequence
from datetime import datetime

from core import chats, journal, ledger, links, members, notices, outbox, referrals, rewards, totals
from core.campaign.values import Platform
from core.database import Tx, together
from core.intake import bringing
from core.intake.apply import apply
from core.intake.batch import Batch, load, load_due
from core.intake.completing import complete
from core.intake.facts import Fact, Joined, Outcome
from core.intake.settle import settle
from core.links import new_code as fresh_code


async def take(
    tx: Tx, facts: Sequence[Fact], *, now: datetime, new_code: Callable[[], str] = fresh_code
) -> list[Outcome]:
    """Take in facts, in the order in which they are given; say what came of each.

    A fact that was taken in before changes nothing, and its outcome is where things stand.
    """
    if not facts:
        return []
    batch = await load(tx, facts, now=now)
    outcomes = [apply(fact, batch, new_code) for fact in facts]
    await finish(tx, batch)
    here = {batch.people[fact.person.account].id for fact in facts if _turns_up(fact)}
    await turned_up(tx, {account for each in here for account in batch.accounts(each)}, now=now)
    for outcome in outcomes:
        if outcome.campaign is not None:
            outcome.places = list(batch.communities.get(outcome.campaign.id, {}).values())
            outcome.referral = batch.referrals.get((outcome.campaign.id, outcome.member.id))
    advocates = {outcome.referral.advocate_id for outcome in outcomes if outcome.referral is not None}
    batch.members.update(await members.by_id(tx, advocates - batch.members.keys()))
    for outcome in outcomes:
        if outcome.referral is not None and outcome.referral.confidence.pays:
            outcome.advocate = batch.members.get(outcome.referral.advocate_id)
    return outcomes


def _turns_up(fact: Fact) -> bool:
    """Whether the person can be brought now what could not be brought before: a text, or a role in this server."""
    has_come = isinstance(fact, Joined) and fact.person.account.platform is Platform.DISCORD
    return has_come or bool(fact.person.reachable)


async def turned_up(tx: Tx, member_ids: set[int], *, now: datetime) -> None:
    """These members can be written to again, or are where a role waits for them: bring them what they were granted
    meanwhile. What a notice carries already they are shown with that."""
    waiting = await rewards.waiting(tx, member_ids)
    carried = await notices.carried(tx, [grant.cause for grant in waiting]) if waiting else set()
    waiting = [grant for grant in waiting if grant.cause not in carried]
    if waiting:
        batch = await load_due(tx, [(grant.campaign_id, grant.member_id) for grant in waiting], now=now)
        await outbox.put(tx, list(bringing.of_waiting(batch, waiting)))


async def look_again(tx: Tx, *, now: datetime, limit: int = 500) -> int:
    """Judge anew the referrals that time may have changed; say how many there were."""
    due = await referrals.due(tx, now=now, limit=limit)
    if due:
        await finish(tx, await load_due(tx, due, now=now))
    return len(due)


async def finish(tx: Tx, batch: Batch) -> None:
    """Judge what is marked, and write everything that has changed."""
    await settle(tx, batch)
    await complete(tx, batch)
    await together(
        tx,
        links.add(tx, batch.new_links, now=batch.now),
        referrals.keep_touches(tx, batch.changed_touches.values()),
        chats.keep_memberships(tx, batch.changed_memberships),
        referrals.keep(tx, batch.changed_referrals),
        rewards.grant(tx, batch.new_grants.values()),
        rewards.change(tx, batch.changed_grants.values()),
        ledger.post(tx, batch.new_transfers),
        totals.keep_standings(tx, batch.changed_standings),
        totals.add(tx, batch.counted),
        journal.append(tx, batch.new_lines, now=batch.now),
        outbox.put(tx, batch.outgoing),
    )
