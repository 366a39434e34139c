"""What somebody asks of the bot."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Somebody wants an answer. `what` is a command's or a button's name, `args` what came with it."""

    what: str
    args: tuple[str, ...] = ()
    place: int  # where, by the platform's number: Telegram's chat, Discord's server
    private: bool  # nobody else reads the answer
    key: str  # names the answer, so that one update has one
    pressed: bool = False  # a button, not a command
    named: bool = False  # it is certain that this bot is meant, where there may be others
    handle: Any = None  # the door's own, to answer by

    def number(self, at: int) -> int:
        """What came as this argument; 0 if it is no number: anybody may send us anything as a button's data."""
        said = self.args[at] if at < len(self.args) else ""
        number = int(said) if said.isascii() and said.isdecimal() and len(said) < 20 else 0
        return number if number < 2**63 else 0
