"""What may happen to a campaign, in any order, and what everybody did: told as the platforms tell it."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from core import intake, members
from core.campaign.values import Limits, Platform, Reward
from core.intake.facts import ClaimAnswered, Claimed
from tests.clock import FakeClock
from tests.core.persons_world import GUILD, on_discord
from tests.core.promises.campaigns import DAY, ENDS, a_campaign, promises, rules
from tests.core.promises.town import PromisedTown, copied, restored
from tests.emptied import emptied
from tests.people import ANA, BEN, ORGANIZER, SALON, STARTS, a_person, joined, left, seen, spoke, started

FLO, GUS, IDA, JON = (a_person(number, name) for number, name in ((21, "Flo"), (22, "Gus"), (23, "Ida"), (24, "Jon")))
ROBOT = a_person(66, "Robot", is_bot=True)
PEOPLE = (ANA, BEN, FLO, GUS, IDA, JON, ROBOT, on_discord(ANA), on_discord(FLO), on_discord(IDA, "Kim"))
"""The first two bring most of the others. Kim may turn out to be Ida."""

RESULTS_BY = ENDS + 7 * DAY

ON_TELEGRAM, ON_DISCORD = range(6), range(7, 10)

who = st.integers(0, len(PEOPLE) - 1)
newcomer = st.sampled_from([2, 3, 4, 5, 8, 9])
anybody = st.one_of(newcomer, newcomer, newcomer, who)
advocate = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 7])
days = st.tuples(st.just("wait_days"), st.integers(1, 4))
hours = st.tuples(st.just("wait"), st.integers(1, 30))

coming = st.one_of(
    st.tuples(st.just("come"), anybody, advocate),
    st.tuples(st.just("start"), anybody, advocate),
    st.tuples(st.just("join"), anybody),
    st.tuples(st.just("join"), anybody),
    st.tuples(st.just("speak"), anybody),
    st.tuples(st.just("claim"), anybody, advocate, st.booleans()),
)
leaving = st.one_of(
    st.tuples(st.just("leave"), newcomer),
    st.tuples(st.just("leave"), anybody),
    st.tuples(st.just("leave_unseen"), newcomer),
    st.tuples(st.just("looked_for"), anybody),
)
who_is_who = st.one_of(
    st.tuples(st.just("link"), st.sampled_from(ON_TELEGRAM), st.sampled_from(ON_DISCORD)),
    st.sampled_from([("link", 0, 7), ("link", 2, 8), ("link", 4, 9)]),
    st.tuples(st.just("part"), st.sampled_from([0, 2, 4, 7, 8, 9])),
)
organizing = st.one_of(
    st.tuples(st.just("rule"), anybody, st.booleans()),
    st.tuples(st.just("appeal"), anybody, st.booleans()),
    st.tuples(st.just("fill"), st.integers(1, 3)),
    st.tuples(st.just("version"), rules),
    st.tuples(st.just("hand"), st.integers(1, 2)),
    st.tuples(st.just("pause"), st.booleans()),
)
trouble = st.one_of(
    st.tuples(st.just("again"), st.integers(0, 99)),
    st.tuples(st.just("copy")),
    st.tuples(st.just("restore")),
    st.tuples(st.just("unheard"), st.integers(1, 3)),
)
deeds = st.one_of(days, days, hours, coming, coming, leaving, leaving, who_is_who, organizing, organizing, trouble)
first_ones = st.lists(st.tuples(st.just("come"), newcomer, advocate), min_size=3, max_size=6)
first_wait = st.sampled_from([(), ("wait_days", 2), ("wait_days", 5), ("wait_days", 5)])


@dataclass(frozen=True, slots=True)
class Script:
    """A campaign, and what happens to it."""

    rewards: tuple[Reward, ...]
    rules: object
    deeds: list[tuple[object, ...]]


scripts = st.builds(
    lambda rewards, rules, first, wait, then: Script(rewards, rules, [*first, *filter(None, [wait]), *then]),
    promises(),
    rules,
    first_ones,
    first_wait,
    st.lists(deeds, min_size=8, max_size=16),
)


@dataclass(slots=True)
class Seen:
    """What a friend really did, as anybody in the room could see it."""

    started_at: datetime | None = None
    joined_at: datetime | None = None
    claimed: bool = False


@dataclass
class Story:
    """Does the deeds. What the platform would tell, it tells at once, unless it is `unheard` for a while."""

    town: PromisedTown
    script: Script
    codes: list[str] = field(default_factory=list)
    seen: dict[int, Seen] = field(default_factory=dict)
    told: list[object] = field(default_factory=list)  # facts, in the order in which they were told
    late: list[object] = field(default_factory=list)
    silence: int = 0
    rules: object = None
    all_rules: list[object] = field(default_factory=list)
    filled: int = 0
    number: int = 0
    is_paused: bool = False
    did: Counter[str] = field(default_factory=Counter)
    backup: tuple[object, int] | None = None

    @classmethod
    async def begin(cls, db, script):
        await emptied(db)
        town = PromisedTown(db, FakeClock(STARTS + timedelta(hours=1)))
        story = cls(town, script, rules=script.rules)
        await story.apply(script.rules)
        async with db.begin() as tx:
            await members.meet(tx, [replace(ORGANIZER), *PEOPLE], now=town.now)
        story.codes = [await town.code_of(each) for each in PEOPLE]
        await town.everything_due()
        return story

    async def apply(self, rules):
        self.rules = rules
        self.all_rules.append(rules)
        await self.town.apply(a_campaign(self.script.rewards, rules))

    async def do(self, what, *how):
        """One deed, and everything that follows from it before the next one."""
        self.town.clock.advance(seconds=1)
        self.did[what] += 1
        await getattr(self, what)(*how)
        if self.silence:
            self.silence -= 1
            if not self.silence:
                await self.hear()
        await self.town.everything_due()

    async def say(self, fact):
        """The platform tells; perhaps not before a while, and then in the wrong order."""
        if self.silence:
            self.late.append(fact)
        else:
            self.told.append(fact)
            await self.town.take(fact)

    async def hear(self):
        facts, self.late = list(reversed(self.late)), []
        self.told += facts
        if facts:
            await self.town.take(*facts)

    @property
    def shortest(self):
        """The least that any version of the rules has asked, from coming to counting."""
        return min(each.stay + each.wait for each in self.all_rules) * DAY

    def of(self, one):
        return self.seen.setdefault(one, Seen())

    def is_there(self, one):
        return PEOPLE[one].account in self.town.there

    async def come(self, one, by):
        if not self.is_there(one):
            await self.start(one, by)
            self.town.clock.advance(seconds=1)
            await self.join(one)

    async def start(self, one, by):
        if one != by:
            seen = self.of(one)
            seen.started_at = seen.started_at or self.town.now
            person = replace(PEOPLE[one], reachable=True)
            await self.say(started(person, self.town.now, self.codes[by]))

    async def join(self, one):
        if not self.is_there(one):
            seen = self.of(one)
            seen.joined_at = seen.joined_at or self.town.now
            self.town.there.add(PEOPLE[one].account)
            await self.say(joined(PEOPLE[one], self.town.now, chat=chat_of(one)))

    async def leave(self, one):
        if self.is_there(one):
            self.town.there.discard(PEOPLE[one].account)
            await self.say(left(PEOPLE[one], self.town.now, chat=chat_of(one)))

    async def leave_unseen(self, one):
        """No news of it comes; it is found when the platform is asked."""
        self.town.there.discard(PEOPLE[one].account)

    async def speak(self, one):
        if self.is_there(one) and not self.silence:
            self.number += 1
            await self.town.take(spoke(PEOPLE[one], self.town.now, chat=chat_of(one), number=self.number))

    async def looked_for(self, one):
        await self.say(seen(PEOPLE[one], self.town.now, self.is_there(one), chat=chat_of(one)))

    async def claim(self, one, by, is_true):
        self.number += 1
        applied, self.of(one).claimed = await self.town.campaign(), True
        about = {"at": self.town.now, "campaign_id": applied.id, "advocate": PEOPLE[by].account}
        async with self.town.db.begin() as tx:
            said = Claimed(key=f"claim/{self.number}", person=PEOPLE[one], **about)
            made = (await intake.claim(tx, said, now=self.town.now)).claim
            if made is not None:
                about = {"at": self.town.now, "claim_id": made.id, "confirmed": is_true}
                answer = ClaimAnswered(key=f"answer/{self.number}", person=PEOPLE[by], **about)
                await intake.answer_claim(tx, answer, now=self.town.now)

    async def rule(self, one, counts):
        self.number += 1
        await self.town.rule(PEOPLE[one], counts=counts, key=f"ruled/{self.number}")

    async def appeal(self, one, by_friend):
        if (known := await self.town.referral(PEOPLE[one])) is not None:
            self.number += 1
            by = one if by_friend else await self.place_of(known.advocate_id)
            await self.town.appeal(PEOPLE[one], by=PEOPLE[by], key=f"appealed/{self.number}")

    async def place_of(self, member_id):
        async with self.town.db.read() as tx:
            account = (await members.by_id(tx, [member_id]))[member_id].account
        return next(place for place, each in enumerate(PEOPLE) if each.account == account)

    async def link(self, one, other):
        await self.town.link(PEOPLE[one], PEOPLE[other])

    async def part(self, one):
        await self.town.unlink(PEOPLE[one])

    async def fill(self, count):
        await self.town.fill(*(f"code-{self.filled + n}" for n in range(count)))
        self.filled += count - 1  # and one of them once more with the next

    async def version(self, rules):
        await self.apply(rules)

    async def wait(self, hours):
        self.town.clock.advance(hours=hours)

    async def wait_days(self, days):
        for _ in range(days):
            self.town.clock.advance(days=1)
            await self.town.everything_due()

    async def hand(self, times):
        done = await self.town.hand_over_the_oldest(times=times)
        assert done in ([], [True], [True, False])

    async def pause(self, goes_on):
        """Or end the pause."""
        self.is_paused = not goes_on
        await self.town.switch(on=goes_on)

    async def again(self, number):
        """Something that was told is told again, perhaps long after."""
        if self.told:
            await self.town.take(self.told[number % len(self.told)])

    async def unheard(self, deeds):
        """No news of the next deeds comes in time."""
        self.silence = deeds + 1

    async def restore(self):
        """A backup is put back over the running platforms, which tell what they have told since once more."""
        if self.backup is not None:
            copy, since = self.backup
            await restored(self.town.db, copy)
            self.is_paused = (await self.town.campaign()).paused_at is not None
            self.town.world.forget()
            await self.apply(self.rules)
            for fact in self.told[since:]:
                await self.town.take(fact)

    async def copy(self):
        """A backup is made."""
        self.backup = (await copied(self.town.db), len(self.told))

    async def end_well(self):
        """All that can be lacking is there, and time passes until nothing more happens."""
        self.silence = 0
        self.town.clock.advance(seconds=1)
        await self.hear()
        await self.pause(True)
        await self.apply(replace(self.rules, limits=Limits()))
        await self.town.take(*(started(replace(each, reachable=True), self.town.now, "nobody's") for each in PEOPLE))
        await self.town.everything_due()
        await self.town.fill(*(f"last-{n}" for n in range(40)))
        await self.town.everything_due()
        while self.town.now < RESULTS_BY:
            self.town.clock.advance(days=3)
            await self.town.everything_due()


def chat_of(one):
    return SALON if PEOPLE[one].account.platform is Platform.TELEGRAM else GUILD
