"""What bots send, people read, and privacy mode lets through."""

import pytest
import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, ReplyParameters

from bots.sandbox.telegram import Bot, Chat, ImpossibleError, Person, TelegramWorld
from tests.sandbox.conftest import refused, told

KEYBOARD = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Invite", callback_data="invite"), InlineKeyboardButton("Site", url="https://lune.example")]]
)


async def test_a_message_arrives_as_it_was_meant(api: telegram.Bot, bot: Bot, ana: Person):
    ana.start(bot)
    sent = await api.send_message(ana.id, "<b>Hi</b> &amp; hello", parse_mode="HTML", reply_markup=KEYBOARD)
    (message,) = ana.inbox
    assert message.text == sent.text == "Hi & hello"
    assert sent.parse_entities() == {sent.entities[0]: "Hi"}
    assert message.url("Site") == "https://lune.example"
    assert sent.reply_markup == KEYBOARD


async def test_a_command_is_marked_as_one(bot: Bot, ana: Person):
    ana.says(bot, "/start CODE")
    assert told(bot, "message")[0]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]


async def test_nobody_hears_from_a_bot_they_never_started(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, ana: Person
):
    with pytest.raises(telegram.error.Forbidden, match="bot can't initiate conversation with a user"):
        await api.send_message(ana.id, "Hello")
    with refused("chat not found"):
        await api.send_message(1, "Hello")
    ana.start(bot)
    ana.deletes_account()
    with pytest.raises(telegram.error.Forbidden, match="user is deactivated"):
        await api.send_message(ana.id, "Hello")
    with pytest.raises(telegram.error.Forbidden, match="bots can't send messages to bots"):
        await api.send_message(world.bot().id, "Hello")


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": "<i></i>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "<b>Ana", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag"),
        ({"text": "Ana <3", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": "*Ana*", "parse_mode": "MarkdownV2"}, "unsupported parse_mode"),
        ({"text": "x", "reply_parameters": ReplyParameters(99)}, "message to be replied not found"),
    ],
)
async def test_a_message_that_cannot_be_is_refused(api: telegram.Bot, bot: Bot, ana: Person, message, problem: str):
    ana.start(bot)
    with refused(problem):
        await api.send_message(ana.id, **message)
    assert ana.inbox == []


@pytest.mark.parametrize(
    ("button", "problem"),
    [
        ({"text": "x", "callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x"}, "Text buttons are unallowed"),
        ({"text": "x", "url": "ftp://lune.example"}, "Unsupported URL protocol"),
        ({"text": "x", "url": "nowhere"}, "Wrong HTTP URL"),
        ({"text": "x", "copy_text": {"text": ""}}, "BUTTON_COPY_TEXT_INVALID"),
        ({"callback_data": "x"}, "can't parse inline keyboard button"),
    ],
)
async def test_a_button_that_cannot_be_is_refused(api: telegram.Bot, bot: Bot, ana: Person, button, problem: str):
    ana.start(bot)
    with refused(problem):
        await api.send_message(ana.id, "x", reply_markup={"inline_keyboard": [[button]]})


async def test_a_tap_calls_back_and_hears_the_answer(api: telegram.Bot, bot: Bot, ana: Person):
    ana.start(bot)
    await api.send_message(ana.id, "x", reply_markup=KEYBOARD)
    tap = ana.taps(ana.inbox[-1], "Invite")
    (query,) = told(bot, "callback_query")
    assert (query["data"], query["message"]["message_id"]) == ("invite", ana.inbox[-1].id)
    await api.answer_callback_query(query["id"], "Here you go", show_alert=True)
    assert (tap.answer["text"], tap.answer["show_alert"]) == ("Here you go", True)
    with refused("query is too old"):
        await api.answer_callback_query(query["id"])
    with pytest.raises(ImpossibleError):
        ana.taps(ana.inbox[-1], "Site")


