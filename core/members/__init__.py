"""Members and their accounts: who somebody is, on whichever platform they show up."""

from core.members.people import (
    Member,
    Person,
    by_account,
    by_id,
    by_username,
    choose_language,
    meet,
    unreachable,
    want_reminders,
)

__all__ = [
    "Member",
    "Person",
    "by_account",
    "by_id",
    "by_username",
    "choose_language",
    "meet",
    "unreachable",
    "want_reminders",
]
