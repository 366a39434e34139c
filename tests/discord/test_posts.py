"""A campaign's posts as people on Discord see them, and what comes of pressing their button."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from discord.http import HTTPClient

from bots.discord.components import SUPPRESS_EMBEDS
from bots.sandbox.discord import ApiError, Bot, Channel, DiscordWorld, Guild, Message, Person
from bots.sandbox.discord.permissions import Permission
from bots.talk.posts import posted, share_here
from bots.texts import text
from campaigns.schedule import do_due
from core import media
from core.campaign.values import Campaign, Post
from core.database import Database
from core.media import Medium
from tests.clock import FakeClock
from tests.discord.conftest import PAGES, TITLES, Door, campaign_in, code_of
from tests.discord.stage_out import Out, shown
from tests.people import STARTS, assert_audited
from tests.posts import FILM, PICTURE, SECOND, content, kept

READS = r"We open \<soon\>\: https\://lune\.example"


@pytest.fixture
async def out(db: Database, clock: FakeClock, bot: Bot, http: HTTPClient) -> Out:
    await kept(db, clock)
    out = Out(db, clock, bot, http)
    await out.commands()
    return out


async def posts(out: Out, channel: Channel, *shown: Medium, key: str = "one", **more: Any) -> None:
    where = {"guild": channel.guild.id if channel.guild else 0, "channel": channel.id}
    await out.row("post", channel.id, content(*shown, **more) | where, key=key)


def seen(channel: Channel) -> list[Message]:
    return list(channel.messages.values())


@pytest.mark.parametrize("pictures", [(), (PICTURE,), (FILM,), (PICTURE, SECOND, PICTURE)])
async def test_every_kind_of_post_is_one_message(out: Out, channel: Channel, pictures: tuple[Medium, ...]):
    await posts(out, channel, *pictures, share=True)
    await out.sender.once()
    (message,) = seen(channel)
    assert "soon" in message.text
    assert "https" in message.text
    assert [each["content_type"] for each in message.media] == [medium.kind for medium in pictures]
    assert [each["size"] for each in message.attachments] == [len(medium.content) for medium in pictures]
    assert [each["label"] for each in message.buttons] == [text("en", "button.share")]
    assert message.flags & SUPPRESS_EMBEDS
    assert await out.rows() == []


async def test_what_is_sent_twice_is_there_once(out: Out, channel: Channel, world: DiscordWorld):
    world.faults.lose_answer()
    await posts(out, channel, PICTURE, share=True)
    await out.sender.once()
    out.restart()
    out.clock.advance(minutes=1)
    await out.sender.once()
    assert len(seen(channel)) == 1
    assert await out.rows() == []


async def test_discord_py_may_try_again_with_a_large_file(out: Out, channel: Channel, world: DiscordWorld):
    large = replace(FILM, name=f"{'a' * 64}.mp4", content=bytes(3_000_000))
    async with out.db.begin() as tx:
        await media.keep(tx, [large], now=out.clock.now())
    world.faults.too_many(retry_after=0.01)
    await posts(out, channel, large)
    await out.sender.once()
    (message,) = seen(channel)
    assert [each["size"] for each in message.attachments] == [3_000_000]


async def test_a_long_text_goes_on_in_a_second_message_that_has_the_button(out: Out, channel: Channel):
    await posts(out, channel, PICTURE, share=True, text="A *word* " * 440)
    await out.sender.once()
    first, second = seen(channel)
    assert (len(first.media), len(second.media)) == (1, 0)
    assert (len(first.buttons), len(second.buttons)) == (0, 1)


async def test_without_a_channel_in_the_file_it_finds_one(out: Out, guild: Guild, channel: Channel):
    await out.row("post", guild.id, content(PICTURE) | {"guild": guild.id, "channel": None})
    await out.sender.once()
    assert len(seen(channel)) == 1


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (ApiError(413, 40005, "Request entity too large"), "save the picture or the video smaller"),
        (ApiError(403, 50013, "Missing Permissions"), "give the bot the right to do it"),
        (ApiError(403, 50001, "Missing Access"), "add the bot to the server again"),
        (ApiError(404, 10003, "Unknown Channel"), "correct the channel in the campaign file"),
    ],
)
async def test_what_discord_will_not_take_is_said_to_the_organizer(
    out: Out, channel: Channel, world: DiscordWorld, refusal: ApiError, said: str
):
    world.faults.refuse(refusal)
    await posts(out, channel, PICTURE)
    await out.sender.once()
    (failure,) = await out.failures()
    assert said in failure


async def test_files_that_the_bot_may_not_attach_are_refused(out: Out, world: DiscordWorld, bot: Bot, olga: Person):
    may_write = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES
    guild = world.guild("Strict", owner=olga, bots=[bot], permissions=may_write)
    guild.roles[guild.id].permissions = may_write
    (channel,) = guild.text_channels()
    await posts(out, channel, PICTURE)
    await posts(out, channel, key="words")
    await out.sender.once()
    assert len(await out.failures()) == 1
    assert [message.media for message in seen(channel)] == [[]]


async def test_closed_conversations_get_it_below_the_next_answer(out: Out, ana: Person, guild: Guild, channel: Channel):
    ana.discovers(guild)
    await out.meets(ana)
    ana.closes_dms()
    await out.row("post", ana.id, content(FILM, share=True), key="post/spring/post:secret/1/1")
    await out.sender.once()
    assert await out.rows() == []
    asked = ana.runs(out.bot, "me", channel)
    await out.defers(asked)
    await out.says(asked, "Hello")
    assert await out.shows_notices(asked, ana) == 1
    await out.sender.once()
    answer, below = asked.replies
    assert answer.text == "Hello"
    assert ([each["content_type"] for each in below.media], below.only_for) == (["video/mp4"], ana)
    assert "soon" in shown(asked)[1]
    assert len(below.buttons) == 1
    assert not [message for message in seen(channel) if message.only_for is None]


async def test_open_conversations_get_it_there(out: Out, ana: Person, guild: Guild):
    ana.discovers(guild)
    await out.meets(ana)
    await out.row("post", ana.id, content(PICTURE), key="post/spring/post:secret/1/1")
    await out.sender.once()
    assert [len(message.media) for message in ana.inbox] == [1]


def test_the_button_is_only_there_where_the_file_asks_for_it():
    assert share_here(content()) is None
    assert posted(content(), None)["buttons"] == []


# With everything around it.

TEASER = Post(
    id="teaser",
    text={"en": "Doors open", "fr": "Ouverture"},
    at=STARTS + timedelta(hours=5),
    media=(PICTURE.name, SECOND.name),
    share=True,
)
SECRET = Post(id="secret", text={"en": "Psst", "fr": "Chut"}, exclusive=True, media=(FILM.name,))


@pytest.fixture
async def lunes(door: Door, guild: Guild, channel: Channel) -> Campaign:
    await kept(door.db, door.clock)
    door.publish(PAGES)
    campaign = campaign_in(guild, posts=(TEASER, SECRET))
    (community,) = campaign.communities
    campaign = replace(campaign, communities=(replace(community, channel=channel.id, language="fr"),))
    await door.apply(campaign)
    return campaign


async def test_who_presses_the_button_sees_their_own_kit_alone(
    door: Door, lunes: Campaign, channel: Channel, guild: Guild, ana: Person
):
    door.clock.advance(hours=2)
    while await do_due(door.db, door.clock):
        pass
    await door.settle()
    post = next(message for message in seen(channel) if message.media)
    assert "Ouverture" in post.text
    ana.discovers(guild)
    pressed = ana.presses(post, text("fr", "button.share"))
    await door.settle()
    kit = next(reply for reply in pressed.replies if reply is not post)
    assert f"{PAGES}/r/" in kit.text
    assert kit.only_for is ana
    assert TITLES["en"] in kit.text
    assert "Ouverture" in post.text


async def test_a_friend_gets_exclusive_content_in_private_and_nobody_else(
    door: Door, lunes: Campaign, channel: Channel, guild: Guild, ana: Person, ben: Person, olga: Person
):
    ana.discovers(guild)
    code = await code_of(door, ana, channel)
    ben.runs(door.bot, "start", door.world.private(door.bot, ben), code=code)
    await door.settle()
    assert not [message for message in ben.inbox if message.media]
    door.clock.advance(seconds=5)
    ben.joins(door.world.invite_at(olga.invites(channel).code))
    await door.settle()
    (secret,) = [message for message in ben.inbox if message.media]
    assert secret.text == "Chut"
    assert not [message for message in ana.inbox if message.media]
    assert not [message for message in seen(channel) if "Psst" in message.text or "Chut" in message.text]
    await assert_audited(door.db)
