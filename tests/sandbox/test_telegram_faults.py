"""Every way in which the stand-in can be made to fail, as the library meets it."""

import asyncio
from datetime import timedelta

import pytest
import telegram

from bots.sandbox.telegram import Bot, BotApiError, Chat, Person, TelegramWorld
from tests.sandbox.conftest import told


@pytest.fixture(autouse=True)
def started(bot: Bot, ana: Person) -> None:
    ana.start(bot)
    bot.updates.clear()


async def test_too_many_requests(world: TelegramWorld, api: telegram.Bot, ana: Person):
    world.faults.too_many(retry_after=3, method="sendMessage", times=2)
    for _ in range(2):
        with pytest.raises(telegram.error.RetryAfter) as refusal:
            await api.send_message(ana.id, "Hello")
        assert refusal.value.retry_after == timedelta(seconds=3)
    await api.send_message(ana.id, "Hello")
    assert [message.text for message in ana.inbox] == ["Hello"]


async def test_a_fault_keeps_to_its_chat(world: TelegramWorld, api: telegram.Bot, group: Chat, ana: Person):
    fault = world.faults.too_many(chat=group, times=None)
    await api.send_message(ana.id, "Hello")
    with pytest.raises(telegram.error.RetryAfter):
        await api.send_message(group.id, "Hello")
    assert fault.hits == 1
    world.faults.clear()
    await api.send_message(group.id, "Hello")


async def test_a_block_that_nobody_made(world: TelegramWorld, api: telegram.Bot, ana: Person):
    world.faults.blocked()
    with pytest.raises(telegram.error.Forbidden, match="bot was blocked by the user"):
        await api.send_message(ana.id, "Hello")


async def test_a_chat_that_has_moved(world: TelegramWorld, api: telegram.Bot, group: Chat):
    world.faults.migrated(-1009, chat=group)
    with pytest.raises(telegram.error.ChatMigrated) as moved:
        await api.send_message(group.id, "Hello")
    assert moved.value.new_chat_id == -1009


async def test_a_broken_server(world: TelegramWorld, api: telegram.Bot, ana: Person):
    world.faults.broken(502)
    assert (await api.get_me()).username == "sayso_bot"
    with pytest.raises(telegram.error.NetworkError, match="Bad Gateway"):
        await api.send_message(ana.id, "Hello")
    world.faults.broken(method="getUpdates")
    with pytest.raises(telegram.error.NetworkError):
        await api.get_updates(timeout=0)


async def test_any_other_refusal(world: TelegramWorld, api: telegram.Bot, ana: Person):
    world.faults.refuse(BotApiError(400, "Bad Request: PEER_FLOOD"))
    with pytest.raises(telegram.error.BadRequest, match=r"(?i)peer_flood"):
        await api.send_message(ana.id, "Hello")


async def test_an_answer_lost_after_the_effect(world: TelegramWorld, api: telegram.Bot, ana: Person):
    world.faults.lose_answer(method="sendMessage")
    with pytest.raises(telegram.error.NetworkError):
        await api.send_message(ana.id, "Hello")
    assert [message.text for message in ana.inbox] == ["Hello"]


async def test_an_answer_that_comes_too_late(world: TelegramWorld, api: telegram.Bot, ana: Person):
    held = world.faults.hold(method="sendMessage")
    with pytest.raises(telegram.error.TimedOut):
        await api.send_message(ana.id, "Hello", read_timeout=0.05)
    assert [message.text for message in ana.inbox] == ["Hello"]
    held.release()


async def test_an_answer_that_is_held_back(world: TelegramWorld, api: telegram.Bot, ana: Person):
    held = world.faults.hold()
    sending = asyncio.create_task(api.send_message(ana.id, "Hello"))
    await held.hit.wait()
    assert not sending.done()
    held.release()
    assert (await sending).text == "Hello"


async def test_a_slow_answer(world: TelegramWorld, api: telegram.Bot, ana: Person):
    world.faults.slow(0.01)
    assert (await api.send_message(ana.id, "Hello")).text == "Hello"


