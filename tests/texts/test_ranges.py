from bots.texts.ranges import shares_seen
from core.shares import Certain, Code, Likely, Method, Sharing

SENT, CAME = Certain(code=Code.SENT, n=2), Certain(code=Code.CAME, n=1)
OPENED, TYPED = Likely(code=Code.OPENED, n=6, low=0.5, high=15), Likely(code=Code.TYPED, n=1, low=0.3, high=2)


def seen(at_least: int, probably: list[int], method: Method) -> Sharing:
    nothing = dict.fromkeys(("intents", "sent", "forwards", "unfurls", "clicks", "starts"), 0)
    return Sharing(at_least=at_least, probably=probably, method=method, apps={}, **nothing)


def test_a_range_is_told_with_what_it_rests_on():
    found = seen(3, [3, 12], Method(at_least=[SENT, CAME], probably=[TYPED, OPENED]))
    assert shares_seen("en", found) == (
        "At least 3: 2 messages sent through the bot and 1 link that somebody came in through."
        " Probably 3 to 12: 1 preview made while typing and opened 6 times."
    )
    assert shares_seen("fr", found) == (
        "Au moins 3\N{NO-BREAK SPACE}: 2 messages envoyés par le bot et 1 lien par lequel quelqu’un est entré."
        " Probablement de 3 à 12\N{NO-BREAK SPACE}: 1 aperçu fait pendant la saisie et 6 ouvertures."
    )


def test_where_nothing_was_seen_there_is_nothing_to_explain():
    assert shares_seen("en", seen(0, [0, 0], Method(at_least=[], probably=[]))) == "At least 0. Probably 0 to 0."
