"""What the doors say, in every language that has a catalogue. Knows no door and no platform.

`text` words one thing; `duration`, `moment`, `when`, `until`, `progress` and `listed` word what goes into it; `shown`
cleans a name that somebody else chose. Texts may hold <b>, <i> and <code>: a door that fills in values escapes them
first. `sharing` has each channel's own share address; `ranges` words how many shares there were.
"""

from bots.texts.catalogue import UnknownTextError, has, language_name, languages, text
from bots.texts.names import shown
from bots.texts.pieces import apart, duration, listed, moment, place, progress, until, when

__all__ = [
    "UnknownTextError",
    "apart",
    "duration",
    "has",
    "language_name",
    "languages",
    "listed",
    "moment",
    "place",
    "progress",
    "shown",
    "text",
    "until",
    "when",
]
