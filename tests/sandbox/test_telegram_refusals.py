"""What the server refuses, in its own words; and what the apps do."""

from collections.abc import Callable
from typing import Any

import pytest
import telegram
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bots.sandbox.telegram import Bot, Chat, ImpossibleError, Person, TelegramWorld
from tests.sandbox.conftest import EVERYTHING, refused, told

ARTICLE = {"type": "article", "id": "one", "title": "Invite"}


@pytest.mark.parametrize(
    ("method", "params", "problem"),
    [
        ("sendMessage", {"chat_id": "@lune", "text": "x", "reply_markup": '"x"'}, "object expected as reply markup"),
        (
            "sendMessage",
            {
                "chat_id": "@lune",
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "x", "web_app": {"url": "https://lune.example"}}]]},
            },
            "BUTTON_TYPE_INVALID",
        ),
        ("sendMediaGroup", {"chat_id": "@lune", "media": [{"type": "photo", "media": "x"}]}, "strictly 2-10 media"),
        ("sendMediaGroup", {"chat_id": "@lune", "media": [{"type": "tune"}] * 2}, "knows no media of type tune"),
        ("forwardMessage", {"chat_id": "@lune", "from_chat_id": "@lune", "message_id": 99}, "message to forward not"),
        ("forwardMessage", {"chat_id": "@lune", "from_chat_id": "@far", "message_id": 1}, "chat not found"),
        ("copyMessages", {"chat_id": "@lune", "from_chat_id": "@lune", "message_ids": [99]}, "no messages to copy"),
        ("deleteMessages", {"chat_id": "@lune", "message_ids": []}, "message identifiers are not specified"),
        ("editMessageText", {"inline_message_id": "x", "text": "x"}, "MESSAGE_ID_INVALID"),
        ("getChatMember", {"chat_id": "@lune", "user_id": 1}, "user not found"),
        ("getChat", {"chat_id": "<ana>"}, "chat not found"),
        ("getChatAdministrators", {"chat_id": "<ben>"}, "no administrators in the private chat"),
        ("leaveChat", {"chat_id": "<ben>"}, "can't be changed in private chats"),
        ("banChatMember", {"chat_id": "<ben>", "user_id": 1}, "available only for groups"),
        ("banChatMember", {"chat_id": "@lune", "user_id": "<bot>"}, "user is an administrator of the chat"),
        ("revokeChatInviteLink", {"chat_id": "@lune", "invite_link": "https://t.me/+x"}, "INVITE_HASH_INVALID"),
        ("approveChatJoinRequest", {"chat_id": "@lune", "user_id": "<olga>"}, "USER_ALREADY_PARTICIPANT"),
        ("setMyCommands", {"commands": [{"command": "a", "description": "x"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ("setMyCommands", {"commands": [{"command": "a", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ("setMyName", {"name": "x" * 65}, "NAME_TOO_LONG"),
        (
            "answerInlineQuery",
            {"inline_query_id": "<query>", "results": [ARTICLE]},
            "message content must be specified",
        ),
        ("answerInlineQuery", {"inline_query_id": "<query>", "results": [ARTICLE] * 51}, "RESULTS_TOO_MUCH"),
        ("answerCallbackQuery", {"callback_query_id": "<tap>", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
        ("savePreparedInlineMessage", {"user_id": "<ana>", "result": ARTICLE}, "at least one chat type"),
    ],
)
async def test_a_refusal_says_why(
    world: TelegramWorld,
    api: telegram.Bot,
    http: ClientSession,
    bot: Bot,
    olga: Person,
    ana: Person,
    ben: Person,
    method: str,
    params: dict[str, Any],
    problem: str,
):
    chat = world.chat(username="lune", owner=olga, admins=[bot])
    world.chat(username="far")
    ben.start(bot)
    button = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])
    card = await api.send_message(chat.id, "x", reply_markup=button)
    tap = olga.taps(chat.messages[card.message_id], "go")
    ids = {"<ana>": ana.id, "<ben>": ben.id, "<olga>": olga.id, "<bot>": bot.id, "<tap>": tap.id}
    ids["<query>"] = ana.asks(bot).id
    filled = {name: ids.get(value, value) if isinstance(value, str) else value for name, value in params.items()}
    async with http.post(f"/bot{bot.token}/{method}", json=filled) as response:
        answer = await response.json()
    assert (response.status, answer["error_code"]) == (400, 400)
    assert problem in answer["description"]


async def test_a_bot_that_may_not_speak_is_refused(api: telegram.Bot, bot: Bot, group: Chat, olga: Person):
    olga.restricts(bot, group, can_send_messages=False)
    with refused("not enough rights to send text messages"):
        await api.send_message(group.id, "x")
    olga.bans(bot, group)
    with pytest.raises(telegram.error.Forbidden, match="bot was kicked from the supergroup chat"):
        await api.send_message(group.id, "x")


async def test_a_closed_link_stays_as_it_is(api: telegram.Bot, bot: Bot, group: Chat):
    first = await api.export_chat_invite_link(group.id)
    second = await api.export_chat_invite_link(group.id)
    assert group.links[first].is_revoked
    with refused("INVITE_HASH_EXPIRED"):
        await api.edit_chat_invite_link(group.id, first)
    with refused("CHAT_INVITE_PERMANENT"):
        await api.edit_chat_invite_link(group.id, second)


async def test_media_and_text_are_edited_differently(api: telegram.Bot, bot: Bot, ana: Person):
    ana.start(bot)
    photo = await api.send_photo(ana.id, "https://lune.example/card.png")
    with refused("there is no text in the message to edit"):
        await photo.edit_text("x")
    copy = await api.copy_message(ana.id, ana.id, photo.message_id, caption="Copied")
    answer = await api.send_message(ana.id, "x", reply_to_message_id=copy.message_id)
    assert answer.reply_to_message.caption == "Copied"
    guarded = await api.send_message(ana.id, "x", protect_content=True)
    with refused("message can't be forwarded"):
        await guarded.forward(ana.id)


async def test_a_private_chat_has_two_members(api: telegram.Bot, bot: Bot, ana: Person, ben: Person):
    ana.start(bot)
    assert (await api.get_chat_member(ana.id, ana.id)).status == "member"
    assert (await api.get_chat_member(ana.id, ben.id)).status == "left"
    assert await api.get_chat_member_count(ana.id) == 2
    assert ana.inbox_from(bot) == []


async def test_a_chat_that_wants_requests_says_so(world: TelegramWorld, api: telegram.Bot, bot: Bot, ana: Person):
    public = world.chat(username="lune", admins=[bot])
    public.join_by_request, public.description = True, "For friends"
    chat = await api.get_chat("@lune")
    assert (chat.join_by_request, chat.description) == (True, "For friends")
    ana.asks_to_join(public)
    world.owner(public).declines(ana, public)
    assert not public.has(ana)
    ana.asks_to_join(public)
    world.owner(public).adds(ana, public)  # which settles the request
    assert public.requests == {}
    assert ana.opens("https://t.me/lune") is public


async def test_faults_find_a_chat_by_its_name(world: TelegramWorld, api: telegram.Bot, bot: Bot):
    public = world.chat(username="lune", admins=[bot])
    world.faults.too_many(chat=public)
    with pytest.raises(telegram.error.RetryAfter):
        await api.send_message("@lune", "x")


Attempt = Callable[[TelegramWorld, Bot, Person, Person], object]


def _asks_where_one_need_not(world: TelegramWorld, bot: Bot, ana: Person, ben: Person) -> object:
    return ana.asks_to_join(chat := world.chat(owner=ben), ben.makes_link(chat))


def _joins_twice(world: TelegramWorld, bot: Bot, ana: Person, ben: Person) -> object:
    return ben.joins(chat := world.chat(owner=ben), ben.makes_link(chat))


def _talks_after_an_upgrade(world: TelegramWorld, bot: Bot, ana: Person, ben: Person) -> object:
    world.migrate(group := world.chat("group", owner=ana))
    return ana.says(group, "x")


def _joins_after_an_upgrade(world: TelegramWorld, bot: Bot, ana: Person, ben: Person) -> object:
    link = ana.makes_link(group := world.chat("group", owner=ana))
    world.migrate(group)
    return ben.joins(group, link)


def _talks_to_a_blocked_bot(world: TelegramWorld, bot: Bot, ana: Person, ben: Person) -> object:
    ana.blocks(bot)
    return ana.says(bot, "x")


@pytest.mark.parametrize(
    "attempt",
    [
        _asks_where_one_need_not,
        _joins_twice,
        _talks_after_an_upgrade,
        _joins_after_an_upgrade,
        _talks_to_a_blocked_bot,
        lambda world, bot, ana, ben: ana.adds(ben, world.chat(username="lune")),
        lambda world, bot, ana, ben: ben.adds(bot, world.chat("channel", owner=ben)),
        lambda world, bot, ana, ben: ana.says(world.private(bot, ben), "x"),
        lambda world, bot, ana, ben: world.inline.tap(ana, ana.start(bot), "x"),
        lambda world, bot, ana, ben: ana.taps(ben.start(bot), "x"),
        lambda world, bot, ana, ben: ana.opens("https://t.me/+nowhere"),
        lambda world, bot, ana, ben: ana.asks(world.bot(inline=False)),
    ],
)
def test_the_apps_refuse_this(world: TelegramWorld, bot: Bot, ana: Person, ben: Person, attempt: Attempt):
    with pytest.raises(ImpossibleError):
        attempt(world, bot, ana, ben)


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["come", "go", "ban", "unban"]))))
def test_every_change_begins_where_the_last_one_ended(steps: list[tuple[int, str]]):
    world = TelegramWorld()
    bot = world.bot()
    bot.updates.allow(EVERYTHING)
    owner, people = world.user("Olga"), [world.user(name) for name in ("Ana", "Ben", "Cy")]
    group = world.chat(owner=owner, admins=[bot])
    link = owner.makes_link(group)
    for number, step in steps:
        person = people[number]
        does = {
            "come": lambda who=person: who.joins(group, link),
            "go": lambda who=person: who.leaves(group),
            "ban": lambda who=person: owner.bans(who, group),
            "unban": lambda who=person: owner.unbans(who, group),
        }
        try:
            does[step]()
        except ImpossibleError:
            continue
    last = {person.id: "left" for person in people}
    for update in told(bot, "chat_member"):
        user = update["new_chat_member"]["user"]["id"]
        assert update["old_chat_member"]["status"] == last[user]
        last[user] = update["new_chat_member"]["status"]
    inside = {user for user, status in last.items() if status == "member"}
    assert group.size == len(inside) + 2
    assert link.joined == inside
