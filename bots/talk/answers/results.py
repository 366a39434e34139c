"""`/me` and `/top`: how it is going."""

from bots.talk import wording
from bots.talk.talk import Talk
from core import chats, conversions, links, members, referrals, rewards, totals
from core.campaign import Applied
from core.chats import Membership
from core.referrals import Referral
from core.status import leaderboard
from core.totals import Standing

SHOWN = 10
"""How many friends and places a message lists."""


async def me(talk: Talk) -> None:
    """My friends and what is missing, my points, rank and rewards, and through whom I came."""
    applied = await talk.campaign("me")
    if applied is None:
        return
    title = wording.title(applied.campaign, talk.language)
    parts = [
        talk.worded("me.title", title=title) + "\n" + await _figures(talk, applied),
        await _friends(talk, applied),
        await _rewards(talk, applied),
        await _came_through(talk, applied),
    ]
    buttons = [[talk.button("my_link", f"invite:{applied.id}"), talk.button("top", f"top:{applied.id}")]]
    if not (await referrals.of_friends(talk.tx, [talk.member.id])).get((applied.id, talk.member.id)):
        buttons.append([talk.button("claim", f"claim:{applied.id}")])
    talk.reply_in_parts(parts, buttons)


async def _standing(talk: Talk, applied: Applied) -> Standing:
    known = await totals.standings(talk.tx, [talk.member.person])
    return known.get((applied.id, talk.member.person), Standing())


async def _figures(talk: Talk, applied: Applied) -> str:
    standing = await _standing(talk, applied)
    figures = [talk.worded("me.qualified", n=standing.qualified), talk.worded("me.pending", n=standing.pending)]
    if standing.points:
        figures.append(talk.worded("me.points", n=standing.points))
    if standing.qualified:
        figures.append(talk.worded("me.rank", rank=await totals.rank_of(talk.tx, applied.id, standing)))
    return " · ".join(figures)


async def _friends(talk: Talk, applied: Applied) -> str:
    mine = await referrals.of_advocate(talk.tx, applied.id, talk.member.id, limit=SHOWN + 1)
    if not mine:
        return talk.worded("me.empty")
    people = await members.by_id(talk.tx, [referral.friend_id for referral in mine])
    places = await _memberships(talk, applied, mine)
    converted = await _converted(talk, applied, mine)
    lines = [
        wording.friend_line(
            referral,
            people[referral.friend_id].name if referral.friend_id in people else "?",
            applied.campaign,
            places.get(referral.friend_id),
            talk.language,
            converted=referral.friend_id in converted,
            now=talk.now,
        )
        for referral in mine[:SHOWN]
    ]
    more = await referrals.count_of_advocate(talk.tx, applied.id, talk.member.id) - SHOWN if len(mine) > SHOWN else 0
    if more > 0:
        lines.append(talk.worded("me.more", n=more))
    return "\n".join(lines)


async def _memberships(talk: Talk, applied: Applied, mine: list[Referral]) -> dict[int, Membership]:
    """Each friend's membership in the campaign's chats: the one that began first."""
    ours = (await chats.communities_of(talk.tx, [applied.id])).get(applied.id, {}).values()
    known = await chats.memberships_of(talk.tx, [referral.friend_id for referral in mine])
    found: dict[int, Membership] = {}
    for chat in ours:
        for referral in mine:
            membership = known.get((chat.id, referral.friend_id))
            if membership is not None and membership.present:
                found.setdefault(referral.friend_id, membership)
    return found


async def _converted(talk: Talk, applied: Applied, mine: list[Referral]) -> set[int]:
    """The friends of whom the brand's shop has told what the campaign asks for; all of them, if it asks for nothing."""
    asked, friends = applied.campaign.qualify.conversion, {referral.friend_id for referral in mine}
    if asked is None:
        return friends
    known = await conversions.of_members(talk.tx, friends)
    return {friend for friend in friends if any(each.name == asked for each in known.get((applied.id, friend), ()))}


async def _rewards(talk: Talk, applied: Applied) -> str:
    promised = {reward.id: reward for reward in applied.campaign.rewards}
    given = [each for each in await rewards.of_member(talk.tx, talk.member.id) if each.campaign_id == applied.id]
    lines = []
    for each in given[-SHOWN:]:
        if each.reward in promised and each.kind != "points":
            key = "me.reward_given" if each.delivered_at else "me.reward_waiting"
            lines.append(talk.worded(key, reward=wording.gift(promised[each.reward], talk.language)))
    standing = await _standing(talk, applied)
    ahead = wording.next_reward(applied.campaign, standing.qualified, talk.language)
    head = [talk.worded("me.rewards")] if lines else []
    return "\n".join([*head, *lines, *([ahead] if ahead else [])])


async def _came_through(talk: Talk, applied: Applied) -> str:
    own = (await referrals.of_friends(talk.tx, [talk.member.id])).get((applied.id, talk.member.id))
    if own is None:
        return ""
    if not own.confidence.pays:
        return talk.worded("me.came", reason=talk.worded(f"yours.{own.reason.value}"))
    people = await members.by_id(talk.tx, [own.advocate_id])
    advocate = people[own.advocate_id].name if own.advocate_id in people else "?"
    return talk.worded("me.came_through", advocate=advocate, reason=talk.worded(f"yours.{own.reason.value}"))


async def top(talk: Talk) -> None:
    """The leaderboard, and where the asker stands on it."""
    applied = await talk.campaign("top")
    if applied is None:
        return
    title = talk.worded("top.title", title=wording.title(applied.campaign, talk.language))
    lines = [
        wording.board_line(talk.language, place.rank, place.name, place.qualified, place.points)
        for place in await leaderboard(talk.tx, applied.id, limit=SHOWN)
    ]
    parts = [title, "\n".join(lines) or talk.worded("top.empty")]
    if talk.ask.private:
        parts.append(await _mine(talk, applied))
    talk.reply("\n\n".join(parts), [[talk.button("my_link", f"invite:{applied.id}")]] if talk.ask.private else None)


async def _mine(talk: Talk, applied: Applied) -> str:
    standing = await _standing(talk, applied)
    has_link = (applied.id, talk.member.id) in await links.of_members(talk.tx, [talk.member.id])
    if not standing.qualified:
        return "" if has_link else talk.worded("top.nothing_yet")
    rank = await totals.rank_of(talk.tx, applied.id, standing)
    return talk.worded(
        "top.you", rank=rank, results=wording.results(talk.language, standing.qualified, standing.points)
    )
