"""A campaign's posts as people on Telegram see them, and what comes of pressing their button."""

from dataclasses import replace
from datetime import timedelta

import pytest
import telegram
from sqlalchemy import select

from bots.sandbox.telegram import Bot, BotApiError, Chat, Message, Person, TelegramWorld
from bots.texts import text
from campaigns.schedule import do_due
from core import media
from core.campaign.values import Campaign, Post
from core.database import Database, rows_of, table_of
from core.journal.table import FactRow
from core.media import Medium
from tests.clock import FakeClock
from tests.people import STARTS, assert_audited
from tests.posts import FILM, PICTURE, SECOND, THIRD, content, kept
from tests.telegram.conftest import Door, campaign_in, code_in, link_in
from tests.telegram.outgoing import Outgoings

READS = "We open <soon>: https://lune.example"


@pytest.fixture
async def out(db: Database, clock: FakeClock, world: TelegramWorld, bot: Bot, client: telegram.Bot) -> Outgoings:
    await kept(db, clock)
    return Outgoings(db=db, clock=clock, world=world, bot=bot, api=client)


@pytest.fixture
def lune(out: Outgoings) -> Chat:
    return out.world.chat("channel", "Maison Lune", username="lune", admins=[out.bot])


async def posts(out: Outgoings, address: int, *shown: Medium, key: str = "one", **more: object) -> None:
    await out.put(address, kind="post", key=key, **content(*shown, **more))  # type: ignore[arg-type]


def seen(chat: Chat) -> list[Message]:
    return list(chat.messages.values())


async def test_words_alone_are_shown_as_the_organizer_wrote_them(out: Outgoings, lune: Chat):
    await posts(out, lune.id)
    await out.sender.once()
    (message,) = seen(lune)
    assert (message.text, message.media, message.buttons) == (READS, None, [])
    assert message.content["entities"][0]["type"] == "text_link"
    assert message.content["link_preview_options"] == {"is_disabled": True}


@pytest.mark.parametrize(("medium", "kind"), [(PICTURE, "photo"), (FILM, "video")])
async def test_a_picture_or_a_video_has_the_words_below_it(out: Outgoings, lune: Chat, medium: Medium, kind: str):
    await posts(out, lune.id, medium)
    await out.sender.once()
    (message,) = seen(lune)
    assert (message.media, message.content["caption"]) == (kind, READS)
    shown = message.content[kind]
    file = shown[-1] if kind == "photo" else shown
    assert out.world.files.find(file["file_id"]).content == medium.content
    if kind == "video":
        assert (file["width"], file["height"], file["mime_type"]) == (640, 360, "video/mp4")


async def test_an_album_is_one_and_its_button_is_in_a_message_below(out: Outgoings, lune: Chat):
    await posts(out, lune.id, PICTURE, SECOND, PICTURE, share=True)
    await out.sender.once()
    *album, below = seen(lune)
    assert [message.media for message in album] == ["photo"] * 3
    assert len({message.content["media_group_id"] for message in album}) == 1
    assert [message.text for message in album] == [READS, "", ""]
    assert [button["text"] for button in below.buttons] == [text("en", "button.share")]
    assert below.text == text("en", "post.share_below")
    assert await out.rows() == []


async def test_the_button_lets_people_send_their_own_link_where_the_bot_can(out: Outgoings, lune: Chat, ana: Person):
    await posts(out, lune.id, PICTURE, share=True)
    await out.sender.once()
    (message,) = seen(lune)
    (button,) = message.buttons
    assert button["switch_inline_query_chosen_chat"]["query"] == "spring"


async def test_where_inline_mode_is_off_the_button_leads_into_the_bot(
    db: Database, clock: FakeClock, world: TelegramWorld, server, ana: Person
):
    bot = world.bot("9:B", "quiet_bot", inline=False)
    await kept(db, clock)
    async with telegram.Bot(bot.token, base_url=server.bot_url, base_file_url=server.file_url) as api:
        out = Outgoings(db=db, clock=clock, world=world, bot=bot, api=api)
        chat = world.chat("supergroup", "Lune", admins=[bot])
        await posts(out, chat.id, PICTURE, share=True)
        await out.sender.once()
    assert seen(chat)[-1].url(text("en", "button.share")) == "https://t.me/quiet_bot?start=invite-1"


