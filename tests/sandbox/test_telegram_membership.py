"""Who is told what when people come and go."""

from datetime import timedelta

import pytest
import telegram

from bots.sandbox.telegram import Bot, Chat, ImpossibleError, Person, TelegramWorld
from tests.sandbox.conftest import refused, told


async def test_a_join_names_the_link_that_the_bot_made(api: telegram.Bot, bot: Bot, group: Chat, ana: Person):
    link = await api.create_chat_invite_link(group.id, name="Ana's")
    ana.joins(group, link.invite_link)
    (joined,) = told(bot, "chat_member")
    assert joined["invite_link"]["invite_link"] == link.invite_link
    assert (joined["old_chat_member"]["status"], joined["new_chat_member"]["status"]) == ("left", "member")
    assert joined["from"]["id"] == ana.id
    (message,) = told(bot, "message")
    assert [user["id"] for user in message["new_chat_members"]] == [ana.id]
    assert "invite_link" not in message


async def test_somebody_elses_link_shows_only_its_first_half(bot: Bot, group: Chat, olga: Person, ana: Person):
    link = olga.makes_link(group)
    ana.joins(group, link)
    (joined,) = told(bot, "chat_member")
    shown = joined["invite_link"]["invite_link"]
    assert shown.endswith("...")
    assert link.url.startswith(shown.removesuffix("..."))
    assert shown != link.url


async def test_a_public_chat_does_not_name_the_link(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, ana: Person, ben: Person
):
    public = world.chat("supergroup", username="lune", admins=[bot])
    link = await api.create_chat_invite_link("@lune")
    ana.joins(public, link.invite_link)
    ben.joins(public)
    assert ["invite_link" in joined for joined in told(bot, "chat_member")] == [False, False]


async def test_a_plain_member_bot_hears_only_the_service_message(
    world: TelegramWorld, bot: Bot, olga: Person, ana: Person
):
    group = world.chat("group", owner=olga, members=[bot])
    olga.adds(ana, group)
    ana.leaves(group)
    assert told(bot, "chat_member") == []
    came, went = told(bot, "message")
    assert came["from"]["id"] == olga.id
    assert went["left_chat_member"]["id"] == ana.id


async def test_a_channel_has_no_service_messages(world: TelegramWorld, bot: Bot, olga: Person, ana: Person):
    channel = world.chat("channel", owner=olga, admins=[bot])
    olga.adds(ana, channel)
    assert told(bot, "message") + told(bot, "channel_post") == []
    assert len(told(bot, "chat_member")) == 1


async def test_a_bot_hears_of_its_own_fate(world: TelegramWorld, bot: Bot, olga: Person):
    group = world.chat("supergroup", owner=olga)
    olga.adds(bot, group)
    olga.promotes(bot, group, can_invite_users=False)
    olga.demotes(bot, group)
    olga.bans(bot, group)
    statuses = [update["new_chat_member"]["status"] for update in told(bot, "my_chat_member")]
    assert statuses == ["member", "administrator", "member", "kicked"]
    assert told(bot, "my_chat_member")[1]["new_chat_member"]["can_invite_users"] is False
    assert told(bot, "chat_member") == []


async def test_blocking_and_unblocking_are_told(bot: Bot, api: telegram.Bot, ana: Person):
    ana.start(bot)
    ana.blocks(bot)
    with pytest.raises(telegram.error.Forbidden, match="bot was blocked by the user"):
        await api.send_message(ana.id, "Are you there?")
    ana.start(bot)
    statuses = [update["new_chat_member"]["status"] for update in told(bot, "my_chat_member")]
    assert statuses == ["kicked", "member"]
    await api.send_message(ana.id, "Welcome back")


async def test_a_request_by_link_names_it_then_and_on_approval(
    api: telegram.Bot, bot: Bot, group: Chat, ana: Person, ben: Person
):
    link = await api.create_chat_invite_link(group.id, creates_join_request=True)
    with pytest.raises(ImpossibleError):
        ana.joins(group, link.invite_link)
    ana.asks_to_join(group, link.invite_link)
    ben.asks_to_join(group, link.invite_link)
    requests = told(bot, "chat_join_request")
    assert [request["user_chat_id"] for request in requests] == [ana.id, ben.id]
    assert requests[1]["invite_link"]["pending_join_request_count"] == 2
    await api.approve_chat_join_request(group.id, ana.id)
    await api.decline_chat_join_request(group.id, ben.id)
    assert (group.has(ana), group.has(ben)) == (True, False)
    (joined,) = told(bot, "chat_member")
    assert joined["invite_link"]["creates_join_request"] is True
    assert "via_join_request" not in joined
    with refused("HIDE_REQUESTER_MISSING"):
        await api.approve_chat_join_request(group.id, ben.id)


