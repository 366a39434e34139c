"""A whole campaign, from before its start until after its results: every reward, every post, every job, and a shop.

The house is the real one, between both stand-ins; only the time is moved. What members read is looked at in both
languages, and in the end nothing was given twice, and the audit has nothing to say.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.sandbox.discord import DiscordServer, DiscordWorld
from bots.sandbox.telegram import TelegramServer, TelegramWorld
from tests.cli.processes import ended, running
from tests.end_to_end.house import answer, assert_audited, counts, status
from tests.end_to_end.servers import invited
from tests.end_to_end.stage import into_the_bot
from tests.end_to_end.whole import SLUG, MovingClock, Whole, link_in, texts
from tests.waiting import until
from tests.web.hooks.shop import Shop

pytest.register_assert_rewrite("tests.end_to_end.cast")
from tests.end_to_end.cast import Cast, codes_of, links_of  # noqa: E402


@pytest.fixture
async def whole(folder: Path, db_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Whole]:
    clock, shop = MovingClock(), Shop()

    class TheirTime(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return clock.now()

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", TheirTime)  # it believes nothing that is five minutes old
    telegram, discord = TelegramWorld(clock=clock), DiscordWorld(clock=clock)
    await shop.open()
    async with TelegramServer(telegram) as telegram_server, DiscordServer(discord) as discord_server:
        yield Whole(clock, folder, db_url, telegram_server, discord_server, shop)
    await shop.close()


@pytest.fixture
def cast(whole: Whole) -> Cast:
    return Cast(whole)


@pytest.mark.parametrize("db_url", ["postgres"], indirect=True)
async def test_a_whole_campaign(whole: Whole, cast: Cast) -> None:
    async with whole.lives(whole.write()):
        whole.shop.secrets = await whole.secrets()
        await cast.before_it_starts()
        await cast.first_day()
        await cast.posts()
        await cast.on_the_way()
        await cast.two_count()
        await cast.the_pool_runs_dry()
        await cast.by_hand()
        await cast.one_leaves()
        await cast.the_last_one_counts()
        await cast.announced()
        await cast.results()
        await whole.until(whole.handled, "everything")
    cast.nothing_twice()
    found = await status(whole.folder, whole.url, SLUG)
    assert counts(found["referrals"]) == {"rewarded": 4}
    assert (found["rewards"]["held"], found["outbox"]["failed"], found["inbox"]["failed"]) == (0, 0, 0)
    await assert_audited(whole.folder, whole.url)


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
async def test_killed_while_gifts_are_handed_over_it_gives_each_once(whole: Whole, cast: Cast) -> None:
    """The process dies in the middle of it; another one goes on, and nobody has two of anything."""
    whole.first_day -= timedelta(days=4)
    file = whole.write(stay="1 second", wait="1 second", per_advocate_per_day="20")
    friends = (cast.ben, cast.chloe, cast.dan, cast.elise)
    async with running("run", str(file), folder=whole.folder, **whole.environment) as process:
        await until(lambda: whole.servers.bot.gateway.connected, 20)
        cast.olga.says(whole.stage.salon, "Welcome, everybody")
        cast.ana.says(whole.stage.bot, "/invite")
        link = link_in((await answer(whole.stage.world, cast.ana, "🔗")).text)
        for friend in (cast.ben, cast.chloe):
            friend.opens(await into_the_bot(link))
            await answer(whole.stage.world, friend, "👋")
            friend.joins(whole.stage.salon)
            friend.says(whole.stage.salon, "Hello")
        for friend in (cast.dan, cast.elise):
            friend.joins(await invited(link))
            friend.runs(whole.servers.bot, "me", whole.servers.general)
            friend.says(whole.servers.general, "Hello")
        await until(lambda: any("🎁" in text for friend in friends for text in texts(friend.inbox)[1:]), 30)
        await process.kill()
    whole.clock.moves(hours=1)  # nobody has a claim left on what it was about to send
    async with whole.lives():
        for friend in friends:
            await whole.reads(friend, "🎁", "https://t.me/+")
        brought = await ended(
            "codes", "import", "welcome", str(whole.more_codes), folder=whole.folder, **whole.environment
        )
        assert "2 rewards given that waited" in brought.out
        for friend in friends:
            await whole.reads(friend, "🎁", "welcome-")
        await whole.until(lambda: len(whole.shop.events) == 4 + 2, "four parcels and two trees")
        await whole.until(whole.handled, "everything")
    codes = [codes_of(friend) for friend in friends]
    assert [len(each) for each in codes] == [1, 1, 1, 1]
    assert len(set.union(*codes)) == 4
    assert [links_of(friend) for friend in friends] == [1, 1, 1, 1]
    found = await status(whole.folder, whole.url, SLUG)
    assert counts(found["referrals"]) == {"rewarded": 4}
    assert [(each["name"], each["qualified"], each["points"]) for each in found["leaderboard"]] == [("Ana", 4, 40)]
    assert found["rewards"] == {"granted": 4 * 7 + 11, "delivered": 31, "waiting": 8, "held": 0}  # by hand, and roles
    await assert_audited(whole.folder, whole.url)
