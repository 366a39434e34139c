"""Methods about the bot itself: who it is, its commands, its descriptions, its files."""

from __future__ import annotations

import json
from typing import Any

from bots.sandbox.telegram.errors import bad_request
from bots.sandbox.telegram.methods.table import Call, method

Json = dict[str, Any]


@method("getMe")
def get_me(call: Call) -> Json:
    return call.bot.me()


@method("logOut")
@method("close")
def leave_server(call: Call) -> bool:
    """Nothing to leave: this server is the only one."""
    return True


@method("setMyCommands", "commands")
def set_my_commands(call: Call) -> bool:
    commands = call.params.list("commands")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        name, description = str(command.get("command", "")), str(command.get("description", ""))
        if not (1 <= len(name) <= 32 and name == name.lower() and name.replace("_", "").isalnum()):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(description) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    call.bot.commands[_scope(call)] = commands
    return True


@method("getMyCommands")
def get_my_commands(call: Call) -> list[Json]:
    return call.bot.commands.get(_scope(call), [])


@method("deleteMyCommands")
def delete_my_commands(call: Call) -> bool:
    call.bot.commands.pop(_scope(call), None)
    return True


@method("setChatMenuButton")
def set_chat_menu_button(call: Call) -> bool:
    call.bot.menu_buttons[call.params.integer("chat_id") or None] = call.params.json("menu_button")
    return True


@method("getChatMenuButton")
def get_chat_menu_button(call: Call) -> Json:
    buttons = call.bot.menu_buttons
    return buttons.get(call.params.integer("chat_id")) or buttons.get(None) or {"type": "commands"}


@method("setMyName")
def set_my_name(call: Call) -> bool:
    return _set_text(call, "name", 64)


@method("getMyName")
def get_my_name(call: Call) -> Json:
    return {"name": _text(call, "name") or call.bot.first_name}


@method("setMyDescription")
def set_my_description(call: Call) -> bool:
    return _set_text(call, "description", 512)


@method("getMyDescription")
def get_my_description(call: Call) -> Json:
    return {"description": _text(call, "description")}


@method("setMyShortDescription")
def set_my_short_description(call: Call) -> bool:
    return _set_text(call, "short_description", 120)


@method("getMyShortDescription")
def get_my_short_description(call: Call) -> Json:
    return {"short_description": _text(call, "short_description")}


@method("getFile", "file_id")
def get_file(call: Call) -> Json:
    file = call.world.files.find(call.params.text("file_id"))
    return {
        "file_id": file.id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": file.path,
    }


def _scope(call: Call) -> str:
    scope = call.params.json("scope") or {"type": "default"}
    return json.dumps([scope, call.params.text("language_code")], sort_keys=True)


def _set_text(call: Call, name: str, most: int) -> bool:
    text = call.params.text(name)
    if len(text) > most:
        raise bad_request(f"{name.upper()}_TOO_LONG")
    call.bot.texts[f"{name} {call.params.text('language_code')}"] = text
    return True


def _text(call: Call, name: str) -> str:
    texts = call.bot.texts
    return texts.get(f"{name} {call.params.text('language_code')}") or texts.get(f"{name} ", "")
