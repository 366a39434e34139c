"""Each kind of thing that goes out, as the stand-in for Telegram shows it to people."""

import logging
from typing import Any

import pytest
import telegram

from bots.sandbox.telegram import Bot, BotApiError, Chat, Person, TelegramWorld
from core import audit, chats, journal, links, members, rewards, totals
from core import campaign as campaigns
from core.campaign.values import Account, Platform
from core.chats import Membership
from core.database import Database
from core.rewards import Grant
from tests.clock import FakeClock
from tests.telegram.outgoing import Outgoings, texts


@pytest.fixture
async def out(db: Database, clock: FakeClock, world: TelegramWorld, bot: Bot, client: telegram.Bot) -> Outgoings:
    return Outgoings(db=db, clock=clock, world=world, bot=bot, api=client)


@pytest.fixture
async def ana(out: Outgoings) -> Person:
    return out.person("Ana")


@pytest.fixture
async def lune(out: Outgoings) -> Chat:
    """A private supergroup with the bot as an administrator."""
    return out.world.chat("supergroup", "Le Cercle", admins=[out.bot])


# say, edit, answer


async def test_a_message_is_read_as_html_without_a_preview(out: Outgoings, ana: Person):
    await out.put(ana.id, "<b>Ana</b> &amp; Ben: https://example.org", buttons=[])
    await out.sender.once()
    (message,) = ana.inbox
    assert message.text == "Ana & Ben: https://example.org"
    assert message.content["entities"][0]["type"] == "bold"
    assert message.content["link_preview_options"] == {"is_disabled": True}


async def test_a_preview_is_shown_where_it_is_wanted(out: Outgoings, ana: Person):
    await out.put(ana.id, "https://example.org", preview=True)
    await out.sender.once()
    assert not ana.inbox[0].content.get("link_preview_options", {}).get("is_disabled")


async def test_every_kind_of_button(out: Outgoings, ana: Person):
    rows = [
        [{"text": "Open", "url": "https://example.org/"}, {"text": "Press", "data": "me:7"}],
        [],
        [{"text": "Copy", "copy": "https://t.me/x"}, {"text": "Share", "inline": "CODE"}],
        [{"text": "App", "web_app": "https://example.org/#x"}],
    ]
    await out.put(ana.id, buttons=rows)
    await out.sender.once()
    opens, press, copy, share, app = ana.inbox[0].buttons
    assert opens["url"] == "https://example.org/"
    assert press["callback_data"] == "me:7"
    assert copy["copy_text"] == {"text": "https://t.me/x"}
    assert share["switch_inline_query_chosen_chat"]["query"] == "CODE"
    assert share["switch_inline_query_chosen_chat"]["allow_group_chats"] is True
    assert app["web_app"] == {"url": "https://example.org/#x"}


async def test_a_button_that_asks_for_a_person_takes_the_keyboards_place(out: Outgoings, ana: Person):
    await out.put(ana.id, buttons=[[{"text": "Pick", "request_user": 7}], [{"text": "Cancel"}]])
    await out.put(ana.id, "Thank you", remove_keyboard=True)
    await out.sender.once()
    asked, thanked = (message.reply_markup for message in ana.inbox)
    assert asked is not None
    assert asked["one_time_keyboard"] is True
    assert asked["keyboard"][0][0]["request_users"]["request_id"] == 7
    assert asked["keyboard"][1] == [{"text": "Cancel"}]
    assert thanked == {"remove_keyboard": True}


async def test_an_edit_changes_the_message(out: Outgoings, ana: Person):
    await out.put(ana.id, "before", buttons=[[{"text": "A", "data": "a"}]])
    await out.sender.once()
    await out.put(ana.id, "after", kind="edit", message_id=ana.inbox[0].id, buttons=[[{"text": "B", "data": "b"}]])
    await out.sender.once()
    assert texts(ana) == ["after"]
    assert [button["text"] for button in ana.inbox[0].buttons] == ["B"]


