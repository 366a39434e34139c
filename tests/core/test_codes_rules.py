"""What a line of a file must be, when organizers are warned, where a code lies."""

import pytest

from core.budgets.rules import Budget
from core.codes.rules import LONGEST, Flaw, Warn, read, spot, warning


def codes_in(content):
    return list(read(iter(content.splitlines(keepends=True))))


def test_codes_stand_one_on_each_line():
    assert codes_in(b"A\nB\n\nC") == [(1, "A"), (2, "B"), (4, "C")]


def test_a_mark_at_the_beginning_windows_lines_and_spaces_are_no_part_of_a_code():
    assert codes_in(b"\xef\xbb\xbfA\r\n  B \r\n\r\nC D\r\n") == [(1, "A"), (2, "B"), (4, "C D")]


def test_codes_may_have_any_letters():
    assert codes_in("ÉTÉ-10%\n夏\n".encode()) == [(1, "ÉTÉ-10%"), (2, "夏")]


def test_an_empty_file_has_none():
    assert codes_in(b"") == codes_in(b"\n\n\r\n") == codes_in(b"\xef\xbb\xbf") == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"caf\xe9", "UTF-8"),
        (b"A" * (LONGEST + 1), "longer than 200"),
        (b"A\x00B", "nobody can see"),
        (b"A\tB", "nobody can see"),
        ("A\u202eB".encode(), "nobody can see"),
        (b"A\rB", "nobody can see"),
    ],
)
def test_what_is_no_code_is_named_by_its_line_and_never_shown(line, problem):
    first, flaw, last = codes_in(b"A\n") + list(read(iter([b"B\n", line + b"\n"])))[1:] + codes_in(b"C\n")
    assert (first, last) == ((1, "A"), (1, "C"))
    assert isinstance(flaw, Flaw)
    assert flaw.line == 2
    assert problem in flaw.problem
    assert line.decode(errors="replace") not in flaw.problem + flaw.fix


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_another_encoding_is_refused_at_once(encoding):
    found = codes_in("\ufeffA\nB\n".encode(encoding) if encoding == "utf-16-be" else "A\nB\n".encode(encoding))
    assert found == [Flaw(line=1, problem="the text is UTF-16", fix="save it as UTF-8")]


def test_a_place_is_the_same_for_ever():
    assert spot("spring/hello/telegram:11/1") == spot("spring/hello/telegram:11/1") == 5516686116117251377
    assert all(0 <= spot(str(n)) < 2**63 for n in range(1000))


@pytest.mark.parametrize(
    ("left", "total", "told", "warn"),
    [
        (11, 100, None, None),
        (10, 100, None, Warn.LOW),
        (1, 100, "low", None),
        (0, 100, "low", Warn.DRY),
        (0, 100, None, Warn.DRY),
        (0, 100, "dry", None),
        (0, 0, None, Warn.DRY),
        (1, 9, None, None),
        (5, 100, "dry", None),
    ],
)
def test_organizers_are_warned_once(left, total, told, warn):
    assert warning(left=left, total=total, told=told) is warn


def test_a_budget_has_room_up_to_its_limit():
    budget = Budget(most=10, spent=7, waiting=0, told=False)
    assert [budget.has_room(n, in_line=False) for n in (1, 3, 4)] == [True, True, False]
    budget.by = 3
    assert budget.is_spent
    assert not budget.has_room(1, in_line=True)


def test_nobody_passes_those_who_wait_for_a_budget():
    budget = Budget(most=10, spent=7, waiting=1, told=False)
    assert (budget.has_room(1, in_line=False), budget.has_room(1, in_line=True)) == (False, True)


def test_what_is_not_limited_has_room_for_anything():
    budget = Budget(most=None, spent=10**9, waiting=5, told=False)
    assert budget.has_room(10**9, in_line=False)
    assert not budget.is_spent
