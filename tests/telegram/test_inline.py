"""Sending one's link from within a chat: what is offered, to whom, and what is known once it was sent."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from bots.sandbox.telegram import Bot, BotApiError, Chat, Message, Person
from bots.sandbox.telegram.inline import InlineQuery
from bots.telegram.inline import STALE_AFTER
from bots.texts import text
from core import audit, totals
from core import campaign as campaigns
from core.campaign.values import Campaign, Share
from core.database import rows_of, table_of
from core.journal.table import FactRow
from core.members.table import MemberRow
from tests.telegram.conftest import TITLES, Door, campaign_in, code_of

PUBLIC = "https://go.example.org"
WORDS = {"en": "Come and join me: {link}", "fr": "Rejoins-moi\u00a0: {link}"}


@pytest.fixture(autouse=True)
def feedback(bot: Bot) -> None:
    """@BotFather was told to say what people choose."""
    bot.inline_feedback = 1.0


@pytest.fixture
async def spring(door: Door, group: Chat) -> Campaign:
    campaign = campaign_in(group, share=Share(text=WORDS))
    await door.apply(campaign)
    return campaign


@pytest.fixture
def circle(door: Door, ana: Person, ben: Person) -> Chat:
    """A group of friends, in which no bot is."""
    return door.world.chat("group", "Friends", owner=ana, members=[ben])


async def asked(door: Door, person: Person, typed: str = "") -> InlineQuery:
    """What the person is offered who types this after the bot's name."""
    query = person.asks(door.bot, typed)
    await door.settle()
    return query


def offered(query: InlineQuery) -> list[str]:
    assert query.results is not None
    return [result["input_message_content"]["message_text"] for result in query.results]


async def invited(door: Door, person: Person) -> Message:
    """The share kit that the bot answers with."""
    person.says(door.bot, "/invite")
    await door.settle()
    return person.inbox[-1]


def button(message: Message, key: str, language: str = "en") -> Any:
    """The button with this text in the catalogue; None if there is none."""
    return next((each for each in message.buttons if each["text"] == text(language, f"button.{key}")), None)


async def shares(door: Door) -> list[dict[str, Any]]:
    """The journal's lines of what was passed on; the totals say the same."""
    table = table_of(FactRow)
    async with door.db.read() as tx:
        rows = await rows_of(tx, select(table).where(table.c.kind == "share").order_by(table.c.id))
        assert await audit.audit(tx) == []
        applied = await campaigns.by_slug(tx, "spring")
        assert applied is not None
        assert (await totals.of_campaign(tx, applied.id)).get("shares", 0) == len(rows)
    return [dict(row._mapping) for row in rows]


# What is offered


async def test_from_the_kit_to_a_friend_and_into_the_journal_once(
    door: Door, spring: Campaign, ana: Person, ben: Person, group: Chat, circle: Chat
):
    chooser = button(await invited(door, ana), "send")["switch_inline_query_chosen_chat"]
    query = await asked(door, ana, chooser["query"])
    code = await code_of(door, ana)
    assert offered(query) == [f"Come and join me: https://t.me/sayso_bot?start={code}_telegram"]

    door.bot.updates.copies = 2
    message = ana.picks(query, code, to=circle)
    await door.settle()
    door.bot.updates.copies = 1
    door.bot.updates.replay(2)
    await door.settle()
    [line] = await shares(door)
    assert (line["code"], line["data"]) == (code, {"how": "inline", "channel": "telegram"})
    assert line["member_id"] == line["advocate_id"]

    ben.opens(message.url(text("en", "button.open_link")))
    await door.settle()
    table = table_of(FactRow)
    async with door.db.read() as tx:
        [start] = await rows_of(tx, select(table).where(table.c.kind == "start"))
    assert (start.code, start.data) == (code, {"channel": "telegram"})
    assert ben.inbox[-1].text.startswith("👋 Ana")