async def test_every_update_comes_more_than_once(api: telegram.Bot, bot: Bot, ana: Person):
    bot.updates.copies = 3
    ana.says(bot, "Hello")
    updates = await api.get_updates(timeout=0)
    assert len(updates) == 3
    assert len({update.update_id for update in updates}) == 1
    assert await api.get_updates(offset=updates[0].update_id + 1, timeout=0) == ()


async def test_copies_outlive_a_confirmation(api: telegram.Bot, bot: Bot, ana: Person):
    bot.updates.copies = 2
    ana.says(bot, "Hello")
    (first,) = await api.get_updates(timeout=0, limit=1)
    (copy,) = await api.get_updates(offset=first.update_id + 1, timeout=0)
    assert copy.update_id == first.update_id


async def test_old_updates_are_handed_out_again(api: telegram.Bot, bot: Bot, ana: Person):
    for text in ("one", "two"):
        ana.says(bot, text)
    offset = (await api.get_updates(timeout=0))[-1].update_id + 1
    assert await api.get_updates(offset=offset, timeout=0) == ()
    bot.updates.replay(2)
    assert [update.message.text for update in await api.get_updates(offset=offset, timeout=0)] == ["one", "two"]


async def test_updates_can_arrive_last_first(api: telegram.Bot, bot: Bot, group: Chat, olga: Person, ana: Person):
    with bot.updates.backwards():
        olga.adds(ana, group)
        ana.leaves(group)
    statuses = [update["new_chat_member"]["status"] for update in told(bot, "chat_member")]
    assert statuses == ["left", "member"]
    ids = [update.id for update in bot.updates.pending()]
    assert ids == sorted(ids)


async def test_update_ids_can_jump_back(api: telegram.Bot, bot: Bot, ana: Person):
    ana.says(bot, "before")
    (before,) = await api.get_updates(timeout=0)
    bot.updates.jump()
    ana.says(bot, "after")
    (_, after) = await api.get_updates(timeout=0)
    assert after.update_id < before.update_id
    (still,) = await api.get_updates(offset=after.update_id + 1, timeout=0)  # `before` is not confirmed by this
    assert still.update_id == before.update_id


async def test_an_offset_far_ahead_starts_from_the_oldest(api: telegram.Bot, bot: Bot, ana: Person):
    ana.says(bot, "before")
    (before,) = await api.get_updates(timeout=0)
    await api.get_updates(offset=before.update_id + 1, timeout=0)
    bot.updates.jump()
    ana.says(bot, "after")
    (after,) = await api.get_updates(offset=before.update_id + 1, timeout=0)
    assert after.message.text == "after"


async def test_sending_rates_are_watched(world: TelegramWorld, api: telegram.Bot, group: Chat, ana: Person, clock):
    for _ in range(2):
        await api.send_message(ana.id, "Hello")
    assert [(breach.limit.name, breach.chat_id) for breach in world.meter.breaches] == [("chat", ana.id)]


async def test_sending_rates_can_be_enforced(world: TelegramWorld, api: telegram.Bot, group: Chat, clock):
    world.meter.enforce = True
    for _ in range(20):
        await api.send_message(group.id, "Hello")
        clock.advance(seconds=1)
    with pytest.raises(telegram.error.RetryAfter) as refusal:
        await api.send_message(group.id, "Hello")
    assert refusal.value.retry_after == timedelta(seconds=40)
    clock.advance(seconds=40)
    await api.send_message(group.id, "Hello")
    assert (world.meter.sent, len(world.meter.breaches)) == (21, 1)


async def test_thirty_messages_a_second_are_the_most(world: TelegramWorld, api: telegram.Bot, bot: Bot):
    world.meter.enforce = True
    people = [world.user(f"Friend {number}") for number in range(31)]
    for person in people:
        person.start(bot)
    for person in people[:30]:
        await api.send_message(person.id, "Hello")
    with pytest.raises(telegram.error.RetryAfter):
        await api.send_message(people[30].id, "Hello")
