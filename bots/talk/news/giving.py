"""Of rewards: what was given, and what organizers have to see to."""

from bots.talk.news.told import News, Told
from bots.talk.words import anchor, button, linked, mark_of, worded
from bots.texts import shown, text


def reward(news: News, language: str) -> Told:
    """The gift matters, not what it is wrapped in."""
    title = news["title"]
    if "code" in news:
        copying = {"text": text(language, "button.copy_code"), "copy": news["code"]}
        return Told(worded(language, "news.reward_code", title=title, code=news["code"]), [[copying]])
    if "url" in news:
        entering = {"text": text(language, "button.join_unnamed"), "url": news["url"]}
        told = worded(language, "news.reward_invite", title=title, url=anchor(news["url"]))
        return Told(told, [[entering]])
    if "text" not in news:
        return Told(worded(language, "news.reward_points", title=title, n=news["points"]))
    wrapped = "news.reward_by_hand" if news.get("kind") == "by_hand" else "news.reward"
    told = worded(language, wrapped, title=title, text=linked(news["text"]))
    return Told(told, brief=worded(language, "gift.by_hand", description=linked(news["text"])))


def handed(news: News, language: str) -> Told:
    what = linked(news["text"])
    return Told(
        worded(language, "news.handed", title=news["title"], text=what),
        brief=worded(language, "gift.by_hand", description=what),
    )


def by_hand(news: News, language: str) -> Told:
    """To an organizer, who ticks it off."""
    about = {"member": shown(news["member"], language), "text": linked(news["text"])}
    member_id = news["cause"].rsplit("/", 2)[1]
    done = button(language, "handed", f"handed:{member_id}:{mark_of(news['cause'])}")
    all_ = button(language, "handout", f"handout:{news['campaign']}")
    told = worded(language, "news.by_hand", title=news["title"], **about)
    brief = worded(language, "news.by_hand_long", title=news["title"], member=about["member"])
    return Told(told, [[done, all_]], brief=brief)


def codes(news: News, language: str) -> Told:
    """To an organizer: a pool runs dry, or has."""
    about = {name: news[name] for name in ("title", "pool", "total")}
    if news["news"] == "codes_low":
        return Told(worded(language, "news.codes_low", n=news["left"], **about))
    parts = [worded(language, "news.codes_dry", title=news["title"], pool=news["pool"])]
    if news.get("waiting"):
        parts.append(worded(language, "news.codes_waiting", n=news["waiting"]))
    return Told("\n".join(parts))


def budget_spent(news: News, language: str) -> Told:
    return Told(worded(language, f"news.budget_spent.{news['unit']}", title=news["title"], n=news["most"]))
