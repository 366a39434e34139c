"""Asking Discord whether somebody is in a server."""

from dataclasses import replace

from bots.discord.errors import NO_USER, UnknownError
from bots.discord.events import Member
from bots.discord.means import Means
from bots.exchange.kinds import After
from bots.texts import shown
from core import intake, members
from core.campaign.values import Account, Platform
from core.database import Tx
from core.intake.facts import Seen
from core.members import Person
from core.outbox import Claimed


async def ask_membership(means: Means, row: Claimed) -> After:
    """Put the question; the answer is taken in when the row is marked. Who has not passed the screening is not there.

    Both answers are dated by the question, so that news of what happens after it counts more; but nobody was there
    before they came, which Discord tells by its own clock.
    """
    account = Account(platform=Platform.DISCORD, id=row.content["account"])
    asked_at = means.clock.now()
    found = await _ask(means, row.address, account.id)
    present = found is not None and not found.pending and not found.is_guest
    at = max(asked_at, found.joined_at or asked_at) if found and present else asked_at.replace(microsecond=0)

    async def take(tx: Tx) -> None:
        person = _person(found, account) if found else await _known(tx, account)
        fact = Seen(key=row.key, at=at, person=person, chat=row.address, present=present)
        await intake.take(tx, [fact], now=means.clock.now())

    return take


async def _ask(means: Means, guild: int, user: int) -> Member | None:
    try:
        return await means.rest.member(guild, user)
    except UnknownError as error:
        if error.what == NO_USER:
            return None
        raise


def _person(found: Member, account: Account) -> Person:
    user = found.user
    return Person(account=account, name=shown(user.shown_as), username=user.username, is_bot=user.bot)


async def _known(tx: Tx, account: Account) -> Person:
    """They stay as we know them."""
    unknown = Person(account=account, name=shown(None))
    member = (await members.by_account(tx, [account])).get(account)
    if member is None:
        return unknown
    return replace(unknown, name=member.name, username=member.username, language=member.language, is_bot=member.is_bot)
