"""Who comes to the demo, and what each of them will do: decided by a seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

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
CHANNELS = ("whatsapp", "whatsapp", "messenger", "telegram", "discord", "copy")
SPEAK_OUT_OF_10 = 9
LEAVE_OUT_OF_10 = 1
RECOMMEND_OUT_OF_10 = 4
ONE_FOUNDER_IN = 15
ON_DISCORD_OUT_OF_10 = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What one member will do. `told_by` is the number of whoever recommends; nobody for those who were there first."""

    number: int
    first_name: str
    last_name: str
    language: str
    told_by: int | None
    on_discord: bool  # else on Telegram
    place: int  # which of the ways in they take, where there are several
    channel: str  # through which they pass their link on
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
                on_discord=number > 1 and random.randrange(10) < ON_DISCORD_OUT_OF_10,
                place=random.randrange(2),
                channel=random.choice(CHANNELS),
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
