"""The `sayso` command: its subcommands, each loaded when it is used, and how any of them ends."""

import importlib
import logging
import os
import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from bots.cli.hiding import Hider
from bots.cli.problems import end_with

if TYPE_CHECKING:
    from bots.cli.settings import Settings

COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("bots.cli.demo", "See it all work on this machine; no token needed."),
    "check": ("bots.cli.check", "Read campaign files, and say what is wrong and where."),
    "schema": ("bots.cli.check", "Print the JSON Schema of campaign files, for editors."),
    "plan": ("bots.cli.plan", "Show what campaign files would change."),
    "apply": ("bots.cli.plan", "Make campaign files the running ones."),
    "run": ("bots.cli.run", "Run Sayso; with files, apply them first."),
    "doctor": ("bots.cli.doctor", "Look at tokens, rights, the clock and the address; say what to do."),
    "status": ("bots.cli.status", "Show how campaigns are going."),
    "audit": ("bots.cli.audit", "Recompute every total from the journal, and compare."),
    "codes": ("bots.cli.codes", "Show how many promo codes are left; fill the pools."),
    "keys": ("bots.cli.keys", "Make, list and revoke the keys of the web's API."),
    "webhooks": ("bots.cli.webhooks", "Show the shops told of rewards; replay what did not arrive."),
    "darkness": ("bots.cli.darkness", "Show how much of a site's traffic is dark social, from its log."),
}
"""Where each command is, and its first line of help. To add one: a module, and a line here."""


class Entry:
    """What the entry point knows: the settings, read when a command first needs them."""

    @cached_property
    def settings(self) -> "Settings":
        """The settings. Raises SettingsError."""
        settings: Settings = importlib.import_module("bots.cli.settings").read()
        return settings

    def start_log(self, level: int = logging.WARNING) -> None:
        """Log as the settings say, without their secrets. Raises SettingsError."""
        logs = importlib.import_module("bots.cli.logs")
        logs.set_up(self.settings.log, hide=self.hide, level=level, debug=self.settings.debug)

    @property
    def hide(self) -> Hider:
        """Takes secrets out of texts: those of the settings that could be read, and of the environment."""
        named = [value for name, value in os.environ.items() if name.startswith("SAYSO_") and _is_secret(name)]
        read: Settings | None = vars(self).get("settings")
        return Hider([*named, *(read.secrets() if read else [])])

    @property
    def debug(self) -> bool:
        """Whether tracebacks are wanted."""
        read: Settings | None = vars(self).get("settings")
        return read.debug if read else os.environ.get("SAYSO_DEBUG", "").lower() in {"1", "true", "yes", "on"}


class Sayso(click.Group):
    """Loads a command's module when the command is used; ends with one line when something goes wrong."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name][0]), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in COMMANDS.items()])

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and exit: 0 done, 1 it did not work, 2 wrong usage, 130 interrupted."""
        entry = Entry()
        command: Callable[..., Any] = super().main
        try:
            code = command(*args, **{**kwargs, "standalone_mode": False, "obj": entry})
        except Exception as error:
            code = end_with(error, hide=entry.hide, debug=entry.debug)
        sys.exit(code)


def _is_secret(name: str) -> bool:
    return name.endswith(("_TOKEN", "_SECRET", "_KEY"))


@click.group(cls=Sayso, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sayso", message="%(prog)s %(version)s")
def sayso() -> None:
    """Word of mouth in private messengers, made visible, rewardable and trustworthy."""


def main() -> None:
    """The entry point."""
    sayso.main(prog_name="sayso")
