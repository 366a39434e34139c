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
from core.members.persons import accounts_of, persons, same_person

__all__ = [
    "Member",
    "Person",
    "accounts_of",
    "by_account",
    "by_id",
    "by_username",
    "choose_language",
    "meet",
    "persons",
    "same_person",
    "unreachable",
    "want_reminders",
]
