"""What two lists of a server's invites, one after the other, say of the uses between them. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from core.arrivals.values import Change, Invite, Known, Listing, MadeFor, Vanity

MARGIN = timedelta(seconds=2)
"""An invite younger than this need not be in the list yet."""


def compare(known: Mapping[str, Known], listing: Listing, *, last_at: datetime | None) -> dict[str, Change]:
    """What changed since the list of `last_at` (None: this is the first one), by the invite's code."""
    listed = {invite.code: invite for invite in listing.invites}
    changes = {code: _seen(known.get(code), invite, listing, last_at) for code, invite in listed.items()}
    for code, before in known.items():
        if code not in listed and not before.gone and before.made_at < listing.asked_at - MARGIN:
            changes[code] = vanished(before, listing.read_at)
    return {code: change for code, change in changes.items() if change != _as_it_was(known.get(code))}


def vanished(known: Known, at: datetime) -> Change:
    """The invite is no more: used up, expired or deleted. Only one with a single use left surely tells which."""
    if known.made_for is MadeFor.POOL:  # nobody was ever given it
        return Change(uses=known.uses, gone=True)
    expired = known.expires_at is not None and known.expires_at <= at
    last = known.max_uses > 0 and known.uses == known.max_uses - 1
    if last and not expired:
        return Change(uses=known.max_uses, used=1, gone=True)
    return Change(uses=known.uses, maybe=True, gone=True)


def used_of_vanity(known: Vanity | None, vanity: Vanity | None) -> int:
    """How many came by the server's own address since; a new address starts anew."""
    if known is None or vanity is None or known.code != vanity.code or known.uses is None or vanity.uses is None:
        return 0
    return max(0, vanity.uses - known.uses)


def _seen(known: Known | None, invite: Invite, listing: Listing, last_at: datetime | None) -> Change:
    """A counter never goes down: where it seems to, the list is an older one."""
    many = invite.max_uses != 1  # one for a single use is in no list once it was used
    if known is None:
        fresh = last_at is not None and (invite.made_at is None or invite.made_at >= last_at - MARGIN)
        if invite.uses is None or not fresh:
            return Change(uses=invite.uses, maybe=many and last_at is not None)
        return Change(uses=invite.uses, used=invite.uses)
    if known.gone and not many:  # the news of its end was faster than the list
        return Change(uses=known.uses, gone=True)
    if known.gone or known.uses is None or invite.uses is None:
        return Change(uses=invite.uses, maybe=many)
    return Change(uses=max(known.uses, invite.uses), used=max(0, invite.uses - known.uses))


def _as_it_was(known: Known | None) -> Change | None:
    return None if known is None else Change(uses=known.uses, gone=known.gone)
