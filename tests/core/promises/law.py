"""What holds after every deed, counted from the rows and from what the world has seen, not by the code that did it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core import campaign as campaigns
from core import intake, ledger, members, totals
from core.audit import audit
from core.budgets.table import BudgetRow
from core.campaign.values import Campaign, Limits, Reward, To
from core.codes.table import CodeRow
from core.database import rows_of, table_of
from core.members.table import MemberRow
from core.referrals.table import ReferralRow
from core.rewards.table import GrantRow
from tests.core.promises.story import PEOPLE, Story

PARIS = ZoneInfo("Europe/Paris")
GOOD = ("qualified", "rewarded")


@dataclass(slots=True)
class Books:
    """The rows, as they are now."""

    campaign: Campaign
    grants: list[object] = field(default_factory=list)
    referrals: list[object] = field(default_factory=list)
    person: dict[int, int] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)  # by the cause that each was given for
    balances: dict[str, int] = field(default_factory=dict)
    standings: dict[int, object] = field(default_factory=dict)
    budgets: dict[str, object] = field(default_factory=dict)
    limits: dict[int, Limits] = field(default_factory=dict)  # by the version of the rules
    places: dict[int, int] = field(default_factory=dict)  # whose member is which of PEOPLE

    @classmethod
    async def of(cls, story: Story, *, audited: bool = True):
        applied = await story.town.campaign()
        books = cls(applied.campaign)
        async with story.town.db.read() as tx:
            assert not audited or await audit(tx) == []
            known = await members.by_account(tx, [each.account for each in PEOPLE])
            books.places = {known[each.account].id: place for place, each in enumerate(PEOPLE)}
            books.grants = await rows_of(tx, select(table_of(GrantRow)))
            books.referrals = await rows_of(tx, select(table_of(ReferralRow)))
            books.person = {row.id: row.merged_into or row.id for row in await rows_of(tx, select(table_of(MemberRow)))}
            given = [row for row in await rows_of(tx, select(table_of(CodeRow))) if row.cause is not None]
            books.codes = {row.cause: row.code for row in given}
            assert len(books.codes) == len(given)
            books.balances = await ledger.balances(tx)
            books.budgets = {row.unit: row for row in await rows_of(tx, select(table_of(BudgetRow)))}
            versions = await campaigns.versions(tx, [applied.id])
            books.limits = {each.number: each.campaign.limits for each in versions[applied.id]}
            found = await totals.standings(tx, books.person)
            books.standings = {member: standing for (_, member), standing in found.items()}
        return books

    @property
    def counting(self):
        """The referrals that count for an advocate because of what the friends did; no organizer's word."""
        good = [row for row in self.referrals if row.status in GOOD and row.reason != "over_limit"]
        return {row.friend_id: row for row in good if row.ruled is None}

    @property
    def standing(self):
        """The grants that are given and were not taken back; posts count in no figure."""
        return [each for each in self.grants if holds(each) and each.waits_for is None and each.kind != "post"]

    def reward(self, grant) -> Reward | None:
        return next((each for each in self.campaign.rewards if each.id == grant.reward), None)


def holds(grant) -> bool:
    return grant.turns % 2 == 0


async def obeyed(story: Story, before: Books | None) -> Books:
    """Everything that holds at any time."""
    books = await Books.of(story, audited=story.did.total() % 4 == 0)
    ledger_is_balanced(books)
    nothing_is_overspent(books, before)
    no_code_has_two(books, story)
    everything_once(books)
    if not (
        story.did["link"] or story.did["part"] or story.did["rule"]
    ):  # which may bring more together than may count
        limits_are_kept(books, before)
    friends_have_theirs(books)
    advocates_have_theirs(books, story)
    nobody_else_has_anything(books, story)
    await what_is_missing_is_known(books, story)
    return books


