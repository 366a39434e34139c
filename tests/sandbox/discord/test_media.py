"""Pictures and videos on the stand-in for Discord: attached, and shown in a gallery."""

import json
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from bots.sandbox.discord import Bot, Channel, DiscordServer, DiscordWorld, Guild, Permission
from tests.sandbox.discord.spec import DiscordSpec

V2 = 1 << 15


@pytest.fixture
def guild(world: DiscordWorld, bot: Bot) -> Guild:
    return world.guild("Lune", bots=[bot])


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.text_channels()[0]


@pytest.fixture
async def http(server: DiscordServer, bot: Bot) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {bot.token}"}) as session:
        yield session


async def posted(
    http: aiohttp.ClientSession, server: DiscordServer, channel: Channel, payload: dict[str, Any], **files: bytes
) -> tuple[int, Any]:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", json.dumps(payload))
    for number, (name, content) in enumerate(files.items()):
        form.add_field(f"files[{number}]", BytesIO(content), filename=name.replace("_", "."), content_type="image/png")
    async with http.post(f"{server.api_url}/channels/{channel.id}/messages", data=form) as answer:
        return answer.status, await answer.json(content_type=None)


def gallery(*names: str) -> dict[str, Any]:
    items = [{"media": {"url": f"attachment://{name}"}} for name in names]
    return {"flags": V2, "components": [{"type": 17, "components": [{"type": 12, "items": items}]}]}


async def test_a_gallery_shows_what_is_attached(
    http: aiohttp.ClientSession, server: DiscordServer, channel: Channel, spec: DiscordSpec
):
    status, told = await posted(http, server, channel, gallery("a.png", "b.png"), a_png=b"one", b_png=b"three")
    assert status == 200
    assert spec.wrong_answer("POST", "/channels/{channel_id}/messages", status, told) == []
    (message,) = channel.messages.values()
    assert [each["url"].rpartition("/")[2] for each in message.media] == ["a.png", "b.png"]
    assert [each["size"] for each in message.attachments] == [3, 5]


async def test_what_is_attached_and_in_no_gallery_is_seen_too(
    http: aiohttp.ClientSession, server: DiscordServer, channel: Channel
):
    await posted(http, server, channel, {"content": "Look"}, a_png=b"one")
    (message,) = channel.messages.values()
    assert [each["filename"] for each in message.media] == ["a.png"]


@pytest.mark.parametrize(
    ("payload", "files", "said"),
    [
        (gallery("b.png"), {"a_png": b"x"}, (400, "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND")),
        (gallery(*["a.png"] * 11), {"a_png": b"x"}, (400, "BASE_TYPE_BAD_LENGTH")),
        (gallery(), {"a_png": b"x"}, (400, "BASE_TYPE_BAD_LENGTH")),
        (gallery("a.png"), {"a_png": bytes(10 * 2**20 + 1)}, (413, "Request entity too large")),
        ({"content": "x"}, {f"f{n}_png": b"x" for n in range(11)}, (400, "Maximum number of attachments")),
        ({"flags": V2, "components": [{"type": 10, "content": "x" * 4001}]}, {}, (400, "TEXT_SIZE_EXCEEDED")),
    ],
)
async def test_what_is_too_much_is_refused(
    http: aiohttp.ClientSession,
    server: DiscordServer,
    channel: Channel,
    payload: dict[str, Any],
    files: dict[str, bytes],
    said: tuple[int, str],
):
    status, told = await posted(http, server, channel, payload, **files)
    assert status == said[0]
    assert said[1] in json.dumps(told)
    assert not channel.messages


async def test_files_need_a_right_of_their_own(
    http: aiohttp.ClientSession, server: DiscordServer, guild: Guild, channel: Channel
):
    for role in guild.roles.values():
        role.permissions &= ~Permission.ATTACH_FILES
    status, told = await posted(http, server, channel, gallery("a.png"), a_png=b"x")
    assert (status, told["code"]) == (403, 50013)
