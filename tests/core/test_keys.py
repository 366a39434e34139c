import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from core import keys
from core.database import Database
from core.keys import KeyNameError
from tests.core.plans import plan_of
from tests.people import Town, a_campaign


async def made(db, clock, name="till", **how):
    async with db.begin() as tx:
        return await keys.create(tx, name, now=clock.now(), **how)


async def known(db):
    async with db.read() as tx:
        return await keys.every(tx)


async def test_a_key_is_found_by_its_secret_and_only_by_that(db, clock):
    secret = await made(db, clock, may_write=True)
    other = await made(db, clock, "press")
    key = await keys.check(db, secret, now=clock.now())
    assert (key.name, key.may_write, key.campaign_id, key.created_at) == ("till", True, None, clock.now())
    assert (await keys.check(db, other, now=clock.now())).may_write is False
    wrong = [
        "",
        " ",
        "sayso_",
        secret[:-1],
        f"{secret}x",
        f" {secret}",
        secret.upper(),
        "sayso_\0",
        "clé",
        "\ud800",
        "%",
    ]
    assert [await keys.check(db, each, now=clock.now()) for each in wrong] == [None] * len(wrong)


async def test_a_secret_is_long_and_easy_to_scan_for(db, clock):
    seen = []

    def choose(letters):
        seen.append(len(letters))
        return letters[len(seen) % len(letters)]

    secret = await made(db, clock, choose=choose)
    assert secret.startswith("sayso_")
    assert secret.isascii()
    assert secret[6:].isalnum()
    assert len(seen) == len(secret) - 6
    bits = 1
    for choices in seen:
        bits *= choices
    assert bits >= 2**128


async def test_the_secret_is_nowhere_in_the_database(db, clock):
    secret = await made(db, clock)
    async with db.read() as tx:
        kept = str((await tx.execute(text("SELECT * FROM api_key"))).all())
    assert "till" in kept
    assert secret not in kept
    assert secret.removeprefix(keys.PREFIX) not in kept
    assert secret not in repr(await keys.check(db, secret, now=clock.now()))


async def test_looking_a_key_up_is_one_look_into_an_index(db, clock, statements):
    secret = await made(db, clock)
    await keys.check(db, secret, now=clock.now())
    async with statements(db) as sent:
        await keys.check(db, secret, now=clock.now())
    assert len(sent) == 1
    async with db.begin() as tx:
        assert "SCAN api_key" not in (plan := await plan_of(tx, keys._find(tx, secret)))
    assert "hash" in plan


async def test_when_a_key_was_used_is_written_once_an_hour(db, clock, statements):
    secret = await made(db, clock)
    assert (await known(db))[0].last_used_at is None
    first = clock.now()
    for minutes, used in ((0, 0), (59, 0), (1, 60), (30, 60), (120, 210)):
        clock.advance(minutes=minutes)
        async with statements(db) as sent:
            assert await keys.check(db, secret, now=clock.now())
        assert (await known(db))[0].last_used_at == first + timedelta(minutes=used)
        assert any("UPDATE" in each for each in sent) is (clock.now() == first + timedelta(minutes=used))


async def test_a_revoked_key_is_refused_at_once_and_its_name_is_free(db, clock):
    secret = await made(db, clock)
    async with db.begin() as tx:
        assert [await keys.revoke(tx, name) for name in ("till", "till", "other")] == [True, False, False]
    assert await keys.check(db, secret, now=clock.now()) is None
    assert await made(db, clock) != secret
    assert await keys.check(db, secret, now=clock.now()) is None


async def test_a_key_of_one_campaign_sees_no_other(db, clock):
    town = Town(db, clock)
    await town.apply(a_campaign(), a_campaign("autumn"))
    spring, autumn = await town.campaign(), await town.campaign("autumn")
    of_one = await keys.check(db, await made(db, clock, campaign_id=spring.id), now=clock.now())
    of_all = await keys.check(db, await made(db, clock, "all"), now=clock.now())
    assert (of_one.campaign, of_one.sees(spring.id), of_one.sees(autumn.id)) == ("spring", True, False)
    assert (of_all.campaign, of_all.sees(spring.id), of_all.sees(autumn.id)) == (None, True, True)
    assert [key.name for key in await known(db)] == ["all", "till"]


@pytest.mark.parametrize("name", ["", " ", " till", "a\nb", "a\0b", "x" * 65])
async def test_what_cannot_be_a_name_is_refused(sqlite_db, clock, name):
    with pytest.raises(KeyNameError, match="no name"):
        await made(sqlite_db, clock, name)


async def test_a_name_is_given_once_even_by_two_at_once(db_url, db, clock):
    other = Database(db_url)
    done = await asyncio.gather(*(made(each, clock) for each in (db, other) * 4), return_exceptions=True)
    await other.close()
    secrets = [each for each in done if isinstance(each, str)]
    assert len(secrets) == 1
    assert {type(each) for each in done if not isinstance(each, str)} == {KeyNameError}
    assert await keys.check(db, secrets[0], now=clock.now())
