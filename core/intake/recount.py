"""Counting anew what advocates have earned, where it is not only one referral more.

That is so for a person with several accounts, and where a settled referral was reversed or counts again. What each
account was granted stays under that account: the first so many grants of each reward hold, the later ones are taken
back. So nothing is ever granted twice, and what was taken back is given again before anything new is granted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core import ledger, members, referrals, rewards
from core.campaign.values import Reward, To
from core.database import Tx
from core.intake.batch import Batch, CaseKey, Place
from core.intake.giving import turn
from core.intake.news import Turned
from core.referrals import Referral
from core.rewards import Grant, Owed


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """Something an advocate is owed, for a referral if one was the reason. `again`: it was taken back and holds now."""

    owed: Owed
    campaign_id: int
    referral: Referral | None
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recounted:
    """What is owed, what every advocate lost or got back, and what friends lost of their own."""

    earned: list[Earned] = field(default_factory=list)
    lost: dict[Place, list[Turned]] = field(default_factory=lambda: defaultdict(list))
    again: dict[Place, list[Turned]] = field(default_factory=lambda: defaultdict(list))
    gifts: dict[CaseKey, list[Turned]] = field(default_factory=lambda: defaultdict(list))


async def recount(
    tx: Tx, batch: Batch, places: Mapping[Place, str], *, new: Sequence[Referral], turned: Iterable[CaseKey]
) -> Recounted:
    """What is owed to these persons now; what is not any more is taken back, for the reason given with each.

    `new`: referrals that have just qualified. `turned`: those that were reversed, or count again; what their friends
    were granted for coming goes with them.
    """
    turned = list(turned)
    people = {each for _, person in places for each in batch.accounts(person)}
    people.update(friend_id for _, friend_id in turned)
    recounted = Recounted()
    if not people:
        return recounted
    await referrals.keep(tx, batch.changed_referrals)
    batch.members.update(await members.by_id(tx, people - batch.members.keys()))
    grants = await rewards.given_to(tx, people)
    points = await ledger.of_causes(tx, [grant.cause for grant in grants])
    for (campaign_id, person), why in places.items():
        mine = [each for each in new if (campaign_id, person) == (each.campaign_id, batch.person(each.advocate_id))]
        holding = [each for each in grants if each.campaign_id == campaign_id]
        count = _Count(batch, (campaign_id, person), holding, recounted)
        count.points, count.why, count.new = points, why, mine
        count.brought = await _brought(tx, campaign_id, batch.accounts(person))
        recounted.earned.extend(count.settle())
    for key in turned:
        _turn_gifts(batch, batch.referrals[key], grants, points, recounted.gifts[key])
    return recounted


async def _brought(tx: Tx, campaign_id: int, accounts: list[int]) -> dict[int, Counter[int]]:
    """How many referrals count for each account, by version."""
    found: dict[int, Counter[int]] = {each: Counter() for each in accounts}
    for row in await referrals.of_advocates(tx, campaign_id, accounts):
        if row.counts:
            found[row.advocate_id][row.version] += row.n
    return found


class _Count:
    """One person's rewards in one campaign."""

    points: Mapping[str, int]
    why: str
    new: Sequence[Referral]
    brought: Mapping[int, Counter[int]]

    def __init__(self, batch: Batch, place: Place, grants: Sequence[Grant], recounted: Recounted) -> None:
        self._batch = batch
        self._lost, self._again = recounted.lost[place], recounted.again[place]
        self._campaign_id, self._person = place
        self._accounts = batch.accounts(self._person)
        self._grants = [each for each in grants if each.member_id in self._accounts]
        self._versions = [(each.number, each.campaign) for each in batch.versions[self._campaign_id]]

    def settle(self) -> Iterator[Earned]:
        for reward in promised(self._batch, self._campaign_id, To.ADVOCATE):
            if reward.every is not None or reward.at is not None:
                yield from self._settle(reward)

    def _settle(self, reward: Reward) -> Iterator[Earned]:
        had = {each: [grant for grant in self._grants if self._is(grant, reward, each)] for each in self._accounts}
        holding = sum(grant.holds for each in had.values() for grant in each)
        alone = {each: self._reached(reward, [each]) for each in self._accounts}
        due = self._reached(reward, self._accounts)
        for at in range(due - holding):
            referral = self.new[-1 - at] if at < len(self.new) else next(iter(self.new), None)
            yield from self._give(reward, had, alone, referral)
        for _ in range(holding - max(due, sum(alone.values()))):  # what both had before they were one stays with them
            self._take_back(had, alone)

    def _is(self, grant: Grant, reward: Reward, account: int) -> bool:
        return (grant.reward, grant.member_id) == (reward.id, account)

    def _reached(self, reward: Reward, accounts: Iterable[int]) -> int:
        qualified: Counter[int] = Counter()
        for each in accounts:
            qualified.update(self.brought[each])
        return rewards.reached(self._versions, reward.id, qualified)

    def _give(
        self, reward: Reward, had: dict[int, list[Grant]], alone: Mapping[int, int], referral: Referral | None
    ) -> Iterator[Earned]:
        """What was taken back comes first, with whoever has the least of what they would have by that account alone."""
        member = referral.advocate_id if referral is not None else self._person
        lost = [each for each in had if any(not grant.holds for grant in had[each])]
        if lost:
            over = _over(had, alone)
            whose = min(lost, key=lambda each: (over[each], each != member))
            at = next(at for at, grant in enumerate(had[whose]) if not grant.holds)
            grant = had[whose][at] = self._turn(had[whose][at], self._again)
            owed = Owed(cause=grant.cause, member=whose, reward=reward)
            yield Earned(owed=owed, campaign_id=self._campaign_id, referral=referral, again=True)
            return
        applied = self._batch.campaigns[self._campaign_id]
        if applied.paused_at is None:  # else with the next referral that qualifies
            step = max((grant.step for grant in had[member]), default=0) + 1
            owed = Owed(cause=f"{applied.campaign.slug}/{reward.id}/{member}/{step}", member=member, reward=reward)
            had[member].append(_placeholder(self._campaign_id, owed, self._batch))
            yield Earned(owed=owed, campaign_id=self._campaign_id, referral=referral, again=False)

    def _take_back(self, had: dict[int, list[Grant]], alone: Mapping[int, int]) -> None:
        """The last one, of whoever has more than they would have by that account alone."""
        over = _over(had, alone)
        whose = max((each for each in had if any(grant.holds for grant in had[each])), key=over.__getitem__)
        at = max(at for at, grant in enumerate(had[whose]) if grant.holds)
        had[whose][at] = self._turn(had[whose][at], self._lost)

    def _turn(self, grant: Grant, told: list[Turned]) -> Grant:
        points = self.points.get(grant.cause, 0)
        turned = turn(self._batch, grant, points, self.why)
        moved = grant.held is None and turned.held is None
        told.append(Turned(kind=grant.kind, points=points if moved else 0))
        return turned


