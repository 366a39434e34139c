"""Another process drives the world through /sandbox, in JSON."""

from typing import Any

import pytest
import telegram
from aiohttp import ClientSession

from bots.sandbox.telegram import TelegramServer, TelegramWorld
from tests.sandbox.conftest import ptb


class Remote:
    def __init__(self, http: ClientSession) -> None:
        self._http = http

    async def get(self, path: str, **query: str) -> Any:
        async with self._http.get(f"/sandbox{path}", params=query) as response:
            assert response.ok, await response.text()
            return await response.json()

    async def post(self, path: str, *, status: int = 200, **body: Any) -> Any:
        async with self._http.post(f"/sandbox{path}", json=body) as response:
            assert response.status == status, await response.text()
            return await response.json()


@pytest.fixture
def remote(http: ClientSession) -> Remote:
    return Remote(http)


async def test_a_campaign_in_miniature(server: TelegramServer, http: ClientSession, remote: Remote):
    made = await remote.post("/bots", username="sayso_bot")
    ana = (await remote.post("/users", first_name="Ana", username="ana"))["id"]
    ben = (await remote.post("/users", first_name="Ben"))["id"]
    group = (await remote.post("/chats", title="Friends", owner=ana, admins=["@sayso_bot"]))["id"]
    await remote.post(f"/users/{ana}/start", bot="@sayso_bot", payload="CODE")

    async with ptb(server, made["token"]) as api:
        (update,) = await api.get_updates(timeout=0, allowed_updates=["message", "chat_member", "callback_query"])
        keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
        await api.send_message(update.effective_user.id, "Hello", reply_markup=keyboard)
        (message,) = await remote.get("/users/@ana/inbox")
        place = {"chat": "@sayso_bot", "message_id": message["message_id"]}
        tap = await remote.post("/users/@ana/taps", message=place, button="Go")
        await api.answer_callback_query(tap["id"], "Gone")
        assert (await remote.get(f"/taps/{tap['id']}"))["answer"]["text"] == "Gone"

        link = await api.create_chat_invite_link(group)
        await remote.post(f"/users/{ben}/joins", chat=group, link=link.invite_link)
        seen = await remote.get(f"/chats/{group}")
        assert ben in [member["user"]["id"] for member in seen["members"]]
        assert (await remote.get("/calls", method="sendMessage"))[0]["params"]["text"] == "Hello"
        assert [one["method"] for one in await remote.get("/calls")][:2] == ["getMe", "getUpdates"]

        await remote.post("/faults/too_many", retry_after=5, chat=group)
        with pytest.raises(telegram.error.RetryAfter):
            await api.send_message(group, "Hello")
        await remote.post("/faults/broken", times=None)
        async with http.delete("/sandbox/faults") as response:
            assert response.ok
        await api.send_message(group, "Hello")

    overview = await remote.get("")
    assert (overview["people"], overview["chats"][0]["size"], overview["sent"]) == (2, 3, 2)


async def test_an_upgrade_and_shared_users(world: TelegramWorld, remote: Remote):
    await remote.post("/bots", username="sayso_bot", token="5:A")
    ana = await remote.post("/users", first_name="Ana", username="ana")
    group = await remote.post("/chats", kind="group", owner="@ana")
    new = await remote.post(f"/chats/{group['id']}/migrate")
    assert new["type"] == "supergroup"
    shared = await remote.post("/users/@ana/shares_users", bot="@sayso_bot", users=[ana["id"]])
    assert shared["users_shared"]["users"] == [{"user_id": ana["id"]}]
    said = await remote.post("/users/@ana/says", where=new["id"], text="Hello")
    place = {"chat": new["id"], "message_id": said["message_id"]}
    await remote.post("/users/@ana/forwards", message=place, to="@sayso_bot")
    query = await remote.post("/users/@ana/asks", bot="@sayso_bot", text="x")
    assert (await remote.get(f"/queries/{query['id']}"))["results"] is None


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/users/1/leaves", {"chat": "@lune"}, 404),
        ("/users/@ana/leaves", {"chat": "@nowhere"}, 404),
        ("/users/@ana/dances", {}, 404),
        ("/users/@ana/clock", {}, 404),
        ("/users/@sayso_bot/leaves", {"chat": "@lune"}, 404),
        ("/users/@ana/leaves", {"chat": "@lune"}, 409),
        ("/users/@ana/leaves", {"cat": "@lune"}, 422),
        ("/users", {"first": "Ana"}, 422),
        ("/faults/fire", {}, 404),
    ],
)
async def test_what_cannot_be_is_refused(world: TelegramWorld, remote: Remote, path: str, body, status: int):
    world.bot("5:A", "sayso_bot")
    world.user("Ana", username="ana")
    world.chat(username="lune")
    assert (await remote.post(path, status=status, **body))["problem"]