async def test_results_are_for_the_one_who_asks_alone_and_never_kept(
    door: Door, spring: Campaign, ana: Person, ben: Person
):
    codes = [await code_of(door, ana), await code_of(door, ben)]
    hers, his = await asked(door, ana), await asked(door, ben)
    assert [each["id"] for query in (hers, his) for each in query.results or []] == codes
    assert offered(his)[0].startswith("Rejoins-moi")
    assert (hers.options["is_personal"], hers.options["cache_time"]) == (True, 0)
    again = await asked(door, ana)
    assert again.results is not None
    assert len(door.world.calls_of("answerInlineQuery")) == 3


async def test_with_a_page_of_our_own_the_link_leads_there(door: Door, spring: Campaign, ana: Person, circle: Chat):
    door.publish(PUBLIC)
    code = await code_of(door, ana)
    query = await asked(door, ana)
    assert offered(query) == [f"Come and join me: {PUBLIC}/r/{code}/telegram"]
    assert ana.picks(query, code, to=circle).url("See the invitation") == f"{PUBLIC}/r/{code}/telegram"


async def test_who_has_no_link_is_shown_the_way_to_one_and_leaves_no_trace(
    door: Door, spring: Campaign, ana: Person, ben: Person
):
    query = await asked(door, ben)
    assert query.results == []
    assert query.options["button"]["text"] == text("fr", "inline.get_link")
    async with door.db.read() as tx:
        assert (await tx.execute(select(func.count()).select_from(table_of(MemberRow)))).scalar_one() == 0
    ben.start(door.bot, query.options["button"]["start_parameter"])
    await door.settle()
    assert button(ben.inbox[-1], "send", "fr")
    query = await asked(door, ben)
    assert len(offered(query)) == 1
    assert query.options["button"] is None


async def test_a_campaign_is_found_by_what_people_call_it(door: Door, spring: Campaign, ana: Person, group: Chat):
    await door.apply(spring, campaign_in(group, slug="lune", title={"*": "Maison Lune"}))
    for number in ("1", "2"):
        ana.says(door.bot, "/start")
        await door.settle()
        ana.taps(ana.inbox[-1], "invite")
        await door.settle()
        ana.taps(ana.inbox[-1], f"invite:{number}")
        await door.settle()
    both = offered(await asked(door, ana))
    assert len(both) == 2
    code = both[0][-20:-9]
    for typed in ("spring", "SPR", "1", " bring", code, code.lower()):
        assert offered(await asked(door, ana, typed)) == both[:1], typed
    assert offered(await asked(door, ana, "maison")) == both[1:]
    for typed in ("look at this", "é" * 256, "%", "7"):  # names none of them: better all than nothing
        assert offered(await asked(door, ana, typed)) == both, typed


async def test_what_is_over_is_not_offered(door: Door, spring: Campaign, ana: Person, circle: Chat):
    code = await code_of(door, ana)
    query = await asked(door, ana)
    door.clock.advance(days=40)
    assert (await asked(door, ana)).results == []
    ana.picks(query, code, to=circle)
    await door.settle()
    assert await shares(door) == []


# Typing


async def test_of_many_letters_only_the_last_is_answered(door: Door, spring: Campaign, ana: Person, ben: Person):
    await code_of(door, ana)
    typed = [ana.asks(door.bot, "spring"[:n]) for n in range(7)]
    other = ben.asks(door.bot, "s")
    await door.settle()
    assert [query.results is not None for query in typed] == [False] * 6 + [True]
    assert other.results == []
    assert len(door.world.calls_of("answerInlineQuery")) == 2


async def test_so_it_is_when_the_sender_is_slow(door: Door, spring: Campaign, ana: Person, ben: Person):
    await code_of(door, ana)
    typed = []
    for n in range(5):
        typed.append(ana.asks(door.bot, "spring"[:n]))
        ben.asks(door.bot, "spring"[:n])
        await door.world.until(lambda: not door.bot.updates)
        await door.handler.once()
    await door.settle()
    assert [query.results is not None for query in typed] == [False] * 4 + [True]
    assert len(door.world.calls_of("answerInlineQuery")) == 2
    assert await door.left_over() == {"inbox": {}, "outbox": {}}


