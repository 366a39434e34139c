"""Of campaigns and members: their beginning and end, standings, digests, what organizers write to all."""

from bots.talk.news.told import News, Told
from bots.talk.wording import board_line
from bots.talk.words import button, linked, worded
from bots.texts import shown

FIGURES = (
    "advocates",
    "starts",
    "shares",
    "joins",
    "leaves",
    "qualified",
    "pending",
    "rejected",
    "granted",
    "delivered",
)


def reminder(news: News, language: str) -> Told:
    parts = [worded(language, "reminder.text", title=news["title"])]
    if news.get("pending"):
        parts.append(worded(language, "reminder.pending", n=news["pending"]))
    buttons = [[button(language, "my_link", "invite")], [button(language, "no_reminders", "reminders:off")]]
    return Told("\n".join(parts), buttons)


def digest(news: News, language: str) -> Told:
    """What has come, what somebody may have to look after, and which codes run out."""
    come = [worded(language, f"figure.{name}", n=n) for name, n in news["come"].items() if n]
    stands = [worded(language, f"figure.{name}", n=n) for name, n in news["stands"].items()]
    pools = [worded(language, "digest.pool", name=each["name"], n=each["left"]) for each in news["pools"]]
    parts = [worded(language, "digest.title", title=news["title"]), "\n".join(come)]
    if stands or pools:
        parts.append("\n".join([worded(language, "digest.look"), *stands, *pools]))
    buttons = [[button(language, "review", "review")]] if news["stands"].get("review") else []
    return Told("\n\n".join(parts), buttons)


def digest_mine(news: News, language: str) -> Told:
    parts: list[str] = [worded(language, "digest.mine", title=news["title"])]
    parts += [worded(language, f"digest.{name}", n=news[name]) for name in ("joins", "counted") if news[name]]
    mine = [worded(language, f"me.{name}", n=news[name]) for name in ("qualified", "pending", "points") if news[name]]
    if mine:
        parts.append(worded(language, "digest.you") + " " + " · ".join(mine))
    buttons = [[button(language, "my_link", "invite")], [button(language, "no_messages", "reminders:off")]]
    return Told("\n".join(parts), buttons)


def results(news: News, language: str) -> Told:
    """For the organizers: what was given, what is drawn next, and who is on top."""
    parts = [worded(language, "results.organizer", title=news["title"])]
    if news["granted"]:
        parts.append(worded(language, "figure.granted", n=news["granted"]))
    parts += [worded(language, "results.draw", reward=each["reward"], n=each["entries"]) for each in news["draws"]]
    places = _places(news, language)
    if places:
        parts.append(worded(language, "organizer.best"))
    return Told("\n".join(parts), lines=places)


def placed(news: News, language: str) -> Told:
    parts = [worded(language, "results.placed", title=news["title"], place=news["place"])]
    if news.get("points"):
        parts.append(worded(language, "news.points", n=news["points"]))
    return Told("\n".join(parts), [[button(language, "top", "top")]])


def broadcast(news: News, language: str) -> Told:
    text = worded(language, "news.broadcast", title=news["title"], text=linked(news["text"]))
    return Told(text, [[button(language, "no_messages", "reminders:off")]])


def leaderboard(news: News, language: str) -> Told:
    places = _places(news, language)
    return Told(worded(language, "board.title" if places else "board.empty", title=news["title"]), lines=places)


def campaign_started(news: News, language: str) -> Told:
    return Told(worded(language, "organizer.started", title=news["title"]))


def campaign_ended(news: News, language: str) -> Told:
    parts: list[str] = [worded(language, "organizer.ended", title=news["title"])]
    figures = [worded(language, f"figure.{name}", n=news[name]) for name in FIGURES if name in news]
    if figures:
        parts.append("\n".join([worded(language, "organizer.figures"), *figures]))
    places = _places(news, language)
    if places:
        parts.append(worded(language, "organizer.best"))
    return Told("\n\n".join(parts), lines=places)


def invites_shut(news: News, language: str) -> Told:
    about = {"title": news["title"], "server": shown(news["server"], language)}
    return Told(worded(language, f"news.invites_shut.{news['reason']}", **about))


def webhook_off(news: News, language: str) -> Told:
    about = {"title": news["title"], "host": shown(news["host"], language)}
    return Told(worded(language, f"news.webhook_off.{news['why']}", **about))


def accounts(news: News, language: str) -> Told:
    about = {"name": shown(news["name"], language), "platform": news["platform"].capitalize()}
    undo = [[button(language, "unlink", "unlink")]] if news["news"] == "linked" else []
    return Told(worded(language, f"news.{news['news']}", **about), undo)


def _places(news: News, language: str) -> list[str]:
    return [
        board_line(language, place["rank"], shown(place["name"], language), place["qualified"], place["points"])
        for place in news.get("places", ())
    ]
