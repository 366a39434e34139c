"""What giving rewards needs of the database: codes, calls to shops, organizers' accounts. Mostly that is nothing."""

from collections import defaultdict
from dataclasses import replace

from core import budgets, codes, hooks, members, notices, outbox
from core.campaign.values import To, in_language
from core.codes import Running, Want
from core.database import Tx
from core.hooks import Event, Type, Who
from core.intake.batch import Batch, Call, Giving
from core.intake.giving import given, no_code
from core.outbox import Outgoing


async def complete(tx: Tx, batch: Batch) -> None:
    """Withdraw what was taken back and still waits; give the codes that are asked for, and let out what depends on it;
    keep who waits and what was spent.
    """
    await outbox.withdraw(tx, batch.to_withdraw)
    await notices.drop(tx, batch.to_withdraw)
    await _get_codes(tx, batch)
    for call in batch.to_call:
        batch.outgoing.append(await _call(tx, batch, call))
    await _tell_organizers(tx, batch)
    await _keep_lines(tx, batch)
    await budgets.keep(tx, batch.changed_budgets)


async def _get_codes(tx: Tx, batch: Batch) -> None:
    asked: defaultdict[tuple[int, bool], list[Giving]] = defaultdict(list)
    for giving in batch.to_get_codes:
        asked[giving.grant.campaign_id, giving.grant.waits_for is not None].append(giving)
    for (campaign_id, in_line), some in asked.items():
        taken = await codes.take(tx, campaign_id, [_want(batch, each) for each in some], in_line=in_line)
        for giving in some:
            code = taken.codes.get(giving.grant.cause)
            if code is None:
                no_code(batch, giving)
            else:
                given(batch, replace(giving, grant=replace(giving.grant, gift=code)))
        for running in taken.running:
            _warn(batch, campaign_id, running)


def _want(batch: Batch, giving: Giving) -> Want:
    """The place is the person's by their account: an older copy of the database may number them otherwise."""
    grant, handing = giving.grant, giving.handing
    assert handing.code is not None
    account, slug = batch.members[grant.member_id].account, batch.campaigns[grant.campaign_id].campaign.slug
    place = f"{slug}/{grant.reward}/{account.platform}:{account.id}/{grant.step}"
    return Want(grant.cause, handing.code, place)


def _warn(batch: Batch, campaign_id: int, running: Running) -> None:
    figures = {"left": running.left, "total": running.total, "waiting": running.waiting}
    content = {"news": f"codes_{running.warn}", "pool": running.pool, **figures}
    key = f"codes_{running.warn}/{campaign_id}/{running.pool}/{running.total}"
    batch.tell_organizers(campaign_id, key, content)


async def _call(tx: Tx, batch: Batch, call: Call) -> Outgoing:
    grant, taken_back = call.grant, call.why is not None
    member = batch.members[grant.member_id]
    event = Event(
        url=call.url,
        type=Type.REVERSED if taken_back else Type.GRANTED,
        cause=f"{grant.cause}/turn/{grant.turns}" if grant.turns else grant.cause,
        grant=grant.cause,
        campaign_id=grant.campaign_id,
        campaign=batch.campaigns[grant.campaign_id].campaign.slug,
        reward=grant.reward,
        step=grant.step,
        to=call.to or To.ADVOCATE,
        member=Who(id=member.id, account=f"{member.account.platform}:{member.account.id}", name=member.name),
        at=batch.now,
        reason=call.why,
    )
    outgoing = await hooks.event(tx, event, now=batch.now)
    return outgoing if taken_back else replace(outgoing, grant_cause=grant.cause)


async def _tell_organizers(tx: Tx, batch: Batch) -> None:
    if not batch.to_tell:
        return
    wanted = {each for news in batch.to_tell for each in batch.campaigns[news.campaign_id].campaign.organizers}
    found = await members.by_account(tx, wanted)
    for news in batch.to_tell:
        campaign = batch.campaigns[news.campaign_id].campaign
        told = (found[each] for each in campaign.organizers if each in found and found[each].reachable)
        for member in told:
            text = {} if news.text is None else {"text": in_language(news.text, member.speaks)}
            about = {"language": member.speaks, "title": in_language(campaign.title, member.speaks)}
            outgoing = Outgoing(
                key=f"{news.key}/{member.account.platform}/{member.account.id}",
                door=member.account.platform,
                address=member.account.id,
                kind="news",
                content={**about, **news.content, **text},
                due_at=batch.now,
            )
            batch.outgoing.append(outgoing)


async def _keep_lines(tx: Tx, batch: Batch) -> None:
    """How many wait for codes, and for room in a budget."""
    changes: defaultdict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    for (campaign_id, line), by in sorted(batch.lines.items()):
        if by:
            what, _, name = line.partition("/")
            changes[campaign_id, what][name] = by
    for (campaign_id, what), some in changes.items():
        await (codes if what == "codes" else budgets).wait(tx, campaign_id, some)
