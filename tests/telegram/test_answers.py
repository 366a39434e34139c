"""Every command and button, from the person who presses it to the message that they read. On SQLite: test_door.py
tells the whole story on both."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bots.sandbox.telegram import Chat, Member, Message, Person
from bots.talk.answers import ANSWERS
from bots.talk.commands import MENU
from bots.texts import apart, duration, moment, text, until
from core import chats, intake, links
from core.campaign.values import Campaign, Community, Platform, Qualify
from core.conversions import Converted
from core.members import by_username
from tests.people import STARTS
from tests.telegram.conftest import TITLES, Door, campaign_in, code_in, code_of, link_in, said

NASTY = '<b>&lt;/b> <a href="tg://x">Zoë</a> *_`[x](y)'
LANGUAGES = ("en", "fr")


@pytest.fixture
def db_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def eve(door: Door, language: str) -> Person:
    """Somebody who speaks the language of this run."""
    return door.world.user("Eve", language_code=language)


async def answer(door: Door, person: Person, what: str) -> Message:
    """What the bot answers to this text; it must be one message."""
    heard = len(person.inbox)
    person.says(door.bot, what)
    await door.settle()
    assert len(person.inbox) == heard + 1, person.inbox
    return person.inbox[-1]


async def pressed(door: Door, person: Person, message: Message, button: str) -> Message:
    """What comes of pressing this button; the press must be heard, too."""
    heard = len(person.inbox)
    tap = person.taps(message, button)
    await door.settle()
    assert tap.answer is not None
    assert len(person.inbox) == heard + 1, person.inbox
    return person.inbox[-1]


def labels(message: Message) -> list[str]:
    return [button["text"] for button in message.buttons]


# /start and /invite


async def test_who_starts_without_a_code_is_welcome(door: Door, spring: Campaign, eve: Person, language: str):
    message = await answer(door, eve, "/start")
    assert message.text == said(language, "start.welcome")
    assert labels(message) == [text(language, f"button.{key}") for key in ("my_link", "my_referrals", "rules")]


async def test_who_starts_by_a_friends_link_sees_who_invites_and_the_way_in(
    door: Door, spring: Campaign, ana: Person, eve: Person, group: Chat, language: str
):
    message = await answer(door, eve, f"/start {await code_of(door, ana)}")
    needs = text(language, "needs.stay", duration=duration(language, timedelta(days=3)))
    assert message.text.split("\n\n") == [
        said(language, "start.friend", advocate="Ana", title=TITLES[language]),
        said(language, "start.way_in", n=1),
        said(language, "needs.from_here", needs=needs),
        said(language, "me.then_you_get", rewards=text(language, "gift.message")),
    ]
    assert eve.opens(message.buttons[0]["url"]) is group


async def test_who_comes_by_a_friends_link_gets_their_own_in_one_tap(
    door: Door, spring: Campaign, ana: Person, eve: Person, language: str
):
    brought_by = await code_of(door, ana)
    message = await answer(door, eve, f"/start {brought_by}_whatsapp")
    assert labels(message)[-1] == text(language, "button.my_link")
    code = code_in(await pressed(door, eve, message, text(language, "button.my_link")))
    async with door.db.read() as tx:
        assert (await links.by_code(tx, [code]))[code].parent == brought_by


async def test_a_public_chat_is_entered_by_its_address(door: Door, ana: Person, eve: Person, olga: Person):
    public = door.world.chat("supergroup", "Le Salon", username="lune_salon", owner=olga, admins=[door.bot])
    await door.apply(campaign_in(public))
    olga.says(public, "hello")
    message = await answer(door, eve, f"/start {await code_of(door, ana)}")
    assert [button["url"] for button in message.buttons if "url" in button] == ["https://t.me/lune_salon"]
    assert "Le Salon" in message.buttons[0]["text"]


async def test_a_server_on_discord_is_entered_by_our_page(
    door: Door, group: Chat, ana: Person, eve: Person, language: str
):
    server = Community(name="lune", platform=Platform.DISCORD, chat=200000000000000001)
    campaign = campaign_in(group)
    await door.apply(replace(campaign, communities=(*campaign.communities, server)))
    async with door.db.begin() as tx:
        await chats.describe(tx, await chats.ensure(tx, Platform.DISCORD, server.chat), title="Lune")
    door.publish("https://go.example.org")
    code = await code_of(door, ana)
    here, there = [each for each in (await answer(door, eve, f"/start {code}")).buttons if "url" in each]
    label = text(language, "button.join", chat="Lune")
    assert there == {"text": label, "url": f"https://go.example.org/r/{code}"}
    assert eve.opens(here["url"]) is group


async def test_without_a_page_of_ours_it_is_not(door: Door, group: Chat, ana: Person, eve: Person, language: str):
    campaign = campaign_in(group)
    await door.apply(campaign)
    code = await code_of(door, ana)
    server = Community(name="lune", platform=Platform.DISCORD, chat=200000000000000001)
    await door.apply(replace(campaign, communities=(server,)))
    message = await answer(door, eve, f"/start {code}")
    assert [each for each in message.buttons if "url" in each] == []
    assert said(language, "start.no_way_in") in message.text


@pytest.mark.parametrize("code", ["23456789abc", "x", "_", "23456789abc_whatsapp", "O0O0O0O0O0O", "é" * 11, "A" * 64])
async def test_a_code_that_leads_nowhere_gets_a_kind_word(
    door: Door, spring: Campaign, eve: Person, language: str, code: str
):
    message = await answer(door, eve, f"/start {code}")
    assert message.text == said(language, "problem.unknown_code")
    assert message.buttons


async def test_so_does_ones_own(door: Door, spring: Campaign, eve: Person, language: str):
    own = await answer(door, eve, "/invite")
    message = await answer(door, eve, f"/start {code_in(own)}")
    assert message.text == said(language, "problem.own_link", link=link_in(own))


async def test_and_one_of_a_campaign_that_is_over(
    door: Door, spring: Campaign, ana: Person, eve: Person, language: str
):
    code = await code_of(door, ana)
    door.clock.advance(days=40)
    message = await answer(door, eve, f"/start {code}")
    assert message.text == said(language, "problem.ended", title=TITLES[language])


async def test_and_one_of_a_campaign_that_has_not_begun(
    door: Door, ana: Person, eve: Person, group: Chat, language: str
):
    soon = campaign_in(group)
    starts = door.clock.now() + timedelta(days=2)
    await door.apply(replace(soon, window=replace(soon.window, starts=starts)))
    code = await code_of(door, ana)
    when = moment("en", starts, "Europe/Paris")
    assert text("en", "invite.not_started", when=when) in ana.inbox[-1].text
    message = await answer(door, eve, f"/start {code}")
    when = moment(language, starts, "Europe/Paris")
    assert message.text == said(language, "problem.not_started", title=TITLES[language], when=when)


async def test_the_first_link_stays_the_one(
    door: Door, spring: Campaign, ana: Person, ben: Person, eve: Person, language: str
):
    first, second = await code_of(door, ana), await code_of(door, ben)
    way_in = await answer(door, eve, f"/start {first}")
    door.clock.advance(seconds=1)  # within a second, nobody knows which came first
    again = await answer(door, eve, f"/start {second}")
    kept = said(language, "start.first_came", advocate="Ana", title=TITLES[language])
    assert again.text.startswith(kept)
    assert again.buttons == way_in.buttons
    eve.opens(way_in.buttons[0]["url"])
    assert (await answer(door, eve, f"/start {first}")).text == said(language, "start.came_already", advocate="Ana")
    assert (await answer(door, eve, f"/start {second}")).text == kept


async def test_a_link_opened_again_after_everything_was_met_says_that_it_counts(
    door: Door, spring: Campaign, ana: Person, eve: Person, language: str
):
    code = await code_of(door, ana)
    eve.opens((await answer(door, eve, f"/start {code}")).buttons[0]["url"])
    await door.settle()
    door.clock.advance(days=3, minutes=1)
    await door.settle()
    assert (await answer(door, eve, f"/start {code}")).text == said(language, "start.counted", advocate="Ana")


async def test_a_member_has_nothing_left_to_do(
    door: Door, spring: Campaign, ana: Person, eve: Person, group: Chat, language: str
):
    group.put(Member(user=eve, status="member"))
    code = await code_of(door, ana)
    await answer(door, eve, f"/start {code}")
    door.clock.advance(minutes=2)
    await door.settle()
    assert (await answer(door, eve, f"/start {code}")).text == said(language, "start.already_member")


async def test_who_asks_for_a_link_gets_the_same_one_ever_after(
    door: Door, spring: Campaign, eve: Person, language: str
):
    first = await answer(door, eve, "/invite")
    assert said(language, "invite.how") in first.text
    assert TITLES[language] in first.text
    assert text(language, "button.my_referrals") in labels(first)
    welcome = await answer(door, eve, "/start")
    again = await pressed(door, eve, welcome, text(language, "button.my_link"))
    assert link_in(again) == link_in(first)


# The other commands, and the buttons under their answers


async def test_the_rules_say_everything(door: Door, spring: Campaign, eve: Person, language: str):
    message = await answer(door, eve, "/rules")
    expected = [
        said(language, "rules.once"),
        said(language, "rules.first_touch", duration=duration(language, timedelta(days=7))),
        moment(language, STARTS, "Europe/Paris"),
        said(
            language, "rules.reward", when=text(language, "earn.every", n=1), reward=text(language, "gift.points", n=10)
        ),
    ]
    assert [part for part in expected if part not in message.text] == []
    assert code_in(await pressed(door, eve, message, text(language, "button.my_link")))


async def test_rules_that_are_longer_than_a_message_are_told_all_the_same(
    door: Door, group: Chat, eve: Person, language: str
):
    terms = " ".join(f"Rule {number} is & stays fair." for number in range(150))
    await door.apply(campaign_in(group, terms={"*": terms[:4000]}))
    eve.says(door.bot, "/rules")
    await door.settle()
    assert await door.left_over() == {"inbox": {}, "outbox": {}}
    read = "\n".join(message.text for message in eve.inbox)
    assert "Rule 0 is & stays fair." in read
    assert "Rule 149 is" in read
    assert said(language, "rules.once") in read


def staying(door: Door, language: str) -> str:
    """Of a friend who came a day and two hours ago, where three days are asked for."""
    ends = door.clock.now() + timedelta(days=1, hours=22)
    until_then = until(language, ends, "Europe/Paris", now=door.clock.now())
    return text(language, "still.stay", progress=text(language, "progress.days", done=1, n=3), until=until_then)


async def test_me_tells_of_my_friends_and_who_brought_me(
    door: Door, spring: Campaign, ana: Person, eve: Person, ben: Person, language: str
):
    empty = await answer(door, eve, "/me")
    assert said(language, "me.empty") in empty.text
    assert text(language, "button.claim") in labels(empty)
    await answer(door, eve, f"/start {await code_of(door, ana)}")
    mine = await code_of(door, eve)
    ben.start(door.bot, mine)
    await door.settle()
    assert said(language, "me.to_do", advocate="Ana") in (await answer(door, eve, "/me")).text
    ben.opens(ben.inbox[-1].buttons[0]["url"])
    await door.settle()
    door.clock.advance(days=1, hours=2)
    await door.settle()
    message = await answer(door, eve, "/me")
    assert said(language, "me.friend", mark="⏳", friend="Ben", reason=staying(door, language)) in message.text
    assert said(language, "me.pending", n=1) in message.text
    assert text(language, "button.claim") not in labels(message)
    top = await pressed(door, eve, message, text(language, "button.top"))
    assert said(language, "top.empty") in top.text


async def test_me_tells_that_a_friend_still_has_to_buy_something(
    door: Door, group: Chat, eve: Person, ben: Person, language: str
):
    await door.apply(campaign_in(group, qualify=Qualify(stay=timedelta(days=3), conversion="first-order")))
    asked = text(language, "needs.conversion")
    assert asked in (await answer(door, eve, "/rules")).text
    ben.start(door.bot, await code_of(door, eve))
    await door.settle()
    assert text("fr", "needs.conversion") in ben.inbox[-1].text  # the language of his app
    ben.opens(ben.inbox[-1].buttons[0]["url"])
    await door.settle()
    door.clock.advance(days=1, hours=2)
    await door.settle()
    missing = text(language, "still.conversion")
    both = apart(language, [staying(door, language), missing])
    line = said(language, "me.friend", mark="⏳", friend="Ben", reason=both)
    assert line in (await answer(door, eve, "/me")).text
    door.clock.advance(days=3)
    await door.settle()
    line = said(language, "me.friend", mark="⏳", friend="Ben", reason=missing)
    assert line in (await answer(door, eve, "/me")).text
    order = Converted(id="1", name="first-order", at=door.clock.now(), member=f"telegram:{ben.id}")
    async with door.db.begin() as tx:
        await intake.converted(tx, order, now=door.clock.now())
    await door.settle()
    assert missing not in (await answer(door, eve, "/me")).text
    assert said(language, "me.qualified", n=1) in (await answer(door, eve, "/me")).text


async def test_top_shows_the_best_and_me(
    door: Door, spring: Campaign, ana: Person, eve: Person, ben: Person, language: str
):
    assert said(language, "top.nothing_yet") in (await answer(door, eve, "/top")).text
    ben.start(door.bot, await code_of(door, eve))
    await door.settle()
    ben.opens(ben.inbox[-1].buttons[0]["url"])
    await door.settle()
    door.clock.advance(days=3, minutes=1)
    await door.settle()
    results = f"{text(language, 'count.friends', n=1)} · {text(language, 'count.points', n=10)}"
    message = await answer(door, eve, "/top")
    assert f"🥇 Eve · {results}" in message.text
    assert said(language, "top.you", rank=1, results=results) in message.text
    assert said(language, "top.you", rank=1, results=results) not in (await answer(door, ana, "/top")).text


async def test_privacy_says_what_is_kept_under_which_number(door: Door, eve: Person, language: str):
    message = await answer(door, eve, "/privacy")
    assert f"telegram:{eve.id}" in message.text
    assert said(language, "privacy.not_kept") in message.text


async def test_help_shows_every_command(door: Door, eve: Person, language: str):
    message = await answer(door, eve, "/help")
    assert [name for name in MENU if f"/{name} · {text(language, f'command.{name}')}" not in message.text] == []


async def test_organizers_review_what_is_unclear_and_nobody_else_does(
    door: Door, spring: Campaign, eve: Person, olga: Person, language: str
):
    assert (await answer(door, eve, "/review")).text == said(language, "problem.not_organizer")
    assert (await answer(door, olga, "/review")).text == said("en", "review.nothing", title=TITLES["en"])
    assert "/review · " in (await answer(door, olga, "/help")).text


@pytest.mark.parametrize(
    ("what", "key"),
    [
        ("hello", "unknown.text"),
        ("😀", "unknown.text"),
        ("x" * 4096, "unknown.text"),
        ("/frobnicate", "unknown.command"),
        ("/frobnicate 1 2 3", "unknown.command"),
    ],
)
async def test_what_is_not_understood_gets_the_way_to_the_help(
    door: Door, eve: Person, language: str, what: str, key: str
):
    assert (await answer(door, eve, what)).text == said(language, key)


FORGED = ["", ":", "::::", "old:button", "claim_yes", "claim_yes:²", "claim_no:99999999999999999999", "claim_yes:-1"]
FORGED += ["claim_picked", "claim_picked:1", "claim_picked:1:x", "claim_picked:1:²", "invite:x", "top:9" + "9" * 50]
FORGED += ["language:<b>", "reminders", "start:x:y", "\u202e", "me:<i>"]


@pytest.mark.parametrize("data", FORGED)
async def test_a_button_that_was_forged_or_is_old_has_an_answer_too(
    door: Door, spring: Campaign, eve: Person, language: str, data: str
):
    message = await answer(door, eve, "/start")
    before = message.text
    tap = door.world.inline.tap(eve, message, data)
    await door.settle()
    assert tap.answer is not None
    assert [each.text for each in eve.inbox] != [before]
    assert await door.left_over() == {"inbox": {}, "outbox": {}}


@pytest.mark.parametrize("what", [name for name in ANSWERS if "_" in name])
async def test_a_buttons_name_typed_as_a_command_has_one_as_well(door: Door, spring: Campaign, eve: Person, what: str):
    for args in ("", " 1", " 1 x", " ² ³"):
        await answer(door, eve, f"/{what}{args}")


async def test_the_language_is_chosen_and_given_back(door: Door, eve: Person, language: str):
    other = "fr" if language == "en" else "en"
    asked = await answer(door, eve, "/language")
    assert asked.text == said(language, "language.choose")
    assert labels(asked) == ["English", "Français", text(language, "button.app_language")]
    eve.taps(asked, f"language:{other}")
    await door.settle()
    assert eve.inbox[-1].text == said(other, "language.chosen")
    assert len(eve.inbox) == 1  # the answer took the question's place
    assert (await answer(door, eve, "hello")).text == said(other, "unknown.text")
    asked = await answer(door, eve, "/language")
    eve.taps(asked, "language:app")
    await door.settle()
    assert (await answer(door, eve, "hello")).text == said(language, "unknown.text")
    await answer(door, eve, f"/language {other}")
    assert eve.inbox[-1].text == said(other, "language.chosen")


async def test_reminders_are_switched_off_and_on(door: Door, spring: Campaign, eve: Person, language: str):
    message = await answer(door, eve, "/start")
    tap = door.world.inline.tap(eve, message, "reminders:off")
    await door.settle()
    assert tap.answer is not None
    off = eve.inbox[-1]
    assert off.text == said(language, "reminders.stopped")
    on = await pressed(door, eve, off, text(language, "button.reminders"))
    assert on.text == said(language, "reminders.again")


async def test_a_language_nobody_translated_is_answered_in_english_and_a_region_in_its_language(door: Door):
    for code, language in (("tlh", "en"), ("fr-CA", "fr"), ("en-GB", "en"), (None, "en")):
        person = door.world.user("Kor", language_code=code)
        assert (await answer(door, person, "hello")).text == said(language, "unknown.text")


# Several campaigns, or none


@pytest.mark.parametrize("command", ["invite", "me", "top", "rules", "claim"])
async def test_without_a_campaign_there_is_a_kind_word(door: Door, eve: Person, language: str, command: str):
    assert (await answer(door, eve, f"/{command}")).text == said(language, "choose.none")


@pytest.mark.parametrize("command", ["invite", "me", "top", "rules", "claim"])
async def test_with_several_the_bot_asks_which(
    door: Door, spring: Campaign, group: Chat, eve: Person, language: str, command: str
):
    await door.apply(replace(spring, slug="autumn", title={"en": "Autumn <&>", "fr": "Automne <&>"}))
    asked = await answer(door, eve, f"/{command}")
    assert asked.text == said(language, "choose.campaign")
    second = "Autumn <&>" if language == "en" else "Automne <&>"
    assert labels(asked) == [TITLES[language], second]
    assert second in (await pressed(door, eve, asked, second)).text


# /claim


@pytest.fixture
async def advocate(door: Door, spring: Campaign, ana: Person) -> Person:
    await code_of(door, ana)
    return ana


async def joined(door: Door, person: Person, group: Chat, olga: Person) -> None:
    """They came in by somebody's own invitation, which tells nobody anything."""
    person.joins(group, olga.makes_link(group))
    await door.settle()


