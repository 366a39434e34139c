"""Giving a reward, holding it until it can be given, taking it back: decided here, in memory.

What this needs of the database besides, such as a promo code, is seen to by `completing`.
"""

from collections.abc import Mapping
from dataclasses import replace

from core import ledger
from core.budgets import Unit
from core.intake import bringing
from core.intake.batch import Batch, Giving
from core.journal import Fact as Line
from core.journal import Kind
from core.rewards import KINDS, Grant, Handing, Owed


def give(batch: Batch, campaign_id: int, owed: Owed) -> None:
    """Grant a reward that was not granted before: give it now, or hold it if something is lacking."""
    grant = Grant(
        cause=owed.cause,
        campaign_id=campaign_id,
        member_id=owed.member,
        reward=owed.reward.id,
        kind=owed.reward.kind,
        granted_at=batch.now,
        delivered_at=None,
    )
    handing = KINDS[owed.reward.kind](owed.reward)
    _give_or_hold(batch, Giving(grant=grant, handing=handing, to=owed.reward.to, is_new=True))


def release(batch: Batch, grant: Grant, *, again: bool) -> bool:
    """Give what was held, or go on holding it; False if it goes on waiting for the same. `again`: it was given before,
    and taken back.
    """
    promise = bringing.promise(batch, grant)
    if promise is None:
        return False
    handing = KINDS[promise.kind](promise)
    if handing.points and grant.gift is not None:
        handing = replace(handing, points=int(grant.gift))  # as it was promised
    return _give_or_hold(batch, Giving(grant=grant, handing=handing, to=promise.to, again=again))


def _give_or_hold(batch: Batch, giving: Giving) -> bool:
    lacking = _lacking(batch, giving)
    if lacking is not None:
        hold(batch, giving, f"budget/{lacking}")
        return giving.grant.waits_for != f"budget/{lacking}"
    _spend(batch, giving, 1)
    if giving.handing.code is not None and giving.grant.gift is None:
        batch.to_get_codes.append(giving)
    else:
        given(batch, giving)
    return True


def no_code(batch: Batch, giving: Giving) -> None:
    """The pool has none for it: it waits, and spends nothing meanwhile."""
    _spend(batch, giving, -1)
    hold(batch, giving, f"codes/{giving.handing.code}")


def hold(batch: Batch, giving: Giving, waits_for: str) -> None:
    """Keep the promise for later; nothing of it counts until then."""
    grant = giving.grant
    if grant.waits_for == waits_for:
        return
    points = giving.handing.points
    held = replace(grant, waits_for=waits_for, gift=str(points) if points else grant.gift)
    if grant.waits_for is None:
        enter_line(batch, held)
    else:
        batch.lines[grant.campaign_id, grant.waits_for] -= 1
        batch.lines[grant.campaign_id, waits_for] += 1
    _keep(batch, giving, held)


def enter_line(batch: Batch, grant: Grant) -> None:
    """It waits from now on, with its line in the journal and its place in the totals."""
    assert grant.waits_for is not None
    batch.lines[grant.campaign_id, grant.waits_for] += 1
    line = _line(batch, grant, Kind.HELD, f"held/{grant.cause}/{grant.turns}", {"for": grant.waits_for})
    batch.record(line, counts="rewards.held")


def given(batch: Batch, giving: Giving) -> None:
    """It is given: kept, counted, and on its way."""
    before, handing = giving.grant, giving.handing
    delivered_at = before.delivered_at or (None if handing.is_brought else batch.now)
    grant = replace(before, waits_for=None, delivered_at=delivered_at)
    if before.waits_for is not None:
        batch.lines[grant.campaign_id, before.waits_for] -= 1
        batch.counted[grant.campaign_id, "rewards.held"] -= 1
    _keep(batch, giving, grant)
    if giving.again:
        _given_again(batch, giving, grant, None)
    else:
        _given_first(batch, giving, grant)
    if before.waits_for is not None and handing.points:
        batch.outgoing.extend(bringing.of_points(batch, grant, handing.points))


def _given_first(batch: Batch, giving: Giving, grant: Grant) -> None:
    handing = giving.handing
    data: dict[str, object] = {} if handing.counts else {"post": handing.post}
    if handing.points:
        data["points"] = handing.points
    counts = "rewards.granted" if handing.counts else None
    batch.record(_line(batch, grant, Kind.GRANTED, f"granted/{grant.cause}", data), counts=counts)
    if grant.delivered_at is not None:
        line = _line(batch, grant, Kind.DELIVERED, f"delivered/{grant.cause}", data)
        batch.record(line, counts="rewards.delivered")
    if handing.points:
        _move(batch, grant, grant.cause, handing.points, ledger.budget(grant.campaign_id))
    bringing.bring(batch, grant, handing, giving.to)


