"""Invitations into a chat as a gift: one made for each who has earned it, good for one person, and then for nobody.

Telegram's `member_limit` counts who is inside at the same time: it alone would let the next one in when the first one
leaves (Bot API, ChatInviteLink). So a link is revoked when somebody has come by it.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from telegram.constants import ChatInviteLinkLimit

from bots.exchange.errors import HeldError, RefusedError, ShutOutError
from bots.exchange.kinds import After
from bots.telegram.errors import in_our_words
from bots.telegram.means import Means
from bots.telegram.translate import Used
from core import intake, outbox, rewards
from core.campaign.values import Platform
from core.database import Tx
from core.outbox import Claimed, Outgoing

AGAIN_AFTER = timedelta(hours=1)
"""So long an invitation that cannot be made waits until it is tried again."""

FOR_ONE = ChatInviteLinkLimit.MIN_MEMBER_LIMIT
"""The member limit of these links, by which they are known again: no other link of ours has one."""

_GONE = ("invite_hash_expired", "invite_hash_invalid")
_NOT_ALLOWED = ("rights", "admin")


async def invite(means: Means, row: Claimed) -> After | None:
    """Make the link for the grant of this `cause`, unless it has one or was taken back.

    It is the gift once it is kept, when the row is marked; one that was made and not kept has been shown to nobody, and
    is revoked where we know of it. What an organizer has to set right first is held, and tried again.
    """
    cause, chat = str(row.content["cause"]), row.address
    async with means.db.read() as tx:
        grant = await rewards.get(tx, cause)
    if grant is None or grant.gift is not None or not grant.holds:
        return None
    held = means.held.get(chat)
    if held is not None and means.clock.now() < held[0]:
        raise held[1]
    try:
        link, is_public = await _way_in(means, chat, str(row.content["name"]))
    except (RefusedError, ShutOutError) as error:
        held_up = _held(f"nobody can be invited into {chat}", error)
        means.held[chat] = means.clock.now() + AGAIN_AFTER, held_up
        raise held_up from error
    means.held.pop(chat, None)

    async def keep(tx: Tx) -> None:
        now = means.clock.now()
        await intake.gift_made(tx, cause, link, now=now)
        kept = await rewards.get(tx, cause)
        if not is_public and (kept is None or kept.gift != link):
            await outbox.put(tx, [_revoking(chat, link, now)])

    return keep


async def revoke(means: Means, row: Claimed) -> None:
    """Close a link of our own for good. One that is closed already stays so."""
    try:
        with in_our_words(row.address):
            await means.bot.revoke_chat_invite_link(row.address, row.content["link"])
    except RefusedError as error:
        if any(part in error.reason for part in _GONE):
            return
        if any(part in error.reason for part in _NOT_ALLOWED):
            raise _held("an invitation that was used cannot be revoked", error) from error
        raise


def spent(used: Used, *, username: str, now: datetime) -> Outgoing | None:
    """What goes out because somebody came by this link: if it is a gift of this bot's, it is revoked."""
    ours = used.creator is not None and used.creator.casefold() == username.casefold()
    return _revoking(used.chat, used.link, now) if ours and used.member_limit == FOR_ONE else None


async def _way_in(means: Means, chat: int, name: str) -> tuple[str, bool]:
    """The address, and whether it is everybody's: a public chat's own, where nobody tells us who came by which link."""
    with in_our_words(chat):
        told = await means.bot.get_chat(chat)
        if told.username:
            return f"https://t.me/{told.username}", True
        name = name[: ChatInviteLinkLimit.NAME_LENGTH]
        made = await means.bot.create_chat_invite_link(chat, name=name, member_limit=FOR_ONE)
    return made.invite_link, False


def _revoking(chat: int, link: str, now: datetime) -> Outgoing:
    named = sha256(link.encode()).hexdigest()[:24]  # while it is open, it is nobody else's to see
    content = {"link": link}
    return Outgoing(
        key=f"revoke/{named}", door=Platform.TELEGRAM, address=chat, kind="revoke", content=content, due_at=now
    )


def _held(what: str, error: RefusedError | ShutOutError) -> HeldError:
    return HeldError(Platform.TELEGRAM, f"{what}: {error.problem}", fix=error.fix, wait=AGAIN_AFTER)
