"""Webhooks: the secret, the order, the retries, and calls made in the answer."""

from collections.abc import AsyncIterator

import pytest
import telegram
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.sandbox.telegram import Bot, Chat, Person, TelegramWorld
from tests.sandbox.conftest import refused


class Receiver:
    """A bot's own web server: notes what comes, and answers as it is told."""

    def __init__(self) -> None:
        self.came: list[dict] = []
        self.secrets: list[str | None] = []
        self.answers: list[web.Response] = []
        self.url = ""

    async def serve(self, request: web.Request) -> web.Response:
        assert request.headers["Content-Type"] == "application/json"
        self.came.append(await request.json())
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        return self.answers.pop(0) if self.answers else web.Response()

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.came]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.serve)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/hook"))
        yield receiver


async def test_updates_are_brought_with_the_secret(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, ana: Person, receiver: Receiver
):
    ana.says(bot, "before")
    await api.set_webhook(receiver.url, secret_token="s3cret")
    ana.says(bot, "after")
    await world.until(lambda: not bot.updates)
    assert receiver.texts == ["before", "after"]
    assert receiver.secrets == ["s3cret", "s3cret"]


async def test_a_refused_update_is_brought_again_and_holds_up_its_lane(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, ana: Person, receiver: Receiver, paused: list[float]
):
    receiver.answers = [
        web.Response(status=500),
        web.Response(status=302),
        web.Response(status=429, headers={"Retry-After": "30"}),
    ]
    await api.set_webhook(receiver.url)
    ana.says(bot, "one")
    ana.says(bot, "two")
    await world.until(lambda: not bot.updates)
    assert receiver.texts == ["one", "one", "one", "one", "two"]
    assert len({update["update_id"] for update in receiver.came}) == 2
    assert paused == [1.0, 2.0, 30.0]
    info = await api.get_webhook_info()
    assert (info.pending_update_count, info.last_error_message) == (
        0,
        "Wrong response from the webhook: 429 Too Many Requests",
    )


async def test_a_receiver_that_is_not_there_is_tried_until_the_day_is_over(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, ana: Person, paused: list[float], clock
):
    ana.says(bot, "Hello?")
    await api.set_webhook("http://127.0.0.1:1/")
    await world.until(lambda: len(paused) == 8)
    assert paused[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    clock.advance(days=1)
    await world.until(lambda: not bot.updates)
    assert (await api.get_webhook_info()).last_error_message


async def test_a_method_in_the_answer_is_done(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, ana: Person, receiver: Receiver
):
    receiver.answers = [
        web.json_response({"method": "sendMessage", "chat_id": ana.id, "text": "Hello"}),
        web.json_response({"method": "sendMessage", "chat_id": 1, "text": "Nobody"}),
    ]
    await api.set_webhook(receiver.url)
    ana.says(bot, "one")
    ana.says(bot, "two")
    await world.until(lambda: not bot.updates)
    assert [message.text for message in ana.inbox] == ["Hello"]


async def test_pending_updates_can_be_dropped(api: telegram.Bot, bot: Bot, ana: Person):
    ana.says(bot, "never mind")
    assert (await api.get_webhook_info()).pending_update_count == 1
    await api.delete_webhook(drop_pending_updates=True)
    assert (await api.get_webhook_info()).pending_update_count == 0


async def test_a_webhook_can_move_and_end(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, ana: Person, receiver: Receiver
):
    await api.set_webhook("https://example.org:8443/", max_connections=1, allowed_updates=["message"])
    info = await api.get_webhook_info()
    assert (info.url, info.max_connections, info.allowed_updates) == ("https://example.org:8443/", 1, ("message",))
    await api.set_webhook(receiver.url)
    ana.says(bot, "one")
    await world.until(lambda: not bot.updates)
    await api.delete_webhook()
    ana.says(bot, "two")
    assert len(await api.get_updates(timeout=0)) == 1
    assert receiver.texts == ["one"]


async def test_lanes_do_not_wait_for_each_other(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, group: Chat, olga: Person, ana: Person, receiver: Receiver
):
    olga.adds(ana, group)
    await api.set_webhook(receiver.url, max_connections=2)
    await world.until(lambda: not bot.updates)
    assert {kind for update in receiver.came for kind in update} == {"update_id", "message", "chat_member"}


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ({"url": "http://example.org/"}, "An HTTPS URL must be provided"),
        ({"url": "https://example.org:8080/"}, "only on ports 80, 88, 443 or 8443"),
        ({"url": "https://example.org/", "secret_token": "no spaces"}, "secret token contains unallowed characters"),
    ],
)
async def test_a_webhook_that_cannot_be_is_refused(api: telegram.Bot, wanted, problem: str):
    with refused(problem):
        await api.set_webhook(**wanted)
