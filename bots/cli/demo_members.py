"""The demo's members: who they are, decided by a seed; and what they do, as people with Telegram on their phone."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from bots.sandbox.telegram import Bot, Chat, ImpossibleError, Message, Person, TelegramWorld

_log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds that somebody waits for the bot's answer."""

# fmt: off
NAMES = (
    "Ana", "Bruno", "Chloé", "Dries", "Elif", "Farid", "Gaia", "Hugo", "Inès", "Jonas", "Kenza", "Léo", "Mila", "Noor",
    "Oscar", "Paola", "Quentin", "Rosa", "Sami", "Tess", "Ugo", "Vera", "Wassim", "Xenia", "Yanis", "Zoé",
)
SURNAMES = (
    "Arnaud", "Bauer", "Costa", "Duval", "Evans", "Ferrari", "Garcia", "Haddad", "Ivanov", "Janssen", "Kaya", "Lambert",
    "Moreau", "Novak", "Okoye",
)
# fmt: on
LANGUAGES = ("en", "fr", "fr", "en", "de")
GREETINGS = ("Hello everybody!", "Bonjour à tous !", "A friend brought me here.", "Ravi d'être là.", "Nice to be here!")
SPEAK_OUT_OF_10 = 9
LEAVE_OUT_OF_10 = 1
RECOMMEND_OUT_OF_10 = 4
ONE_FOUNDER_IN = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What one member will do. `told_by` is the number of whoever recommends; nobody for those who were there first."""

    number: int
    first_name: str
    last_name: str
    language: str
    told_by: int | None
    place: int  # which of the ways in they take, where there are several
    speaks: bool
    leaves: bool
    recommends: bool
    by_button: bool  # asks for the link with the button, not with /invite
    tries_own_link: bool
    brings_a_bot: bool


def roles(random: Random, *, founders: int) -> Iterator[Role]:
    """Everybody who will ever come, the same for the same seed. Some are better at telling than others."""
    tellers: list[int] = []
    number = 0
    while True:
        is_founder = number < founders
        leaves = not is_founder and random.randrange(10) < LEAVE_OUT_OF_10
        yield (
            role := Role(
                number=number,
                first_name=NAMES[number % len(NAMES)],
                last_name=SURNAMES[random.randrange(len(SURNAMES))],
                language=random.choice(LANGUAGES),
                told_by=None if is_founder else tellers[min(random.randrange(len(tellers)) for _ in range(2))],
                place=random.randrange(2),
                speaks=is_founder or random.randrange(10) < SPEAK_OUT_OF_10,
                leaves=leaves,
                recommends=is_founder or (not leaves and random.randrange(10) < RECOMMEND_OUT_OF_10),
                by_button=bool(random.randrange(2)),
                tries_own_link=number == 0,
                brings_a_bot=number == 1,
            )
        )
        if role.recommends:
            tellers.append(number)
        number += 1


def founders_among(members: int) -> int:
    """How many of so many are there from the start."""
    return max(1, members // ONE_FOUNDER_IN)


@dataclass(slots=True, kw_only=True)
class Stage:
    """Where the members act: the stand-in's world, the bot, the chats; and the links that were passed on."""

    world: TelegramWorld
    bot: Bot
    chats: tuple[Chat, ...]
    pause: Callable[[float], Awaitable[None]]
    links: dict[int, "asyncio.Future[str]"] = field(default_factory=dict)
    came: int = 0
    acted: int = 0
    gave_up: int = 0
    waiting_for: int = 0  # friends who will count, if all goes well

    def link(self, number: int) -> "asyncio.Future[str]":
        """The link of that member, once they have it; '' if they never will."""
        return self.links.setdefault(number, asyncio.get_running_loop().create_future())


async def act(stage: Stage, role: Role) -> None:
    """Do everything that the role says. Somebody for whom it does not work out gives up, and the others go on."""
    try:
        await _act(stage, role)
    except (ImpossibleError, TimeoutError) as error:
        stage.gave_up += 1
        _log.warning("a member gave up (%s: %s)", type(error).__name__, error, extra={"member": role.number})
    finally:
        stage.acted += 1
        if not stage.link(role.number).done():
            stage.link(role.number).set_result("")


async def _act(stage: Stage, role: Role) -> None:
    person = stage.world.user(
        role.first_name,
        last_name=role.last_name,
        username=f"friend_of_lune_{role.number}",
        language_code=role.language,
    )
    chat = await _come_in(stage, role, person)
    stage.came += 1
    if role.speaks:
        person.says(chat, GREETINGS[role.number % len(GREETINGS)])
    if role.recommends:
        link = await _ask_for_link(stage, role, person)
        if role.tries_own_link:
            person.opens(link)
        stage.link(role.number).set_result(link)
    if role.brings_a_bot:
        person.adds(stage.world.bot(username="helpful_demo_bot", first_name="Helpful"), chat)
    if role.leaves:
        await stage.pause(2.0)
        person.leaves(chat)
    elif role.speaks and role.told_by is not None:
        stage.waiting_for += 1


async def _come_in(stage: Stage, role: Role, person: Person) -> Chat:
    """By the link of whoever told them, or straight into the public chat; and press Start either way."""
    if role.told_by is None:
        chat = stage.chats[0]
        person.joins(chat)
        person.start(stage.bot)
        await _answer(stage, person, lambda message: bool(message.buttons))
        return chat
    async with asyncio.timeout(2 * PATIENCE):
        link = await asyncio.shield(stage.link(role.told_by))
    if not link:
        raise ImpossibleError("whoever told them has no link to pass on")
    person.opens(link)
    welcome = await _answer(stage, person, lambda message: bool(_ways_in(message)))
    ways = _ways_in(welcome)
    return _enter(stage, person, ways[role.place % len(ways)])


def _enter(stage: Stage, person: Person, way: str) -> Chat:
    """Follow a way in: an invite link lets one in at once, a public chat shows itself first."""
    found = person.opens(way)
    if not isinstance(found, Chat):
        raise ImpossibleError(f"{way} leads to no chat")
    if not found.has(person):
        person.joins(found)
    return found


async def _ask_for_link(stage: Stage, role: Role, person: Person) -> str:
    """By /invite, or by the button of the same meaning under something that the bot wrote."""
    with_button = next((each for each in reversed(person.inbox) if _callback(each, "invite")), None)
    if role.by_button and with_button is not None:
        person.taps(with_button, _callback(with_button, "invite"))
    else:
        person.says(stage.bot, "/invite")
    return _link_in(await _answer(stage, person, lambda message: bool(_link_in(message))))


async def _answer(stage: Stage, person: Person, fits: Callable[[Message], bool]) -> Message:
    """The bot's latest message that fits, as soon as there is one."""

    def found() -> Message | None:
        return next((message for message in reversed(person.inbox_from(stage.bot)) if fits(message)), None)

    message = await stage.world.until(found, seconds=PATIENCE)
    assert message is not None
    return message


def _ways_in(message: Message) -> list[str]:
    """Where its buttons lead to chats."""
    urls = [str(button["url"]) for button in message.buttons if "url" in button]
    return [url for url in urls if re.fullmatch(r"https://t\.me/(\+[\w-]+|\w+)", url)]


def _callback(message: Message, what: str) -> str:
    """The data of its button for that; '' if it has none."""
    data = (str(button.get("callback_data", "")) for button in message.buttons)
    return next((each for each in data if each.partition(":")[0] == what), "")


def _link_in(message: Message) -> str:
    """The personal link that it tells; '' if it tells none."""
    found = re.search(r"https://t\.me/\w+\?start=[\w-]+", message.text)
    return found[0] if found else ""
