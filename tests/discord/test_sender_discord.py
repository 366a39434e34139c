"""Answers, news and questions as they go out through the Discord door, with the stand-in as the wire."""

import pytest
from discord.http import HTTPClient

from bots.discord.components import COMPONENTS, EPHEMERAL, SUPPRESS_EMBEDS
from bots.sandbox.discord import ApiError, Bot, Channel, DiscordWorld, Guild, Person
from core.database import Database
from core.notices import Notice
from tests.clock import FakeClock
from tests.discord.stage_out import NEWS, Out, shown

OURS = COMPONENTS | SUPPRESS_EMBEDS
PATCH = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
MESSAGES = "/channels/{channel_id}/messages"


@pytest.fixture
async def out(db: Database, clock: FakeClock, bot: Bot, guild: Guild, http: HTTPClient) -> Out:
    out = Out(db, clock, bot, http)
    await out.commands()
    return out


@pytest.fixture
def ana(ana: Person, guild: Guild) -> Person:
    ana.discovers(guild)
    return ana


# Answers


async def test_an_answer_takes_the_place_of_thinking_and_more_follow(out: Out, ana: Person, channel: Channel):
    asked = ana.runs(out.bot, "me", channel)
    await out.defers(asked)
    await out.says(asked, "<b>One</b>")
    await out.says(asked, "two", part="/2", buttons=[[{"text": "Rules", "data": "rules"}]])
    assert await out.sender.once() == 2
    assert shown(asked) == ["**One**", "two"]
    assert [message.flags for message in asked.replies] == [OURS | EPHEMERAL] * 2
    assert not asked.thinking
    assert await out.rows() == []


@pytest.mark.parametrize("edits", [False, True])
async def test_a_pressed_button_is_answered_beside_or_in_place(out: Out, ana: Person, edits: bool):
    await out.row("news", ana.id, {"news": "claim", "language": "en", "title": "Lune", "friend": "Flo", "claim": 7})
    await out.sender.once()
    pressed = ana.presses(ana.inbox[0], "claim_yes:7")
    await out.defers(pressed, 6)
    await out.says(pressed, "Thank you", edits=edits)
    await out.sender.once()
    assert shown(pressed) == ([] if edits else ["Thank you"])
    assert ("Thank you" in ana.inbox[0].text) is edits
    assert bool(ana.inbox[0].buttons) is not edits


async def test_an_answer_that_comes_before_the_deferral_is_the_first_answer(out: Out, ana: Person, channel: Channel):
    asked = ana.runs(out.bot, "me", channel)
    await out.says(asked, "One")
    await out.says(asked, "two", part="/2")
    await out.sender.once()
    assert shown(asked) == ["One", "two"]
    assert [message.flags for message in asked.replies] == [OURS | EPHEMERAL] * 2


async def test_a_deferral_between_two_tries_loses_nothing(
    out: Out, ana: Person, channel: Channel, world: DiscordWorld, monkeypatch: pytest.MonkeyPatch
):
    """The first try finds no answer, the callback comes second: the answer takes the place of "thinking" after all."""
    asked, request = ana.runs(out.bot, "me", channel), out.http.request

    async def raced(route, **more):
        if route.path.endswith("/callback") and asked.answered is None:
            await request(route, json={"type": 5, "data": {"flags": 64}})
        return await request(route, **more)

    monkeypatch.setattr(out.http, "request", raced)
    await out.says(asked, "One")
    assert await out.sender.once() == 1
    assert shown(asked) == ["One"]
    assert await out.rows() == []


async def test_what_was_not_deferred_in_time_is_dropped(out: Out, ana: Person, channel: Channel):
    asked = ana.runs(out.bot, "me", channel)
    await out.says(asked, "One")
    out.clock.advance(seconds=4)
    await out.sender.once()
    assert shown(asked) == []
    assert await out.rows() == []