async def test_what_was_uploaded_once_is_sent_by_its_name_also_after_a_restart(out: Outgoings, lune: Chat):
    await posts(out, lune.id, PICTURE, SECOND)
    await posts(out, lune.id, FILM, key="film")
    await out.sender.once()
    for round_ in range(2):
        out.sender = out.another()
        out.clock.advance(minutes=1)
        await posts(out, lune.id, SECOND, PICTURE, key=f"album {round_}")
        await posts(out, lune.id, FILM, key=f"film {round_}")
        await out.sender.once()
    sent = [call.params for call in out.world.calls if call.method in ("sendMediaGroup", "sendVideo")]
    assert len(sent) == 6
    names = [str(params.get("video") or [item["media"] for item in params["media"]]) for params in sent]
    assert all(("attach://" in name) == (at < 2) for at, name in enumerate(names)), names
    files = {message.content["photo"][-1]["file_id"] for message in seen(lune) if message.media == "photo"}
    assert len(files) == 2


async def test_a_name_that_telegram_has_forgotten_is_uploaded_again(out: Outgoings, lune: Chat):
    await posts(out, lune.id, PICTURE)
    await out.sender.once()
    out.world.files.forget()
    for key in ("two", "three"):
        await posts(out, lune.id, PICTURE, key=key)
    await out.sender.once()
    await out.sender.once()
    assert len(seen(lune)) == 3
    assert (await out.failures(), await out.rows()) == ([], [])


async def test_another_bot_has_names_of_its_own(out: Outgoings, lune: Chat, db: Database):
    await posts(out, lune.id, PICTURE)
    await out.sender.once()
    async with db.read() as tx:
        mine = await media.uploaded(tx, f"telegram:{out.bot.id}", [PICTURE.name, SECOND.name])
        others = await media.uploaded(tx, "telegram:1", [PICTURE.name])
    assert (list(mine), others) == ([PICTURE.name], {})


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (BotApiError(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"), "use a picture that is not as long and narrow"),
        (BotApiError(400, "Bad Request: not enough rights to send photos to the chat"), "give the bot that right"),
        (BotApiError(413, "Request Entity Too Large"), "save the picture or the video smaller"),
        (BotApiError(403, "Forbidden: bot was kicked from the channel chat"), "add it again, as an administrator"),
    ],
)
async def test_what_telegram_will_not_take_is_said_to_the_organizer(
    out: Outgoings, lune: Chat, refusal: BotApiError, said: str
):
    out.world.faults.refuse(refusal)
    await posts(out, lune.id, PICTURE, share=True)
    await out.sender.once()
    (failure,) = await out.failures()
    assert said in failure
    assert seen(lune) == []


async def test_a_right_that_is_missing_for_pictures_is_missing_for_albums_too(out: Outgoings, bot: Bot):
    olga = out.world.user("Olga")
    chat = out.world.chat("supergroup", "Lune", owner=olga, members=[bot])
    olga.restricts(bot, chat, can_send_messages=True)
    await posts(out, chat.id, PICTURE, SECOND)
    await posts(out, chat.id, key="words")
    await out.sender.once()
    assert [message.text for message in seen(chat) if not message.is_service] == [READS]
    assert len(await out.failures()) == 1


async def test_a_file_that_is_kept_no_more_is_said(out: Outgoings, lune: Chat):
    await out.put(lune.id, kind="post", key="gone", **content() | {"media": ["0" * 64 + ".png"]})
    await out.sender.once()
    (failure,) = await out.failures()
    assert "apply the campaign file" in failure


async def test_a_lost_answer_may_show_it_twice_and_never_loses_it(out: Outgoings, lune: Chat):
    out.world.faults.lose_answer()
    await posts(out, lune.id, PICTURE)
    await out.sender.once()
    out.clock.advance(minutes=10)
    await out.sender.once()
    assert [message.media for message in seen(lune)] == ["photo", "photo"]


# With everything around it.