def ledger_is_balanced(books: Books) -> None:
    assert sum(books.balances.values()) == 0
    purses: Counter[int] = Counter()
    for account, points in books.balances.items():
        what, _, *member = account.split("/")
        if what == "member":
            assert points >= 0
            purses[books.person[int(member[0])]] += points
        assert points >= 0 or what in ("brand", "budget")
    given: Counter[int] = Counter()
    for grant in books.standing:
        if grant.kind == "points":
            given[books.person[grant.member_id]] += 10
    kept = Counter({member: each.points for member, each in books.standings.items()})
    assert +purses == +given == +kept


def nothing_is_overspent(books: Books, before: Books | None) -> None:
    """What is given never grows beyond the limit; one that was set lower than that stops it where it is."""
    points = sum(grant.kind == "points" for grant in books.standing) * 10
    for unit, given, most in (
        ("rewards", len(books.standing), books.campaign.limits.rewards),
        ("points", points, books.campaign.limits.points),
    ):
        row = books.budgets.get(unit)
        if most is None:
            assert row is None or row.most is None
            continue
        assert row.spent == given <= row.most
        was = before.budgets.get(unit) if before is not None else None
        assert row.most == most or (was is None or was.most != row.most or row.most > most)
        assert row.most >= most


def no_code_has_two(books: Books, story: Story) -> None:
    """In the books and out in the world; an older copy of the books is compared with the world since then."""
    gifts = {grant.cause: grant.gift for grant in books.grants if grant.kind == "promo_code" and grant.gift is not None}
    assert gifts == books.codes
    assert len(set(gifts.values())) == len(gifts)
    for people in story.town.world.codes.values():
        assert len(people) == 1
    turns = {f"reward/{grant.cause}": grant.turns // 2 for grant in books.grants if grant.kind == "by_hand"}
    told = {told: times - 1 for told, times in story.town.world.told.items() if told[1].startswith("reward/")}
    assert not [told for told, again in told.items() if again > turns.get(told[1], 0)]  # promised once more, if at all
    assert not [post for post, times in story.town.world.posts.items() if times > 1]


def everything_once(books: Books) -> None:
    """Each is granted for a step, and the steps are 1, 2, 3 without a gap."""
    steps: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for grant in books.grants:
        slug, reward, member, step = grant.cause.split("/")
        assert (slug, reward, int(member)) == (books.campaign.slug, grant.reward, grant.member_id)
        steps[grant.member_id, reward].append(int(step))
    for found in steps.values():
        assert sorted(found) == [*range(1, len(found) + 1)]


def limits_are_kept(books: Books, before: Books | None) -> None:
    """Nobody begins to count beyond what the rules that they came under allow: in all, and in a day in Paris."""
    old = before.counting if before is not None else {}
    for person in books.person:
        mine = [row for row in books.counting.values() if books.person[row.advocate_id] == person]
        new = [books.limits[row.version].per_advocate for row in mine if row.friend_id not in old]
        assert not new or None in new or len(mine) <= max(new)
        days = Counter(row.qualified_at.astimezone(PARIS).date() for row in mine)
        most = [books.limits[row.version].per_advocate_per_day for row in mine]
        assert not mine or None in most or max(days.values()) <= max(most)


def friends_have_theirs(books: Books) -> None:
    """Who counts has each of the friends' rewards once, or is promised it; who does not has none."""
    promised = [each.id for each in books.campaign.rewards if each.to is To.FRIEND]
    wanted = {(row.friend_id, reward) for row in books.referrals if row.status in GOOD for reward in promised}
    found = [(grant.member_id, grant.reward) for grant in books.grants if grant.reward in promised and holds(grant)]
    assert sorted(found) == sorted(wanted)


def advocates_have_theirs(books: Books, story: Story) -> None:
    """As many of each as their friends are worth, whoever came, left and came back in between."""
    counting = Counter(
        books.person[row.advocate_id] for row in books.referrals if row.status in GOOD and row.reason != "over_limit"
    )
    for person, standing in books.standings.items():
        assert standing.qualified == counting[person]
    for reward in books.campaign.rewards:
        if reward.to is not To.ADVOCATE or (reward.every is None and reward.at is None):
            continue
        had = Counter(books.person[each.member_id] for each in books.grants if each.reward == reward.id and holds(each))
        for person in books.person:
            due = counting[person] // reward.every if reward.every else int(counting[person] >= reward.at)
            most = due if reward.every else max(due, sum(each == person for each in books.person.values()))
            least = 0 if story.did["pause"] else due  # what a pause holds up comes with the next friend
            assert least <= had[person] <= most, (reward, person)


def nobody_else_has_anything(books: Books, story: Story) -> None:
    """Only who really came through somebody else, and stayed as long as any rules asked, is worth or given anything."""
    for row in books.referrals:
        if row.status in GOOD and row.ruled is None:
            friend = books.places[row.friend_id]
            seen = story.seen[friend]
            assert not PEOPLE[friend].is_bot
            assert books.person[row.friend_id] != books.person[row.advocate_id]
            assert seen.joined_at is not None
            assert seen.claimed or seen.started_at is not None
            assert row.qualified_at >= seen.joined_at + story.shortest
    good = {row.friend_id for row in books.referrals if row.status in GOOD}
    brought = {books.person[row.advocate_id] for row in books.referrals}
    for grant in books.grants:
        reward = books.reward(grant)
        if reward is not None and reward.to is To.ADVOCATE:
            assert books.person[grant.member_id] in brought or story.did["part"]
        elif reward is not None and holds(grant):
            assert grant.member_id in good
        elif grant.kind == "post":
            assert story.seen[books.places[grant.member_id]].joined_at is not None
    for reward in books.campaign.rewards:
        if reward.top is not None:
            assert sum(grant.reward == reward.id for grant in books.grants) <= reward.top


async def what_is_missing_is_known(books: Books, story: Story) -> None:
    """Of those who are waited for, and of nobody else; what is named first is why."""
    keys = [(row.campaign_id, row.friend_id) for row in books.referrals]
    async with story.town.db.read() as tx:
        missing = await intake.missing(tx, keys, now=story.town.now)
    pending = {(row.campaign_id, row.friend_id): row.reason for row in books.referrals if row.status == "pending"}
    assert missing.keys() == pending.keys()
    if not story.is_paused:  # what has been waited for is not looked at then, and a pause is why
        assert {key: each.reason for key, each in missing.items()} == pending


def is_about(event: dict[str, object], grant: object, books: Books) -> bool:
    account = PEOPLE[books.places[grant.member_id]].account
    data = event["data"]
    told = (data["reward"], data["member"]["account"], data["step"])
    return told == (grant.reward, f"{account.platform}:{account.id}", int(grant.cause.rpartition("/")[2]))


async def kept_in_the_end(story: Story) -> None:
    """Once nothing is lacking any more: nothing is held, all of it was brought, and the world is as the books say."""
    books = await Books.of(story)
    world = story.town.world
    assert not [grant.cause for grant in books.grants if holds(grant) and grant.waits_for is not None]
    wanted = {"message", "promo_code", "telegram_invite", "webhook", "post"}
    open_ = [each.cause for each in books.grants if holds(each) and each.delivered_at is None and each.kind in wanted]
    assert open_ == []
    if not story.did["restore"]:
        assert sorted(world.numbers) == [*range(1, len(world.events) + 1)]
        for grant in books.grants:
            if grant.kind == "promo_code" and grant.delivered_at is not None:
                assert sum(world.told[each.account, f"reward/{grant.cause}"] for each in PEOPLE) == 1
            if grant.kind == "webhook":
                told = [event for event in world.events.values() if is_about(event, grant, books)]
                assert len({event["data"]["grant"] for event in told}) == bool(told)
                events = Counter(event["type"] for event in told)
                assert events["reward.granted"] - events["reward.reversed"] == int(holds(grant))
