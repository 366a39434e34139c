"""The Bot API's published description, as a check: does this JSON have the fields it must have, of the right types?"""

import json
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[3] / "shared" / "specs" / "telegram-bot-api.json"

PLAIN = {"Integer": int, "String": str, "Boolean": bool, "Float": (int, float)}
# Which of a type's variants a value is, told by a field of it.
VARIANTS = {
    "ChatMember": ("status", {
        "creator": "ChatMemberOwner",
        "administrator": "ChatMemberAdministrator",
        "member": "ChatMemberMember",
        "restricted": "ChatMemberRestricted",
        "left": "ChatMemberLeft",
        "kicked": "ChatMemberBanned",
    }),
    "MessageOrigin": ("type", {
        "user": "MessageOriginUser",
        "hidden_user": "MessageOriginHiddenUser",
        "chat": "MessageOriginChat",
        "channel": "MessageOriginChannel",
    }),
    "MenuButton": ("type", {
        "commands": "MenuButtonCommands",
        "web_app": "MenuButtonWebApp",
        "default": "MenuButtonDefault",
    }),
}  # fmt: skip


class Spec:
    """Finds what is wrong with a value of a named type; an empty list is praise."""

    def __init__(self, path: Path = PATH) -> None:
        document = json.loads(path.read_text())
        self.methods: dict[str, Any] = document["methods"]
        self.types: dict[str, Any] = document["types"]

    def wrong_with(self, value: Any, type_name: str, where: str = "") -> list[str]:
        where = where or type_name
        if type_name.startswith("Array of "):
            return self._wrong_items(value, type_name.removeprefix("Array of "), where)
        if type_name in PLAIN:
            fits = isinstance(value, PLAIN[type_name]) and (type_name == "Boolean" or not isinstance(value, bool))
            return [] if fits else [f"{where}: {value!r} is not {type_name}"]
        if type_name == "MaybeInaccessibleMessage":
            type_name = "Message"
        if type_name in VARIANTS:
            field, names = VARIANTS[type_name]
            type_name = names[value[field]]
        return self._wrong_fields(value, type_name, where)

    def wrong_result(self, method: str, value: Any) -> list[str]:
        """What is wrong with a method's result, at best: a method may have several kinds of it."""
        verdicts = [self.wrong_with(value, kind, f"{method}()") for kind in self.methods[method]["returns"]]
        return min(verdicts, key=len)

    def required(self, method: str) -> set[str]:
        return {field["name"] for field in self.methods[method].get("fields", []) if field["required"]}

    def _wrong_items(self, value: Any, type_name: str, where: str) -> list[str]:
        if not isinstance(value, list):
            return [f"{where}: {value!r} is not a list"]
        found = (self.wrong_with(item, type_name, f"{where}[{number}]") for number, item in enumerate(value))
        return [problem for problems in found for problem in problems]

    def _wrong_fields(self, value: Any, type_name: str, where: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is not a {type_name}"]
        fields = {field["name"]: field for field in self.types[type_name].get("fields", [])}
        problems = [f"{where} has no {name}" for name, one in fields.items() if one["required"] and name not in value]
        problems += [f"{where}.{name} is not in {type_name}" for name in value.keys() - fields.keys()]
        for name in value.keys() & fields.keys():
            kinds = fields[name]["types"]
            problems += min((self.wrong_with(value[name], kind, f"{where}.{name}") for kind in kinds), key=len)
        return problems