async def test_an_edit_shows_and_a_deletion_too(api: telegram.Bot, bot: Bot, ana: Person):
    ana.start(bot)
    sent = await api.send_message(ana.id, "one", reply_markup=KEYBOARD)
    with refused("message is not modified"):
        await sent.edit_text("one", reply_markup=KEYBOARD)
    edited = await sent.edit_text("two")
    assert edited.edit_date is not None
    assert (ana.inbox[-1].text, ana.inbox[-1].buttons) == ("two", [])
    await sent.edit_reply_markup(KEYBOARD)
    assert len(ana.inbox[-1].buttons) == 2
    with refused("there is no caption in the message to edit"):
        await sent.edit_caption("caption")
    await sent.delete()
    assert ana.inbox == []
    with refused("message to delete not found"):
        await sent.delete()
    with refused("message to edit not found"):
        await sent.edit_text("three")


async def test_a_bot_deletes_what_it_may(api: telegram.Bot, bot: Bot, group: Chat, olga: Person, ana: Person, clock):
    olga.adds(ana, group)
    spam = ana.says(group, "spam")
    old = await api.send_message(group.id, "old")
    clock.advance(hours=49)
    await api.delete_messages(group.id, [spam.id, old.message_id, 999])
    assert not {spam.id, old.message_id} & group.messages.keys()
    spam = ana.says(group, "more spam")
    olga.demotes(bot, group)
    with refused("message can't be deleted"):
        await api.delete_message(group.id, spam.id)
    with refused("message can't be edited"):
        await api.edit_message_text("ham", group.id, spam.id)


async def test_media_come_with_captions_and_can_be_sent_again(api: telegram.Bot, bot: Bot, ana: Person, http, server):
    ana.start(bot)
    sent = await api.send_photo(ana.id, b"\x89PNG one", caption="<i>A card</i>", parse_mode="HTML", filename="card.png")
    assert (sent.caption, sent.caption_entities[0].type) == ("A card", "italic")
    again = await api.send_photo(ana.id, sent.photo[0].file_id)
    assert again.photo[0].file_id == sent.photo[0].file_id
    file = await api.get_file(sent.photo[0].file_id)
    assert bytes(await file.download_as_bytearray()) == b"\x89PNG one"
    assert (await http.get(f"/file/bot{bot.token}/files/none")).status == 404
    video = await api.send_video(ana.id, b"film")
    document = await api.send_document(ana.id, b"paper", filename="rules.pdf")
    assert (video.video.file_size, document.document.file_name) == (4, "rules.pdf")
    both = await api.send_media_group(ana.id, [InputMediaPhoto(b"a", caption="first"), InputMediaPhoto(b"b")])
    assert len({message.media_group_id for message in both}) == 1
    assert [message.text for message in ana.inbox[-2:]] == ["first", ""]
    with refused("message caption is too long"):
        await api.send_photo(ana.id, b"x", caption="x" * 1025)
    with refused("wrong file identifier"):
        await api.send_photo(ana.id, "unknown")
    await api.edit_message_caption(ana.id, sent.message_id, caption="Another card")
    assert ana.inbox[0].text == "Another card"


async def test_forwards_tell_their_origin_and_copies_do_not(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, group: Chat, olga: Person, ana: Person
):
    channel = world.chat("channel", "News", owner=olga, admins=[bot])
    post = olga.says(channel, "News!")
    ana.start(bot)
    secret = world.user("Sam", hides_forwards=True)
    olga.adds(secret, group)
    olga.adds(ana, channel)
    ana.forwards(post, to=bot)
    forwarded = await api.forward_message(ana.id, group.id, secret.says(group, "psst").id)
    await api.copy_message(ana.id, channel.id, post.id)
    assert told(bot, "message")[-2]["forward_origin"]["type"] == "channel"
    assert forwarded.forward_origin.type == "hidden_user"
    assert [("forward_origin" in message.content) for message in ana.inbox] == [True, False]
    ids = [ana.inbox[0].id, ana.inbox[1].id]
    assert (
        len(await api.copy_messages(ana.id, ana.id, ids)) == len(await api.forward_messages(ana.id, ana.id, ids)) == 2
    )
    with refused("strictly increasing order"):
        await api.copy_messages(ana.id, ana.id, ids[::-1])
    with refused("message to copy not found"):
        await api.copy_message(ana.id, ana.id, 999)


