"""Links met on the web: looking them up, and keeping each click and preview before it is answered.

Nothing personal is kept: a visitor is a pseudonym under a salt that changes every day and is thrown away.
"""

from core.visits.book import Book, Page
from core.visits.recorder import Recorder
from core.visits.rules import Met, Visit, pseudonym
from core.visits.salts import day_of, salt_of

__all__ = ["Book", "Met", "Page", "Recorder", "Visit", "day_of", "pseudonym", "salt_of"]
