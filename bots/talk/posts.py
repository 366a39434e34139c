"""A campaign's posts, as every messenger shows them: the organizer's words, pictures or a video, and a way to share."""

from collections.abc import Mapping
from typing import Any

from bots.talk.words import Button, linked
from bots.texts import text

Post = Mapping[str, Any]
"""`post`, `campaign`, `slug`, `language`, `text`, `media` (names in `core.media`), and `share`."""

INVITE = "invite"
"""What is asked by whoever wants a link of their own; the campaign's number may follow."""


def posted(post: Post, share: Button | None) -> dict[str, Any]:
    """`text`, `buttons` and `media` that show it."""
    return {"text": linked(post["text"]), "buttons": [[share]] if share else [], "media": list(post["media"])}


def share_here(post: Post) -> Button | None:
    """A button that answers whoever presses it with their own link; None if the post has none."""
    label = text(post["language"], "button.share")
    return {"text": label, "data": f"{INVITE}:{post['campaign']}"} if post["share"] else None
