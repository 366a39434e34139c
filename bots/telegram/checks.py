"""Whether Telegram lets the bot do what the campaigns need: looked at by asking, changing nothing."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from telegram import Bot, ChatFullInfo, ChatMember, ChatMemberAdministrator, ChatMemberOwner, WebhookInfo
from telegram.error import TelegramError

from bots.exchange.findings import Finding
from bots.telegram.errors import in_our_words
from core.campaign.values import Campaign, Platform
from core.errors import SaysoError

Judge: TypeAlias = Callable[[str, ChatFullInfo, ChatMember], Finding]
"""What is found, of this, where the bot stands so in this chat."""


async def checks(bot: Bot, campaigns: Sequence[Campaign], *, webhook: str | None) -> list[Finding]:
    """Everything about the bot itself and each of the campaigns' chats. `webhook`: the address updates should come to.

    The bot must be initialized. What cannot be asked for is a finding, too.
    """
    found = [Finding(about="Telegram", told=f"the token is @{bot.username}'s"), *_inline(bot)]
    try:
        found += delivery(await bot.get_webhook_info(), webhook)
    except TelegramError as error:
        found.append(Finding(about="Telegram's updates", told=f"cannot be asked for ({error})", fix="try again later"))
    return [*found, *await chats(bot, campaigns)]


async def chats(bot: Bot, campaigns: Sequence[Campaign]) -> list[Finding]:
    """The chats that these campaigns name: their communities, and those into which they invite as a reward."""
    communities = dict.fromkeys(each for campaign in campaigns for each in campaign.communities)
    found = [
        await _chat(bot, each.chat, f"the chat {each.name}", standing_in)
        for each in communities
        if each.platform is Platform.TELEGRAM
    ]
    for number, reward in _gifts(campaigns):
        found.append(await _chat(bot, number, f"the chat {number}, into which {reward!r} invites", gift_into))
    return found


def invites(campaign: Campaign) -> bool:
    """Whether a reward of this campaign is an invitation into a chat."""
    return any(_gifts([campaign]))


async def _chat(
    bot: Bot, number: int, about: str, judge: Callable[[str, ChatFullInfo, ChatMember], Finding]
) -> Finding:
    try:
        with in_our_words(number):
            chat = await bot.get_chat(number)
            standing = await bot.get_chat_member(number, bot.id)
    except SaysoError as error:
        return Finding(about=about, told=error.problem, fix=error.fix)
    return judge(about, chat, standing)


def _gifts(campaigns: Sequence[Campaign]) -> Iterator[tuple[int, str]]:
    """Each chat that is given as a reward, with the reward's id."""
    rewards = (reward for campaign in campaigns for reward in campaign.rewards if reward.kind == "telegram_invite")
    yield from dict.fromkeys((int(str(reward.setting)), reward.id) for reward in rewards)


def gift_into(about: str, chat: ChatFullInfo, standing: ChatMember) -> Finding:
    """Whether an invitation into this chat can be given to one person alone."""
    if chat.username:
        return Finding(
            about=about,
            told=f"{chat.title} is public: everybody can come in, and all are given the same address",
            fix="make it private, or name another chat",
        )
    return standing_in(about, chat, standing)


def standing_in(about: str, chat: ChatFullInfo, standing: ChatMember) -> Finding:
    """Whether the bot may do in this chat what a campaign needs: hear who comes, and invite into a private one."""
    name = f"{chat.title}, {'public' if chat.username else 'private'}"
    if not isinstance(standing, ChatMemberAdministrator | ChatMemberOwner):
        return Finding(
            about=about,
            told=f"{name}: the bot is {standing.status}, so it hears of no joins",
            fix="make it an administrator of the chat",
        )
    may_invite = isinstance(standing, ChatMemberOwner) or standing.can_invite_users
    if not chat.username and not may_invite:
        return Finding(
            about=about, told=f"{name}: the bot may not invite", fix="give it the right to invite users via link"
        )
    return Finding(about=about, told=f"{name}: the bot is {standing.status}")


def delivery(info: WebhookInfo, wanted: str | None) -> Iterator[Finding]:
    """Whether updates come as the settings say. While nothing runs, the address of another way may still be set."""
    about = "Telegram's updates"
    if wanted is None:
        yield Finding(about=about, told=f"are fetched; {info.pending_update_count} wait")
    elif info.url != wanted:
        there = "nowhere" if not info.url else "to another address"
        yield Finding(about=about, told=f"are pushed {there}", fix="start Sayso: it tells Telegram the address")
    elif info.last_error_message:
        yield Finding(
            about=about,
            told=f"are pushed; the last try failed ({info.last_error_message})",
            fix="look at the proxy in front of Sayso, and at the certificate",
        )
    else:
        yield Finding(about=about, told=f"are pushed; {info.pending_update_count} wait")


def _inline(bot: Bot) -> Iterator[Finding]:
    if bot.supports_inline_queries:
        yield Finding(about="Telegram's inline mode", told="is on")
    else:
        yield Finding(
            about="Telegram's inline mode",
            told="is off, so members cannot send their link from within a chat",
            fix="tell @BotFather /setinline",
        )
