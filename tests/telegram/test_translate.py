"""Telegram's updates in our words: one recorded payload for each thing that Telegram tells, in `payloads`."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.talk.ask import Ask
from bots.telegram.translate import ChatNews, Handle, Incoming, Query, Used, translate
from bots.telegram.updates import WANTED, read_update
from bots.texts.names import LONGEST
from core.campaign.values import Account, Platform
from core.intake.facts import Forwarded, Joined, Left, Requested, Sent, Shared, Spoke, Started
from core.members import Person
from tests.sandbox.telegram_spec import PATH, Spec

PAYLOADS = Path(__file__).parent / "payloads"
AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
RECEIVED_AT = AT + timedelta(seconds=3)
SALON = ChatNews(chat=-1001000000001, title="Le Salon", username="lune_salon")
CERCLE = ChatNews(chat=-1001000000002, title="Le Cercle")
NEWS = -1001000000003
CODE = "7tbvBAirtk7"


def person(number: int, name: str, **told: Any) -> Person:
    return Person(account=Account(platform=Platform.TELEGRAM, id=number), name=name, **told)


ANA = person(700000011, "Ana García", username="Ana_Lune", language="es")
REACHABLE_ANA = person(700000011, "Ana García", username="Ana_Lune", language="es", reachable=True)
BEN = person(7000000000021, "Ben")
"""His number needs more than 32 bits, as new ones do."""


def content(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def payload(name: str) -> Any:
    return json.loads(content(name))


def told(name: str) -> Incoming:
    return translate(read_update(content(name)), received_at=RECEIVED_AT)


def message_key(name: str) -> str:
    message = payload(name)["message"]
    return f"tg/message/{message['chat']['id']}/{message['message_id']}"


@pytest.mark.parametrize("name", sorted(path.stem for path in PAYLOADS.iterdir()))
def test_every_payload_is_as_telegram_describes_it(name: str):
    if not PATH.exists():
        pytest.skip("the Bot API's spec is not here")
    assert Spec().wrong_with(payload(name), "Update") == []


@pytest.mark.parametrize("kind", WANTED)
def test_what_telegram_is_asked_for_is_translated(kind: str):
    assert any(kind in payload(path.stem) and told(path.stem) != Incoming() for path in PAYLOADS.iterdir())


# Messages in private


@pytest.mark.parametrize(
    ("name", "what", "args"),
    [
        ("start", "start", ()),
        ("text", "other", ()),
        ("command_in_the_middle", "other", ()),
        ("command_without_a_mark", "other", ()),
        ("text_of_4096_characters", "other", ()),
        ("forward_of_a_person", "other", ()),
        ("forward_of_a_hidden_person", "other", ()),
        ("person_picked", "claim_picked", ("1", "7000000000021")),
        ("start_to_get_a_link", "invite", ()),
    ],
)
def test_what_is_written_in_private_asks_for_an_answer(name: str, what: str, args: tuple[str, ...]):
    incoming = told(name)
    ask = Ask(what=what, args=args, place=700000011, private=True, key=message_key(name), handle=Handle())
    assert (incoming.ask, incoming.fact, incoming.person) == (ask, None, REACHABLE_ANA)


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("start_with_a_code", None),
        ("start_with_a_channel", "whatsapp"),
        ("start_with_an_odd_channel", None),
        ("start_typed_by_hand", None),
    ],
)
def test_a_start_with_a_code_is_a_fact_and_asks_for_an_answer(name: str, channel: str | None):
    incoming, key = told(name), message_key(name)
    assert incoming.fact == Started(key=key, at=AT, person=REACHABLE_ANA, code=CODE, channel=channel)
    assert incoming.ask is not None
    assert (incoming.ask.what, incoming.ask.key) == ("start", key)


def test_lines_that_nobody_wrote_ask_for_nothing():
    assert told("pinned_in_private") == Incoming(person=REACHABLE_ANA, at=AT)


# Names


def test_a_name_is_made_harmless_to_the_eye_and_kept_as_it_is_otherwise():
    found = told("odd_name").person
    assert found is not None
    assert found.name.startswith("<b>Zoë</b> 👩‍🚀 [x](tg://user?id=1) *")
    assert len(found.name) <= LONGEST
    assert not {"\u202e", "\u200f"} & set(found.name)
    assert (found.account.id, found.language) == (2**52 - 1, "pt-br")


def test_a_name_with_nothing_to_see_is_somebody():
    assert told("invisible_name").person == person(5, "Somebody", reachable=True)


# Messages in groups


@pytest.mark.parametrize("name", ["text_in_a_group", "photo_in_a_group", "sticker_in_a_group"])
def test_whatever_is_written_in_a_group_is_a_message_of_that_person(name: str):
    key = message_key(name)
    spoke = Spoke(key=key, at=AT, person=ANA, chat=SALON.chat)
    assert told(name) == Incoming(person=ANA, fact=spoke, chat=SALON, at=AT)


@pytest.mark.parametrize(
    ("name", "what", "args", "bot"),
    [("command_to_the_bot", "top", ("7", "x"), "sayso_bot"), ("command_to_nobody", "rules", (), None)],
)
def test_a_command_in_a_group_asks_there(name: str, what: str, args: tuple[str, ...], bot: str | None):
    handle, named, key = Handle(bot=bot), bot is not None, message_key(name)
    ask = Ask(what=what, args=args, place=SALON.chat, private=False, key=key, named=named, handle=handle)
    assert told(name).ask == ask
    assert isinstance(told(name).fact, Spoke)


@pytest.mark.parametrize(
    "name",
    [
        "anonymous_administrator",
        "another_bot",
        "somebody_came",
        "somebody_went",
        "pinned_in_a_group",
        "automatic_forward",
    ],
)
def test_what_no_person_wrote_tells_of_the_chat_alone(name: str):
    assert told(name) == Incoming(chat=SALON)


# Forwards


def test_a_post_passed_on_where_the_bot_reads_it_is_a_share():
    name = "forward_of_a_channel_post"
    shared = Shared(key=message_key(name), at=AT, person=REACHABLE_ANA, chat=NEWS, post=42)
    assert told(name) == Incoming(person=REACHABLE_ANA, fact=shared, at=AT)


def test_so_is_what_was_written_in_a_groups_name():
    name = "forward_of_a_post_in_a_groups_name"
    shared = Shared(key=message_key(name), at=AT, person=ANA, chat=SALON.chat, post=0, seen_in=CERCLE.chat)
    assert told(name) == Incoming(person=ANA, fact=shared, chat=CERCLE, at=AT)


def test_a_post_with_somebodys_link_says_whose():
    name = "forward_of_a_post_with_a_link"
    shared = Shared(key=message_key(name), at=AT, person=ANA, chat=NEWS, post=42, seen_in=SALON.chat, code=CODE)
    assert told(name).fact == shared


@pytest.mark.parametrize(
    ("name", "who", "seen_in"),
    [("forward_of_a_link", REACHABLE_ANA, None), ("forward_of_a_link_behind_words", ANA, CERCLE.chat)],
)
def test_a_message_with_somebodys_link_passed_on_is_told_of_without_its_text(
    name: str, who: Person, seen_in: int | None
):
    forwarded = Forwarded(key=message_key(name), at=AT, person=who, code=CODE, channel="telegram", seen_in=seen_in)
    assert told(name).fact == forwarded


@pytest.mark.parametrize(
    ("link", "channel"),
    [
        ("https://go.example.org/r/7tbvBAirtk7", None),
        ("https://go.example.org/r/7tbvBAirtk7.", None),
        ("https://go.example.org/r/7tbvBAirtk7/whatsapp?language=fr", "whatsapp"),
        ("https://t.me/sayso_bot?start=7tbvBAirtk7", None),
        ("https://t.me/sayso_bot?start=7tbvBAirtk7_copy", "copy"),
    ],
)
def test_it_is_told_what_the_link_was_given_out_for(link: str, channel: str | None):
    update = payload("forward_of_a_link")
    update["message"]["text"] = f"{link} come along"
    fact = translate(read_update(json.dumps(update)), received_at=RECEIVED_AT).fact
    assert isinstance(fact, Forwarded)
    assert (fact.code, fact.channel) == (CODE, channel)


@pytest.mark.parametrize(
    "text",
    [
        "https://go.example.org/r/7tbvBAirtk",  # too short
        "https://go.example.org/r/7tbvBAirtk7x",  # too long
        "https://go.example.org/r/7tbvBAirtkO",  # a letter that no code has
        "https://go.example.org/s/7tbvBAirtk7",
        "7tbvBAirtk7",
    ],
)
def test_what_is_no_link_of_ours_is_passed_on_without_a_word(text: str):
    update = payload("forward_of_a_link")
    update["message"]["text"] = text
    assert translate(read_update(json.dumps(update)), received_at=RECEIVED_AT).fact is None


def test_a_link_that_somebody_writes_themselves_is_no_forward():
    update = payload("forward_of_a_link")
    del update["message"]["forward_origin"]
    assert translate(read_update(json.dumps(update)), received_at=RECEIVED_AT).fact is None


def test_nothing_is_shared_with_the_chat_it_comes_from():
    assert isinstance(told("forward_into_the_same_chat").fact, Spoke)


@pytest.mark.parametrize("name", ["automatic_forward", "forward_in_the_channels_name"])
def test_nor_by_a_channel_itself(name: str):
    assert told(name).fact is None


# Coming and going


@pytest.mark.parametrize(
    ("name", "chat", "invite"),
    [
        ("join_by_our_link", CERCLE, "https://t.me/+QfcpyGB1bwAcuO85"),
        ("join_by_a_foreign_link", CERCLE, "https://t.me/+QfcpyGB1..."),
        ("join_after_a_request", CERCLE, "https://t.me/+QfcpyGB1bwAcuO85"),
        ("join_of_a_public_chat", SALON, None),
        ("added_by_an_administrator", SALON, None),
        ("restricted_person_comes_back", SALON, None),
    ],
)
def test_who_comes_joins_whoever_did_it(name: str, chat: ChatNews, invite: str | None):
    order = payload(name)["update_id"]
    key = f"tg/member/{chat.chat}/{BEN.account.id}/{int(AT.timestamp())}/{order}"
    joined = Joined(key=key, at=AT, person=BEN, chat=chat.chat, order=order, invite=invite)
    assert replace(told(name), used=None) == Incoming(person=BEN, fact=joined, chat=chat, at=AT)


@pytest.mark.parametrize(
    ("name", "link", "creator", "limit"),
    [
        ("join_by_our_link", "https://t.me/+QfcpyGB1bwAcuO85", "sayso_bot", None),
        ("join_by_a_gift", "https://t.me/+A0cpyGB1bwAcuO85", "sayso_bot", 1),
        ("join_by_a_foreign_link", "https://t.me/+QfcpyGB1...", None, None),
    ],
)
def test_by_which_link_somebody_came_is_told(name: str, link: str, creator: str | None, limit: int | None):
    assert told(name).used == Used(chat=CERCLE.chat, link=link, creator=creator, member_limit=limit)


@pytest.mark.parametrize("name", ["join_of_a_public_chat", "leave", "promoted"])
def test_without_a_link_none_is_told(name: str):
    assert told(name).used is None


@pytest.mark.parametrize("name", ["leave", "banned", "administrator_leaves", "restricted_person_leaves"])
def test_who_goes_leaves_whoever_did_it(name: str):
    order = payload(name)["update_id"]
    key = f"tg/member/{SALON.chat}/{BEN.account.id}/{int(AT.timestamp())}/{order}"
    assert told(name).fact == Left(key=key, at=AT, person=BEN, chat=SALON.chat, order=order)


@pytest.mark.parametrize("name", ["promoted", "restricted", "unbanned"])
def test_other_changes_are_neither(name: str):
    assert told(name) == Incoming(chat=SALON)


@pytest.mark.parametrize(
    ("name", "chat", "invite"),
    [("request_by_link", CERCLE, "https://t.me/+QfcpyGB1bwAcuO85"), ("request_without_a_link", SALON, None)],
)
def test_who_asks_to_be_let_in_has_not_joined(name: str, chat: ChatNews, invite: str | None):
    fact = told(name).fact
    assert isinstance(fact, Requested)
    assert (fact.person, fact.chat, fact.invite, fact.at) == (BEN, chat.chat, invite, AT)


@pytest.mark.parametrize(("name", "reachable"), [("blocked", False), ("unblocked", True)])
def test_whether_the_bot_may_write_to_somebody(name: str, reachable: bool):
    who = person(700000011, "Ana García", username="Ana_Lune", language="es", reachable=reachable)
    assert told(name) == Incoming(person=who, at=AT)


@pytest.mark.parametrize(
    ("name", "bot"),
    [("bot_made_administrator", "administrator"), ("bot_added", "member"), ("bot_removed", "absent")],
)
def test_what_the_bot_may_do_in_a_chat(name: str, bot: str):
    assert told(name) == Incoming(chat=replace(SALON, bot=bot), at=AT)


@pytest.mark.parametrize("name", ["moved_away", "moved_here"])
def test_a_group_that_became_a_supergroup_says_so_in_both(name: str):
    assert told(name) == Incoming(chat=ChatNews(chat=-2002, moved_to=-1001000000009))


# Buttons


@pytest.mark.parametrize(
    ("name", "what", "args", "chat"),
    [
        ("button", "invite", ("1",), 700000011),
        ("button_of_an_old_message", "claim_yes", ("7",), 700000011),
        ("button_of_an_inline_message", "me", (), 700000011),
        ("button_of_a_game", "", (), 700000011),
        ("button_in_a_group", "top", (), SALON.chat),
    ],
)
def test_a_pressed_button_asks_and_wants_to_be_heard(name: str, what: str, args: tuple[str, ...], chat: int):
    query = payload(name)["callback_query"]
    ask = Ask(
        what=what,
        args=args,
        place=chat,
        private=chat > 0,
        key=f"tg/button/{query['id']}",
        pressed=True,
        handle=Handle(query=query["id"], message=query.get("message", {}).get("message_id")),
    )
    assert told(name) == Incoming(person=REACHABLE_ANA if chat > 0 else ANA, ask=ask)


# Inline mode


def test_who_types_the_bots_name_looks_for_something_to_send():
    query = Query(id="3006477128745930", person=ANA, text="spring", received_at=RECEIVED_AT)
    assert told("inline_query") == Incoming(query=query)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("chosen_inline_result", "tg/sent/BAAAAGQ"),
        ("chosen_inline_result_without_buttons", "tg/sent/700000011/500000072"),
    ],
)
def test_what_was_chosen_was_really_sent(name: str, key: str):
    sent = Sent(key=key, at=RECEIVED_AT, person=ANA, code=CODE, channel="telegram")
    assert told(name) == Incoming(person=ANA, fact=sent, at=RECEIVED_AT)


# What does not concern us, and what is no update


@pytest.mark.parametrize("name", ["channel_post", "edited_message", "poll_answer", "reaction"])
def test_kinds_that_nobody_asked_for_tell_nothing(name: str):
    assert told(name) == Incoming()


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1},
        {"update_id": 1, "message_from_the_future": {"message_id": 1}},
        {"update_id": 2**40, "message": None, "chat_member": None},
    ],
)
def test_kinds_that_nobody_knows_tell_nothing(update: Any):
    assert translate(read_update(json.dumps(update)), received_at=RECEIVED_AT) == Incoming()


LACKS = [
    ("start", ("message", "chat")),
    ("start", ("message", "date")),
    ("start", ("message", "from", "id")),
    ("start", ("update_id",)),
    ("leave", ("chat_member", "new_chat_member")),
    ("leave", ("chat_member", "new_chat_member", "user")),
    ("request_by_link", ("chat_join_request", "from")),
    ("button", ("callback_query", "id")),
    ("inline_query", ("inline_query", "from")),
    ("chosen_inline_result", ("chosen_inline_result", "result_id")),
    ("person_picked", ("message", "users_shared", "request_id")),
]


@pytest.mark.parametrize(("name", "path"), LACKS)
def test_what_lacks_a_field_is_no_update(name: str, path: tuple[str, ...]):
    update = payload(name)
    *way, last = path
    inner = update
    for step in way:
        inner = inner[step]
    del inner[last]
    with pytest.raises(msgspec.ValidationError):
        read_update(json.dumps(update))


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**80, 1.5, "7", None, True])
def test_a_number_that_is_none_or_fits_nowhere_is_refused(number: Any):
    update = payload("start")
    update["message"]["from"]["id"] = number
    with pytest.raises(msgspec.ValidationError):
        read_update(json.dumps(update))


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
anything = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@st.composite
def spoilt_updates(draw: st.DrawFn) -> Any:
    """A payload in which one thing, anywhere, is something else."""
    update = payload(draw(st.sampled_from(sorted(path.stem for path in PAYLOADS.iterdir()))))
    inner = update
    while True:
        keys = sorted(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = draw(st.sampled_from(keys))
        if isinstance(inner[key], (dict, list)) and inner[key] and draw(st.booleans()):
            inner = inner[key]
            continue
        inner[key] = draw(anything)
        return update


def at_worst_invalid(update: Any) -> None:
    with suppress(msgspec.ValidationError):
        translate(read_update(json.dumps(update)), received_at=RECEIVED_AT)


@given(spoilt_updates())
def test_a_spoilt_update_is_translated_or_invalid_and_never_worse(update: Any):
    at_worst_invalid(update)


@given(st.dictionaries(st.sampled_from(["update_id", *WANTED]), anything))
def test_so_is_json_that_never_was_an_update(update: Any):
    at_worst_invalid(update)


@given(st.binary())
def test_so_are_bytes(raw: bytes):
    with suppress(msgspec.DecodeError):
        translate(read_update(raw), received_at=RECEIVED_AT)