def _over(had: Mapping[int, Sequence[Grant]], alone: Mapping[int, int]) -> dict[int, int]:
    """How many more each account has than it would have alone."""
    return {each: sum(grant.holds for grant in grants) - alone[each] for each, grants in had.items()}


def promised(batch: Batch, campaign_id: int, to: To) -> list[Reward]:
    """Every reward that any version of the campaign promised to these people, as the newest one words it."""
    found = {each.id: each for version in batch.versions[campaign_id] for each in version.campaign.rewards}
    return [each for each in found.values() if each.to is to]


def _turn_gifts(
    batch: Batch, referral: Referral, grants: Iterable[Grant], points: Mapping[str, int], lost: list[Turned]
) -> None:
    gifts = {each.id for each in promised(batch, referral.campaign_id, To.FRIEND)}
    place = (referral.campaign_id, referral.friend_id)
    for grant in grants:
        is_gift = grant.reward in gifts and (grant.campaign_id, grant.member_id) == place
        if is_gift and grant.holds is not referral.status.is_good:
            turned = turn(batch, grant, points.get(grant.cause, 0), referral.reason)
            if grant.held is None and not turned.holds:
                lost.append(Turned(kind=grant.kind, points=points.get(grant.cause, 0)))


def _placeholder(campaign_id: int, owed: Owed, batch: Batch) -> Grant:
    """What is about to be granted."""
    return Grant(
        cause=owed.cause,
        campaign_id=campaign_id,
        member_id=owed.member,
        reward=owed.reward.id,
        kind=owed.reward.kind,
        granted_at=batch.now,
        delivered_at=None,
    )
