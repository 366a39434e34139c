"""The description for people: a page that is made of the same, and runs no script."""

import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache, partial
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bots.web.api.problems import EVERY
from bots.web.api.routes import OPERATIONS

_TEMPLATES = Path(__file__).with_name("templates")
Json = dict[str, Any]


def routes(description: Json) -> list[web.RouteDef]:
    """The description, and the page that shows it; both are made once."""
    as_json = partial(_as_json, msgspec.json.encode(description))
    return [web.get("/v1/openapi.json", as_json), web.get("/docs", partial(_as_page, page(description)))]


def page(description: Json) -> str:
    """The page."""
    shown = _Shown()
    fails = {operation.name: operation.may_fail for operation in OPERATIONS}
    template = _templates().get_template("docs.html")
    return template.render(about=description, shown=shown, fails=fails, problems=EVERY, style=style)


async def _as_json(content: bytes, request: web.Request) -> web.Response:
    return _fixed(request, content, "application/json", {})


async def _as_page(text: str, request: web.Request) -> web.Response:
    return _fixed(request, text.encode(), "text/html; charset=utf-8", _policy())


def _fixed(request: web.Request, content: bytes, kind: str, headers: Mapping[str, str]) -> web.Response:
    """What is the same for everybody, until the next version."""
    etag = blake2b(content, digest_size=12).hexdigest()
    told = {"ETag": f'"{etag}"', "Cache-Control": "no-cache", **headers}
    if any(each.value in (etag, "*") for each in request.if_none_match or ()):
        return web.Response(status=304, headers=told)
    return web.Response(body=content, headers={"Content-Type": kind, **told})


@cache
def _policy() -> Mapping[str, str]:
    allowed = f"style-src 'sha256-{b64encode(sha256(style().encode()).digest()).decode()}'"
    nothing = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src data:"
    return {"Content-Security-Policy": f"{nothing}; {allowed}"}


@cache
def style() -> Markup:
    """What stands in the page's <style>."""
    return Markup((_TEMPLATES / "docs.css").read_text("utf-8").strip())  # noqa: S704


class _Shown:
    """Parts of the description as the page shows them."""

    def type(self, schema: Json) -> Markup:
        """What may stand there, in a few words."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return Markup('<a href="#{0}">{0}</a>').format(name)
        if "anyOf" in schema:
            return Markup(" or ").join(dict.fromkeys(self.type(each) for each in schema["anyOf"]))
        if schema.get("type") == "array":
            return Markup("list of {}").format(self.type(schema.get("items", {})))
        if isinstance(schema.get("additionalProperties"), dict) and schema["additionalProperties"]:
            return Markup("{} by name").format(self.type(schema["additionalProperties"]))
        return escape(schema.get("format") or schema.get("type") or "anything")

    def bounds(self, schema: Json) -> str:
        """Which values are allowed, and what holds if nothing is said."""
        told = [f"at least {schema['minimum']}"] if "minimum" in schema else []
        told += [f"at most {schema['maximum']}"] if schema.get("maximum", 2**63) < 2**63 - 1 else []
        told += [f"else {schema['default']}"] if schema.get("default") is not None else []
        return ", ".join(told)

    def about(self, schema: Json) -> str:
        """Its words, or those of what else it may be."""
        told = (each["description"] for each in (schema, *schema.get("anyOf", ())) if "description" in each)
        return next(told, "")


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"words": _words, "pretty": partial(json.dumps, indent=2)}
    return made


def _words(text: str) -> Markup:
    """The little Markdown that our own words have: paragraphs, `code` and **bold**."""
    made = str(escape(text))
    for mark, tag in (("`", "code"), ("**", "b")):
        parts = made.split(mark)
        made = "".join(part if at % 2 == 0 else f"<{tag}>{part}</{tag}>" for at, part in enumerate(parts))
    return Markup("".join(f"<p>{each}</p>" for each in made.strip().split("\n\n") if each))  # noqa: S704
