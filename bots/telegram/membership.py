"""Asking Telegram whether somebody is in a chat."""

from dataclasses import replace

from telegram import ChatMember, ChatMemberRestricted, User

from bots.exchange.errors import RefusedError
from bots.exchange.kinds import After
from bots.telegram.errors import in_our_words
from bots.telegram.means import Means
from bots.texts import shown
from core import intake, members
from core.campaign.values import Account, Platform
from core.database import Tx
from core.intake.facts import Seen
from core.members import Person
from core.outbox import Claimed

_THERE = (ChatMember.MEMBER, ChatMember.ADMINISTRATOR, ChatMember.OWNER)
_NOT_THERE = ("user not found", "participant_id_invalid", "participant id invalid", "member not found")


async def ask_membership(means: Means, row: Claimed) -> After:
    """Put the question; the answer is taken in when the row is marked.

    The answer was true at some time between question and answer. "Not there" is dated by the question and "there" by
    the answer, so that a join which happens between the two is later than the one, and not later than the other.
    """
    account = Account(platform=Platform.TELEGRAM, id=row.content["account"])
    asked_at = means.clock.now()
    user, present = await _ask(means, row.address, account.id)
    at = means.clock.now() if present else asked_at

    async def take(tx: Tx) -> None:
        person = _person(user, account) if user else await _known(tx, account)
        fact = Seen(key=row.key, at=at.replace(microsecond=0), person=person, chat=row.address, present=present)
        await intake.take(tx, [fact], now=means.clock.now())

    return take


async def _ask(means: Means, chat: int, user_id: int) -> tuple[User | None, bool]:
    try:
        with in_our_words(chat):
            found = await means.bot.get_chat_member(chat, user_id)
    except RefusedError as error:
        if any(part in error.reason for part in _NOT_THERE):
            return None, False
        raise
    inside = found.is_member if isinstance(found, ChatMemberRestricted) else found.status in _THERE
    return found.user, inside


def _person(user: User, account: Account) -> Person:
    return Person(
        account=account,
        name=shown(user.full_name),
        username=user.username,
        language=user.language_code,
        is_bot=user.is_bot,
    )


async def _known(tx: Tx, account: Account) -> Person:
    """Telegram knows nobody of this number: they stay as we know them."""
    unknown = Person(account=account, name=shown(None))
    member = (await members.by_account(tx, [account])).get(account)
    if member is None:
        return unknown
    return replace(unknown, name=member.name, username=member.username, language=member.language, is_bot=member.is_bot)
