"""The pictures that a campaign file names: read, checked, and drawn anew for where they are shown."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, ValidationInfo

from campaigns import media
from campaigns.context import Fitted, context, doubt, shown
from campaigns.places import File


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a picture is shown: cropped to this size, or whole within it; in at most so many bytes."""

    use: str
    width: int
    height: int
    crop: bool
    at_most: int

    @property
    def recipe(self) -> str:
        """What is made of an original. The same recipe must go on making the same of it."""
        return f"{self.use} {self.width}x{self.height}"


CARD = Frame(media.CARD, 1200, 630, crop=True, at_most=290_000)  # WhatsApp shows none of more than 300 KB
POST = Frame(media.POST, 1600, 1600, crop=False, at_most=1_000_000)

MOST_LOST = 0.25
"""How much of a picture may be cut off without a word."""


@dataclass(frozen=True, slots=True)
class _Image:
    """Reads a picture for its frame; each is drawn once in a reading of its file."""

    frame: Frame

    def __call__(self, path: str, info: ValidationInfo) -> str:
        folder, known = context(info).folder, context(info).media
        if folder is None:
            return path
        wanted = (self.frame.use, path)
        if wanted not in known:
            fit: Callable[[bytes, Frame, str], Fitted] = importlib.import_module("campaigns.fitting").fit
            known[wanted] = fit(media.content_of(folder / path, path), self.frame, shown(path))
        if self.frame.crop:
            self._doubt(known[wanted], path, info)
        return path

    def _doubt(self, fitted: Fitted, path: str, info: ValidationInfo) -> None:
        """Say what will not look well."""
        (width, height), frame = fitted.was, self.frame
        what, fix = f"is {shown(path)} of {width} x {height}", f"use one of {frame.width} x {frame.height}"
        if width < frame.width // 2 or height < frame.height // 2:
            doubt(info, f"{what}, too small to look sharp", fix)
        wider = (width * frame.height) / (height * frame.width)
        lost = 1 - min(wider, 1 / wider)
        if lost > MOST_LOST:
            doubt(
                info, f"{what}: {lost:.0%} of it is cut off {'at the sides' if wider > 1 else 'above and below'}", fix
            )


CardImage: TypeAlias = Annotated[File, AfterValidator(_Image(CARD))]
PostImage: TypeAlias = Annotated[File, AfterValidator(_Image(POST))]
