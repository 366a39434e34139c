"""The share kit, whatever the messenger; what Telegram makes of it is in tests/telegram/test_kit.py."""

import msgspec
import pytest

from bots.talk.kit import Kit, kit_of
from core.campaign import Applied
from core.campaign.values import Share
from tests.people import a_campaign
from tests.talk.conftest import PUBLIC, PlainWays

CODE = "7tbvBAirtk7"
SHARE = Share(text={"*": "Come along: {link}"}, channels=("whatsapp", "copy", "discord"))


@pytest.fixture
def kit() -> Kit:
    applied = Applied(id=7, version=1, campaign=a_campaign(share=SHARE), paused_at=None, stopped_at=None)
    return kit_of(applied, CODE, "en", "One.", "Two.")


def test_it_can_lie_in_the_outbox(kit: Kit):
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(kit))), Kit) == kit


def test_the_link_can_be_read_and_pressed_and_what_is_said_follows(kit: Kit):
    head, *said = kit.message("https://x.org/?a=1&b").split("\n\n")
    assert head.endswith('<a href="https://x.org/?a=1&amp;b">https://x.org/?a=1&amp;b</a>')
    assert said == ["One.", "Two."]


def labels(kit: Kit, ways: PlainWays) -> list[str]:
    return [button["text"] for line in kit.rows(ways) for button in line]


def test_a_messenger_without_buttons_that_copy_has_none(kit: Kit):
    assert labels(kit, PlainWays()) == ["WhatsApp", "✨ All ways to share", "👥 My referrals"]
    assert "📋 Copy the link" in labels(kit, PlainWays(longest_copy=256))


def test_an_address_longer_than_a_button_may_carry_is_left_to_the_page(kit: Kit):
    assert "WhatsApp" not in labels(kit, PlainWays(longest_url=20))


def test_while_nobody_knows_the_link_there_is_nothing_to_share_it_by(kit: Kit):
    assert labels(kit, PlainWays(public_url=None)) == ["👥 My referrals"]


def test_the_page_is_where_the_world_can_reach_it(kit: Kit):
    [page] = [each["url"] for line in kit.rows(PlainWays()) for each in line if "All ways" in each["text"]]
    assert page == f"{PUBLIC}/r/{CODE}/kit"