def turn(batch: Batch, grant: Grant, points: int, why: str) -> Grant:
    """Take back what was granted, or give it again; the points go with it. What is in the member's hands stays there.

    Where there is no room any more to give it again, it is held.
    """
    turned = replace(grant, turns=grant.turns + 1)
    promise = bringing.promise(batch, grant)
    handing = replace(KINDS[promise.kind](promise) if promise is not None else Handing(), points=points)
    giving = Giving(grant=turned, handing=handing, to=promise.to if promise is not None else None, again=True)
    if turned.holds and grant.waits_for is None and (lacking := _lacking(batch, giving)) is not None:
        turned = replace(turned, waits_for=f"budget/{lacking}", gift=str(points) if points else turned.gift)
        enter_line(batch, turned)
    elif turned.holds and grant.waits_for is not None:
        enter_line(batch, turned)
    elif turned.holds:
        _spend(batch, giving, 1)
        _given_again(batch, giving, turned, why)
    else:
        _take_back(batch, giving, grant, why)
    batch.changed_grants[grant.cause] = turned
    return turned


def _take_back(batch: Batch, giving: Giving, before: Grant, why: str) -> None:
    grant, points = giving.grant, giving.handing.points
    line = _line(batch, grant, Kind.TAKEN_BACK, f"taken_back/{grant.cause}/{grant.turns}", {"why": why})
    if before.waits_for is not None:
        batch.record(line)
        batch.lines[grant.campaign_id, before.waits_for] -= 1
        batch.counted[grant.campaign_id, "rewards.held"] -= 1
        return
    batch.record(_with_points(line, points))
    _count(batch, grant, -1)
    _spend(batch, giving, -1)
    if points:
        cause = f"{grant.cause}/turn/{grant.turns}"
        _move(batch, grant, cause, points, ledger.reversed_(grant.campaign_id), back=True)
    bringing.take_back(batch, grant, giving.handing, giving.to, why)


def _given_again(batch: Batch, giving: Giving, grant: Grant, why: str | None) -> None:
    points = giving.handing.points
    data = {"why": why} if why is not None else {}
    line = _line(batch, grant, Kind.GIVEN_AGAIN, f"given_again/{grant.cause}/{grant.turns}", data)
    batch.record(_with_points(line, points))
    _count(batch, grant, 1)
    if points:
        cause = f"{grant.cause}/turn/{grant.turns}"
        _move(batch, grant, cause, points, ledger.reversed_(grant.campaign_id))
    bringing.bring(batch, grant, giving.handing, giving.to)


def _count(batch: Batch, grant: Grant, by: int) -> None:
    for name in ("rewards.granted", *(["rewards.delivered"] if grant.delivered_at else [])):
        batch.counted[grant.campaign_id, name] += by


def _keep(batch: Batch, giving: Giving, grant: Grant) -> None:
    (batch.new_grants if giving.is_new else batch.changed_grants)[grant.cause] = grant


def _lacking(batch: Batch, giving: Giving) -> Unit | None:
    """The budget that has no room for it, if any."""
    in_line = giving.grant.waits_for is not None
    for unit, n in _cost(giving).items():
        budget = batch.budgets.get((giving.grant.campaign_id, unit))
        if budget is not None and not budget.has_room(n, in_line=in_line):
            _tell_spent(batch, giving.grant.campaign_id, unit)
            return unit
    return None


def _spend(batch: Batch, giving: Giving, times: int) -> None:
    for unit, n in _cost(giving).items():
        key = (giving.grant.campaign_id, unit)
        if (budget := batch.budgets.get(key)) is not None:
            budget.by += times * n
            batch.changed_budgets[key] = budget
            if budget.is_spent:
                _tell_spent(batch, giving.grant.campaign_id, unit)


def _cost(giving: Giving) -> dict[Unit, int]:
    if not giving.handing.counts:
        return {}
    points = giving.handing.points
    return {Unit.REWARDS: 1, **({Unit.POINTS: points} if points else {})}


def _tell_spent(batch: Batch, campaign_id: int, unit: Unit) -> None:
    """Once, until the limit is another one."""
    budget = batch.budgets[campaign_id, unit]
    if not budget.told:
        budget.told = True
        batch.changed_budgets[campaign_id, unit] = budget
        content = {"news": "budget_spent", "unit": unit.value, "most": budget.most}
        batch.tell_organizers(campaign_id, f"budget_spent/{campaign_id}/{unit}/{budget.most}", content)


def _line(batch: Batch, grant: Grant, kind: Kind, key: str, data: Mapping[str, object]) -> Line:
    return Line(
        key=key,
        kind=kind,
        at=batch.now,
        campaign_id=grant.campaign_id,
        member_id=grant.member_id,
        data={**data} or None,
    )


def _with_points(line: Line, points: int) -> Line:
    return replace(line, data={**(line.data or {}), "points": points}) if points else line


def _move(batch: Batch, grant: Grant, cause: str, points: int, other: str, *, back: bool = False) -> None:
    """Points into the member's purse from another account, or `back` out of it."""
    purse = ledger.purse(grant.campaign_id, batch.person(grant.member_id))
    transfer = ledger.Transfer(
        cause=cause,
        campaign_id=grant.campaign_id,
        from_account=purse if back else other,
        to_account=other if back else purse,
        points=points,
        at=batch.now,
    )
    batch.new_transfers.append(transfer)
    batch.standing(grant.campaign_id, grant.member_id).points += -points if back else points
