"""`/start` with a friend's code: a button into each of the campaign's servers."""

from bots.discord.means import Means
from bots.discord.places import invite_into, places_of
from bots.discord.replies import reply
from bots.talk.welcome import welcomed
from core.outbox import Claimed


async def welcome(means: Means, row: Claimed) -> None:
    """The text with the ways in, and a link of one's own. A server that cannot be entered now has no button."""
    told = row.content["welcome"]
    entrances: list[tuple[str | None, str | None]] = []
    for name, place in (await places_of(means, told["campaign"])).items():
        if str(place.chat_id) in told["places"]:
            road = f"{told['into']}/{name}" if told["into"] else await invite_into(means, place, told["code"])
            entrances.append((told["places"][str(place.chat_id)], road))
    entrances += [(title, told["elsewhere"]["url"]) for title in told["elsewhere"]["titles"]]
    await reply(means, row, welcomed(told["text"], entrances, language=told["language"], campaign=told["campaign"]))