@pytest.mark.parametrize("handled", [False, True])
async def test_what_nobody_waits_for_any_more_is_dropped(door: Door, spring: Campaign, ana: Person, handled: bool):
    ana.asks(door.bot)
    await door.world.until(lambda: not door.bot.updates)
    if handled:
        await door.handler.once()
    door.clock.advance(seconds=STALE_AFTER.total_seconds())
    await door.settle()
    assert door.world.calls_of("answerInlineQuery") == []
    assert await door.left_over() == {"inbox": {}, "outbox": {}}


@pytest.mark.parametrize("reason", ["query is too old and response timeout expired", "QUERY_ID_INVALID"])
async def test_an_answer_that_comes_too_late_for_telegram_is_no_failure(
    door: Door, spring: Campaign, ana: Person, reason: str
):
    door.world.faults.refuse(BotApiError(400, f"Bad Request: {reason}"), method="answerInlineQuery")
    await asked(door, ana)
    assert await door.left_over() == {"inbox": {}, "outbox": {}}


async def test_another_refusal_is_one(door: Door, spring: Campaign, ana: Person):
    door.world.faults.refuse(BotApiError(400, "Bad Request: RESULTS_TOO_MUCH"), method="answerInlineQuery")
    await asked(door, ana)
    assert await door.left_over() == {"inbox": {}, "outbox": {"failed": 1}}


# Prepared messages


async def test_the_kits_page_opens_in_telegram_with_a_message_ready(
    door: Door, spring: Campaign, ana: Person, circle: Chat
):
    door.publish(PUBLIC)
    app = urlsplit(button(await invited(door, ana), "all_ways")["web_app"]["url"])
    code = await code_of(door, ana)
    assert app._replace(fragment="").geturl() == f"{PUBLIC}/r/{code}/kit"
    message = ana.shares_prepared(app.fragment.removeprefix("prepared="), to=circle)
    assert message.text == f"Come and join me: {PUBLIC}/r/{code}/telegram"
    await door.settle()
    [line] = await shares(door)
    assert (line["code"], line["data"]["how"]) == (code, "inline")


async def test_each_kit_has_a_message_of_its_own(door: Door, spring: Campaign, ana: Person):
    door.publish(PUBLIC)
    assert button(await invited(door, ana), "all_ways") != button(await invited(door, ana), "all_ways")


async def test_where_none_can_be_prepared_the_page_opens_as_any_other(door: Door, spring: Campaign, ana: Person):
    door.publish(PUBLIC)
    code = await code_of(door, ana)
    door.world.faults.refuse(BotApiError(400, "Bad Request: no"), method="savePreparedInlineMessage")
    assert button(await invited(door, ana), "all_ways")["url"] == f"{PUBLIC}/r/{code}/kit"
    door.world.faults.clear()
    for url, inline in (("http://go.example.org", True), (PUBLIC, False)):
        door.publish(url, inline=inline)
        assert button(await invited(door, ana), "all_ways")["url"] == f"{url}/r/{code}/kit"
    door.publish(None)
    assert button(await invited(door, ana), "all_ways") is None
    assert len(door.world.calls_of("savePreparedInlineMessage")) == 2


async def test_without_inline_mode_the_kit_has_no_button_for_it(door: Door, spring: Campaign, ana: Person):
    door.publish(None, inline=False)
    assert button(await invited(door, ana), "send") is None


# What is believed


async def test_nobody_sends_somebody_elses_link(door: Door, spring: Campaign, ana: Person, ben: Person):
    codes = [await code_of(door, ana), "23456789abc", "", "x" * 64, "\x00"]
    for number, code in enumerate(codes):
        chosen = {"result_id": code, "from": ben.json(), "query": "", "inline_message_id": f"m{number}"}
        await door.keeper.keep([json.dumps({"update_id": number + 1, "chosen_inline_result": chosen}).encode()])
    await door.settle()
    assert await shares(door) == []
    assert await door.left_over() == {"inbox": {}, "outbox": {}}


