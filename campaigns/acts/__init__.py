"""What the occurrences do. Everything goes through the outbox, so that it is in the same transaction as the mark.

To add one: a function in a file here, and a line in `campaigns.schedule.ACTS`.
"""

from campaigns.acts.boards import leaderboard
from campaigns.acts.digests import digest
from campaigns.acts.life import end, start
from campaigns.acts.reminders import remind
from campaigns.acts.results import results

__all__ = ["digest", "end", "leaderboard", "remind", "results", "start"]
