"""A stand-in for Telegram: a small world of people, bots and chats, and a server that speaks the Bot API.

    world = TelegramWorld(clock=clock)
    async with TelegramServer(world) as server:
        bot = world.bot("123:ABC", "sayso_bot")     # a client uses f"{server.url}/bot" as its base URL
        ana = world.user("Ana")
        ana.start(bot, "CODE")                      # the bot gets /start CODE
        await world.until(lambda: ana.inbox)        # and its answer lands here

It imports nothing of Sayso's. See bots/sandbox/README.md.
"""

from bots.sandbox.telegram.calls import ApiCall
from bots.sandbox.telegram.chats import Chat, InviteLink, Member
from bots.sandbox.telegram.errors import BotApiError, ImpossibleError
from bots.sandbox.telegram.faults import Fault, Faults
from bots.sandbox.telegram.inline import InlineQuery, Tap
from bots.sandbox.telegram.messages import Message
from bots.sandbox.telegram.meter import RateMeter
from bots.sandbox.telegram.people import Person
from bots.sandbox.telegram.server import TelegramServer
from bots.sandbox.telegram.updates import Update, UpdateQueue
from bots.sandbox.telegram.users import Bot, User
from bots.sandbox.telegram.world import TelegramWorld

__all__ = [
    "ApiCall",
    "Bot",
    "BotApiError",
    "Chat",
    "Fault",
    "Faults",
    "ImpossibleError",
    "InlineQuery",
    "InviteLink",
    "Member",
    "Message",
    "Person",
    "RateMeter",
    "Tap",
    "TelegramServer",
    "TelegramWorld",
    "Update",
    "UpdateQueue",
    "User",
]