# Forwards


@pytest.fixture
async def news(door: Door, spring: Campaign, olga: Person, group: Chat) -> Chat:
    """The campaign's channel."""
    channel = door.world.chat("channel", "News", username="lune_news", owner=olga, admins=[door.bot])
    await door.apply(replace(spring, communities=campaign_in(group, channel).communities))
    return channel


async def test_a_post_passed_on_is_told_of_with_its_number_and_where_it_was_seen(
    door: Door, news: Chat, ana: Person, olga: Person, group: Chat
):
    talk = door.world.chat("supergroup", "Elsewhere", owner=ana, admins=[door.bot])
    first, post = olga.says(news, "Hello"), olga.says(news, "We open our doors.")
    assert first.id != post.id
    ana.forwards(post, to=talk)
    ana.forwards(post, to=talk)  # told twice: two messages
    ana.forwards(post, to=door.bot)
    door.bot.updates.replay(3)
    await door.settle()
    places = [talk.id, talk.id, "private"]
    assert [line["data"] for line in await shares(door)] == [
        {"how": "forward", "seen": seen, "post": post.id} for seen in places
    ]
    assert {line["code"] for line in await shares(door)} == {None}


async def test_a_sent_link_passed_on_where_the_bot_is_counts_for_its_advocate(
    door: Door, spring: Campaign, ana: Person, ben: Person, group: Chat, circle: Chat
):
    code = await code_of(door, ana)
    message = ana.picks(await asked(door, ana), code, to=circle)
    talk = door.world.chat("supergroup", "Elsewhere", owner=ben, admins=[door.bot])
    ben.forwards(message, to=talk)
    door.bot.updates.replay(1)
    await door.settle()
    sent, passed_on = await shares(door)
    assert (passed_on["code"], passed_on["data"]) == (
        code,
        {"how": "forward", "seen": talk.id, "channel": "telegram"},
    )
    assert passed_on["advocate_id"] == sent["member_id"] != passed_on["member_id"]
    assert passed_on["key"].startswith("tg/message/")


async def test_so_does_the_bots_own_message_with_the_link(
    door: Door, spring: Campaign, ana: Person, group: Chat, circle: Chat
):
    kit = await invited(door, ana)
    talk = door.world.chat("supergroup", "Elsewhere", owner=ana, admins=[door.bot])
    ana.forwards(kit, to=talk)
    await door.settle()
    assert [line["data"] for line in await shares(door)] == [{"how": "forward", "seen": talk.id}]


async def test_a_post_with_a_link_in_it_counts_once(door: Door, news: Chat, ana: Person, olga: Person):
    code = await code_of(door, ana)
    post = olga.says(news, f"Come through https://t.me/sayso_bot?start={code}")
    ana.forwards(post, to=door.bot)
    await door.settle()
    [line] = await shares(door)
    assert (line["code"], line["data"]) == (None, {"how": "forward", "seen": "private", "post": post.id})


async def test_a_link_in_a_post_of_somebody_elses_channel_counts_for_its_advocate(
    door: Door, spring: Campaign, ana: Person, ben: Person
):
    code = await code_of(door, ana)
    blog = door.world.chat("channel", "Ana writes", username="ana_writes", owner=ana)
    post = ana.says(blog, f"Come through https://t.me/sayso_bot?start={code}")
    ben.forwards(post, to=door.bot)
    await door.settle()
    [line] = await shares(door)
    assert (line["code"], line["data"]) == (code, {"how": "forward", "seen": "private"})


async def test_no_text_is_kept(door: Door, spring: Campaign, ana: Person, ben: Person, circle: Chat):
    code = await code_of(door, ana)
    message = ana.says(circle, f"my secret words https://t.me/sayso_bot?start={code}_telegram")
    ben.forwards(message, to=door.bot)
    await door.settle()
    [line] = await shares(door)
    assert "secret" not in json.dumps({name: str(value) for name, value in line.items()})
    assert TITLES["fr"] not in str(line)
