"""Campaign files, read and checked: `FILE:LINE:COLUMN: error: what is wrong; what to write instead`, all at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from campaigns.codes import CodesFile, named_in
from campaigns.context import Context
from campaigns.inactive import not_active
from campaigns.media import hung
from campaigns.rules import RULES, Level
from campaigns.schema import File
from campaigns.tree import MAX_BYTES, Mark, Node, Problem, RefusedError, parse
from campaigns.wording import worded
from core.campaign.values import Campaign
from core.media import Medium

MOST_FINDINGS = 100
_MOST_WORDED = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say about a file. `line` and `column` count from 1, and are those of the key or value."""

    file: str
    line: int
    column: int
    level: Level
    problem: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.level}: {self.problem}; {self.fix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of reading a file: the campaign if it has no error; the findings, by their place in the file."""

    path: Path
    slug: str | None = None  # the campaign's id, known in spite of errors elsewhere
    campaign: Campaign | None = None
    media: tuple[Medium, ...] = ()  # those that the campaign names
    codes: tuple[CodesFile, ...] = ()  # the files that its pools are filled from
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level is Level.ERROR]

    @property
    def warnings(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level is Level.WARNING]


def read(path: Path | str, *, taken: Sequence[str] = ()) -> Reading:
    """Read one campaign file; its id must not be among `taken`. What is wrong is in the findings: nothing is raised."""
    path = Path(path)
    try:
        content = _content(path)
    except RefusedError as error:
        return _reading(path, [(Level.ERROR, error.problem)])
    return read_text(content, path=path, folder=path.parent, taken=taken)


def read_all(paths: Iterable[Path | str]) -> list[Reading]:
    """Read files that will run together: the id of a campaign in an earlier one is an error."""
    readings: list[Reading] = []
    for path in paths:
        readings.append(read(path, taken=[reading.slug for reading in readings if reading.slug]))
    return readings


def read_text(
    content: str | bytes, *, path: Path | str = "campaign.yaml", folder: Path | None = None, taken: Sequence[str] = ()
) -> Reading:
    """Read a campaign from text. The files that it names are looked for in `folder`; without one they are not."""
    try:
        tree, duplicates = parse(content)
    except RefusedError as error:
        return _reading(Path(path), [(Level.ERROR, error.problem)])
    found = [(Level.ERROR, problem) for problem in duplicates]
    campaign, context = None, Context(folder=folder, taken=taken)
    try:
        file = File.model_validate(tree.plain(), context=context)
        campaign = hung(file.campaign(), context.media)
        found += _remarks(tree, campaign)
    except ValidationError as error:
        found += _problems(tree, error, Level.ERROR)
    found += _doubts(tree, Context(folder=folder, taken=taken, media=context.media, pedantic=True))
    found += _not_active(tree)
    slug = tree.at(["campaign"])
    media = tuple(fitted.medium for fitted in context.media.values())
    codes = named_in(campaign.slug, campaign.codes, folder) if campaign is not None and folder is not None else ()
    return _reading(
        Path(path), found, slug=slug if isinstance(slug, str) else None, campaign=campaign, media=media, codes=codes
    )


_Found = list[tuple[Level, Problem]]


def _content(path: Path) -> bytes:
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        why = "is a folder" if path.is_dir() else "is not there"
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = f"cannot be read ({error})"
    raise RefusedError(Mark(1, 1), f"the file {why}", "write the path of a campaign file that you may read")


def _reading(
    path: Path,
    found: _Found,
    *,
    slug: str | None = None,
    campaign: Campaign | None = None,
    media: tuple[Medium, ...] = (),
    codes: tuple[CodesFile, ...] = (),
) -> Reading:
    """The findings in order, the errors among them not crowded out, and the campaign only if it has no error."""
    found = sorted(set(found), key=lambda one: (one[0] is Level.WARNING, one[1].mark))
    kept = sorted(found[:MOST_FINDINGS], key=lambda one: one[1].mark)
    findings = [
        Finding(str(path), *at, level, _one_line(problem), _one_line(fix)) for level, (at, problem, fix) in kept
    ]
    if more := len(found) - len(kept):
        last = findings[-1]
        findings.append(
            Finding(last.file, last.line, last.column, last.level, f"there are {more} more", "put these right first")
        )
    refused = any(finding.level is Level.ERROR for finding in findings)
    if refused:
        return Reading(path=path, slug=slug, findings=tuple(findings))
    return Reading(path=path, slug=slug, campaign=campaign, media=media, codes=codes, findings=tuple(findings))


def _one_line(text: str) -> str:
    """The text without what a file could play on a terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _problems(tree: Node, error: ValidationError, level: Level) -> Iterator[tuple[Level, Problem]]:
    for details in error.errors(include_url=False)[:_MOST_WORDED]:
        if (details["type"] == "doubt") == (level is Level.WARNING):
            problem, fix, loc, key = worded(details, File)
            yield level, Problem(tree.find(loc, key=key), problem, fix)


def _doubts(tree: Node, context: Context) -> _Found:
    """Read once more, this time minding doubts: they are found as errors are, and so are as well placed."""
    try:
        File.model_validate(tree.plain(), context=context)
    except ValidationError as error:
        return list(_problems(tree, error, Level.WARNING))
    return []


def _remarks(tree: Node, campaign: Campaign) -> _Found:
    return [
        (remark.level, Problem(tree.find(remark.loc), remark.problem, remark.fix))
        for rule in RULES
        for remark in rule(campaign)
    ]


def _not_active(tree: Node) -> _Found:
    fix = "leave it for a later version of Sayso, or take it out"
    return [
        (Level.WARNING, Problem(tree.find(loc, key=True), f"{what!r} is not active yet: {so_far}", fix))
        for loc, what, so_far in not_active(tree)
    ]
