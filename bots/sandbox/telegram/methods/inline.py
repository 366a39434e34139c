"""Methods of inline mode."""

from __future__ import annotations

from typing import Any

from bots.sandbox.telegram.errors import bad_request
from bots.sandbox.telegram.inline import content_of
from bots.sandbox.telegram.methods.table import Call, method

Json = dict[str, Any]
KINDS = ("user", "bot", "group", "channel")


@method("answerInlineQuery", "inline_query_id", "results")
def answer_inline_query(call: Call) -> bool:
    query = call.world.inline.queries.get(call.params.text("inline_query_id"))
    if query is None or query.bot is not call.bot or query.results is not None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    results = call.params.list("results")
    if len(results) > 50:
        raise bad_request("RESULTS_TOO_MUCH")
    for result in results:
        content_of(result)
    if len({str(result["id"]) for result in results}) != len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    options: Json = {
        "cache_time": call.params.integer("cache_time", 300),
        "is_personal": call.params.boolean("is_personal"),
        "next_offset": call.params.text("next_offset"),
        "button": call.params.json("button"),
    }
    call.world.inline.answer(query, results, options)
    return True


@method("savePreparedInlineMessage", "user_id", "result")
def save_prepared_inline_message(call: Call) -> Json:
    kinds = frozenset(kind for kind in KINDS if call.params.boolean(f"allow_{kind}_chats"))
    if not kinds:
        raise bad_request("at least one chat type must be allowed")
    user = call.user()
    prepared = call.world.inline.prepare(call.bot, user.id, call.params.json("result") or {}, kinds)
    return {"id": prepared.id, "expiration_date": prepared.expires_at}
