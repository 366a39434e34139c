"""A crowd that never stands still, and a memory of all that it did: what the figures must say in the end."""

from collections import Counter
from random import Random

from bots.sandbox.telegram import Message, Person
from tests.end_to_end.stage import Stage
from tests.telegram.conftest import code_in

ADVOCATES = 40
"""Many, because Telegram lets nobody be told more than one thing a second."""


class Crowd:
    """Friends of many advocates; each `act` is one person's, and puts at least one update into the bot's queue."""

    def __init__(self, stage: Stage, random: Random) -> None:
        self.stage, self.world, self.random = stage, stage.world, random
        self.advocates = [self.world.user(f"Advocate {n}", language_code="en") for n in range(ADVOCATES)]
        self.codes: dict[Person, str] = {}
        self.came: dict[Person, Person] = {}  # friend: the advocate whose link they opened first
        self.undecided: list[Person] = []
        self.stayed: list[Person] = []
        self.left: list[Person] = []
        self.questions: Counter[Person] = Counter()  # how many answers each must have got
        self.starts = self.acts = 0
        self._doing = [self.arrive, self.arrive, self.join, self.join, self.come_and_go, self.start_again, self.chat]

    async def ask_for_links(self) -> None:
        """Everybody who recommends gets their link first."""
        self.stage.olga.says(self.stage.salon, "Welcome, everybody")
        for advocate in self.advocates:
            advocate.says(self.stage.bot, "/invite")
            self.questions[advocate] += 1
        await self.world.until(lambda: all(advocate.inbox for advocate in self.advocates), seconds=30)
        self.codes = {advocate: code_in(advocate.inbox[-1]) for advocate in self.advocates}

    def act(self) -> None:
        """Somebody does something."""
        self.acts += 1
        self.random.choice(self._doing)()

    def arrive(self) -> None:
        """Somebody new opens a link."""
        friend = self.world.user(f"Friend {self.acts}", language_code=self.random.choice(("en", "fr")))
        self.came[friend] = self.random.choice(self.advocates)
        self.undecided.append(friend)
        self._start(friend)

    def join(self) -> None:
        """Somebody who opened one comes in, and stays."""
        friend = self._one_of_the_undecided()
        friend.joins(self.stage.salon)
        self.stayed.append(friend)

    def come_and_go(self) -> None:
        """Or leaves within the second."""
        friend = self._one_of_the_undecided()
        friend.joins(self.stage.salon)
        friend.leaves(self.stage.salon)
        self.left.append(friend)

    def start_again(self) -> None:
        """Somebody opens the same link once more."""
        if not self.came:
            self.arrive()
        self._start(self.random.choice(list(self.came)))

    def chat(self) -> None:
        """Somebody asks the bot something else."""
        if not self.came:
            self.arrive()
        friend = self.random.choice(list(self.came))
        friend.says(self.stage.bot, self.random.choice(("/top", "/rules", "hello", "/help")))
        self.questions[friend] += 1

    def _one_of_the_undecided(self) -> Person:
        if not self.undecided:
            self.arrive()
        return self.undecided.pop(self.random.randrange(len(self.undecided)))

    def _start(self, friend: Person) -> None:
        friend.start(self.stage.bot, self.codes[self.came[friend]])
        self.starts += 1
        self.questions[friend] += 1

    def answers(self, person: Person) -> list[Message]:
        """What the bot answered to this person, without its news."""
        return [each for each in person.inbox if not each.text.startswith(("🎉", "✅", "🎁", "Friend"))]
