"""An advocate's friends in a server, and a platform that knows who is there."""

import re
from collections.abc import Sequence
from datetime import timedelta

from core import intake, outbox
from core.intake.facts import Left, Seen, Spoke, Started
from core.members import Person
from core.outbox import Outgoing
from tests.talk.conftest import SERVER, Room, somebody


class Circle:
    """Who is there; `sent` is what has gone out."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.there: dict[int, Person] = {}
        self.sent: list[outbox.Claimed] = []

    async def comes(self, number: int, name: str, code: str, *, speaks: bool = True) -> Person:
        friend = somebody(100 + number, name, language="en-GB")
        now = self.room.clock.now()
        await self.room.take(Started(key=f"start/{number}/{now}", at=now, person=friend, code=code))
        await self.pass_time(seconds=5)
        await self.room.joined(friend)
        self.there[friend.account.id] = friend
        if speaks:
            spoke = Spoke(key=f"spoke/{number}", at=self.room.clock.now(), person=friend, chat=SERVER)
            await self.room.take(spoke)
        return friend

    async def leaves(self, friend: Person) -> None:
        await self.pass_time(seconds=5)
        del self.there[friend.account.id]
        now = self.room.clock.now()
        await self.room.take(Left(key=f"left/{friend.account.id}", at=now, person=friend, chat=SERVER))

    async def pass_time(self, **by: float) -> None:
        """Let time pass; whatever is due happens, and the platform answers its questions."""
        self.room.clock.advance(**by)
        for _ in range(5):
            async with self.room.db.begin() as tx:
                await intake.look_again(tx, now=self.room.clock.now())
                for row in await outbox.claim(
                    tx, "discord", now=self.room.clock.now(), limit=1000, lease=timedelta(minutes=1)
                ):
                    if row.kind == "ask_membership":
                        await intake.take(tx, [self._seen(row)], now=self.room.clock.now())
                    self.sent.append(row)
                    await outbox.done(tx, row)

    def _seen(self, row: outbox.Claimed) -> Seen:
        account, now = row.content["account"], self.room.clock.now()
        person = self.there.get(account, somebody(account))
        key = f"seen/{account}/{now}"
        return Seen(key=key, at=now, person=person, chat=row.address, present=account in self.there)


def read(rows: Sequence[Outgoing]) -> str:
    """The answer without its emphasis, with plain spaces."""
    [row] = rows
    plain = re.sub(r"</?[bi]>", "", row.content["text"])
    return plain.replace("\u202f", " ").replace("\u00a0", " ")
