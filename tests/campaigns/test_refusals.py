"""Every mistake is placed and worded, and nothing that a file can hold breaks the reading of it."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import Reading, read, read_all, read_text
from tests.campaigns.corpus import BAD, BASE, written
from tests.depth import times

EXAMPLES = Path(__file__).parents[2] / "campaigns" / "examples"
FULL = (EXAMPLES / "full.yaml").read_text("utf-8")
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(20)
)


def said(reading: Reading) -> list[str]:
    return [str(finding).removeprefix(f"{reading.path}:") for finding in reading.errors]


@pytest.mark.parametrize(("lines", "errors"), BAD, ids=[lines[:60] for lines, _ in BAD])
def test_says_what_is_wrong_and_where(lines: str, errors: list[str], tmp_path: Path) -> None:
    assert errors, "a line of the corpus without an error"
    (tmp_path / "w.txt").write_text("A\n")
    path = tmp_path / "c.yaml"
    path.write_text(written(lines), "utf-8")
    reading = read(path)
    assert [line.replace(str(tmp_path), "FOLDER") for line in said(reading)] == errors
    assert reading.campaign is None


def test_the_good_file_of_the_corpus_is_good() -> None:
    reading = read_text(BASE)
    assert reading.campaign is not None
    assert reading.findings == ()


def test_all_errors_are_said_at_once_in_their_order() -> None:
    bad = [lines.removeprefix("rewards: [")[:-1] for lines, _ in BAD if lines.startswith("rewards: [{id: thanks")]
    rewards = "rewards:\n" + "".join(f"  - {reward}\n" for reward in bad)
    reading = read_text(f"titel: x\nqualify: {{stay: 3d}}\n{rewards}")
    places = [(finding.line, finding.column) for finding in reading.errors]
    assert places == sorted(places)
    assert len(places) > 15
    assert {"'titel'", "'title'", "'stay'", "'evry'"} <= {finding.problem.split()[0] for finding in reading.errors}


def test_a_broken_community_is_still_known_by_its_name() -> None:
    reading = read_text(written("communities: [{id: salon, telegramm: -1001}]\ndestination: salon"))
    assert said(reading) == ["1:27: error: 'telegramm' is not a key here; did you mean 'telegram'?"]


def test_the_same_campaign_twice_is_an_error_in_the_later_file(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(BASE)
    (tmp_path / "b.yaml").write_text("titel: x\n" + BASE)
    first, second = read_all([tmp_path / "a.yaml", tmp_path / "b.yaml"])
    assert first.campaign is not None
    assert said(second) == [
        "1:1: error: 'titel' is not a key here; did you mean 'title'?",
        "2:11: error: 'campaign' is 'spring', which is taken by another of the campaigns; give it a name of its own",
    ]


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    fix = "write the path of a campaign file that you may read"
    assert said(read(tmp_path / "gone.yaml")) == [f"1:1: error: the file is not there; {fix}"]
    assert said(read(tmp_path)) == [f"1:1: error: the file is a folder; {fix}"]
    assert read("\0").errors


@pytest.mark.parametrize("name", ["loop", "out"])
def test_links_do_not_lead_out_of_the_folder(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("x")
    (folder / "out").symlink_to(tmp_path / "secret.txt")
    (folder / "loop").symlink_to(folder / "loop")
    assert read_text(written(f"codes: {{pool: {name}}}"), folder=folder).errors


@pytest.mark.parametrize(
    ("content", "place", "problem"),
    [
        ("", (1, 1), "the file is empty"),
        ("# only a comment\n", (1, 1), "the file is empty"),
        (b"title: x\nterms: \xe9t\xe9\n", (2, 8), "not UTF-8"),
        (BASE.encode("utf-16"), (1, 1), "not UTF-8"),
        ("title: a\0b", (1, 9), "unprintable"),
        ("title: a\x1b[31m", (1, 9), "unprintable"),
        ("- one\n- two\n", (1, 1), "must be keys with values"),
        ("just words", (1, 1), "must be keys with values"),
        ("a: b\n---\nc: d\n", (2, 1), "a second document"),
        ("x" * 10_000_000, (1, 1), "larger than 1 MiB"),
        (b"a: b\n" * 2_000_000, (1, 1), "larger than 1 MiB"),
        ("[" * 500_000, (1, 51), "nested more than 50 deep"),
        ("{a: " * 200_000, (1, 201), "nested more than 50 deep"),
        ("- " * 400_000, (1, 101), "nested more than 50 deep"),
        ("".join(" " * depth + "a:\n" for depth in range(1000)), (51, 51), "nested more than 50 deep"),
        (LAUGHS, (4, 36), "more than 10000 values"),
        ("[" + "x," * 400_000 + "]", (1, 20000), "more than 10000 values"),
        ('title: "\\ud800"', None, ""),
        ("title: \ud800", (1, 8), "unprintable"),
        ("%YAML 9.9\n---\na: b", None, ""),
        ("\ufeffcampaign: ab", (1, 11), "must be 3 to 40 characters"),
    ],
)
def test_hostile_files_are_refused_at_once(content: str | bytes, place: tuple[int, int] | None, problem: str) -> None:
    began = time.perf_counter()
    reading = read_text(content)
    assert time.perf_counter() - began < 2
    assert reading.campaign is None
    assert any(
        problem in finding.problem and place in {None, (finding.line, finding.column)} for finding in reading.errors
    )


@pytest.mark.parametrize(
    "content",
    [
        "".join(f"titl{i}: x\n" for i in range(4900)),
        "posts:\n  - in: [" + ",".join(f"salom{i}" for i in range(9900)) + "]",
        "communities:\n"
        + "".join(f"- {{id: salom{i}}}\n" for i in range(1500))
        + "posts:\n- in:\n"
        + "  - salox\n" * 2000,
        "schedule: [" + ",".join(["{cron: 0 0 30 2 *}"] * 3000) + "]",
        "campaign: " + "1" * 1_000_000,
        "qualify: {stay: " + "1" * 900_000 + "}",
        'share: {text: "' + "{" * 900_000 + '"}',
        "window: {timezone: " + "europ" * 100_000 + "}",
    ],
    ids=["keys", "names", "near-names", "crons", "digits", "duration", "braces", "zone"],
)
def test_costly_files_cost_little(content: str) -> None:
    began = time.perf_counter()
    reading = read_text(content)
    assert time.perf_counter() - began < 10
    assert 0 < len(reading.findings) <= 101


def test_errors_are_not_crowded_out_by_warnings() -> None:
    posts = ", ".join(f"{{id: p{i}, text: {{fr: x}}}}" for i in range(300))
    reading = read_text(written(f"posts: [{posts}]\nqualify: {{stay: 3d}}"))
    assert any("'stay'" in finding.problem for finding in reading.errors)


def test_a_message_is_one_line_whatever_the_file_has_in_it() -> None:
    for bad in ('title: {"a\\nb": }', 'share: {text: "{link} {a\\nb}"}', 'destination: "\u202e\u2028x"'):
        assert all(str(finding).isprintable() for finding in read_text(written(bad)).findings)


def is_whole(reading: Reading) -> bool:
    lines = [str(finding) for finding in reading.findings]
    placed = all(finding.line >= 1 and finding.column >= 1 for finding in reading.findings)
    return placed and all("\n" not in line for line in lines) and (reading.campaign is None) == bool(reading.errors)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert is_whole(read_text(text))


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(content: bytes) -> None:
    assert is_whole(read_text(content))


_TOKENS = st.sampled_from(
    [*"{}[]:,-*&!|>%@#'\"? \n\t\0\u2028é😀0", "null", "true", "1e999", ": ", "\n  - ", "{link}", "*a", "&a "]
)


@settings(max_examples=times(150), deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(FULL)), st.integers(0, 30), st.one_of(_TOKENS, st.text(max_size=5))), max_size=6
    )
)
def test_a_mutated_example_is_a_campaign_or_located_errors(edits: list[tuple[int, int, str]]) -> None:
    text = FULL
    for place, length, new in edits:
        text = text[:place] + new + text[place + length :]
    began = time.perf_counter()
    assert is_whole(read_text(text))
    assert time.perf_counter() - began < 5


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_KEYS = ["campaign", "title", "window", "organizers", "communities", "card", "share", "attribution", "qualify", "codes"]
_KEYS += ["rewards", "limits", "posts", "schedule", "listen", "fraud", "privacy", "terms", "destination"]


@settings(max_examples=times(150), deadline=None)
@given(st.dictionaries(st.sampled_from(_KEYS), _VALUES, min_size=1, max_size=4))
def test_any_value_under_any_key_is_answered(values: dict[str, object]) -> None:
    import yaml

    assert is_whole(read_text(yaml.safe_dump(values, allow_unicode=True)))