async def test_an_answer_after_a_quarter_of_an_hour_is_not_tried(
    out: Out, ana: Person, channel: Channel, world: DiscordWorld
):
    asked = ana.runs(out.bot, "me", channel)
    await out.defers(asked)
    await out.says(asked, "One")
    out.clock.advance(minutes=15)
    await out.sender.once()
    assert world.calls_of("PATCH", PATCH) == []
    assert await out.rows() == []


async def test_an_answer_that_was_put_away_follows(out: Out, ana: Person, channel: Channel, world: DiscordWorld):
    asked = ana.runs(out.bot, "me", channel)
    await out.defers(asked)
    world.faults.refuse(ApiError(404, 10008, "Unknown Message"), method="PATCH")
    await out.says(asked, "One")
    assert await out.sender.once() == 1
    assert shown(asked) == ["One"]


async def test_a_lost_answer_is_given_once(out: Out, ana: Person, channel: Channel, world: DiscordWorld):
    asked = ana.runs(out.bot, "me", channel)
    await out.defers(asked)
    world.faults.lose_answer(method="PATCH")
    await out.says(asked, "One")
    await out.sender.once()
    out.clock.advance(minutes=1)
    await out.sender.once()
    assert shown(asked) == ["One"]
    assert await out.rows() == []


async def test_a_long_answer_is_several_messages(out: Out, ana: Person, channel: Channel):
    asked = ana.runs(out.bot, "me", channel)
    await out.defers(asked)
    await out.says(asked, "\n\n".join(["x" * 1900] * 5), buttons=[[{"text": "Rules", "data": "rules"}]])
    await out.sender.once()
    assert [len(text) for text in shown(asked)] == [3802, 3802, 1900]
    assert [len(message.buttons) for message in asked.replies] == [0, 0, 1]


# News


async def test_news_is_written_to_a_member_once(out: Out, ana: Person, world: DiscordWorld):
    world.faults.lose_answer(route=MESSAGES)
    await out.row("news", ana.id, NEWS)
    await out.sender.once()
    out.restart()
    out.clock.advance(minutes=1)
    assert await out.sender.once() == 1
    assert len(ana.inbox) == 1
    assert ana.inbox[0].flags == OURS
    assert len(world.calls_of("POST", MESSAGES)) == 2
    assert world.calls_of("POST", MESSAGES)[0].body["allowed_mentions"] == {"parse": []}


async def test_closed_messages_become_a_notice_shown_beside_the_next_answer(
    out: Out, ana: Person, channel: Channel, world: DiscordWorld
):
    ana.closes_dms()
    reward = {"news": "reward", "language": "en", "title": "Lune", "text": "CODE-1"}
    await out.row("news", ana.id, NEWS, key="left")
    await out.row("news", ana.id, reward, key="reward/cause", grant="cause")
    await out.row("news", ana.id, {"news": "reminder", "language": "en", "title": "Lune"}, key="reminder")
    await out.sender.once()
    assert len(world.calls_of("POST", MESSAGES)) == 1  # once refused, nobody tries again for a while
    assert await out.rows() == []

    asked = ana.runs(out.bot, "me", channel)
    await out.defers(asked)
    await out.says(asked, "You")
    assert await out.shows_notices(asked, ana) == 2
    assert await out.sender.once() == 3
    first, gift, left = shown(asked)
    assert first == "You"
    assert r"CODE\-1" in gift or "CODE-1" in gift
    assert "Flo" in left
    assert await out.noticed(ana) == []


async def test_a_notice_that_could_not_be_shown_waits_again(out: Out, ana: Person, channel: Channel):
    ana.closes_dms()
    await out.row("news", ana.id, NEWS, key="left", grant="cause")
    await out.sender.once()
    asked = ana.runs(out.bot, "me", channel)
    await out.shows_notices(asked, ana)
    out.clock.advance(minutes=16)
    await out.sender.once()
    assert shown(asked) == []
    assert await out.noticed(ana) == [Notice(key="left", content=NEWS, grant_cause="cause")]


