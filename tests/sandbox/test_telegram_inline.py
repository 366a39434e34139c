"""Inline mode: queries, answers, what people pick, and what the bot hears of it."""

import pytest
import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InlineQueryResultArticle, InputTextMessageContent

from bots.sandbox.telegram import Bot, Chat, ImpossibleError, Person, TelegramWorld
from tests.sandbox.conftest import refused, told


def article(text: str, *, button: bool = True, name: str = "one") -> InlineQueryResultArticle:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Join", callback_data="join")]])
    content = InputTextMessageContent(text, parse_mode="HTML")
    return InlineQueryResultArticle(name, "Invite", content, reply_markup=keyboard if button else None)


@pytest.fixture
def talk(world: TelegramWorld, ana: Person, ben: Person) -> Chat:
    """A group without the bot."""
    return world.chat("group", owner=ana, members=[ben])


async def test_a_picked_result_is_posted_and_fed_back(
    api: telegram.Bot, bot: Bot, ana: Person, ben: Person, talk: Chat
):
    bot.inline_feedback = 1.0
    query = ana.asks(bot, "invite", chat=talk)
    (asked,) = told(bot, "inline_query")
    assert (asked["query"], asked["chat_type"]) == ("invite", "group")
    await api.answer_inline_query(asked["id"], [article("<b>Join</b> us")], is_personal=True, cache_time=0)
    message = ana.picks(query, "one", to=talk)
    assert (message.text, message.author) == ("Join us", ana)
    (chosen,) = told(bot, "chosen_inline_result")
    assert (chosen["result_id"], chosen["query"]) == ("one", "invite")

    ben.taps(message, "Join")
    (tap,) = told(bot, "callback_query")
    assert tap["inline_message_id"] == chosen["inline_message_id"]
    assert "message" not in tap
    assert await api.edit_message_text("Joined!", inline_message_id=tap["inline_message_id"]) is True
    assert talk.messages[message.id].text == "Joined!"
    assert told(bot, "message") + told(bot, "edited_message") == []


async def test_feedback_is_off_unless_it_is_switched_on(api: telegram.Bot, bot: Bot, ana: Person, talk: Chat):
    query = ana.asks(bot)
    await api.answer_inline_query(query.id, [article("x", button=False)])
    ana.picks(query, "one", to=talk)
    assert told(bot, "chosen_inline_result") == []


async def test_without_a_keyboard_there_is_no_inline_message_id(api: telegram.Bot, bot: Bot, ana: Person, talk: Chat):
    bot.inline_feedback = 1.0
    query = ana.asks(bot)
    await api.answer_inline_query(query.id, [article("x", button=False)])
    ana.picks(query, "one", to=talk)
    assert "inline_message_id" not in told(bot, "chosen_inline_result")[0]


async def test_an_answer_not_marked_personal_reaches_others_from_the_cache(
    api: telegram.Bot, bot: Bot, ana: Person, ben: Person, clock
):
    query = ana.asks(bot, "invite")
    await api.answer_inline_query(query.id, [article("Ana's link")])
    assert ben.asks(bot, "invite").results[0]["input_message_content"]["message_text"] == "Ana's link"
    clock.advance(seconds=300)
    assert ben.asks(bot, "invite").results is None
    query = ana.asks(bot, "mine")
    await api.answer_inline_query(query.id, [article("Ana's link")], is_personal=True)
    assert ben.asks(bot, "mine").results is None


async def test_answers_that_cannot_be_are_refused(api: telegram.Bot, bot: Bot, ana: Person, talk: Chat):
    query = ana.asks(bot)
    with refused("RESULT_ID_INVALID"):
        await api.answer_inline_query(query.id, [article("x", name="x" * 65)])
    with refused("RESULT_ID_DUPLICATE"):
        await api.answer_inline_query(query.id, [article("x"), article("y")])
    with refused("can't parse entities"):
        await api.answer_inline_query(query.id, [article("<b>x")])
    with refused("query is too old"):
        await api.answer_inline_query("1", [])
    with pytest.raises(ImpossibleError):
        ana.picks(query, "one", to=talk)


async def test_a_prepared_message_is_shared_by_its_owner(
    api: telegram.Bot, bot: Bot, ana: Person, ben: Person, talk: Chat, clock
):
    bot.inline_feedback = 1.0
    prepared = await api.save_prepared_inline_message(ana.id, article("Join us"), allow_group_chats=True)
    with pytest.raises(ImpossibleError):
        ben.shares_prepared(prepared.id, to=talk)
    assert ana.shares_prepared(prepared.id, to=talk).text == "Join us"
    assert told(bot, "chosen_inline_result")[0]["result_id"] == "one"
    with pytest.raises(ImpossibleError, match="not allowed"):
        ana.shares_prepared(prepared.id, to=bot)
    clock.advance(hours=1)
    with pytest.raises(ImpossibleError):
        ana.shares_prepared(prepared.id, to=talk)


async def test_a_picture_can_be_a_result(api: telegram.Bot, bot: Bot, ana: Person, talk: Chat):
    query = ana.asks(bot)
    url = "https://lune.example/card.png"
    await api.answer_inline_query(
        query.id, [telegram.InlineQueryResultPhoto("card", url, url, caption="<i>Come</i>", parse_mode="HTML")]
    )
    assert ana.picks(query, "card", to=talk).text == "Come"


async def test_a_mini_app_needs_https(api: telegram.Bot, bot: Bot, ana: Person):
    ana.start(bot)
    for address, fits in (("https://lune.example/kit", True), ("http://lune.example/kit", False)):
        app = InlineKeyboardMarkup([[InlineKeyboardButton("Open", web_app=telegram.WebAppInfo(address))]])
        if fits:
            await api.send_message(ana.id, "Open it", reply_markup=app)
        else:
            with refused("is invalid"):
                await api.send_message(ana.id, "Open it", reply_markup=app)
    assert [message.buttons[0]["web_app"]["url"] for message in ana.inbox] == ["https://lune.example/kit"]
