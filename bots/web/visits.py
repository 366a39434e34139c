"""What is kept of a visit: as much as the campaign allows, and nothing of who it was."""

import secrets
from datetime import datetime

from bots.web import visitors
from core.visits import Met, Page, Visit


def visit_of(
    met: Met, seen: visitors.Visit, page: Page, channel: str | None, visitor: str | None, now: datetime
) -> Visit:
    """The visit of this link. `channel` is what the link itself says; without it, the app may be a hint."""
    apps = page.applied.campaign.privacy.apps
    return Visit(
        met=met,
        code=page.link.code,
        campaign_id=page.link.campaign_id,
        advocate_id=page.link.member_id,
        at=now,
        channel=channel or (seen.channel if apps else None),
        app=seen.agent.app if apps else None,
        visitor=visitor,
        number=0 if visitor else secrets.randbits(48),
        guessed=channel is None and apps and seen.channel is not None,
    )
