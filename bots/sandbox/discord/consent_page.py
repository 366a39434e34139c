"""The page where a person consents to an application (OAuth2), in a browser: one picks who one is."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from aiohttp import web

from bots.sandbox.discord.errors import ImpossibleError
from bots.sandbox.discord.people import Person

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld

PATH = "/oauth2/authorize"
MOST_PEOPLE = 200
PAGE = """<!doctype html>
<meta charset="utf-8">
<title>{name} wants to access your account</title>
<h1>{name} wants to access your account</h1>
<p>It asks for: {scopes}</p>
<form method="post">
<label>You are <select name="user">{people}</select></label>
<button name="answer" value="authorize">Authorize</button>
<button name="answer" value="cancel">Cancel</button>
</form>
"""


def consent_routes(world: DiscordWorld) -> list[web.RouteDef]:
    """GET shows the page, POST takes the answer and sends the browser back to the application."""

    async def show(request: web.Request) -> web.Response:
        try:
            asked = world.oauth.asked(str(request.url))
        except (ImpossibleError, ValueError) as error:
            return web.Response(status=400, text=str(error))
        people = [user for user in world.users.values() if isinstance(user, Person)][:MOST_PEOPLE]
        options = "".join(f'<option value="{one.id}">{escape(one.username)}</option>' for one in people)
        page = PAGE.format(name=escape(asked.bot.username), scopes=escape(", ".join(asked.scopes)), people=options)
        return web.Response(text=page, content_type="text/html")

    async def take(request: web.Request) -> web.Response:
        form, url = await request.post(), str(request.url)
        person = world.users.get(int(str(form.get("user") or 0)))
        if not isinstance(person, Person):
            return web.Response(status=400, text="nobody of that name is here")
        try:
            back = person.authorizes(url) if form.get("answer") == "authorize" else person.declines(url)
        except ImpossibleError as error:
            return web.Response(status=400, text=str(error))
        return web.Response(status=302, headers={"Location": back})

    return [web.get(PATH, show), web.post(PATH, take)]
