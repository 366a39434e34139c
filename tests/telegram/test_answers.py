"""Every command and button, from the person who presses it to the message that they read."""

from tests.telegram.conftest import code_of, said


async def test_x(door, spring, ana, ben, group):
    ana.start(door.bot)
    await door.settle()
    print(ana.inbox)
    code = await code_of(door, ana)
    ben.start(door.bot, code)
    await door.settle()
    print(ben.inbox, ben.inbox[-1].buttons)
    ben.opens(ben.inbox[-1].buttons[0]["url"])
    await door.settle()
    print(ana.inbox)
    door.clock.advance(days=4)
    await door.settle()
    print(ana.inbox)
    print(ben.inbox)
    print(await door.left_over())
    assert 0
