"""What people do with bots: commands, buttons, menus and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.errors import ImpossibleError
from bots.sandbox.discord.interactions import Interaction, Kind, begin
from bots.sandbox.discord.messages import Message, walk
from bots.sandbox.discord.options import Resolved, built
from bots.sandbox.discord.permissions import Permission
from bots.sandbox.discord.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld

Json = dict[str, Any]


class Using(User):
    """The part of a person that uses bots."""

    world: DiscordWorld

    def runs(self, bot: Bot, command: str, where: Channel | None = None, **options: Any) -> Interaction:
        """Use a slash command, with `command` as it is typed ("sayso link"), here or in private; the bot is told.

        Options that stand for a member, role or channel are given as such.
        """
        return self._command(Kind.COMMAND, bot, command, where, options)

    def types(self, bot: Bot, command: str, option: str, text: str, where: Channel | None = None) -> Interaction:
        """Begin to type an option that the bot completes; its proposals appear in `choices`."""
        return self._command(Kind.AUTOCOMPLETE, bot, command, where, {option: text}, typing=option)

    def presses(self, message: Message, button: str) -> Interaction:
        """Press the button with this label or custom_id; one that is a link is for `opens`."""
        found = self._seen(message).button(button)
        if found is None or "custom_id" not in found or found.get("disabled"):
            raise ImpossibleError(f"there is no button {button!r} to press among {message.buttons}")
        return self._component(message, {"custom_id": found["custom_id"], "component_type": 2})

    def selects(self, message: Message, values: list[str], menu: str | None = None) -> Interaction:
        """Choose in the menu with this custom_id, or in the only one."""
        menus = [one for one in self._seen(message).selects if menu in (None, one["custom_id"])]
        if len(menus) != 1:
            raise ImpossibleError(f"which of {message.selects} is meant?")
        known = [option["value"] for option in menus[0].get("options", [])]
        if known and not set(values) <= set(known):
            raise ImpossibleError(f"the menu offers {known}")
        resolved = Resolved(message.channel.guild)
        for value in values if not known else []:
            resolved.add_id(self.world, int(value))
        data = {"custom_id": menus[0]["custom_id"], "component_type": menus[0]["type"], "values": values}
        return self._component(message, data | resolved.json())

    def submits(self, opened: Interaction, **values: Any) -> Interaction:
        """Fill in the form that an interaction has opened, by custom_id, and send it."""
        if opened.modal is None or opened.user is not self:
            raise ImpossibleError(f"{opened} has opened no form for {self}")
        fields = {one["custom_id"]: one for one in walk(opened.modal["components"]) if "custom_id" in one}
        missing = [name for name, one in fields.items() if one.get("required", True) and not values.get(name)]
        if missing or not values.keys() <= fields.keys():
            raise ImpossibleError(f"the form has {sorted(fields)}, and needs {missing}")
        data = {
            "custom_id": opened.modal["custom_id"],
            "components": [_filled(one, values) for one in opened.modal["components"]],
        }
        where = opened.channel
        return begin(self.world, Kind.MODAL, opened.bot, self, where, data, message=opened.message, before=opened)

    # Underneath

    def _command(
        self,
        kind: Kind,
        bot: Bot,
        typed: str,
        where: Channel | None,
        options: Json,
        *,
        typing: str | None = None,
    ) -> Interaction:
        channel = where or self.world.private(bot, self)
        guild = channel.guild
        if guild and (not guild.has(bot) or not channel.allows(self, Permission.USE_APPLICATION_COMMANDS)):
            raise ImpossibleError(f"{self} cannot use {bot} in {channel}")
        name, *path = typed.split()
        command = bot.commands.named(name, guild.id if guild else None)
        if command is None:
            raise ImpossibleError(f"{bot} has no command {name!r} here")
        if not guild and 1 not in (command.get("contexts") or ([0, 1] if command.get("dm_permission") else [0])):
            raise ImpossibleError(f"{name!r} is not for private messages")
        self._may_run(command, channel)
        chosen, resolved = built(command, path, options, guild, typing=typing)
        data = {"id": command["id"], "name": name, "type": 1, "options": chosen} | resolved.json()
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return begin(self.world, kind, bot, self, channel, data)

    def _may_run(self, command: Json, channel: Channel) -> None:
        needed = command["default_member_permissions"]
        if needed is None or channel.guild is None:
            return
        if channel.guild.owner is not self and Permission(int(needed)) not in channel.guild.permissions_of(self):
            raise ImpossibleError(f"{command['name']!r} is not for {self}")

    def _component(self, message: Message, data: Json) -> Interaction:
        if message.bot is None:
            raise ImpossibleError("no bot stands behind this message")
        numbered = next(one["id"] for one in walk(message.components) if one.get("custom_id") == data["custom_id"])
        return begin(
            self.world, Kind.COMPONENT, message.bot, self, message.channel, data | {"id": numbered}, message=message
        )

    def _seen(self, message: Message) -> Message:
        hidden = message.deleted or message.only_for not in (None, self)
        if hidden or not message.channel.allows(self, Permission.VIEW_CHANNEL):
            raise ImpossibleError(f"{self} does not see {message}")
        return message


def _filled(one: Json, values: Json) -> Json:
    """A component of a form as it is sent: what it is, and what was entered."""
    shown = {"type": one["type"], "id": one["id"]}
    if "components" in one:
        return shown | {"components": [_filled(inner, values) for inner in one["components"]]}
    if "component" in one:
        return shown | {"component": _filled(one["component"], values)}
    if "custom_id" not in one:
        return shown
    entered = values.get(one["custom_id"], "" if one["type"] == 4 else [])
    return shown | {"custom_id": one["custom_id"]} | {"value" if one["type"] == 4 else "values": entered}
