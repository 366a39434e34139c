"""What PyYAML says about broken syntax, in words that help an organizer."""

import yaml

_KNOWN = {
    "mapping values are not allowed": (
        "there is a ':' where none can be",
        "put text that has a ':' in quotes, and line keys up with their neighbours",
    ),
    "found unexpected end of stream": ("a quote is opened here and never closed", "close it"),
    "found unexpected document indicator": ("a quote is opened here and never closed", "close it"),
    "expected ',' or ']'": ("a list is opened with [ here and not closed where it should be", "write [one, two]"),
    "expected ',' or '}'": ("a mapping is opened with { here and not closed where it should be", "write {key: value}"),
    "could not find expected ':'": ("there is a key without a ':'", "write key: value"),
    "expected '-' indicator": ("this does not line up with the list above", "start it with '- ' in the same column"),
    "expected key": ("this does not line up with the keys above", "start it in the same column, or close what is open"),
    "expected <block end>": (
        "this does not line up with what is above",
        "start it in the same column, or put text in quotes",
    ),
    "unknown escape character": (
        "a \\ in double quotes starts an escape that YAML does not know",
        "write \\\\, or use single quotes",
    ),
    "undefined tag handle": ("text that starts with ! needs quotes", "put it in quotes"),
    "alphabetic or numeric": (
        "a * or & starts an alias, which needs a name",
        'put text in quotes, such as "* * * * *"',
    ),
    "cannot start any token": ("this character cannot start a value", "put the text in quotes"),
}
_OPENED = ("a quote is opened", "a list is opened", "a mapping is opened")


def in_our_words(error: yaml.MarkedYAMLError, text: str) -> tuple[int, int, str, str]:
    """Line and column (from 1), what is wrong, and what to write instead."""
    said = error.problem or error.context or "the text breaks off"
    problem, fix = next(
        (ours for theirs, ours in _KNOWN.items() if theirs in said),
        (f"this is not YAML: {said}", "look for a missing quote, bracket or space just before"),
    )
    mark = error.problem_mark or error.context_mark
    if problem.startswith(_OPENED) and error.context_mark is not None:
        mark = error.context_mark
    if mark is None:
        return 1, 1, problem, fix
    if _character(text, mark.line, mark.column) == "\t":
        problem, fix = "there is a tab where only spaces may be", "indent with spaces"
    return mark.line + 1, mark.column + 1, problem, fix


def _character(text: str, line: int, column: int) -> str:
    lines = text.splitlines()
    return lines[line][column : column + 1] if line < len(lines) else ""
