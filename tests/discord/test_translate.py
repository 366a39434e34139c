"""Discord's events in our words: one payload for each thing that Discord tells, in `payloads`."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.discord.events import WANTED, made_at, read_frame
from bots.discord.translate import (
    Arrival,
    ChatNews,
    Incoming,
    InviteNews,
    Reply,
    join_key,
    language_of,
    translate,
)
from bots.talk import Ask
from bots.texts.names import LONGEST
from core.arrivals import Invite
from core.campaign.values import Account, Platform
from core.intake.facts import Joined, Left, Requested, Spoke, Started
from core.members import Person
from tests.sandbox.discord.spec import PATH, DiscordSpec

PAYLOADS = Path(__file__).parent / "payloads"
RECEIVED_AT = datetime(2026, 12, 1, 12, 0, 30, tzinfo=UTC)
KEY = "a-session/7"
GUILD, BOT = 1577293185024000004, 1577293185024000001


def person(number: int, name: str, username: str, **told: Any) -> Person:
    account = Account(platform=Platform.DISCORD, id=number)
    return Person(account=account, name=name, username=username, created_at=made_at(number), **told)


ANA = person(673316654284800008, "Ana García", "ana_lune")
ASKING_ANA = person(673316654284800008, "Ana García", "ana_lune", language="es", reachable=True)
BEN = person(1576749603225600009, "Ben.B", "ben.b")
ASKING_BEN = person(1576749603225600009, "Ben.B", "ben.b", language="fr", reachable=True)
FIRST = datetime(2026, 12, 1, 12, 0, 5, 123000, tzinfo=UTC)
AGAIN = datetime(2026, 12, 1, 12, 0, 10, 123000, tzinfo=UTC)


def content(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def payload(name: str) -> Any:
    return json.loads(content(name))


def told(name: str, **changes: Any) -> Incoming:
    """The payload in our words, with some of its data changed."""
    found = payload(name)
    found["d"] |= changes
    return translate(read_frame(json.dumps(found)), key=KEY, received_at=RECEIVED_AT)


NAMES = sorted(path.stem for path in PAYLOADS.iterdir())
DESCRIBED = {
    "GUILD_MEMBER_ADD": ("GuildMemberResponse", {"guild_id"}),
    "GUILD_MEMBER_UPDATE": ("GuildMemberResponse", {"guild_id"}),
    "MESSAGE_CREATE": ("MessageResponse", {"guild_id", "member"}),
}


@pytest.mark.parametrize("name", [name for name in NAMES if payload(name)["t"] in DESCRIBED])
def test_what_discord_describes_is_as_it_describes_it(name: str):
    if not PATH.exists():
        pytest.skip("Discord's description is not here")
    schema, more = DESCRIBED[payload(name)["t"]]
    data = {key: value for key, value in payload(name)["d"].items() if key not in more}
    assert DiscordSpec().wrong_with(data, schema) == []


@pytest.mark.parametrize("kind", sorted(WANTED))
def test_there_is_a_payload_for_all_that_is_read(kind: str):
    assert any(payload(name)["t"] == kind for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_fields_that_nobody_knows_yet_change_nothing(name: str):
    assert told(name, something_new={"deep": [1, None]}) == told(name)


# Coming and going


def test_a_join():
    key = join_key(GUILD, ANA.account.id, FIRST)
    assert told("member_add") == Incoming(
        person=ANA,
        fact=Joined(key=key, at=FIRST, person=ANA, chat=GUILD, order=3),
        arrival=Arrival(guild=GUILD, person=ANA, joined_at=FIRST, received_at=RECEIVED_AT),
    )


def test_coming_again_says_so_and_is_another_stay():
    again, first = told("member_add_again"), told("member_add")
    assert isinstance(again.fact, Joined)
    assert again.fact.returning
    assert first.fact is not None
    assert again.fact.key != first.fact.key


def test_a_join_told_twice_is_one_fact():
    twice = translate(read_frame(content("member_add")), key="another/9", received_at=RECEIVED_AT + timedelta(hours=1))
    first = told("member_add").fact
    assert twice.fact is not None
    assert first is not None
    assert twice.fact.key == first.key


def test_before_the_screening_it_is_a_wish_and_an_arrival_all_the_same():
    coming = told("member_add_pending")
    assert isinstance(coming.fact, Requested)
    assert coming.fact.person == BEN
    assert coming.arrival is not None
    assert coming.arrival.joined_at == coming.fact.at


def test_after_the_screening_it_is_the_join_that_it_would_have_been():
    passed, coming = told("member_update_passed"), told("member_add_pending")
    assert isinstance(passed.fact, Joined)
    assert coming.fact is not None
    assert (passed.fact.key, passed.fact.at) == (join_key(GUILD, BEN.account.id, coming.fact.at), coming.fact.at)
    assert passed.arrival is None
    assert passed.passed


@pytest.mark.parametrize("change", [{"flags": 1 << 4}, {"joined_at": None}])
def test_a_guest_of_a_call_is_no_member(change: dict[str, Any]):
    assert told("member_add", **change) == Incoming()


def test_a_bot_is_known_as_one():
    user = payload("member_add")["d"]["user"] | {"bot": True}
    assert told("member_add", user=user).person == person(ANA.account.id, "Ana García", "ana_lune", is_bot=True)


def test_leaving():
    fact = Left(key=f"dc/left/{GUILD}/{ANA.account.id}/{KEY}", at=RECEIVED_AT, person=ANA, chat=GUILD, order=4)
    assert told("member_remove") == Incoming(person=ANA, fact=fact)


def test_an_accounts_age_stands_in_its_number():
    assert ANA.created_at == datetime(2020, 2, 2, tzinfo=UTC)
    assert BEN.created_at == datetime(2026, 11, 30, tzinfo=UTC)


# Messages


def test_a_message_is_counted_by_its_author_and_its_server():
    number = int(payload("message")["d"]["id"])
    fact = Spoke(key=f"dc/message/{number}", at=made_at(number), person=ANA, chat=GUILD)
    assert told("message") == Incoming(person=ANA, fact=fact)


@pytest.mark.parametrize("change", [{"type": 7}, {"webhook_id": "5"}, {"guild_id": None}])
def test_what_is_no_members_message_counts_for_nothing(change: dict[str, Any]):
    assert told("message", **change) == Incoming()


# Servers and invites


def test_a_server_tells_its_name_and_what_the_bot_may_do():
    data = payload("guild_create")["d"]
    own = [member for member in data["members"] if member["user"]["id"] == str(BOT)]
    assert told("guild_create", members=own) == Incoming(
        chat=ChatNews(chat=GUILD, title="Friends of Lune", bot="administrator")
    )


def test_a_bot_with_too_few_rights_is_a_mere_member():
    data = payload("guild_create")["d"]
    roles = [role | {"permissions": "1024"} for role in data["roles"]]
    assert told("guild_create", roles=roles).chat == ChatNews(chat=GUILD, title="Friends of Lune", bot="member")


def test_a_new_name_says_nothing_about_rights():
    assert told("guild_update") == Incoming(chat=ChatNews(chat=GUILD, title="Friends of Lune & Co"))


def test_out_of_a_server_and_a_server_that_is_away():
    assert told("guild_delete") == Incoming(chat=ChatNews(chat=GUILD, bot="absent"))
    assert told("guild_outage") == Incoming()


def test_an_invite_that_was_made():
    data = payload("invite_create")["d"]
    made_at_ = datetime.fromisoformat(data["created_at"])
    made = Invite(code=data["code"], uses=0, max_uses=1, made_at=made_at_, expires_at=made_at_ + timedelta(hours=1))
    news = InviteNews(guild=GUILD, code=data["code"], received_at=RECEIVED_AT, made=made)
    assert told("invite_create") == Incoming(invite=news)


def test_an_invite_that_is_gone():
    news = InviteNews(guild=GUILD, code=payload("invite_delete")["d"]["code"], received_at=RECEIVED_AT)
    assert told("invite_delete") == Incoming(invite=news)


# What people ask


def ask_of(name: str, who: Person, what: str, *args: str, place: int = GUILD, pressed: bool = False) -> Ask:
    number = int(payload(name)["d"]["id"])
    reply = Reply(
        application=BOT,
        interaction=number,
        token="an-interaction-token",
        button=pressed,
        account=who.account.id,
    )
    key = f"dc/ask/{number}"
    return Ask(what=what, args=args, place=place, private=True, key=key, pressed=pressed, handle=reply)


def test_a_command():
    assert told("command") == Incoming(person=ASKING_ANA, ask=ask_of("command", ASKING_ANA, "me"))


@pytest.mark.parametrize(("name", "channel", "place"), [("start", None, GUILD), ("start_in_private", "whatsapp", 0)])
def test_start_with_a_code_or_a_whole_link(name: str, channel: str | None, place: int):
    number = int(payload(name)["d"]["id"])
    code = "7tbvBAirtk7"
    started = Started(key=f"dc/ask/{number}", at=made_at(number), person=ASKING_ANA, code=code, channel=channel)
    asked = ask_of(name, ASKING_ANA, "start", code, place=place)
    assert told(name) == Incoming(person=ASKING_ANA, fact=started, ask=asked)


def test_saying_who_told_one():
    asked = ask_of("claim", ASKING_BEN, "claim_picked", "spring", str(ANA.account.id))
    assert told("claim") == Incoming(person=ASKING_BEN, ask=asked)


def test_choosing_a_language_in_private():
    assert told("language").ask == ask_of("language", ASKING_BEN, "language", "fr", place=0)


def test_a_button_brings_back_what_it_carries():
    assert told("button").ask == ask_of("button", ASKING_BEN, "invite", "3", pressed=True)


def test_a_menu_brings_back_who_was_chosen():
    chosen = str(ANA.account.id)
    assert told("select").ask == ask_of("select", ASKING_BEN, "claim_picked", "3", chosen, pressed=True)


def test_what_is_being_typed_gets_no_answer():
    assert told("autocomplete") == Incoming()


@pytest.mark.parametrize(
    ("locales", "language"),
    [
        (("en-US", "fr"), "en"),
        (("fr", "en-GB"), "fr"),
        ((None, "pt-BR"), "pt"),
        (("", "de"), "de"),
        ((None, None), None),
    ],
)
def test_the_members_language_comes_before_the_servers(locales: tuple[str | None, str | None], language: str | None):
    assert language_of(*locales) == language


# Nonsense


@pytest.mark.parametrize(
    "change",
    [{"user": None}, {"guild_id": "-5"}, {"guild_id": str(2**64)}, {"joined_at": "yesterday"}, {"pending": "perhaps"}],
)
def test_what_is_not_as_documented_is_refused(change: dict[str, Any]):
    with pytest.raises(msgspec.ValidationError):
        told("member_add", **change)


def test_names_are_made_harmless():
    user = payload("member_add")["d"]["user"] | {"global_name": "\u202eevil\n" + "x" * 500}
    someone = told("member_add", user=user).person
    assert someone is not None
    assert "\u202e" not in someone.name
    assert "\n" not in someone.name
    assert len(someone.name) <= LONGEST


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(name=st.sampled_from(NAMES), field=st.text(), value=JSON, data=st.data())
def test_whatever_comes_is_translated_or_refused(name: str, field: str, value: Any, data: st.DataObject):
    found = payload(name)
    field = data.draw(st.sampled_from([*sorted(found["d"]), field]))
    found["d"][field] = value
    with suppress(msgspec.DecodeError):
        translate(read_frame(json.dumps(found)), key=KEY, received_at=RECEIVED_AT)
