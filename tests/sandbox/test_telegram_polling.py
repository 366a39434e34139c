"""A real python-telegram-bot application and a real aiogram dispatcher live with the stand-in."""

import asyncio

import aiogram
import pytest
import telegram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from telegram.ext import Application, CommandHandler, ContextTypes

from bots.sandbox.telegram import Bot, Chat, Person, TelegramServer, TelegramWorld
from tests.sandbox.conftest import ptb


async def greet(update: telegram.Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await update.effective_message.reply_text(f"Hello {update.effective_user.first_name}: {context.args}")


async def test_an_application_starts_answers_and_stops(
    world: TelegramWorld, server: TelegramServer, bot: Bot, ana: Person
):
    app = Application.builder().token(bot.token).base_url(server.bot_url).base_file_url(server.file_url).build()
    app.add_handler(CommandHandler("start", greet))
    async with app:
        await app.start()
        await app.updater.start_polling()
        ana.start(bot, "CODE")
        await world.until(lambda: ana.inbox)
        await app.updater.stop()
        await app.stop()

    assert [message.text for message in ana.inbox] == ["Hello Ana: ['CODE']"]
    methods = [call.method for call in world.calls if call.method != "sendMessage"]
    assert methods[:3] == ["getMe", "deleteWebhook", "getUpdates"]
    assert world.calls[-1].params["timeout"] == "0"


async def test_aiogram_finds_its_way_about_too(
    world: TelegramWorld, server: TelegramServer, bot: Bot, ana: Person, group: Chat
):
    dispatcher = aiogram.Dispatcher()

    @dispatcher.message()
    async def invite(message: aiogram.types.Message, bot: aiogram.Bot) -> None:
        link = await bot.create_chat_invite_link(group.id, name="Ana")
        await message.answer(f"<b>Yours</b>: {link.invite_link}", parse_mode="HTML")

    session = AiohttpSession(api=TelegramAPIServer.from_base(server.url))
    async with aiogram.Bot(bot.token, session=session) as client:
        assert (await client.me()).username == "sayso_bot"
        polling = asyncio.create_task(dispatcher.start_polling(client, handle_signals=False))
        ana.start(bot)
        await world.until(lambda: ana.inbox)
        await dispatcher.stop_polling()
        await polling

    link = ana.inbox[-1].text.removeprefix("Yours: ")
    ana.joins(group, link)
    assert group.has(ana)


async def test_an_update_comes_again_until_an_offset_confirms_it(api: telegram.Bot, bot: Bot, ana: Person):
    ana.start(bot)
    (first,) = await api.get_updates(timeout=0)
    (again,) = await api.get_updates(timeout=0)
    assert again.update_id == first.update_id
    assert await api.get_updates(offset=first.update_id + 1, timeout=0) == ()


async def test_a_negative_offset_keeps_only_the_last_updates(api: telegram.Bot, bot: Bot, ana: Person):
    for text in ("one", "two", "three"):
        ana.says(bot, text)
    assert [update.message.text for update in await api.get_updates(offset=-2, timeout=0)] == ["two", "three"]
    assert len(await api.get_updates(timeout=0)) == 2


async def test_a_limit_is_kept(api: telegram.Bot, bot: Bot, ana: Person):
    for text in ("one", "two", "three"):
        ana.says(bot, text)
    assert [update.message.text for update in await api.get_updates(limit=2, timeout=0)] == ["one", "two"]


async def test_a_second_poll_ends_the_first(
    world: TelegramWorld, server: TelegramServer, api: telegram.Bot, bot: Bot, ana: Person
):
    first = asyncio.create_task(api.get_updates(timeout=50))
    await world.until(lambda: world.calls_of("getUpdates"))
    async with ptb(server, bot.token) as copy:
        second = asyncio.create_task(copy.get_updates(timeout=50))
        with pytest.raises(telegram.error.Conflict, match="terminated by other getUpdates request"):
            await first
        ana.start(bot)
        assert len(await second) == 1


async def test_polling_is_refused_while_a_webhook_is_set(api: telegram.Bot):
    await api.set_webhook("https://example.org/hook")
    with pytest.raises(telegram.error.Conflict, match="webhook is active"):
        await api.get_updates(timeout=0)
    await api.delete_webhook()
    assert await api.get_updates(timeout=0) == ()


async def test_joins_are_told_only_to_those_who_ask_by_name(
    api: telegram.Bot, bot: Bot, group: Chat, olga: Person, ana: Person
):
    await api.get_updates(timeout=0, allowed_updates=[])
    olga.adds(ana, group)
    updates = await api.get_updates(timeout=0)
    assert [update.chat_member for update in updates] == [None]  # only the service message
    await api.get_updates(offset=updates[-1].update_id + 1, timeout=0, allowed_updates=["chat_member"])
    olga.removes(ana, group)
    await api.get_updates(timeout=0)  # says nothing of kinds, so the list stays as it was
    (update,) = await api.get_updates(timeout=0)
    assert update.chat_member.new_chat_member.status == "left"


async def test_updates_are_gone_after_a_day(api: telegram.Bot, bot: Bot, ana: Person, clock):
    ana.start(bot)
    clock.advance(hours=23)
    ana.says(bot, "still here?")
    clock.advance(hours=1)
    assert [update.message.text for update in await api.get_updates(timeout=0)] == ["still here?"]


async def test_a_poll_ends_when_the_server_stops(world: TelegramWorld, server: TelegramServer, bot: Bot):
    async with ptb(server, bot.token) as api:
        poll = asyncio.create_task(api.get_updates(timeout=50))
        await world.until(lambda: world.calls_of("getUpdates"))
        await server.stop()
        assert await poll == ()


async def test_the_server_can_be_away_for_a_while(server: TelegramServer, api: telegram.Bot, bot: Bot, ana: Person):
    await server.stop()
    ana.start(bot)
    with pytest.raises(telegram.error.NetworkError):
        await api.get_updates(timeout=0)
    await server.start()
    assert len(await api.get_updates(timeout=0)) == 1


async def test_strangers_and_unknown_methods_are_turned_away(server: TelegramServer, api: telegram.Bot):
    async with ptb(server, "123:ABC") as known:
        with pytest.raises(telegram.error.EndPointNotFound):
            await known.do_api_request("makeTea")
    with pytest.raises(telegram.error.InvalidToken):
        async with ptb(server, "666:WRONG"):
            pass