async def test_a_forward_is_heard_of_only_where_the_bot_can_read(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, olga: Person, group: Chat
):
    elsewhere = world.chat("group", owner=olga)
    card = group.messages[(await api.send_message(group.id, "Join us")).message_id]
    olga.forwards(card, to=elsewhere)
    assert told(bot, "message") == []
    olga.forwards(card, to=group)
    (copy,) = told(bot, "message")
    assert copy["forward_origin"]["sender_user"]["id"] == bot.id
    guarded = group.messages[(await api.send_message(group.id, "Ours", protect_content=True)).message_id]
    with pytest.raises(ImpossibleError):
        olga.forwards(guarded, to=elsewhere)


async def test_privacy_mode_lets_through_only_what_is_meant_for_the_bot(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, olga: Person
):
    group = world.chat("supergroup", owner=olga, members=[bot])
    other = world.bot()
    olga.adds(other, group)
    own = group.messages[(await api.send_message(group.id, "Hello all")).message_id]
    olga.says(group, "just talking")
    olga.says(group, f"/start@{other.username}")
    for text in ("/start@sayso_bot", "/help"):
        olga.says(group, text)
    olga.says(group, "thanks", reply_to=own)
    texts = [message["text"] for message in told(bot, "message") if "text" in message]
    assert texts == ["/start@sayso_bot", "/help", "thanks"]
    bot.reads_all = True
    olga.says(group, "just talking")
    assert told(bot, "message")[-1]["text"] == "just talking"
    assert [message.get("text") for message in told(other, "message")][1:] == [f"/start@{other.username}"]


async def test_people_edit_and_delete_what_they_wrote(bot: Bot, ana: Person, group: Chat, olga: Person):
    message = ana.start(bot)
    ana.edits(message, "/start OTHER")
    assert told(bot, "edited_message")[0]["text"] == "/start OTHER"
    ana.deletes(message)
    with pytest.raises(ImpossibleError):
        ana.edits(message, "gone")
    olga.deletes(olga.says(group, "oops"))
    assert "oops" not in [message.text for message in olga.sees(group)]


async def test_a_channel_post_has_no_author(world: TelegramWorld, api: telegram.Bot, bot: Bot, olga: Person):
    channel = world.chat("channel", owner=olga, admins=[bot])
    olga.says(channel, "News!")
    (post,) = told(bot, "channel_post")
    assert "from" not in post
    assert post["sender_chat"]["id"] == channel.id
    sent = await api.send_message(channel.id, "From the bot")
    assert sent.sender_chat.id == channel.id
    await sent.edit_text("From the bot, edited")
    olga.promotes(bot, channel, can_post_messages=False)
    with refused("need administrator rights in the channel chat"):
        await api.send_message(channel.id, "Again")


async def test_shared_users_and_chats_come_as_ids(bot: Bot, group: Chat, olga: Person, ana: Person):
    olga.shares_users(bot, [ana], request_id=7)
    olga.shares_chat(bot, group, request_id=8)
    users, chat = told(bot, "message")
    assert users["users_shared"] == {"request_id": 7, "users": [{"user_id": ana.id}]}
    assert chat["chat_shared"]["chat_id"] == group.id


async def test_the_bot_describes_itself(api: telegram.Bot, bot: Bot, ana: Person):
    await api.set_my_commands([("start", "Begin"), ("link", "Your link")])
    await api.set_my_commands([("start", "Empezar")], language_code="es")
    assert [command.description for command in await api.get_my_commands(language_code="es")] == ["Empezar"]
    await api.delete_my_commands(language_code="es")
    assert await api.get_my_commands(language_code="es") == ()
    assert len(await api.get_my_commands()) == 2
    with refused("BOT_COMMAND_INVALID"):
        await api.set_my_commands([("Start!", "Begin")])
    await api.set_my_description("Long", language_code="es")
    await api.set_my_short_description("Short")
    await api.set_my_name("Lune")
    assert (await api.get_my_description("es")).description == "Long"
    assert (await api.get_my_short_description("es")).short_description == "Short"
    assert (await api.get_my_name()).name == "Lune"
    await api.set_chat_menu_button(menu_button=telegram.MenuButtonDefault())
    assert (await api.get_chat_menu_button()).type == "default"
    ana.start(bot)
    assert await api.send_chat_action(ana.id, "typing")
    assert (await api.get_chat(ana.id)).first_name == "Ana"
    assert await api.log_out()
    assert await api.close()