async def test_a_request_without_a_link_says_so_on_approval(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, ana: Person
):
    public = world.chat("supergroup", username="lune", admins=[bot])
    public.join_by_request = True
    ana.asks_to_join(public)
    world.owner(public).approves(ana, public)
    (request,) = told(bot, "chat_join_request")
    (joined,) = told(bot, "chat_member")
    assert "invite_link" not in request
    assert joined["via_join_request"] is True


async def test_a_request_lets_the_bot_write_for_five_minutes(api: telegram.Bot, group: Chat, ana: Person, clock):
    link = await api.create_chat_invite_link(group.id, creates_join_request=True)
    with pytest.raises(telegram.error.Forbidden, match="can't initiate conversation"):
        await api.send_message(ana.id, "Hello?")
    ana.asks_to_join(group, link.invite_link)
    await api.send_message(ana.id, "Why do you want to join?")
    clock.advance(minutes=5)
    with pytest.raises(telegram.error.Forbidden, match="can't initiate conversation"):
        await api.send_message(ana.id, "Still there?")


async def test_a_link_ends_when_it_is_revoked_expired_or_full(
    api: telegram.Bot, group: Chat, ana: Person, ben: Person, clock
):
    single = await api.create_chat_invite_link(group.id, member_limit=1)
    brief = await api.create_chat_invite_link(group.id, expire_date=clock.now() + timedelta(hours=1))
    ana.joins(group, single.invite_link)
    with pytest.raises(ImpossibleError):
        ben.joins(group, single.invite_link)
    ana.leaves(group)  # which frees her place
    ben.joins(group, single.invite_link)
    clock.advance(hours=1)
    with pytest.raises(ImpossibleError):
        ana.joins(group, brief.invite_link)
    revoked = await api.revoke_chat_invite_link(group.id, single.invite_link)
    assert revoked.is_revoked
    ben.leaves(group)
    with pytest.raises(ImpossibleError):
        ben.joins(group, single.invite_link)


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ({"member_limit": 1, "creates_join_request": True}, "member limit can't be specified"),
        ({"member_limit": 100_000}, "USAGE_LIMIT_INVALID"),
        ({"expire_date": 1}, "EXPIRE_DATE_INVALID"),
        ({"name": "x" * 33}, "INVITE_TITLE_TOO_LONG"),
    ],
)
async def test_a_link_that_cannot_be_is_refused(api: telegram.Bot, group: Chat, wanted, problem: str):
    with refused(problem):
        await api.create_chat_invite_link(group.id, **wanted)


async def test_links_need_the_right_to_invite(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, olga: Person, group: Chat
):
    olga.promotes(bot, group, can_invite_users=False)
    with refused("not enough rights to manage chat invite link"):
        await api.create_chat_invite_link(group.id)


async def test_a_bot_may_change_only_its_own_links(api: telegram.Bot, group: Chat, olga: Person):
    own = await api.create_chat_invite_link(group.id, name="first")
    edited = await api.edit_chat_invite_link(group.id, own.invite_link, name="second")
    assert edited.name == "second"
    with refused("CHAT_ADMIN_REQUIRED"):
        await api.edit_chat_invite_link(group.id, olga.makes_link(group).url, name="mine")
    primary = await api.export_chat_invite_link(group.id)
    assert (await api.get_chat(group.id)).invite_link == primary
    await api.revoke_chat_invite_link(group.id, primary)
    assert (await api.get_chat(group.id)).invite_link not in (primary, None)


async def test_membership_can_be_looked_up_by_an_administrators_bot(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, group: Chat, olga: Person, ana: Person
):
    olga.adds(ana, group)
    assert (await api.get_chat_member(group.id, ana.id)).status == "member"
    olga.restricts(ana, group, can_send_messages=False)
    assert (await api.get_chat_member(group.id, ana.id)).can_send_messages is False
    assert await api.get_chat_member_count(group.id) == 3
    assert {member.status for member in await api.get_chat_administrators(group.id)} == {"creator", "administrator"}
    olga.demotes(bot, group)
    with refused("member list is inaccessible"):
        await api.get_chat_member(group.id, ana.id)
    assert (await api.get_chat_member(group.id, bot.id)).status == "member"


