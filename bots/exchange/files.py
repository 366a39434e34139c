"""Pictures and videos to send."""

from bots.exchange.errors import NoFileError
from core import media
from core.database import Database
from core.media import Medium


async def medium(db: Database, name: str) -> Medium:
    """The medium with this name. Raises NoFileError."""
    async with db.read() as tx:
        found = await media.find(tx, name)
    if found is None:
        raise NoFileError(name)
    return found
