"""The stand-in's table of methods against the published one; and the judge itself."""

import aiohttp
import pytest
import telegram

from bots.sandbox.telegram import Bot, Chat, Person, TelegramWorld
from bots.sandbox.telegram.methods import METHODS
from tests.sandbox.telegram_spec import Spec


def test_every_method_is_telegrams_own(spec: Spec):
    assert {method.name for method in METHODS.values()} <= spec.methods.keys()


@pytest.mark.parametrize("name", sorted(METHODS))
def test_the_required_parameters_are_the_same(spec: Spec, name: str):
    method = METHODS[name]
    assert set(method.required) == spec.required(method.name)


def test_the_judge_finds_faults(spec: Spec):
    chat, user = {"id": 1, "type": "private"}, {"id": 1, "is_bot": False, "first_name": "Ana"}
    message = {"message_id": 1, "date": 0, "chat": chat, "from": user}
    assert spec.wrong_with(message, "Message") == []
    assert spec.wrong_with(message | {"date": "today"}, "Message") == ["Message.date: 'today' is not Integer"]
    assert spec.wrong_with(message | {"txt": ""}, "Message") == ["Message.txt is not in Message"]
    assert spec.wrong_with(message | {"chat": {"id": 1}}, "Message") == ["Message.chat has no type"]
    assert spec.wrong_with({"status": "member", "user": user | {"id": True}}, "ChatMember") != []
    assert spec.wrong_result("getChatMemberCount", True) != []


@pytest.mark.parametrize("shape", ["query", "form", "json", "multipart"])
async def test_parameters_may_come_in_any_shape(http: aiohttp.ClientSession, bot: Bot, ana: Person, shape: str):
    ana.start(bot)
    path, values = f"/bot{bot.token}/SENDMESSAGE", {"chat_id": str(ana.id), "text": "Hello", "protect_content": "true"}
    if shape == "query":
        request = http.get(path, params=values)
    elif shape == "form":
        request = http.post(path, data=values)
    elif shape == "json":
        request = http.post(path, json={"chat_id": ana.id, "text": "Hello", "protect_content": True})
    else:
        with aiohttp.MultipartWriter("form-data") as writer:
            for name, value in values.items():
                writer.append(value).set_content_disposition("form-data", name=name)
        request = http.post(path, data=writer)
    async with request as response:
        assert (await response.json())["result"]["has_protected_content"] is True
    assert ana.inbox[0].text == "Hello"


@pytest.mark.parametrize(
    ("method", "body", "problem"),
    [
        ("sendMessage", {"text": "x"}, "Bad Request: chat_id is empty"),
        ("sendMessage", {"chat_id": 1}, "Bad Request: message text is empty"),
        ("getChatMember", {"chat_id": 1}, "Bad Request: invalid user_id specified"),
        ("setWebhook", {}, 'Bad Request: parameter "url" is required'),
        ("setMyCommands", {"commands": "[x"}, "Bad Request: can't parse commands JSON object"),
        ("sendMediaGroup", {"chat_id": "@friends", "media": "{}"}, "Bad Request: expected an Array of values"),
        ("forwardMessage", {"chat_id": "@friends", "from_chat_id": 1, "message_id": 1}, "Bad Request: chat not found"),
    ],
)
async def test_what_is_missing_is_named(
    world: TelegramWorld, http: aiohttp.ClientSession, bot: Bot, method: str, body, problem: str
):
    world.chat(username="friends", admins=[bot])
    async with http.post(f"/bot{bot.token}/{method}", json=body) as response:
        answer = await response.json()
    assert (response.status, answer["ok"], answer["error_code"]) == (400, False, 400)
    assert answer["description"].startswith(problem)


async def test_bodies_that_are_no_json_objects_are_refused(http: aiohttp.ClientSession, bot: Bot):
    for body in (b"{", b"[]"):
        headers = {"Content-Type": "application/json"}
        async with http.post(f"/bot{bot.token}/getMe", data=body, headers=headers) as response:
            assert response.status == 400


async def test_memory_stays_bounded(bot: Bot, ana: Person):
    world = TelegramWorld(history=3, calls_kept=2)
    small, ben = world.bot(), world.user("Ben")
    group = world.chat("group", owner=ben, members=[small])
    for number in range(5):
        ben.says(group, str(number))
    assert [message.text for message in ben.sees(group)] == ["2", "3", "4"]
    assert world.calls.maxlen == 2


def test_the_same_seed_makes_the_same_world():
    def links() -> list[str]:
        world = TelegramWorld()
        owner = world.user("Ana")
        return [owner.makes_link(world.chat(owner=owner)).url for _ in range(3)]

    assert links() == links()


async def test_ids_and_names_are_found(world: TelegramWorld, api: telegram.Bot, bot: Bot, group: Chat, olga: Person):
    public = world.chat("channel", "News", username="LuneNews")
    assert world.named("@lunenews") is public
    assert world.bots == [bot]
    assert (await api.get_chat("@LUNENEWS")).title == "News"
    with pytest.raises(ValueError, match="already"):
        world.user("Twin", user_id=olga.id)