async def test_a_bot_can_ban_and_let_back_in(api: telegram.Bot, bot: Bot, group: Chat, olga: Person, ana: Person):
    olga.adds(ana, group)
    await api.ban_chat_member(group.id, ana.id)
    with pytest.raises(ImpossibleError, match="banned"):
        ana.joins(group, olga.makes_link(group))
    assert (await api.get_chat_member(group.id, ana.id)).status == "kicked"
    await api.unban_chat_member(group.id, ana.id)
    ana.joins(group, olga.makes_link(group))
    with refused("can't remove chat owner"):
        await api.ban_chat_member(group.id, olga.id)


async def test_a_bot_that_is_out_is_told_why(api: telegram.Bot, bot: Bot, group: Chat, olga: Person):
    await api.leave_chat(group.id)
    with pytest.raises(telegram.error.Forbidden, match="bot is not a member of the supergroup chat"):
        await api.send_message(group.id, "Hello?")
    olga.promotes(bot, group)
    olga.bans(bot, group)
    with pytest.raises(telegram.error.Forbidden, match="bot was kicked from the supergroup chat"):
        await api.get_chat_member_count(group.id)


async def test_an_upgraded_group_is_found_at_its_new_id_only(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, olga: Person, ana: Person
):
    group = world.chat("group", owner=olga, admins=[bot], members=[ana])
    await api.create_chat_invite_link(group.id)
    new = world.migrate(group)
    old_side, new_side = told(bot, "message")
    assert (old_side["chat"]["id"], old_side["migrate_to_chat_id"]) == (group.id, new.id)
    assert (new_side["chat"]["id"], new_side["migrate_from_chat_id"]) == (new.id, group.id)
    with pytest.raises(telegram.error.ChatMigrated) as moved:
        await api.send_message(group.id, "Hello?")
    assert moved.value.new_chat_id == new.id
    assert (await api.get_chat_member(new.id, ana.id)).status == "member"
    assert new.links == {}
    await api.send_message(new.id, "Here we are")


async def test_links_of_telegram_can_be_followed(
    world: TelegramWorld, api: telegram.Bot, bot: Bot, group: Chat, ana: Person, ben: Person
):
    ana.opens("https://t.me/sayso_bot?start=CODE")
    assert told(bot, "message")[0]["text"] == "/start CODE"
    ana.opens((await api.create_chat_invite_link(group.id)).invite_link)
    ben.opens((await api.create_chat_invite_link(group.id, creates_join_request=True)).invite_link)
    assert (group.has(ana), group.has(ben)) == (True, False)
    assert ben.id in group.requests
    with pytest.raises(ImpossibleError):
        ana.opens("https://example.org/")


async def test_a_bot_can_be_started_in_a_group_by_a_link(world: TelegramWorld, bot: Bot, olga: Person):
    group = world.chat("supergroup", owner=olga)
    olga.starts_in(group, bot, "SETUP", admin=True)
    assert told(bot, "message")[-1]["text"] == "/start@sayso_bot SETUP"
    assert told(bot, "my_chat_member")[-1]["new_chat_member"]["can_invite_users"] is True
    other = world.chat("group", owner=olga)
    olga.starts_in(other, bot)
    assert told(bot, "message")[-1]["text"] == "/start@sayso_bot"


async def test_people_revoke_their_own_links(group: Chat, olga: Person, ana: Person):
    link = olga.makes_link(group)
    olga.revokes_link(group, link.url)
    with pytest.raises(ImpossibleError, match="not valid any more"):
        ana.joins(group, link)
    with pytest.raises(ImpossibleError, match="no such"):
        olga.revokes_link(group, "https://t.me/+nowhere")


async def test_what_the_apps_do_not_allow_cannot_be_done(group: Chat, olga: Person, ana: Person, bot: Bot):
    for attempt in (
        lambda: ana.joins(group),
        lambda: ana.leaves(group),
        lambda: ana.says(group, "hi"),
        lambda: ana.bans(olga, group),
        lambda: ana.makes_link(group),
        lambda: olga.approves(ana, group),
        lambda: olga.unbans(ana, group),
        lambda: olga.adds(bot, group),
        lambda: olga.promotes(ana, group, can_fly=True),
        lambda: ana.unblocks(bot),
        lambda: ana.sees(group),
        lambda: ana.start(bot, "x" * 65),
    ):
        with pytest.raises(ImpossibleError):
            attempt()
