"""`/me`, as people read it: whole answers, for those who have brought nobody, one, three or forty friends."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bots.talk.words import units
from core.campaign.values import Campaign, Holding, Limits, Qualify, Reward, To
from core.intake.facts import Spoke
from core.outbox import Outgoing
from core.rewards import KINDS
from tests.talk.circle import Circle, read
from tests.talk.conftest import SERVER, Room, campaign_in, data, somebody, texts

ANA = somebody(2, "Ana", language="en-GB")
ANNE = somebody(2, "Ana", language="fr")

REWARDS = (
    Reward(id="welcome", to=To.FRIEND, kind="message", setting={"en": "Hi", "fr": "Salut"}),
    Reward(id="thanks", to=To.ADVOCATE, kind="points", setting=10, every=1),
    Reward(id="dinner", to=To.ADVOCATE, kind="by_hand", setting={"en": "a dinner", "fr": "un dîner"}, at=2),
    Reward(id="vip", to=To.ADVOCATE, kind="discord_role", setting="300000000000000010", at=10),
)
AT_THE_END = (
    Reward(id="podium", to=To.ADVOCATE, kind="by_hand", setting={"en": "a weekend", "fr": "un week-end"}, top=3),
    Reward(id="raffle", to=To.ADVOCATE, kind="message", setting={"en": "Yours", "fr": "À toi"}, draw=5),
)


def lune(**changes: Any) -> Campaign:
    usual: dict[str, Any] = {
        "title": {"en": "Maison Lune", "fr": "Maison Lune"},
        "qualify": Qualify(stay=timedelta(days=3), messages=1),
        "holding": Holding(wait=timedelta(days=2)),
        "rewards": REWARDS,
    }
    return campaign_in(**{**usual, **changes})


@pytest.fixture
def circle(room: Room) -> Circle:
    return Circle(room)


def golden(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


# Advocates


async def test_with_nobody_yet_it_is_said_what_to_do_and_what_for(room: Room):
    await room.apply(lune(rewards=(*REWARDS, *AT_THE_END)))
    assert read(await room.ask(ANA, "me")) == golden(
        "👥 Maison Lune",
        "Nobody has come through your link yet.\n"
        "1. Tap My link below, and send it to somebody who would like this.\n"
        "2. A friend counts once they: join, stay for 3 days and say hello once.\n"
        "3. I tell you when somebody arrives, and /me shows what is still missing.",
        "🎯 One more friend until: 10 points\n"
        "🎯 2 more friends until: a dinner\n"
        "🎯 10 more friends until: a role on Discord\n"
        "🎁 Each friend who counts gets: a personal message\n"
        "🏆 At the end, the first 3 get: a weekend\n"
        "🎟 Each friend who counts is a ticket in the draw for: a personal message\n"
        "The results are final on Wednesday, 6 January 2027, 09:00 (Paris).",
    )
    assert read(await room.ask(ANNE, "me")) == golden(
        "👥 Maison Lune",
        "Personne n’est encore venu par ton lien.\n"
        "1. Appuie sur Mon lien ci-dessous, et envoie-le à quelqu’un à qui ça plaira.\n"
        "2. Pour compter, un proche doit : entrer, rester 3 jours et dire bonjour une fois.\n"
        "3. Je te dis quand quelqu’un arrive, et /me montre ce qui manque encore.",
        "🎯 Encore un proche avant : 10 points\n"
        "🎯 Encore 2 proches avant : un dîner\n"
        "🎯 Encore 10 proches avant : un rôle sur Discord\n"
        "🎁 Chaque proche qui compte reçoit : un message personnel\n"
        "🏆 À la fin, les 3 premières places reçoivent : un week-end\n"
        "🎟 Chaque proche qui compte donne un ticket pour le tirage : un message personnel\n"
        "Résultats définitifs : mercredi 6 janvier 2027 à 09:00 (Paris).",
    )


async def test_one_friend_on_the_way_is_told_with_what_is_missing_and_until_when(room: Room, circle: Circle):
    await room.apply(lune())
    await circle.comes(1, "Flo", await room.code_of(ANA), speaks=False)
    await circle.pass_time(days=2, hours=1)
    coming = (
        "🎯 One more friend until: 10 points\n"
        "🎯 2 more friends until: a dinner\n"
        "🎯 10 more friends until: a role on Discord\n"
        "🎁 Each friend who counts gets: a personal message"
    )
    assert read(await room.ask(ANA, "me")) == golden(
        "👥 Maison Lune\n0 friends count · 1 on the way",
        "On the way\n⏳ Flo: 2 of 3 days (until tomorrow, 13:00); needs to say hello",
        coming,
        "All times are Paris time.",
    )
    spoke = Spoke(key="spoke", at=room.clock.now(), person=circle.there[101], chat=SERVER)
    await room.take(spoke)
    await circle.pass_time(days=2)
    assert "⏳ Flo: all done; confirmed tomorrow at 13:00 if they are still here\n" in read(await room.ask(ANA, "me"))
    await circle.pass_time(days=1)
    assert "✅ Counting: Flo" in read(await room.ask(ANA, "me"))


async def test_three_friends_each_with_a_story_of_their_own(room: Room, circle: Circle):
    await room.apply(lune())
    code = await room.code_of(ANA)
    await circle.comes(1, "Gus", code)
    tom = await circle.comes(2, "Tom", code)
    await circle.pass_time(days=6)
    await circle.leaves(tom)
    await circle.comes(3, "Léa", code, speaks=False)
    await circle.pass_time(days=1)
    [row] = await room.ask(ANA, "me")
    assert read([row]) == golden(
        "👥 Maison Lune\n1 friend counts · 1 on the way · 10 points · Rank 1",
        "On the way\n⏳ Léa: 1 of 3 days (until Thu 10 Dec, 13:00); needs to say hello",
        "✅ Counting: Gus",
        "Not counting\n↩️ Tom: left again after it had counted; it counts again if they come back soon",
        "🎯 One more friend until: 10 points\n"
        "🎯 One more friend until: a dinner\n"
        "🎯 9 more friends until: a role on Discord\n"
        "🎁 Each friend who counts gets: a personal message",
        "All times are Paris time.",
    )
    assert [each for each in data(row) if each.startswith("appeal:")] == [f"appeal:{await room.number_of()}:3"]
    assert read(await room.ask(ANNE, "me")).splitlines()[:6] == [
        "👥 Maison Lune",
        "1 proche compte · 1 en chemin · 10 points · Rang 1",
        "",
        "En chemin",
        "⏳ Léa : 1/3 jours (jusqu’au jeu. 10 déc. à 13:00) ; doit encore dire bonjour",
        "",
    ]


async def test_forty_friends_are_no_wall(room: Room, circle: Circle):
    await room.apply(lune(limits=Limits(per_advocate=200)))
    code = await room.code_of(ANA)
    friends = [await circle.comes(number, f"Friend {number}", code, speaks=number > 25) for number in range(1, 41)]
    await circle.pass_time(days=6)
    for friend in friends[-6:]:
        await circle.leaves(friend)
    [row] = await room.ask(ANA, "me")
    told = read([row])
    assert told.startswith("👥 Maison Lune\n9 friends count · 25 on the way · 90 points · Rank 1\n")
    assert len([line for line in told.splitlines() if line.startswith("⏳")]) == 5
    assert "… and 20 more" in told
    assert "✅ Counting: Friend 34, Friend 33, Friend 32, Friend 31, Friend 30 … and 4 more" in told
    assert len([line for line in told.splitlines() if line.startswith("↩️")]) == 3
    assert "… and 3 more" in told
    assert len(told.splitlines()) < 30
    assert len(row.content["buttons"]) <= 5
    assert all(len(line) <= 2 for line in row.content["buttons"])
    assert all(len(each.encode()) <= 64 for each in data(row))


async def test_all_forty_can_be_paged_through(room: Room, circle: Circle):
    await room.apply(lune())
    code = await room.code_of(ANA)
    for number in range(1, 41):
        await circle.comes(number, f"Friend {number}", code, speaks=False)
    met, press = list[str](), f"friends:{await room.number_of()}"
    while press:
        [row] = await room.press(ANA, press)
        met += re.findall(r"Friend \d+", read([row]).split("\n\n")[1])
        press = next((each for each in data(row) if "Older" in label(row, each)), "")
    assert met == [f"Friend {number}" for number in range(40, 0, -1)]
    for forged in ("friends", "friends:1:999", "friends:1:-1", "friends:x:²"):
        assert "friends 1 to 10 of 40" in read(await room.press(ANA, forged))
    assert read(await room.press(somebody(9), "friends")) == "Nobody has come through your link yet."


def label(row: Outgoing, pressed: str) -> str:
    return next(each["text"] for line in row.content["buttons"] for each in line if each.get("data") == pressed)


async def test_beyond_the_limit_it_is_said_that_no_more_count(room: Room, circle: Circle):
    await room.apply(lune(limits=Limits(per_advocate=1), holding=Holding()))
    code = await room.code_of(ANA)
    for number in range(2):
        await circle.comes(number, f"Friend {number}", code)
    await circle.pass_time(days=3)
    told = read(await room.ask(ANA, "me"))
    assert "1 friend counts · 0 on the way" in told
    assert "You have reached the 1 friend that can count for one person." in told


async def test_once_it_is_over_nothing_more_is_promised(room: Room, circle: Circle):
    await room.apply(lune(rewards=(*REWARDS, *AT_THE_END)))
    await circle.comes(1, "Gus", await room.code_of(ANA))
    await circle.pass_time(days=30)
    told = read(await room.ask(ANA, "me"))
    assert "🏁 Maison Lune is over. Friends who came in time can still count." in told
    assert "🎯" not in told
    assert "🎟 1 ticket in the draw for: a personal message" in told
    await circle.pass_time(days=7)
    assert "The results are final." in read(await room.ask(ANA, "me"))


# Friends


async def test_a_friend_reads_what_to_do_until_when_and_what_for(room: Room, circle: Circle):
    await room.apply(lune())
    flo = await circle.comes(1, "Flo", await room.code_of(ANA), speaks=False)
    await circle.pass_time(days=1)
    assert read(await room.ask(flo, "me")) == golden(
        "👥 Maison Lune",
        "🤝 You came through Ana. So that it counts, you still have to:\n"
        "• stay until Fri 4 Dec, 13:00 (1 of 3 days)\n"
        "• say hello in the group\n"
        "Then you get: a personal message",
        "Do you know somebody who would like this? You can have a link of your own.\n"
        "🎯 One more friend until: 10 points",
        "All times are Paris time.",
    )
    assert "🤝 Tu es là grâce à Ana. Pour que ça compte, il te reste à :" in read(
        await room.ask(replace(flo, language="fr"), "me")
    )


async def test_a_friend_who_has_done_everything_only_waits(room: Room, circle: Circle):
    await room.apply(lune())
    flo = await circle.comes(1, "Flo", await room.code_of(ANA))
    await circle.pass_time(days=4)
    done = (
        "You came through Ana, and you have done everything. It is confirmed tomorrow at 13:00, if you are still here"
    )
    assert done in read(await room.ask(flo, "me"))
    await circle.pass_time(days=2)
    assert "🤝 You came through Ana, and it counts. Thank you!" in read(await room.ask(flo, "me"))


async def test_a_friend_who_left_reads_why_and_can_ask_the_organizers(room: Room, circle: Circle):
    await room.apply(lune())
    flo = await circle.comes(1, "Flo", await room.code_of(ANA))
    await circle.leaves(flo)
    [row] = await room.ask(flo, "me")
    assert "🤝 You came through Ana: you left too early; come back, and it goes on." in read([row])
    [ask] = [each for each in data(row) if each.startswith("appeal")]
    assert "asked the organizers" in read(await room.press(flo, ask))
    [row] = await room.ask(flo, "me")
    assert "(the organizers have been asked)" in read([row])
    assert not [each for each in data(row) if each.startswith("appeal")]


async def test_a_friend_who_left_later_reads_that_the_gift_was_taken_back(room: Room, circle: Circle):
    gift = Reward(id="hello", to=To.FRIEND, kind="points", setting=5)
    await room.apply(lune(rewards=(*REWARDS, gift), holding=Holding()))
    flo = await circle.comes(1, "Flo", await room.code_of(ANA))
    await circle.pass_time(days=4)
    assert "taken back" not in read(await room.ask(flo, "me"))
    await circle.leaves(flo)
    said = read(await room.ask(flo, "me"))
    assert "you left again; come back soon, and it counts again." in said
    assert "Your gift for coming was taken back." in said


async def test_whoever_is_both_reads_both(room: Room, circle: Circle):
    await room.apply(lune())
    flo = await circle.comes(1, "Flo", await room.code_of(ANA), speaks=False)
    await circle.comes(2, "Gus", await room.code_of(flo), speaks=False)
    told = read(await room.ask(flo, "me"))
    assert "⏳ Gus: 0 of 3 days" in told
    assert "🤝 You came through Ana. So that it counts" in told


# Rewards


def promo(every: int = 1) -> Reward:
    return Reward(id="code", to=To.ADVOCATE, kind="promo_code", setting="thanks", every=every)


async def test_a_reward_that_waits_says_why(room: Room, circle: Circle):
    assert "promo_code" in KINDS
    await room.apply(lune(rewards=(promo(), REWARDS[2]), codes={"thanks": "thanks.txt"}, holding=Holding()))
    code = await room.code_of(ANA)
    for number in range(2):
        await circle.comes(number, f"Friend {number}", code)
    await circle.pass_time(days=3)
    told = read(await room.ask(ANA, "me"))
    assert "• a promo code: your code waits; the organizers have to add new ones" in told
    assert "• a dinner: the organizers will hand it over to you" in told


@pytest.mark.parametrize("what", ["me", "friends", "gifts"])
async def test_names_that_mean_harm_are_shown_as_they_are(room: Room, circle: Circle, what: str):
    evil = '<b>&lt;</b><a href="tg://x">\u202eZoë</a>\n{title}'
    await room.apply(lune(title={"*": "<b>Lune</i> & {n}"}))
    await circle.comes(1, evil, await room.code_of(somebody(2, evil)))
    for told in texts(await room.press(somebody(2, evil), f"{what}:{await room.number_of()}")):
        assert "<a " not in told
        assert "\u202e" not in told
        assert set(re.findall(r"</?(\w+)", told)) <= {"b", "i", "code"}
        assert units(told) < 4000