async def test_a_claim_that_the_advocate_confirms_counts(
    door: Door, advocate: Person, eve: Person, group: Chat, olga: Person, language: str
):
    await joined(door, eve, group, olga)
    asked = await answer(door, eve, "/claim")
    assert said(language, "claim.ask", title=TITLES[language]) == asked.text
    [[key]] = (asked.reply_markup or {})["keyboard"]
    assert key["text"] == text(language, "button.pick_person")
    eve.shares_users(door.bot, [advocate], request_id=key["request_users"]["request_id"])
    await door.settle()
    assert eve.inbox[-1].text == said(language, "claim.asked", advocate="Ana")
    question = advocate.inbox[-1]
    assert question.text == said("en", "claim.question", friend="Eve", title=TITLES["en"])
    advocate.taps(question, "Yes")
    await door.settle()
    assert question.text == said("en", "claim.yes", friend="Eve", title=TITLES["en"])
    assert question.buttons == []
    assert said(language, "claim.confirmed", advocate="Ana") in [message.text for message in eve.inbox]
    assert "Eve" in (await answer(door, advocate, "/me")).text


async def test_a_claim_by_name_that_the_advocate_denies_does_not(
    door: Door, advocate: Person, eve: Person, group: Chat, olga: Person, language: str
):
    await joined(door, eve, group, olga)
    message = await answer(door, eve, "/claim @ANA_lune")
    assert message.text == said(language, "claim.asked", advocate="Ana")
    question = advocate.inbox[-1]
    advocate.taps(question, "No")
    await door.settle()
    assert question.text == said("en", "claim.no")
    assert eve.inbox[-1].text == said(language, "claim.refused", advocate="Ana")
    tap = door.world.inline.tap(advocate, question, "claim_yes:1")  # a change of mind comes too late
    await door.settle()
    assert tap.answer is not None
    assert question.text == said("en", "problem.claim_settled")
    assert said("en", "me.empty") in (await answer(door, advocate, "/me")).text


