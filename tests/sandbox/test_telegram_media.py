"""Pictures, videos and albums on the stand-in for Telegram: what is taken, what is refused, what people see."""

import pytest
import telegram
from telegram import InputMediaDocument, InputMediaPhoto, InputMediaVideo

from bots.sandbox.telegram import Bot, Chat, Person, TelegramWorld
from bots.sandbox.telegram.files import LARGEST_PHOTO


@pytest.fixture
def lune(world: TelegramWorld, bot: Bot, ana: Person) -> Chat:
    return world.chat("supergroup", "Lune", owner=ana, admins=[bot])


async def test_a_photo_and_a_video_are_seen_with_their_words(api: telegram.Bot, lune: Chat):
    photo = await api.send_photo(lune.id, b"png", caption="<b>Hello</b>", parse_mode="HTML")
    video = await api.send_video(lune.id, b"mp4", filename="a.mp4", width=640, height=360, duration=7)
    assert (lune.messages[photo.message_id].media, photo.caption) == ("photo", "Hello")
    assert lune.messages[video.message_id].media == "video"
    assert video.video is not None
    assert (video.video.width, video.video.height, video.video.file_name) == (640, 360, "a.mp4")


async def test_a_file_can_be_sent_again_by_its_name_as_what_it_was(api: telegram.Bot, lune: Chat):
    photo = await api.send_photo(lune.id, b"png")
    again = await api.send_photo(lune.id, photo.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == photo.photo[-1].file_unique_id
    with pytest.raises(telegram.error.BadRequest, match="use file of type photo as video"):
        await api.send_video(lune.id, photo.photo[-1].file_id)


async def test_files_that_were_forgotten_have_no_name(api: telegram.Bot, world: TelegramWorld, lune: Chat):
    photo = await api.send_photo(lune.id, b"png")
    world.files.forget()
    with pytest.raises(telegram.error.BadRequest, match="rong file identifier"):
        await api.send_photo(lune.id, photo.photo[-1].file_id)


async def test_a_photo_has_10_mb_at_most(api: telegram.Bot, lune: Chat):
    with pytest.raises(telegram.error.BadRequest, match="too big for a photo"):
        await api.send_photo(lune.id, bytes(LARGEST_PHOTO + 1))


async def test_an_album_counts_as_one_in_its_seconds_and_as_many_in_its_minutes(
    api: telegram.Bot, world: TelegramWorld, lune: Chat
):
    world.meter.enforce = True
    await api.send_media_group(lune.id, [InputMediaPhoto(b"1"), InputMediaVideo(b"2"), InputMediaPhoto(b"3")])
    assert world.meter.sent == 3
    with pytest.raises(telegram.error.RetryAfter):
        await api.send_message(lune.id, "Hello")


async def test_documents_do_not_mix_with_pictures(api: telegram.Bot, lune: Chat):
    with pytest.raises(telegram.error.BadRequest, match="can't be mixed"):
        await api.send_media_group(lune.id, [InputMediaPhoto(b"1"), InputMediaDocument(b"2")])


async def test_who_may_write_may_not_always_send_pictures(
    api: telegram.Bot, world: TelegramWorld, ana: Person, bot: Bot
):
    chat = world.chat("supergroup", "Strict", owner=ana, members=[bot])
    ana.restricts(bot, chat, can_send_messages=True, can_send_videos=True)
    await api.send_message(chat.id, "Hello")
    await api.send_video(chat.id, b"mp4")
    with pytest.raises(telegram.error.BadRequest, match="rights to send photos"):
        await api.send_photo(chat.id, b"png")


async def test_an_album_is_forwarded_as_an_album_and_one_of_it_alone(
    api: telegram.Bot, lune: Chat, ana: Person, bot: Bot
):
    sent = await api.send_media_group(lune.id, [InputMediaPhoto(b"1", caption="Hello"), InputMediaPhoto(b"2")])
    ana.start(bot)
    first = lune.messages[sent[0].message_id]
    album = ana.forwards_album(first, to=bot)
    assert len({message.content["media_group_id"] for message in album}) == 1
    assert album[0].content["media_group_id"] != first.content["media_group_id"]
    assert "media_group_id" not in ana.forwards(first, to=bot).content
