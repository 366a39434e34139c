"""Inline mode: what somebody may send in their own name, into any chat, and what they have prepared to send.

Who only types the bot's name leaves no trace, and becomes nobody's advocate: without a link, they are shown the way to
one.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
)
from telegram.constants import InlineQueryLimit

from bots.exchange.errors import NoAnswerError, RefusedError, SlowDownError
from bots.talk.kit import kit_of
from bots.talk.talk import is_here
from bots.telegram.errors import in_our_words
from bots.telegram.kit import offer
from bots.telegram.means import Means, post
from bots.telegram.say import inline_answer
from bots.telegram.translate import GET_LINK, Query
from bots.telegram.ways import Ways
from bots.texts import text
from core import campaign as campaigns
from core import links, members
from core.campaign import Applied
from core.campaign.values import Platform, State, in_language
from core.database import Tx
from core.links import Link
from core.outbox import Claimed, Outgoing

_log = logging.getLogger(__name__)

STALE_AFTER = timedelta(seconds=10)
"""Nobody looks at the answer any more, and Telegram takes none."""


async def offers(tx: Tx, queries: Iterable[Query], ways: Ways, *, now: datetime) -> list[Outgoing]:
    """Answers to these, oldest first: to the newest of each person, and to none that is stale."""
    newest = {query.person.account: query for query in queries if now - query.received_at < STALE_AFTER}
    if not newest:
        return []
    known = await members.by_account(tx, newest)
    mine = await links.of_members(tx, [member.id for member in known.values()])
    here = (each for each in await campaigns.applied(tx) if is_here(each, Platform.TELEGRAM))
    there = [each for each in here if each.state(now) is not State.ENDED]
    answers = []
    for account, query in newest.items():
        member = known.get(account)
        theirs = [(each, mine[each.id, member.id]) for each in there if member and (each.id, member.id) in mine]
        language = member.speaks if member else query.person.language or "en"
        content = _content(query, theirs, ways, language, may_have_more=len(theirs) < len(there))
        answers.append(inline_answer(account.id, content, key=f"tg/inline/{query.id}", now=now))
    return answers


def _content(
    query: Query, theirs: Sequence[tuple[Applied, Link]], ways: Ways, language: str, *, may_have_more: bool
) -> dict[str, Any]:
    """The person's links in the campaigns that they name, or in all of them."""
    named = [each for each in theirs if _is_named(query.text, *each, language)] or theirs
    return {
        "query": query.id,
        "until": (query.received_at + STALE_AFTER).isoformat(),
        "offers": [offer(kit_of(each, link.code, language), ways) for each, link in named[: InlineQueryLimit.RESULTS]],
        "get_link": text(language, "inline.get_link") if may_have_more else None,
    }


def _is_named(typed: str, applied: Applied, link: Link, language: str) -> bool:
    """Whether the campaign is what was typed, or begins with it."""
    wanted, title = typed.strip().casefold(), in_language(applied.campaign.title, language).casefold()
    return wanted in (str(applied.id), link.code.casefold()) or any(
        name.startswith(wanted) for name in (applied.campaign.slug.casefold(), title)
    )


async def answer(means: Means, row: Claimed) -> None:
    """Show somebody what they may send. An answer that comes too late is dropped."""
    content = row.content
    if means.clock.now() >= datetime.fromisoformat(content["until"]):
        return
    ask = InlineQueryResultsButton(content["get_link"], start_parameter=GET_LINK) if content["get_link"] else None
    try:
        with in_our_words(row.address):
            await means.bot.answer_inline_query(
                content["query"],
                [_article(each) for each in content["offers"]],
                cache_time=0,
                is_personal=True,
                button=ask,
            )
    except RefusedError as error:
        if "query is too old" not in error.reason and "query_id_invalid" not in error.reason:
            raise


async def share_kit(means: Means, row: Claimed) -> None:
    """The share kit, its page opened within Telegram and with a message ready to be sent; else as any other page."""
    content, page = dict(row.content), row.content["page"]
    try:
        with in_our_words(row.address):
            prepared = await means.bot.save_prepared_inline_message(
                row.address,
                _article(content["offer"]),
                allow_user_chats=True,
                allow_group_chats=True,
                allow_channel_chats=True,
            )
    except (RefusedError, NoAnswerError, SlowDownError) as error:
        _log.info("no message was prepared for the share kit: %s", error)
    else:
        app = f"{page}#prepared={prepared.id}"
        content["buttons"] = [
            [{"text": each["text"], "web_app": app} if each.get("url") == page else each for each in line]
            for line in content["buttons"]
        ]
    await post(means.bot, row.address, content)


def _article(offer: Mapping[str, Any]) -> InlineQueryResultArticle:
    """With a button, because only then Telegram says which message came of it."""
    return InlineQueryResultArticle(
        offer["code"],
        offer["title"],
        InputTextMessageContent(offer["text"]),
        description=offer["about"] or None,
        reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton(offer["label"], url=offer["url"])]]),
    )