TEASER = Post(
    id="teaser",
    text={"en": "Doors open", "fr": "Ouverture"},
    at=STARTS + timedelta(hours=5),
    media=(PICTURE.name,),
    share=True,
)
SECRET = Post(id="secret", text={"en": "Psst", "fr": "Chut"}, exclusive=True, media=(FILM.name,), share=True)
ALBUM = replace(TEASER, id="album", media=(PICTURE.name, SECOND.name, THIRD.name), share=False)


async def everything(door: Door) -> None:
    while await do_due(door.db, door.clock):
        pass
    await door.settle()


@pytest.fixture
async def lunes(door: Door, group: Chat) -> Campaign:
    await kept(door.db, door.clock)
    campaign = campaign_in(group, posts=(TEASER, SECRET, ALBUM))
    await door.apply(campaign)
    return campaign


async def test_who_presses_the_button_has_a_link_of_their_own_to_send(
    door: Door, lunes: Campaign, group: Chat, ana: Person
):
    door.clock.advance(hours=2)
    ana.joins(group, await link(door, group))
    await everything(door)
    shared = next(message for message in seen(group) if message.media and message.buttons)
    assert shared.text == "Doors open"
    (button,) = shared.buttons
    asked = ana.asks(door.bot, button["switch_inline_query_chosen_chat"]["query"])
    await door.settle()
    assert asked.results == []
    ana.start(door.bot, "invite-1")
    await door.settle()
    code = code_in(ana.inbox[-1])
    asked = ana.asks(door.bot, button["switch_inline_query_chosen_chat"]["query"])
    await door.settle()
    assert asked.results is not None
    assert [result["id"] for result in asked.results] == [code]


async def link(door: Door, group: Chat) -> str:
    olga = door.world.owner(group)
    return str(olga.makes_link(group).url)


async def test_a_deep_link_that_names_no_campaign_of_ours_is_no_trouble(door: Door, lunes: Campaign, ana: Person):
    for payload in ("invite-1", "invite-999", "invite-", "invite-x"):
        ana.start(door.bot, payload)
        await door.settle()
        assert link_in(ana.inbox[-1])


async def test_a_friend_gets_exclusive_content_with_a_button_that_answers_in_private(
    door: Door, lunes: Campaign, group: Chat, ana: Person, ben: Person
):
    ana.start(door.bot)
    await door.settle()
    ana.says(door.bot, "/invite")
    await door.settle()
    ben.start(door.bot, code_in(ana.inbox[-1]))
    await door.settle()
    assert not [message for message in ben.inbox if message.media]
    door.clock.advance(seconds=5)
    ben.joins(group, ben.inbox[-1].buttons[0]["url"])
    await everything(door)
    (video,) = [message for message in ben.inbox if message.media]
    assert (video.media, video.text) == ("video", "Chut")
    tap = ben.taps(video, text("fr", "button.share"))
    await door.settle()
    await door.world.until(lambda: tap.answer)
    assert link_in(ben.inbox[-1])
    assert not [message for message in ana.inbox if message.media]
    assert not [message for message in seen(group) if message.media == "video"]
    await assert_audited(door.db)


async def test_a_forwarded_post_is_a_share_and_a_forwarded_album_is_one(
    door: Door, lunes: Campaign, group: Chat, ana: Person, world: TelegramWorld
):
    channel = world.chat("channel", "News", username="news", admins=[door.bot])
    await door.apply(campaign_in(channel, posts=(TEASER, ALBUM)))
    door.clock.advance(hours=2)
    await everything(door)
    ana.joins(channel)
    picture = next(message for message in seen(channel) if message.text == "Doors open" and message.buttons)
    album = next(message for message in seen(channel) if "media_group_id" in message.content)
    ana.start(door.bot)
    ana.forwards(picture, to=door.bot)
    ana.forwards_album(album, to=door.bot)
    await door.settle()
    fact = table_of(FactRow)
    async with door.db.read() as tx:
        shares = await rows_of(tx, select(fact.c.data).where(fact.c.kind == "share").order_by(fact.c.id))
    assert [row.data["post"] for row in shares] == [picture.id, album.id]
    await assert_audited(door.db)
