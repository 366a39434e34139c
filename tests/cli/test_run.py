"""`sayso run` as a real process: it starts, answers, works with Telegram's stand-in, and stops as it should."""

import json
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bots.sandbox.telegram import Bot, Chat, TelegramServer, TelegramWorld
from core.database import Database
from tests.cli.processes import Running, ended, running
from tests.waiting import until

WEBHOOK_SECRET = "canary-webhook"


@pytest.fixture
async def world() -> TelegramWorld:
    return TelegramWorld()


@pytest.fixture
async def server(world: TelegramWorld) -> AsyncIterator[TelegramServer]:
    async with TelegramServer(world) as server:
        yield server


@pytest.fixture
def bot(world: TelegramWorld) -> Bot:
    return world.bot(username="sayso_bot")


@pytest.fixture
def telegram(server: TelegramServer, bot: Bot) -> dict[str, str]:
    return {"SAYSO_TELEGRAM_TOKEN": bot.token, "SAYSO_TELEGRAM_API": server.url}


@pytest.fixture
def campaign(world: TelegramWorld, bot: Bot, lune: Path) -> tuple[Path, Chat]:
    """The campaign in a chat of the stand-in's, where a friend counts at once; and that chat."""
    salon = world.chat(title="Salon", username="lune_salon", admins=[bot])
    cercle = world.chat(title="Cercle", admins=[bot])
    text = lune.read_text().replace("-1001000000001", str(salon.id)).replace("-1001000000002", str(cercle.id))
    lune.write_text(text.replace("stay: 20 seconds", "stay: 1 second"))
    return lune, salon


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def address_of(process: Running) -> str:
    line: dict[str, str] = json.loads(await process.says("the web listens"))
    return line["url"]