async def test_only_the_advocate_may_answer(
    door: Door, advocate: Person, eve: Person, group: Chat, olga: Person, language: str
):
    await joined(door, eve, group, olga)
    message = await answer(door, eve, "/claim @ana_lune")
    tap = door.world.inline.tap(eve, message, "claim_yes:1")
    await door.settle()
    assert tap.answer is not None
    assert message.text == said(language, "problem.claim_not_yours")
    assert advocate.inbox[-1].buttons


@pytest.mark.parametrize("whom", ["@nobody_here", "nobody", "@", "<b>", "' OR 1=1 --", "@sayso_bot"])
async def test_one_who_is_not_known_cannot_be_named(
    door: Door, advocate: Person, eve: Person, language: str, whom: str
):
    assert (await answer(door, eve, f"/claim {whom}")).text == said(language, "problem.unknown_advocate")


async def test_nor_can_oneself(door: Door, advocate: Person, eve: Person, language: str):
    eve.username = "eve_here"
    await answer(door, eve, "/start")
    assert (await answer(door, eve, "/claim @eve_here")).text == said(language, "problem.claim_self")


async def test_nor_anybody_once_it_is_settled(
    door: Door, advocate: Person, eve: Person, ben: Person, group: Chat, language: str
):
    ben.start(door.bot)
    way_in = await answer(door, eve, f"/start {await code_of(door, advocate)}")
    eve.opens(way_in.buttons[0]["url"])
    await door.settle()
    eve.shares_users(door.bot, [ben])
    await door.settle()
    assert eve.inbox[-1].text == said(language, "problem.claim_settled")