async def test_whoever_opens_their_messages_again_is_written_to_after_a_while(out: Out, ana: Person):
    ana.closes_dms()
    await out.row("news", ana.id, NEWS, key="one")
    await out.sender.once()
    ana.opens_dms()
    out.clock.advance(hours=1)
    await out.row("news", ana.id, NEWS, key="two")
    await out.sender.once()
    assert len(ana.inbox) == 1


async def test_conversations_opened_too_fast_wait_and_answers_do_not(
    out: Out, ana: Person, channel: Channel, world: DiscordWorld
):
    world.faults.refuse(ApiError(403, 40003, "You are opening direct messages too fast"), route="/users/@me/channels")
    await out.row("news", ana.id, NEWS)
    await out.sender.once()
    assert ana.inbox == []
    asked = ana.runs(out.bot, "me", channel)
    await out.says(asked, "You")
    await out.sender.once()
    assert shown(asked) == ["You"]
    out.clock.advance(minutes=1)
    await out.sender.once()
    assert len(ana.inbox) == 1


async def test_while_discord_shuts_us_out_everything_waits(out: Out, ana: Person, world: DiscordWorld):
    world.faults.banned()
    await out.row("news", ana.id, NEWS, key="one")
    await out.row("news", ana.id + 1, NEWS, key="two")
    await out.sender.once()
    before = len(world.calls)
    out.clock.advance(seconds=50)
    await out.sender.once()
    assert len(world.calls) == before
    out.clock.advance(seconds=10)
    await out.sender.once()
    assert len(ana.inbox) == 1


@pytest.mark.parametrize("named", [False, True])
async def test_posts_go_to_the_channel_that_is_named_or_to_one_that_is_found(
    out: Out, guild: Guild, channel: Channel, world: DiscordWorld, named: bool
):
    other = world.channel(guild, "other")
    content = {"news": "leaderboard", "language": "en", "title": "Lune", "guild": guild.id}
    content |= {"places": [{"rank": 1, "name": "@everyone [x](https://evil.example)", "qualified": 2, "points": 3}]}
    content["channel"] = other.id if named else None
    await out.row("news", other.id if named else guild.id, content)
    await out.sender.once()
    [posted] = (other if named else channel).messages.values()
    assert r"\@everyone \[x\](https\://evil\.example)" in posted.text
    assert posted.flags == OURS


async def test_a_server_without_a_channel_to_write_into_is_told_to_the_organizer(
    out: Out, guild: Guild, world: DiscordWorld
):
    guild.channels.clear()
    content = {"news": "leaderboard", "language": "en", "title": "Lune", "guild": guild.id, "channel": None}
    await out.row("news", guild.id, content)
    await out.sender.once()
    [failure] = await out.failures()
    assert "let the bot write in a channel" in failure


# Questions


@pytest.mark.parametrize("state", ["inside", "outside", "pending", "gone"])
async def test_whether_somebody_is_a_member(out: Out, ben: Person, guild: Guild, world: DiscordWorld, state: str):
    if state == "pending":
        guild.features.add("MEMBER_VERIFICATION_GATE_ENABLED")
    if state in ("inside", "pending"):
        ben.discovers(guild)
    await out.row("ask_membership", guild.id, {"account": 4711 if state == "gone" else ben.id})
    assert await out.sender.once() == 1
    assert await out.rows() == []
    called = [call for call in world.calls if call.route.endswith("/members/{user_id}")]
    assert [call.status for call in called] == [200 if state in ("inside", "pending") else 404]


async def test_a_server_that_we_were_removed_from_is_told_to_the_organizer(out: Out, guild: Guild, olga: Person):
    olga.kicks(out.bot, guild)
    await out.row("ask_membership", guild.id, {"account": olga.id})
    await out.sender.once()
    [failure] = await out.failures()
    assert "add the bot" in failure
