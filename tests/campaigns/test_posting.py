"""Posts by the clock: each once, in its communities and their languages, however many look after it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from campaigns.apply import apply
from campaigns.schedule import do_due
from core import campaign as campaigns
from core import occurrences, outbox
from core.campaign.values import Campaign, Community, Platform, Post
from core.database import Database, rows_of, table_of
from core.outbox.table import OutboxRow
from tests.clock import FakeClock
from tests.people import ATELIER, SALON, STARTS, a_campaign

HOUR = timedelta(hours=1)
TEASER = Post(
    id="teaser", text={"en": "Doors open", "fr": "Ouverture"}, at=STARTS + 8 * HOUR, media=("a.png",), share=True
)
SERVER = Community(name="server", platform=Platform.DISCORD, chat=300, channel=301, language="fr")
NO_CHANNEL = Community(name="lounge", platform=Platform.DISCORD, chat=400, language="fr")


def a_campaign_with(*posts: Post, more: tuple[Community, ...] = (), **changes: Any) -> Campaign:
    campaign = a_campaign(posts=posts, title={"fr": "Amène un proche", "en": "Bring a friend"}, **changes)
    first, second = campaign.communities
    return replace(campaign, communities=(replace(first, language="en"), replace(second, language="fr"), *more))


class Posting:
    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.db, self.clock = db, clock

    async def apply(self, campaign: Campaign) -> None:
        async with self.db.begin() as tx:
            await apply(tx, [campaign], now=self.clock.now())

    async def do(self) -> None:
        while await do_due(self.db, self.clock):
            pass

    async def rows(self) -> list[Any]:
        row = table_of(OutboxRow)
        async with self.db.read() as tx:
            return list(await rows_of(tx, select(row).where(row.c.kind == "post").order_by(row.c.address)))

    async def sent(self) -> list[int]:
        """What was in the outbox is sent: where to."""
        rows = await self.rows()
        async with self.db.begin() as tx:
            for door in Platform:
                for row in await outbox.claim(tx, door, now=self.clock.now(), limit=100, lease=HOUR):
                    await outbox.done(tx, row)
        return [row.address for row in rows]

    async def past(self) -> list[tuple[str, str]]:
        async with self.db.read() as tx:
            applied = await campaigns.by_slug(tx, "spring")
            assert applied is not None
            found = await occurrences.history(tx, applied.id, limit=50)
        return [(each.name, each.state) for each in found if each.name.startswith("post")]


@pytest.fixture
def posting(db: Database, clock: FakeClock) -> Posting:
    return Posting(db, clock)


async def test_a_post_is_in_each_community_in_its_language(posting: Posting) -> None:
    await posting.apply(a_campaign_with(TEASER, more=(SERVER, NO_CHANNEL)))
    await posting.do()
    assert await posting.rows() == []
    posting.clock.advance(hours=5)
    await posting.do()
    rows = await posting.rows()
    assert [(row.door, row.address, row.content["language"], row.content["text"]) for row in rows] == [
        ("telegram", ATELIER, "fr", "Ouverture"),
        ("telegram", SALON, "en", "Doors open"),
        ("discord", 301, "fr", "Ouverture"),
        ("discord", 400, "fr", "Ouverture"),
    ]
    told = rows[2].content
    assert (told["guild"], told["channel"], told["media"], told["share"], told["slug"]) == (
        300,
        301,
        ["a.png"],
        True,
        "spring",
    )
    assert (rows[3].content["guild"], rows[3].content["channel"]) == (400, None)


async def test_only_where_the_file_says(posting: Posting) -> None:
    await posting.apply(a_campaign_with(replace(TEASER, where=("atelier",)), more=(SERVER,)))
    posting.clock.advance(hours=5)
    await posting.do()
    assert await posting.sent() == [ATELIER]


async def test_it_is_posted_once_though_two_look_after_it(posting: Posting) -> None:
    await posting.apply(a_campaign_with(TEASER))
    posting.clock.advance(hours=5)
    await asyncio.gather(*(posting.do() for _ in range(4)))
    assert await posting.sent() == [ATELIER, SALON]
    await asyncio.gather(*(posting.do() for _ in range(4)))
    assert await posting.sent() == []
    assert await posting.past() == [("post teaser", "done")]


async def test_a_new_time_moves_what_was_not_posted_yet_also_what_is_due(posting: Posting) -> None:
    await posting.apply(a_campaign_with(TEASER))
    posting.clock.advance(hours=5)  # due, and nobody has looked
    await posting.apply(a_campaign_with(replace(TEASER, at=STARTS + 24 * HOUR)))
    await posting.do()
    assert await posting.sent() == []
    posting.clock.advance(hours=16)
    await posting.do()
    assert await posting.sent() == [ATELIER, SALON]


async def test_what_was_posted_is_never_posted_again(posting: Posting) -> None:
    await posting.apply(a_campaign_with(TEASER))
    posting.clock.advance(hours=5)
    await posting.do()
    await posting.sent()
    for changed in (
        replace(TEASER, text={"*": "Other words"}),
        replace(TEASER, at=STARTS + 12 * HOUR),
        replace(TEASER, at=STARTS + 30 * HOUR),
    ):
        await posting.apply(a_campaign_with(changed))
        await posting.do()
        posting.clock.advance(hours=30)
        await posting.do()
        assert await posting.sent() == []


async def test_a_post_that_is_taken_out_of_the_file_is_not_posted(posting: Posting) -> None:
    await posting.apply(a_campaign_with(TEASER))
    await posting.apply(a_campaign_with())
    posting.clock.advance(hours=5)
    await posting.do()
    assert (await posting.sent(), await posting.past()) == ([], [])


@pytest.mark.parametrize(("late", "state"), [(5, "done"), (7, "missed")])
async def test_after_downtime_it_is_caught_up_or_reported(posting: Posting, late: int, state: str) -> None:
    await posting.apply(a_campaign_with(TEASER))
    posting.clock.advance(hours=4 + late)
    await posting.do()
    assert await posting.past() == [("post teaser", state)]
    assert bool(await posting.sent()) == (state == "done")


async def test_what_was_missed_can_be_given_a_new_time(posting: Posting) -> None:
    await posting.apply(a_campaign_with(TEASER))
    posting.clock.advance(hours=20)
    await posting.do()
    await posting.apply(a_campaign_with(replace(TEASER, at=STARTS + 30 * HOUR)))
    posting.clock.advance(hours=10)
    await posting.do()
    assert await posting.sent() == [ATELIER, SALON]