async def test_an_edit_that_changes_nothing_is_done(out: Outgoings, ana: Person):
    await out.put(ana.id, "same")
    await out.sender.once()
    await out.put(ana.id, "same", kind="edit", message_id=ana.inbox[0].id, preview=True)
    await out.put(ana.id, "same", kind="edit", key="again", message_id=ana.inbox[0].id, preview=True)
    assert await out.sender.once() == 2
    assert texts(ana) == ["same"]
    assert await out.rows() == []


async def test_what_cannot_be_edited_is_sent_anew(out: Outgoings, ana: Person):
    hers = ana.says(out.bot, "hello")
    await out.put(ana.id, "gone", kind="edit", message_id=999)
    await out.put(ana.id, "hers", kind="edit", message_id=hers.id)
    await out.put(ana.id, "pick", kind="edit", message_id=1, buttons=[[{"text": "Pick", "request_user": 7}]])
    await out.sender.once()
    assert texts(ana) == ["gone", "hers", "pick"]


async def test_an_edit_with_a_broken_text_is_a_failure(out: Outgoings, ana: Person):
    await out.put(ana.id, "before")
    await out.sender.once()
    await out.put(ana.id, "<b>after", kind="edit", message_id=ana.inbox[0].id)
    await out.sender.once()
    assert texts(ana) == ["before"]
    assert len(await out.failures()) == 1


async def test_a_pressed_button_is_answered(out: Outgoings, ana: Person):
    await out.put(ana.id, buttons=[[{"text": "Press", "data": "x"}]])
    await out.sender.once()
    taps = [ana.taps(ana.inbox[0], "Press") for _ in range(2)]
    await out.put(ana.id, "Done " * 100, kind="answer", callback_query_id=taps[0].id)
    await out.put(ana.id, "", kind="answer", key="2", callback_query_id=taps[1].id)
    assert await out.sender.once() == 2  # at once: they are no messages
    assert [tap.answer and tap.answer.get("text") for tap in taps] == [("Done " * 100)[:200], None]


async def test_an_answer_that_comes_too_late_is_dropped(out: Outgoings, ana: Person):
    await out.put(ana.id, "Done", kind="answer", callback_query_id="12345")
    await out.sender.once()
    assert await out.rows() == []


# news


async def test_news_is_worded_and_its_buttons_work(out: Outgoings, ana: Person):
    about = {"language": "fr", "title": "Lune & Cie", "friend": "<Ben>", "claim": 7}
    await out.put(ana.id, kind="news", news="claim", **about)
    await out.sender.once()
    assert "<Ben> dit que tu lui as parlé de Lune & Cie" in ana.inbox[0].text
    assert ana.taps(ana.inbox[0], "Oui").data == "claim_yes:7"


async def test_a_reward_that_has_arrived_is_delivered_once_and_counted(out: Outgoings, ana: Person):
    grant = await _granted(out, ana)
    await out.put(
        ana.id, "A dinner", kind="news", key="1", grant=grant.cause, news="reward", language="en", title="Lune"
    )
    await out.put(ana.id, "A dinner", kind="say", key="2", grant=grant.cause)
    await out.sender.once()
    async with out.db.read() as tx:
        kept = await rewards.get(tx, grant.cause)
        assert kept is not None
        assert kept.delivered_at is not None
        assert (await totals.of_campaign(tx, grant.campaign_id))["rewards.delivered"] == 1
        assert await journal.known(tx, [f"delivered/{grant.cause}"])
    assert len(ana.inbox) == 2
    assert ana.inbox[0].text.endswith("A dinner")


async def test_a_reward_that_does_not_arrive_is_still_owed(out: Outgoings, ana: Person):
    grant = await _granted(out, ana)
    ana.blocks(out.bot)
    await out.put(ana.id, "A dinner", grant=grant.cause)
    await out.sender.once()
    async with out.db.read() as tx:
        assert [each.cause for each in await rewards.waiting(tx, [grant.member_id])] == [grant.cause]
        assert "rewards.delivered" not in await totals.of_campaign(tx, grant.campaign_id)
    assert await out.rows() == []


# welcome


