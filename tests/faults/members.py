"""A crowd on Discord that never stands still, and a memory of all that it did: what the figures must say in the end."""

import asyncio
from collections import Counter
from contextlib import suppress
from random import Random

import aiohttp

from bots.sandbox.discord import ImpossibleError, Interaction, Person
from tests.end_to_end.servers import Servers, consents, invited, link_of

ADVOCATES = 10
"""As many as the leaderboard shows."""
COMMANDS = ("me", "top", "rules", "help")


class Members:
    """Friends of many advocates. Those who open links need the process for it; all others do what they like."""

    def __init__(self, servers: Servers, random: Random) -> None:
        self.servers, self.world, self.random = servers, servers.world, random
        open_to_all = servers.olga.invites(servers.general)
        self.advocates = [self.world.user(f"advocate {n}") for n in range(ADVOCATES)]
        for advocate in self.advocates:
            advocate.joins(open_to_all)
        self.links: dict[Person, str] = {}
        self.invites: list[tuple[Person, str]] = []  # from whom, and the invite that was got for their link
        self.came: dict[Person, Person] = {}  # friend: the advocate whose invite they used first
        self.stayed: list[Person] = []
        self.left: list[Person] = []
        self.back: list[Person] = []  # came again, by another link
        self.asked: list[Interaction] = []
        self.acts = self.shut_out = 0
        self._opening: set[asyncio.Task[None]] = set()
        self._doing = [self.open, self.open, self.open, self.join, self.join, self.join]
        self._doing += [self.come_and_go, self.come_again, self.ask, self.press, self.consent]

    async def ask_for_links(self) -> None:
        """Everybody who recommends gets their link first, and then the first invites."""
        await self.world.until(lambda: self.servers.bot.gateway.connected, seconds=20)
        asked = {advocate: self._runs(advocate, "invite") for advocate in self.advocates}
        self.links = {advocate: await link_of(self.world, each) for advocate, each in asked.items()}
        for _ in range(10):
            self.open()
        await asyncio.gather(*self._opening)

    def act(self) -> None:
        """Somebody does something."""
        self.acts += 1
        self.random.choice(self._doing)()

    def act_offline(self) -> None:
        """Somebody does what needs nobody's answer."""
        self.acts += 1
        self.random.choice((self.join, self.join, self.come_and_go, self.come_again))()

    def open(self) -> None:
        """Somebody opens a link in a browser, and holds an invite then, if the process lives that long."""
        self._begin(self._open(self.random.choice(self.advocates)))

    def consent(self) -> None:
        """Somebody comes by Discord's consent page."""
        self._begin(self._consent(self._friend(), self.random.choice(self.advocates)))

    def join(self) -> None:
        """Somebody who holds an invite comes in, and stays."""
        if (friend := self._joins(self._friend())) is not None:
            self.stayed.append(friend)

    def come_and_go(self) -> None:
        """Or leaves within the second."""
        if (friend := self._joins(self._friend())) is not None:
            friend.leaves(self.servers.atelier)
            self.left.append(friend)

    def come_again(self) -> None:
        """Somebody who had left comes again, through whoever's link; or one who stayed goes out and in."""
        former = self.left or self.stayed
        if not former or not self.invites:
            return
        friend = former.pop(self.random.randrange(len(former)))
        if self.servers.atelier.has(friend):
            friend.leaves(self.servers.atelier)
        (self.left if self._joins(friend) is None else self.back).append(friend)

    def ask(self) -> None:
        """Somebody asks the bot something."""
        self._runs(self.random.choice([*self.advocates, *self.stayed]), self.random.choice(COMMANDS))

    def press(self) -> None:
        """Somebody presses a button under an answer."""
        answered = [(each.user, each.reply) for each in self.asked if each.reply and each.reply.buttons]
        if answered:
            person, message = self.random.choice(answered)
            pressed = [button["custom_id"] for button in message.buttons if "custom_id" in button]
            if pressed and isinstance(person, Person):
                self.asked.append(person.presses(message, self.random.choice(pressed)))

    async def stand_still(self) -> None:
        """What was begun comes to its end."""
        await asyncio.gather(*self._opening)

    def answers(self) -> Counter[str]:
        """How often each interaction's first answer was given, by its token."""
        route = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
        calls = [call for call in self.world.calls_of("PATCH", route) if call.status == 200]
        return Counter(call.path.split("/webhooks/")[1].split("/")[1] for call in calls)

    def _friend(self) -> Person:
        return self.world.user(f"friend {self.acts}")

    def _joins(self, friend: Person) -> Person | None:
        """The friend, if there was an invite that let them in."""
        if not self.invites:
            return None
        advocate, invite = self.invites.pop(self.random.randrange(len(self.invites)))
        try:
            friend.joins(invite)
        except ImpossibleError:
            self.shut_out += 1
            return None
        self.came.setdefault(friend, advocate)
        return friend

    def _runs(self, person: Person, command: str) -> Interaction:
        there = self.servers.general if self.servers.atelier.has(person) else None
        asked = person.runs(self.servers.bot, command, there)
        self.asked.append(asked)
        return asked

    def _begin(self, opening: "asyncio.coroutines.Coroutine[None, None, None]") -> None:
        task = asyncio.create_task(opening)
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, advocate: Person) -> None:
        with suppress(aiohttp.ClientError, AssertionError, TimeoutError):
            address = await invited(self.links[advocate])
            if "discord.gg" in address:
                self.invites.append((advocate, address))

    async def _consent(self, friend: Person, advocate: Person) -> None:
        with suppress(aiohttp.ClientError, AssertionError, TimeoutError):
            await consents(friend, self.links[advocate])
        if self.servers.galerie.has(friend):  # also if the process died before it could say so
            self.came[friend] = advocate
            friend.passes_screening(self.servers.galerie)
            self.stayed.append(friend)
