"""The files that a campaign shows: how they are read, and the names of what was made of them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from campaigns.context import Fitted, shown, wrong
from core.campaign.values import Campaign, Post

LARGEST = 10
"""A file's size at most, in MB: what a bot may send to a Discord server that nobody boosts."""

CARD, POST, VIDEO = "card", "post", "video"
"""What a file is for."""


def content_of(file: Path, path: str) -> bytes:
    """What is in the file. `path` is how a refusal names it."""
    most = LARGEST * 1_000_000
    try:
        with file.open("rb") as opened:
            content = opened.read(most + 1)
    except OSError as error:
        raise wrong(f"is {shown(path)}, which cannot be read ({error.strerror})", "let Sayso read it") from error
    if len(content) > most:
        raise wrong(f"is {shown(path)}, of more than {LARGEST} MB", "save it smaller")
    return content


def hung(campaign: Campaign, found: Mapping[tuple[str, str], Fitted]) -> Campaign:
    """The campaign with the names of its pictures and videos beside the paths of their files."""

    def name(use: str, path: str) -> str | None:
        return found[use, path].medium.name if (use, path) in found else None

    def of_post(post: Post) -> tuple[str, ...]:
        files = [(POST, path) for path in ([post.image] if post.image else post.album)]
        files += [(VIDEO, post.video)] if post.video else []
        return tuple(named for file in files if (named := name(*file)) is not None)

    card = campaign.card and replace(campaign.card, picture=name(CARD, campaign.card.image or ""))
    return replace(campaign, card=card, posts=tuple(replace(post, media=of_post(post)) for post in campaign.posts))