async def test_a_welcome_has_a_personal_way_into_a_private_chat(out: Outgoings, ana: Person, lune: Chat):
    code = await out.link(lune)
    await _welcome(out, ana, code, lune)
    (button,) = ana.inbox[0].buttons
    assert button["text"] == "Join Le Cercle"
    (link,) = lune.links.values()
    assert (link.url, link.name) == (button["url"], code)
    async with out.db.read() as tx:
        assert await links.codes_of_invites(tx, [link.url]) == {link.url: code}


async def test_a_second_friend_gets_the_same_way(out: Outgoings, ana: Person, lune: Chat):
    ben, code = out.person("Ben"), await out.link(lune)
    await _welcome(out, ana, code, lune)
    await _welcome(out, ben, code, lune)
    assert ana.inbox[0].buttons == ben.inbox[0].buttons
    assert len(out.world.calls_of("createChatInviteLink")) == 1


async def test_a_public_chat_is_entered_by_its_name(out: Outgoings, ana: Person):
    public = out.world.chat("supergroup", "Lune", username="lune", admins=[out.bot])
    await _welcome(out, ana, await out.link(public), public)
    assert ana.inbox[0].buttons == [{"text": "Join Lune", "url": "https://t.me/lune"}]
    assert out.world.calls_of("createChatInviteLink") == []


async def test_a_chat_that_cannot_be_entered_is_left_out_and_the_log_says_so(
    out: Outgoings, ana: Person, lune: Chat, caplog: pytest.LogCaptureFixture
):
    closed = out.world.chat("supergroup", "Closed", members=[out.bot])
    gone = out.world.chat("supergroup", "Gone")
    with caplog.at_level(logging.WARNING):
        await _welcome(out, ana, await out.link(lune, closed, gone), closed, lune, gone)
    assert [button["text"] for button in ana.inbox[0].buttons] == ["Join Le Cercle"]
    about = {(record.__dict__["chat"], record.__dict__["error"]) for record in caplog.records}
    assert about == {(closed.id, "telegram_refused"), (gone.id, "telegram_shut_out")}
    assert out.bot.token not in caplog.text


async def test_a_welcome_without_any_way_in_says_so(out: Outgoings, ana: Person):
    closed = out.world.chat("supergroup", "Closed", members=[out.bot])
    await _welcome(out, ana, await out.link(closed), closed)
    assert ana.inbox[0].buttons == []
    assert "cannot be opened just now" in ana.inbox[0].text


async def test_a_chat_that_has_moved_is_entered_at_its_new_place(out: Outgoings, ana: Person):
    group = out.world.chat("group", "Friends", admins=[out.bot])
    code = await out.link(group)
    new = out.world.migrate(group)
    await _welcome(out, ana, code, group)
    assert ana.inbox[0].buttons[0]["url"] in new.links
    async with out.db.read() as tx:
        assert (await chats.at_addresses(tx, Platform.TELEGRAM, [group.id]))[group.id].native_id == new.id


async def test_while_telegram_makes_no_invitations_for_a_chat_it_is_not_asked(out: Outgoings, ana: Person, lune: Chat):
    people = [ana, *(out.person(f"P{n}") for n in range(5))]
    out.world.faults.too_many(20, method="createChatInviteLink")
    code = await out.link(lune)
    for person in people:
        await _put_welcome(out, person, code, lune)
    await out.sender.once()
    await out.sender.once()
    assert len(out.world.calls_of("createChatInviteLink")) == 1
    assert not any(person.inbox for person in people)
    out.clock.advance(seconds=20)
    await out.sender.once()
    assert all(len(person.inbox[0].buttons) == 1 for person in people)
    assert len({person.inbox[0].buttons[0]["url"] for person in people}) == 1
    assert len(out.world.calls_of("createChatInviteLink")) == 2


# ask_membership


@pytest.mark.parametrize(
    ("how", "present"),
    [("member", True), ("restricted", True), ("restricted and out", False), ("left", False), ("owner", True)],
)
async def test_whether_somebody_is_there_is_asked_and_noted(out: Outgoings, lune: Chat, how: str, present: bool):
    owner, ben = out.world.owner(lune), out.world.user("Ben")
    if how == "owner":
        ben = owner
    elif how != "left":
        owner.adds(ben, lune)
    if how.startswith("restricted"):
        owner.restricts(ben, lune, can_send_messages=False)
    if how == "restricted and out":
        ben.leaves(lune)
    await out.link(lune)
    known = await _ask(out, lune, ben.id)
    assert known is not None
    assert known.present is present
    assert (known.told_at or known.absent_at) == out.clock.now().replace(microsecond=0)
    assert await out.rows() == []


