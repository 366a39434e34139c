"""`python -m bots.sandbox.discord [PORT]`: an empty world to play with through /sandbox/."""

import asyncio
import logging
import sys

from bots.sandbox.discord import DiscordServer, DiscordWorld

logger = logging.getLogger(__name__)


async def main() -> None:
    async with DiscordServer(DiscordWorld(), port=int(sys.argv[1]) if sys.argv[1:] else 8082) as server:
        logger.info("Discord's stand-in listens at %s", server.url)
        await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    asyncio.run(main())
