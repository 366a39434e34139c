"""Any campaign that a file could describe: rewards of every kind, for both, each with its limits and its times."""

from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import strategies as st

from core.campaign.values import Campaign, Holding, Limits, Post, Qualify, Reward, To
from tests.core.persons_world import a_campaign_on_both
from tests.people import STARTS

DAY = timedelta(days=1)
ENDS = STARTS + 25 * DAY
POOL, ROLE, ROOM, SHOP = "welcome", 310000000000000010, -1007, "https://shop.example/hooks"
SECRET = Post(id="secret", text={"*": "For friends alone"}, exclusive=True)
LATER = replace(SECRET, id="later", at=STARTS + 4 * DAY)

_GIVES = {
    "points": 10,
    "message": {"*": "Thank you!"},
    "promo_code": POOL,
    "discord_role": ROLE,
    "telegram_invite": ROOM,
    "webhook": SHOP,
    "by_hand": {"*": "A poster"},
}
kinds = st.sampled_from(sorted(_GIVES))
whens = st.sampled_from([{"every": 1}, {"every": 1}, {"every": 2}, {"at": 1}, {"at": 2}, {"top": 1}, {"top": 2}])


@dataclass(frozen=True, slots=True)
class Rules:
    """What a campaign asks and limits; another version may ask and limit something else."""

    stay: int
    messages: int
    wait: int
    clawback: int
    limits: Limits


rules = st.builds(
    Rules,
    stay=st.sampled_from([1, 1, 0, 3]),
    messages=st.sampled_from([0, 0, 0, 0, 1]),
    wait=st.sampled_from([0, 0, 1, 2]),
    clawback=st.sampled_from([30, 30, 2, 0]),
    limits=st.builds(
        Limits,
        per_advocate=st.sampled_from([None, None, 1, 2]),
        per_advocate_per_day=st.sampled_from([None, None, 1]),
        rewards=st.none() | st.integers(1, 12),
        points=st.none() | st.integers(5, 60),
    ),
)


@st.composite
def promises(draw: st.DrawFn) -> tuple[Reward, ...]:
    """For advocates and for friends; points, which nearly everything counts, for the advocates in any case."""
    made = [Reward(id="points", to=To.ADVOCATE, kind="points", setting=10, every=1)]
    for number, kind in enumerate(draw(st.lists(kinds, min_size=2, max_size=4))):
        when = draw(whens)
        made.append(Reward(id=f"a{number}-{kind}", to=To.ADVOCATE, kind=kind, setting=_GIVES[kind], **when))
    for number, kind in enumerate(draw(st.lists(kinds, min_size=1, max_size=3))):
        made.append(Reward(id=f"f{number}-{kind}", to=To.FRIEND, kind=kind, setting=_GIVES[kind]))
    made.append(Reward(id="raffle", to=To.ADVOCATE, kind="message", setting={"*": "A dinner"}, draw=1))
    return tuple(made)


def a_campaign(rewards: tuple[Reward, ...], rules: Rules, **changes: object) -> Campaign:
    """On both messengers, with a pool of codes and posts for friends alone."""
    usual = {
        "ends": ENDS,
        "rewards": rewards,
        "qualify": Qualify(stay=rules.stay * DAY, messages=rules.messages),
        "holding": Holding(wait=rules.wait * DAY, clawback=rules.clawback * DAY),
        "limits": rules.limits,
        "codes": {POOL: "codes.txt"},
        "posts": (SECRET, LATER),
    }
    return a_campaign_on_both(**{**usual, **changes})