async def test_somebody_whom_telegram_does_not_know_is_not_there(out: Outgoings, lune: Chat):
    await out.link(lune)
    known = await _ask(out, lune, 987654321)
    assert known is not None
    assert known.present is False
    async with out.db.read() as tx:
        account = Account(platform=Platform.TELEGRAM, id=987654321)
        assert (await members.by_account(tx, [account]))[account].name == "Somebody"


async def test_asking_does_not_take_the_chats_turn(out: Outgoings, lune: Chat):
    await out.link(lune)
    people = [out.world.user(f"P{n}") for n in range(25)]
    for person in people:
        await out.put(lune.id, f"{person.id}", kind="ask_membership", account=person.id)
    started_at = out.clock.now()
    assert await out.sender.once() == 25
    assert (out.clock.now() - started_at).total_seconds() < 1


@pytest.mark.parametrize("how", ["no rights", "gone", "no such chat"])
async def test_a_question_that_cannot_be_put_is_a_failure_with_a_fix(out: Outgoings, lune: Chat, how: str):
    owner, ben, address = out.world.owner(lune), out.world.user("Ben"), lune.id
    if how == "no rights":
        owner.demotes(out.bot, lune)
    elif how == "gone":
        owner.bans(out.bot, lune)
    else:
        address = -100999
    await out.put(address, kind="ask_membership", account=ben.id)
    await out.sender.once()
    (error,) = await out.failures()
    assert str(address) in error
    assert "add" in error or "administrator" in error


async def test_an_answer_of_telegrams_that_is_lost_is_asked_for_again(out: Outgoings, lune: Chat):
    ben = out.world.user("Ben")
    out.world.owner(lune).adds(ben, lune)
    await out.link(lune)
    out.world.faults.refuse(BotApiError(502, "Bad Gateway"), method="getChatMember")
    assert await _ask(out, lune, ben.id) is None
    out.clock.advance(seconds=4)
    assert await out.sender.once() == 1


async def _ask(out: Outgoings, chat: Chat, user_id: int) -> Membership | None:
    await out.put(chat.id, f"{user_id}", kind="ask_membership", account=user_id)
    await out.sender.once()
    account = Account(platform=Platform.TELEGRAM, id=user_id)
    async with out.db.read() as tx:
        member = (await members.by_account(tx, [account])).get(account)
        found = await chats.memberships_of(tx, [member.id] if member else [])
        assert await audit.audit(tx) == []
    return next(iter(found.values()), None)


async def _put_welcome(out: Outgoings, person: Person, code: str, *places: Chat) -> None:
    async with out.db.read() as tx:
        known = await chats.at_addresses(tx, Platform.TELEGRAM, [chat.id for chat in places])
    shown: list[dict[str, Any]] = [
        {"chat_id": known[chat.id].id, "native_id": chat.id, "title": chat.title, "username": chat.username}
        for chat in places
    ]
    await out.put(person.id, "Welcome!", kind="welcome", language="en", chats=shown, code=code)


async def _welcome(out: Outgoings, person: Person, code: str, *places: Chat) -> None:
    await _put_welcome(out, person, code, *places)
    assert await out.sender.once() == 1


async def _granted(out: Outgoings, person: Person) -> Grant:
    await out.link()
    account, now = Account(platform=Platform.TELEGRAM, id=person.id), out.clock.now()
    async with out.db.begin() as tx:
        met = await members.meet(tx, [members.Person(account=account, name="Ana", reachable=True)], now=now)
        (applied,) = await campaigns.applied(tx)
        grant = Grant(
            cause="spring/dinner/1/1",
            campaign_id=applied.id,
            member_id=met[account].id,
            reward="dinner",
            kind="message",
            granted_at=now,
            delivered_at=None,
        )
        await rewards.grant(tx, [grant])
    return grant