async def test_nor_more_than_three(door: Door, advocate: Person, eve: Person, group: Chat, olga: Person, language: str):
    await joined(door, eve, group, olga)
    for number in range(4):
        other = door.world.user(f"Friend {number}")
        other.start(door.bot)
        eve.shares_users(door.bot, [other])
        await door.settle()
        expected = "problem.claim_too_many" if number == 3 else "claim.asked"
        assert eve.inbox[-1].text == said(language, expected, advocate=f"Friend {number}")


# In groups


@pytest.mark.parametrize(("command", "key"), [("top", "top.empty"), ("rules", "rules.once")])
async def test_what_everybody_may_read_is_answered_in_the_group(
    door: Door, spring: Campaign, eve: Person, group: Chat, language: str, command: str, key: str
):
    group.put(Member(user=eve, status="member"))
    eve.says(group, f"/{command}@sayso_bot")
    await door.settle()
    assert said(language, key) in eve.sees(group)[-1].text
    assert eve.inbox == []


@pytest.mark.parametrize("command", ["start", "invite", "me", "claim", "language", "privacy", "help"])
async def test_the_rest_is_answered_in_private(
    door: Door, spring: Campaign, eve: Person, group: Chat, language: str, command: str
):
    group.put(Member(user=eve, status="member"))
    eve.says(group, f"/{command}")
    await door.settle()
    message = eve.sees(group)[-1]
    assert message.text == said(language, "private.only")
    eve.opens(message.buttons[0]["url"])
    await door.settle()
    assert eve.inbox[-1].text == said(language, "start.welcome")


