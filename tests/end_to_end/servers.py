"""What an end-to-end test on Discord stands on: two servers in the stand-in, browsers, and the settings."""

import re
from collections.abc import Iterable
from pathlib import Path

from aiohttp import ClientSession, CookieJar

from bots.sandbox.discord import (
    SCREENING,
    Bot,
    Channel,
    DiscordServer,
    DiscordWorld,
    Guild,
    Interaction,
    Member,
    Person,
    Role,
)
from tests.end_to_end import house
from tests.web.entering import DESK

KEY = "k" * 40


class Servers:
    """A bot, its owner, a server that is entered by invites, and one by consent, where newcomers accept the rules."""

    def __init__(self, world: DiscordWorld) -> None:
        self.world = world
        self.olga: Person = world.user("olga")
        self.bot: Bot = world.bot("sayso")
        self.atelier: Guild = world.guild("L'Atelier", owner=self.olga, bots=[self.bot])
        self.galerie: Guild = world.guild(
            "La Galerie", owner=self.olga, bots=[self.bot], features={SCREENING}, vanity_code="galerie"
        )
        self.regular: Role = world.role(self.atelier, "Regulars")

    @property
    def general(self) -> Channel:
        """The channel where everybody talks."""
        return self.atelier.text_channels()[0]

    def communities(self) -> list[str]:
        """How a campaign file names both."""
        return [
            f'id: atelier, discord: "{self.atelier.id}", channel: "{self.general.id}"',
            f'id: galerie, discord: "{self.galerie.id}", join: oauth',
        ]

    def file(self, folder: Path, *, qualify: str, communities: Iterable[str] | None = None, role_at: int = 2) -> Path:
        """A campaign that has begun; who has brought so many friends becomes a regular."""
        return house.write(
            folder,
            organizer=f'discord: "{self.olga.id}"',
            communities=self.communities() if communities is None else communities,
            qualify=qualify,
            rewards=[f'id: regular, to: advocate, at: {role_at}, give: {{discord_role: "{self.regular.id}"}}'],
        )


def door(server: DiscordServer, bot: Bot) -> dict[str, str]:
    """The part of the environment of `sayso run` that is about Discord."""
    return {
        "SAYSO_DISCORD_TOKEN": bot.token,
        "SAYSO_DISCORD_API": server.api_url,
        "SAYSO_DISCORD_CLIENT_SECRET": bot.client_secret,
        "SAYSO_SECRET_KEY": KEY,
    }


def settings(url: str, server: DiscordServer, bot: Bot) -> dict[str, str]:
    """The environment of `sayso run` with Discord alone; Discord knows the way back to its web."""
    found = house.web(url) | door(server, bot)
    bot.redirect_uris = [f"{found['SAYSO_PUBLIC_URL']}/join/discord/callback"]
    return found


def browser() -> ClientSession:
    """A browser at a desk, with cookies of its own."""
    return ClientSession(headers=DESK, cookie_jar=CookieJar(unsafe=True))


async def invited(link: str, *, into: str = "atelier") -> str:
    """Open an advocate's link and choose this server; the address of the invite that is given."""
    async with browser() as session:
        return await _sent_on(session, await _chosen(session, link, into))


async def consents(person: Person, link: str, *, into: str = "galerie") -> Member:
    """Open an advocate's link, choose this server, and come in by consenting on Discord's page."""
    async with browser() as session:
        ours = await _sent_on(session, await _chosen(session, link, into))
        back = person.authorizes(await _sent_on(session, ours))
        inside = await _sent_on(session, back)
    return person.member(person.world.guilds[int(inside.rpartition("/")[2])])


async def _chosen(session: ClientSession, link: str, into: str) -> str:
    """The way into this community on the page behind the link."""
    async with session.get(link) as page:
        text = await page.text()
    way_in = re.search(rf'href="([^"]+/in/\w+/{into})"', text)
    assert way_in is not None, text
    return way_in[1]


async def _sent_on(session: ClientSession, address: str) -> str:
    async with session.get(address, allow_redirects=False) as answered:
        assert answered.status == 302, (answered.status, await answered.text())
        return answered.headers["Location"]


async def answered(world: DiscordWorld, asked: Interaction, *, seconds: float = 20.0) -> str:
    """What the asker reads then, without Discord's markup."""
    await world.until(lambda: asked.replies, seconds=seconds)
    return plain("\n\n".join(reply.text for reply in asked.replies))


async def link_of(world: DiscordWorld, asked: Interaction) -> str:
    """The advocate's link in the answer to `/invite`."""
    found = re.search(r"http://127\.0\.0\.1:\d+/r/\w+", await answered(world, asked))
    assert found is not None, asked.replies
    return found[0]


def plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", re.sub(r"\*\*|`", "", text))
