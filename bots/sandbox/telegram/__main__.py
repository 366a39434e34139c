"""`python -m bots.sandbox.telegram [PORT]`: an empty world to play with through /sandbox/."""

import asyncio
import logging
import sys

from bots.sandbox.telegram import TelegramServer, TelegramWorld

logger = logging.getLogger(__name__)


async def main() -> None:
    async with TelegramServer(TelegramWorld(), port=int(sys.argv[1]) if sys.argv[1:] else 8081) as server:
        logger.info("Telegram's stand-in listens at %s", server.url)
        await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    asyncio.run(main())