@pytest.mark.parametrize("words", ["/ban", "/top@other_bot", "/start@other_bot x", "hello", "/invite@other_bot"])
async def test_what_is_meant_for_others_is_left_to_them(
    door: Door, spring: Campaign, eve: Person, group: Chat, words: str
):
    group.put(Member(user=eve, status="member"))
    eve.says(group, words)
    await door.settle()
    assert [message.text for message in eve.sees(group)] == [words]


async def test_a_command_to_this_bot_that_it_does_not_know_is_not_ignored(
    door: Door, spring: Campaign, eve: Person, group: Chat, language: str
):
    group.put(Member(user=eve, status="member"))
    eve.says(group, "/frobnicate@Sayso_Bot")
    await door.settle()
    assert eve.sees(group)[-1].text == said(language, "private.only")


async def test_a_post_passed_on_to_the_bot_is_a_share_and_needs_no_answer(
    door: Door, spring: Campaign, eve: Person, olga: Person, group: Chat
):
    channel = door.world.chat("channel", "News", username="lune_news", owner=olga, admins=[door.bot])
    await door.apply(replace(spring, communities=campaign_in(group, channel).communities))
    post = olga.says(channel, "We open our doors.")
    eve.forwards(post, to=door.bot)
    await door.settle()
    assert eve.inbox == []
    assert await door.left_over() == {"inbox": {}, "outbox": {}}