async def got(url: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if text.startswith("{") else text


RUN = {"SAYSO_LISTEN": "127.0.0.1:0", "SAYSO_LOG": "json"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_lives_without_any_token_and_stops_when_told(
    number: signal.Signals, folder: Path, empty_url: str
) -> None:
    async with running("run", folder=folder, SAYSO_DATABASE_URL=empty_url, **RUN) as process:
        at = await address_of(process)
        assert await got(f"{at}/healthz") == (200, "ok")
        assert await got(f"{at}/readyz") == (200, {"ready": True, "not_ready": {}})
        assert "Telegram is off: SAYSO_TELEGRAM_TOKEN is missing" in process.err
        process.hears(number)
        done = await process.end(within=10)
    assert (done.code, done.out) == (0, "")
    assert all(json.loads(line)["level"] in ("info", "warning") for line in done.err.splitlines())


async def test_a_friend_comes_and_counts_through_the_whole_of_it(
    folder: Path, db_url: str, world: TelegramWorld, bot: Bot, telegram: dict[str, str], campaign: tuple[Path, Chat]
) -> None:
    file, salon = campaign
    ana, ben = world.user("Ana"), world.user("Ben")
    async with running("run", str(file), folder=folder, SAYSO_DATABASE_URL=db_url, **telegram, **RUN) as process:
        at = await address_of(process)
        await until(lambda: _is_ready(at), 20)
        ana.says(bot, "/invite")
        link = await world.until(lambda: _link_to(bot, ana.inbox[-1].text if ana.inbox else ""), seconds=20)
        ben.opens(link)
        await world.until(lambda: ben.inbox, seconds=20)
        ben.joins(salon)
        ben.says(salon, "Hello!")

        async def rewarded() -> bool:
            told = await ended("status", "lune-demo", "--json", folder=folder, SAYSO_DATABASE_URL=db_url)
            return bool(json.loads(told.out)["referrals"]["rewarded"] == 1)

        await until(rewarded, 30)
        process.hears(signal.SIGTERM)
        assert (await process.end(within=10)).code == 0
    told = await ended("status", "lune-demo", "--json", folder=folder, SAYSO_DATABASE_URL=db_url)
    assert [(each["name"], each["points"]) for each in json.loads(told.out)["leaderboard"]] == [("Ana", 10)]
    assert (await ended("audit", folder=folder, SAYSO_DATABASE_URL=db_url)).code == 0
    assert bot.token not in process.err + process.out


async def _is_ready(at: str) -> bool:
    return (await got(f"{at}/readyz"))[0] == 200


def _link_to(bot: Bot, text: str) -> str:
    return next((word for word in text.split() if word.startswith(f"https://t.me/{bot.username}?start=")), "")


async def test_while_telegram_cannot_be_reached_it_lives_and_is_not_ready(folder: Path) -> None:
    away = {"SAYSO_TELEGRAM_TOKEN": "123:canary-token", "SAYSO_TELEGRAM_API": f"http://127.0.0.1:{free_port()}"}
    async with running("run", folder=folder, **away, **RUN) as process:
        at = await address_of(process)
        assert await got(f"{at}/healthz") == (200, "ok")
        status, told = await got(f"{at}/readyz")
        assert (status, told["not_ready"]) == (503, {"TelegramDoor": told["not_ready"]["TelegramDoor"]})
        process.hears(signal.SIGTERM)
        assert (await process.end(within=10)).code == 0
    assert "canary" not in process.err


async def test_a_refused_token_ends_it_with_one_line(folder: Path, server: TelegramServer) -> None:
    refused = {"SAYSO_TELEGRAM_TOKEN": "123:canary-token", "SAYSO_TELEGRAM_API": server.url}
    done = await ended("run", folder=folder, **refused, **RUN)
    assert done.code == 1
    last = done.err.splitlines()[-1]
    assert last.startswith("sayso: ")
    assert "SAYSO_TELEGRAM_TOKEN" in last
    assert "canary" not in done.err
    assert "Traceback" not in done.err


async def test_an_error_in_a_file_changes_and_starts_nothing(folder: Path, lune: Path, wrong: Path) -> None:
    done = await ended("run", str(lune), str(wrong), folder=folder, **RUN)
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[-1] == "sayso: 2 errors in the campaign files, so nothing was changed"
    assert "listens" not in done.err
    assert json.loads((await ended("status", "--json", folder=folder)).out) == []


async def test_without_migrating_old_tables_stop_it(folder: Path, empty_url: str, sqlite_url: str) -> None:
    done = await ended("run", "--no-migrate", folder=folder, SAYSO_DATABASE_URL=empty_url, **RUN)
    assert done.code == 1
    assert done.err == "sayso: the tables are not this version's; start once without --no-migrate\n"
    async with running("run", "--no-migrate", folder=folder, SAYSO_DATABASE_URL=sqlite_url, **RUN) as process:
        await address_of(process)


async def test_parts_can_run_alone(folder: Path, telegram: dict[str, str]) -> None:
    async with running("run", "--only", "web", folder=folder, **telegram, **RUN) as process:
        at = await address_of(process)
        assert await got(f"{at}/readyz") == (200, {"ready": True, "not_ready": {}})
        assert json.loads(await process.says("Sayso runs"))["parts"] == "web"
    async with running("run", "--only", "worker,telegram", folder=folder, **telegram, **RUN) as process:
        assert json.loads(await process.says("Sayso runs"))["parts"] == "telegram,worker"
        process.hears(signal.SIGTERM)
        assert (await process.end(within=10)).code == 0
    assert "listens" not in process.err


async def test_nothing_to_run_is_an_error(folder: Path) -> None:
    done = await ended("run", "--only", "telegram", folder=folder, **RUN)
    assert done.code == 1
    fix = "set SAYSO_TELEGRAM_TOKEN or SAYSO_DISCORD_TOKEN, or run more parts"
    assert done.err.splitlines()[-1] == f"sayso: there is nothing to run; {fix}"


async def test_an_address_that_is_taken_ends_it_with_one_line(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        done = await ended("run", folder=folder, SAYSO_LISTEN=listen)
    assert done.code == 1
    assert done.err.splitlines()[-1] == (
        f"sayso: the web cannot listen on {listen} (somebody else does); set SAYSO_LISTEN to a free host:port"
    )


async def test_updates_can_be_pushed_by_webhook(
    folder: Path, world: TelegramWorld, bot: Bot, telegram: dict[str, str], campaign: tuple[Path, Chat]
) -> None:
    port = free_port()
    settings = {
        **telegram,
        "SAYSO_LISTEN": f"127.0.0.1:{port}",
        "SAYSO_TELEGRAM_MODE": "webhook",
        "SAYSO_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "SAYSO_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    ana = world.user("Ana")
    async with running("run", str(campaign[0]), folder=folder, **settings) as process:
        await world.until(lambda: bot.webhook, seconds=20)
        ana.says(bot, "/invite")
        await world.until(lambda: ana.inbox and f"http://127.0.0.1:{port}/r/" in ana.inbox[-1].text, seconds=20)
        async with aiohttp.ClientSession() as session:
            forged = await session.post(f"http://127.0.0.1:{port}/telegram/webhook", json={"update_id": 1})
            assert forged.status == 403
        process.hears(signal.SIGTERM)
        done = await process.end(within=10)
    assert done.code == 0
    assert WEBHOOK_SECRET not in done.err


async def test_it_goes_on_when_its_database_comes_back(folder: Path, postgres_url: str) -> None:
    db = Database(postgres_url)
    async with running("run", folder=folder, SAYSO_DATABASE_URL=postgres_url, **RUN) as process:
        at = await address_of(process)
        async with db.begin() as tx:  # as a restart of the server does
            await tx.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await until(lambda: _is_ready(at), 20)
        process.hears(signal.SIGTERM)
        assert (await process.end(within=10)).code == 0
    await db.close()
