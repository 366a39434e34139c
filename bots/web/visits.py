"""What is kept of a visit: as much as the campaign allows, and nothing of who it was."""

import secrets
from datetime import datetime

from aiohttp import web

from bots.web import visitors
from bots.web.asker import Pseudonyms
from bots.web.look import Look
from core.visits import Met, Page, Recorder, Visit


class Visits:
    """Keeps the visits that links are given, each before it is answered."""

    def __init__(self, recorder: Recorder, pseudonyms: Pseudonyms) -> None:
        self._recorder, self._pseudonyms = recorder, pseudonyms

    async def keep(self, request: web.Request, look: Look, page: Page) -> None:
        """Keep a person's click or an app's preview; whatever else asks for the page leaves no trace."""
        if look.visit.wants_card and request.method == "GET":
            met = Met.UNFURL
        elif look.visit.counts:
            met = Met.CLICK
        else:
            return
        visitor = await self._pseudonyms.of(request, page.applied.campaign.privacy, now=look.now)
        await self._recorder.record(visit_of(met, look.visit, page, look.channel, visitor, look.now))


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