# Names


async def test_no_name_or_title_is_ever_read_as_html(door: Door, group: Chat, ben: Person):
    ana = door.world.user(NASTY, username="nasty_one")
    group.title = NASTY
    title = {"en": "<i>&amp; Co", "fr": "<i>&amp; Co"}
    await door.apply(campaign_in(group, title=title, terms={"*": "1 < 2 & <b>so on"}, qualify=Qualify()))
    code = await code_of(door, ana)
    ben.start(door.bot, code)
    await door.settle()
    assert NASTY[:20] in ben.inbox[-1].text
    assert title["fr"] in ben.inbox[-1].text
    ben.last_name = NASTY
    ben.opens(ben.inbox[-1].buttons[0]["url"])
    await door.settle()
    for command in ("/me", "/top", "/rules", "/invite", "/privacy", f"/start {code}", "/claim @nasty_one"):
        for person in (ana, ben):
            person.says(door.bot, command)
            await door.settle()
    assert await door.left_over() == {"inbox": {}, "outbox": {}}
    assert any("1 < 2 & <b>so on" in message.text for message in ana.inbox)
    assert any(f"Ben {NASTY[:16]}" in message.text for message in ana.inbox)
    async with door.db.read() as tx:
        assert await by_username(tx, Platform.TELEGRAM, "Nasty_One") is not None
