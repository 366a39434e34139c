"""Messages as Discord takes them: framed, within its limits, and fetched by nobody."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bots.discord.components import COMPONENTS, EPHEMERAL, LONGEST_URL, SUPPRESS_EMBEDS, messages
from bots.discord.markdown import LONGEST, size
from bots.sandbox.discord.messages import walk

BUTTONS = st.one_of(
    st.fixed_dictionaries({"text": st.text(max_size=200), "data": st.text(max_size=120)}),
    st.fixed_dictionaries({"text": st.text(max_size=200), "url": st.one_of(st.text(), st.just("https://a.b/c"))}),
    st.fixed_dictionaries({"text": st.text(max_size=200), "request_user": st.integers(1, 9)}),
    st.fixed_dictionaries({"text": st.just("Copy"), "copy": st.text(max_size=50)}),
    st.fixed_dictionaries({"text": st.just("Send"), "inline": st.just("x")}),
)


def every(message: dict[str, Any], kind: int) -> list[dict[str, Any]]:
    return [one for one in walk(message["components"]) if one["type"] == kind]


@given(text=st.text(alphabet="abc *\n&<>", max_size=9000), rows=st.lists(st.lists(BUTTONS, max_size=9), max_size=9))
def test_whatever_is_said_discord_takes_it(text: str, rows: list[list[dict[str, Any]]]):
    for message in messages({"text": text, "buttons": rows}, private=True):
        assert message["flags"] == COMPONENTS | SUPPRESS_EMBEDS | EPHEMERAL
        assert message["allowed_mentions"] == {"parse": []}
        assert len(list(walk(message["components"]))) <= 40
        assert sum(size(one["content"]) for one in every(message, 10)) <= LONGEST
        assert all(one["content"].strip() for one in every(message, 10))
        assert len(every(message, 1)) <= 5
        assert all(1 <= len(row["components"]) <= 5 for row in every(message, 1))
        ids = [one["custom_id"] for one in walk(message["components"]) if "custom_id" in one]
        assert len(ids) == len(set(ids))
        assert all(0 < len(each) <= 100 for each in ids)
        for button in every(message, 2):
            assert 0 < len(button["label"]) <= 80
            assert ("url" in button) != ("custom_id" in button)
            assert button["style"] == 5 if "url" in button else button["style"] in (1, 2)


def test_buttons_keep_their_rows_and_a_menu_has_its_own():
    rows: Any = [
        [{"text": "Rules", "data": "rules"}, {"text": "Page", "url": "https://lune.example/r/A/kit"}],
        [{"text": "Who?", "request_user": 7}],
    ]
    [message] = messages({"text": "x", "buttons": rows})
    first, second = every(message, 1)
    assert [one.get("custom_id") or one["url"] for one in first["components"]] == [
        "rules",
        "https://lune.example/r/A/kit",
    ]
    assert second["components"] == [{"type": 5, "custom_id": "claim_picked:7", "placeholder": "Who?"}]


def test_many_short_rows_are_filled_up():
    rows = [[{"text": f"{n}", "data": f"d:{n}"}] for n in range(12)]
    [message] = messages({"text": "x", "buttons": rows})
    assert [len(row["components"]) for row in every(message, 1)] == [5, 5, 2]


def test_addresses_that_discord_refuses_are_left_out():
    refused = ["tg://resolve?domain=x", "mailto:a@b.c", "x", "https://a.b/" + "c" * LONGEST_URL, "https://["]
    [message] = messages({"text": "x", "buttons": [[{"text": "?", "url": url} for url in refused]]})
    assert every(message, 1) == []


def test_what_a_button_would_copy_can_be_copied_from_the_text():
    [message] = messages({"text": "Take it", "buttons": [[{"text": "Copy", "copy": "https://l.e/r/A"}]]})
    assert every(message, 10)[0]["content"] == "Take it\n```\nhttps://l.e/r/A\n```"
