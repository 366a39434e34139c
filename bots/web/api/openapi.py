"""The description of the API, made of the declarations that it is served by (OpenAPI 3.1)."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Annotated, Any

import msgspec

from bots.web.api.limits import Allowance
from bots.web.api.operations import Operation, Reading, Reporting
from bots.web.api.problems import CONTENT_TYPE, EVERY, TOO_MANY, Kind, ProblemDetails
from bots.web.api.routes import OPERATIONS
from bots.web.api.shapes import CampaignId
from bots.web.api.webhooks import KINDS, described

ROOT = "/api"
COMPONENTS = "#/components"
_SCHEMAS = f"{COMPONENTS}/schemas/{{name}}"

Json = dict[str, Any]

_ABOUT = """\
What Sayso knows about your campaigns, and the way to tell it about conversions.

**Keys.** Every request shows a key: `Authorization: Bearer KEY`. `sayso keys create` makes one, `sayso keys revoke`
ends it, within a second. Every key reads; only one made to write reports conversions. A key of one campaign sees no
other.

**Answers** are JSON and at most a second old; times are in UTC. Each has an `ETag`: send it back as `If-None-Match`,
and what has not changed is not sent again (304). More may be added to answers; nothing is renamed or removed.

**Lists** come in pieces of `limit` lines. `next` is the address of the next piece, or null; nothing else needs to be
known of a cursor. Lines that are added while the pieces are read move nobody's place.

**Errors** are problem details (RFC 9457): go by `type`, and show `detail` to a person.

**Limits.** {quota} requests with a key in {span} seconds, and {failures} failed authorizations from an address in
{failed} seconds; every web process counts for itself. `RateLimit-Policy` and `RateLimit` tell what is left,
`Retry-After` how many seconds to wait.

**Webhooks.** A reward may name an address of yours; what it is sent stands under `webhooks`, signed as Standard
Webhooks 1.0.0 says.
"""


def description(allowed: Allowance, failures: Allowance) -> Json:
    """The whole description, as JSON has it."""
    about = _ABOUT.format(
        quota=allowed.quota,
        span=f"{allowed.span.total_seconds():.0f}",
        failures=failures.quota,
        failed=f"{failures.span.total_seconds():.0f}",
    )
    types = _Types(OPERATIONS)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sayso", "version": version("sayso"), "description": about, "license": _LICENSE},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": _paths(OPERATIONS, types),
        "webhooks": described(types.reference),
        "components": {
            "schemas": types.schemas,
            "responses": {kind.name: _problem(kind, types) for kind in EVERY},
            "headers": _HEADERS,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "Made by `sayso keys create`."}
            },
        },
    }


class _Types:
    """The types that the operations speak in: each schema stands in the description once, under its name."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._named: list[Any] = [ProblemDetails, *KINDS]
        for each in operations:
            self._named += [each.gives, each.takes] if isinstance(each, Reporting) else [each.gives]
        self._references, schemas = msgspec.json.schema_components(self._named, ref_template=_SCHEMAS)
        self.schemas = dict(sorted(schemas.items()))

    def reference(self, kind: Any) -> Json:
        """Where the type's schema is."""
        return self._references[self._named.index(kind)]


def _paths(operations: Iterable[Operation], types: _Types) -> Json:
    paths: dict[str, Json] = {}
    for operation in operations:
        path = paths.setdefault(f"{ROOT}{operation.path}", {})
        path[operation.method] = _operation(operation, types)
    return paths


def _operation(operation: Operation, types: _Types) -> Json:
    told: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.details or operation.summary,
        "parameters": list(_parameters(operation)),
        "responses": _responses(operation, types),
    }
    if isinstance(operation, Reporting):
        content = {"application/json": {"schema": types.reference(operation.takes), "example": operation.example}}
        told["requestBody"] = {"required": True, "content": content}
    return {name: value for name, value in told.items() if value}


def _parameters(operation: Operation) -> Iterable[Json]:
    if "{campaign}" in operation.path:
        yield {
            "name": "campaign",
            "in": "path",
            "required": True,
            **_apart(msgspec.json.schema(Annotated[str, CampaignId])),
        }
    if isinstance(operation, Reading):
        _, parts = msgspec.json.schema_components([operation.takes], ref_template=_SCHEMAS)
        for name, schema in parts[operation.takes.__name__].get("properties", {}).items():
            yield {"name": name, "in": "query", "required": False, **_apart(schema)}
        if operation.worded:
            about = "The languages that texts are wanted in, the best first."
            yield {"name": "Accept-Language", "in": "header", "description": about, "schema": _TEXT}


def _apart(schema: Json) -> Json:
    """A parameter's description stands beside its schema."""
    rest = {name: value for name, value in schema.items() if name != "description"}
    return {"description": schema.get("description", ""), "schema": rest}


def _responses(operation: Operation, types: _Types) -> Json:
    content = {"application/json": {"schema": types.reference(operation.gives)}}
    usual = ["RateLimit", "RateLimit-Policy"]
    if isinstance(operation, Reading):
        worded = ["Content-Language"] if operation.worded else []
        found = {
            "200": _response("The answer.", [*usual, "ETag", *worded], content),
            "304": _response("It is still what `If-None-Match` says.", [*usual, "ETag"]),
        }
    else:
        found = {
            "201": _response("Kept.", usual, content),
            "200": _response("It was reported before with the same content; the answer is the same.", usual, content),
        }
    by_status: dict[int, list[Kind]] = {}
    for kind in operation.may_fail:
        by_status.setdefault(kind.status, []).append(kind)
    return found | {str(status): _problems(kinds, types) for status, kinds in sorted(by_status.items())}


def _problems(kinds: Sequence[Kind], types: _Types) -> Json:
    if len(kinds) == 1:
        return {"$ref": f"{COMPONENTS}/responses/{kinds[0].name}"}
    several = _problem(kinds[0], types)
    several["description"] = " ".join(f"`{kind.name}`: {kind.means}" for kind in kinds)
    return several


def _problem(kind: Kind, types: _Types) -> Json:
    named = {401: ["WWW-Authenticate"], 403: ["WWW-Authenticate"], 405: ["Allow"], 503: ["Retry-After"]}
    headers = ["RateLimit", "RateLimit-Policy", "Retry-After"] if kind is TOO_MANY else named.get(kind.status, [])
    content = {CONTENT_TYPE: {"schema": types.reference(ProblemDetails)}}
    return _response(kind.means, headers, content)


def _response(about: str, headers: Sequence[str], content: Json | None = None) -> Json:
    told = {"headers": {name: {"$ref": f"{COMPONENTS}/headers/{name}"} for name in headers}}
    return {"description": about, **(told if headers else {}), **({"content": content} if content else {})}


def _header(about: str, schema: Json) -> Json:
    return {"description": about, "required": True, "schema": schema}


_TEXT: Json = {"type": "string"}
_HEADERS: Json = {
    "Allow": _header("The methods that the address has.", _TEXT),
    "Content-Language": _header("The language of the texts.", _TEXT),
    "ETag": _header("Names exactly this answer.", _TEXT),
    "RateLimit": _header("What is left (draft-ietf-httpapi-ratelimit-headers).", _TEXT),
    "RateLimit-Policy": _header("What is allowed.", _TEXT),
    "Retry-After": _header("Seconds to wait.", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": _header("How to show who asks.", _TEXT),
}
_LICENSE: Json = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
