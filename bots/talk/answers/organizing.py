"""What only a campaign's organizers may ask, on whichever messenger its communities are."""

from bots.talk.talk import Talk, named
from core import campaign as campaigns
from core.campaign import Applied


async def theirs(talk: Talk) -> list[Applied]:
    """The campaigns that the asker is an organizer of; where there is none, they are told so."""
    account = talk.person.account
    found = [each for each in await campaigns.applied(talk.tx) if account in each.campaign.organizers]
    if not found:
        talk.reply(talk.worded("problem.not_organizer"))
    return found


async def one_of_theirs(talk: Talk, what: str) -> Applied | None:
    """The one that is meant. If that is not clear, ask, with buttons for `what`; then None."""
    found = await theirs(talk)
    return one_of(talk, what, found) if found else None


def one_of(talk: Talk, what: str, found: list[Applied]) -> Applied | None:
    """The one of these that is meant. If that is not clear, ask, with buttons for `what`; then None."""
    meant = named(found, talk.ask.args[0]) if talk.ask.args else None
    if meant is None and len(found) > 1:
        talk.choose(what, found)
        return None
    return meant or found[0]
