"""What a visitor is, by its user agent, headers and referrer: one test for each fact that is easy to get wrong."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bots.web.visitors import Agent, Kind, Origin, Source, Uncounted, agent, referrer, visit
from bots.web.visitors.agents import _agent
from bots.web.visitors.apps import APPS
from bots.web.visitors.visits import AHEAD

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/142.0.7444.142 Mobile Safari/537.36"
)
PIXEL = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
)
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko)"
ADDRESS = "http://www.facebook.com/externalhit_uatext.php"

FETCHERS = [
    ("TelegramBot (like TwitterBot)", "telegram"),
    ("Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", "discord"),
    ("WhatsApp/2.23.20.0 A", "whatsapp"),
    ("WhatsApp/2.2587.9 W", "whatsapp"),
    ("WhatsApp", "whatsapp"),
    ("WhatsApp/2", "signal"),
    (f"{MAC} Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0", "imessage"),
    (f"facebookexternalhit/1.1 (+{ADDRESS})", "facebook"),
    ("facebookexternalhit/1.1;line-poker/1.0", "line"),
    ("facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/", "kakaotalk"),
    ("meta-externalfetcher/1.1", "meta"),
    ("Twitterbot/1.0", "x"),
    ("LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)", "linkedin"),
    ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "slack"),
    ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", "teams"),
    ("Viber", "viber"),
    (
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Bluesky Cardyb/1.1; +mailto:a@b.c) Chrome/1.0",
        "bluesky",
    ),
    ("http.rb/5.2.0 (Mastodon/4.3.0; +https://example.social/) Bot", "mastodon"),
]
PEOPLE = [
    (f"{ANDROID} MetaIAB Facebook", "facebook"),
    (f"{ANDROID} MetaIAB Instagram", "instagram"),
    (f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/500.0.0.1;FBSS/3;FBCR/Botswana Tel;FBID/phone]", "facebook"),
    (f"{IPHONE} Mobile/15E148 [FBAN/MessengerForiOS;FBAV/124.0.0.50.70]", "messenger"),
    (f"{ANDROID} [FB_IAB/Orca-Android;FBAV/300.0.0.1;]", "messenger"),
    (f"{ANDROID} Instagram 406.0.0.58.159 Android (35/15; 480dpi; OPPO; CPH2557; NV/1)", "instagram"),
    (f"{IPHONE} Mobile/15E148 Barcelona 289.0.0.77.109 (iPhone14,3; iOS 18_5)", "threads"),
    (f"{PIXEL} Telegram-Android/12.3.1 (Samsung SM-X115; Android 16; SDK 36; AVERAGE)", "telegram"),
    (f"{ANDROID} CUBOT Line/14.1.0/IAB", "line"),
    (f"{ANDROID} Viber/11.9.5.8", "viber"),
    (f"{MAC} QtWebEngine/5.6.0 Chrome/45.0.2454.101 Safari/537.36 Viber", "viber"),
    (f"{IPHONE} Mobile/15E148 WhatsApp/2.25.1", "whatsapp"),
    (f"{IPHONE} Mobile/15E148 [LinkedInApp]", "linkedin"),
    (f"{IPHONE} Mobile/15E148 Twitter for iPhone/10.1", "x"),
    (f"{PIXEL} KAKAOTALK/10.2.3 (INAPP)", "kakaotalk"),
    (f"{IPHONE} Mobile/15E148", None),  # some app's, which does not say whose
    (ANDROID, None),
]
BROWSERS = [
    f"{IPHONE} Version/18.5 Mobile/15E148 Safari/604.1",
    f"{IPHONE} CriOS/126.0.6478.35 Mobile/15E148 Safari/604.1",
    PIXEL,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 8.0.0; CUBOT_P20) AppleWebKit/537.36 Chrome/70.0.3538.110 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/111.0.0.0 Safari/537.36 (Ecosia android@111.0)",
    "Lynx/2.8.9rel.1 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.6.5",
]
MACHINES = [
    "curl/8.5.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "python-requests/2.32.3",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 zgrab/0.x",
    "Mozilla/4.0",
    "Mozilla/5.0 (compatible; Nobody Has Heard Of It)",
    f"{IPHONE} Mobile/11A465 Twitter for iPhone BrandVerity/1.0 (http://www.brandverity.com/)",
    "x",
]
CLIENTS = [
    ("Viber/12.8.0.1 CFNetwork/1121.2.2 Darwin/19.3.0", "viber"),
    ("Instagram 416.0.0.47.66 Android (36/16; 306dpi; Google/google; Pixel 9 Pro XL)", "instagram"),
    ("Snapchat/10.29.1.0 (iPhone10,1; iOS 11.2; gzip)", "snapchat"),
    ("MobileSafari/9537.53 CFNetwork/672.0.8 Darwin/14.0.0", None),
    ("Dalvik/2.1.0 (Linux; U; Android 9; SM-G965U Build/PPR1.180610.011)", None),
]


@pytest.mark.parametrize(("user_agent", "app"), FETCHERS)
def test_an_apps_fetcher_is_known_by_name(user_agent: str, app: str):
    assert agent(user_agent) == Agent(Kind.PREVIEW, app)


@pytest.mark.parametrize(("user_agent", "app"), PEOPLE)
def test_a_person_inside_an_app_is_a_person(user_agent: str, app: str | None):
    assert agent(user_agent) == Agent(Kind.IN_APP, app)


@pytest.mark.parametrize("user_agent", BROWSERS)
def test_a_browser_is_a_person(user_agent: str):
    assert agent(user_agent) == Agent(Kind.BROWSER)


@pytest.mark.parametrize("user_agent", MACHINES)
def test_a_machine_is_a_machine(user_agent: str):
    assert agent(user_agent) == Agent(Kind.MACHINE)


@pytest.mark.parametrize(("user_agent", "app"), CLIENTS)
def test_an_apps_network_code_is_nobody(user_agent: str, app: str | None):
    assert agent(user_agent) == Agent(Kind.CLIENT, app)


def test_image_proxies_are_no_previews():
    assert agent("Slack-ImgProxy (+https://api.slack.com/robots)") == Agent(Kind.IMAGE_PROXY, "slack")
    via = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
    assert agent(via) == Agent(Kind.IMAGE_PROXY, "gmail")


@pytest.mark.parametrize("user_agent", ["", " ", "-", "\t \n"])
def test_no_user_agent_is_empty(user_agent: str):
    assert agent(user_agent) == Agent(Kind.EMPTY)


def test_case_does_not_matter():
    for user_agent, app in FETCHERS:
        assert agent(user_agent.upper()) == agent(user_agent.lower()) == Agent(Kind.PREVIEW, app)


def test_a_mark_within_a_word_is_not_a_mark():
    assert agent(f"{PIXEL} Online/1.0") == Agent(Kind.BROWSER)
    assert agent(f"{PIXEL} line Online/1.0") == Agent(Kind.BROWSER)
    assert agent(f"{PIXEL} Online/1.0 Line/14") == Agent(Kind.IN_APP, "line")


def test_every_mark_can_be_found():
    """A row whose mark never fits, or that another row hides, is a mistake."""
    for app in APPS:
        for mark in (*app.fetches, *app.images, *app.inside):
            anchored = mark.startswith("^") or mark.endswith("$")
            found = agent(mark.strip("^$") if anchored else f"{mark} {PIXEL}").app
            assert found == app.name, (app.name, mark)


def test_an_app_has_one_row_and_a_place_one_owner():
    names = [app.name for app in APPS]
    assert len(names) == len(set(names))
    places = [place for app in APPS for place in (*app.hosts, *app.packages)]
    assert len(places) == len(set(places))


SOURCES = [
    ("https://www.google.co.uk/", Origin.SEARCH, "google", None),
    ("https://docs.google.com/document", Origin.OTHER, None, None),
    ("https://google.example.org/", Origin.OTHER, None, None),
    ("https://mail.google.com/mail/u/0/", Origin.APP, "gmail", "email"),
    ("https://webmail.example.org/?a=1", Origin.APP, "webmail", "email"),
    ("https://search.yahoo.com/search?p=x", Origin.SEARCH, "yahoo", None),
    ("android-app://com.google.android.googlequicksearchbox/https/www.google.com", Origin.SEARCH, "google", None),
    ("https://l.facebook.com/l.php?u=x", Origin.SOCIAL, "facebook", "facebook"),
    ("HTTPS://LM.FACEBOOK.COM", Origin.SOCIAL, "facebook", "facebook"),
    ("https://notfacebook.com/", Origin.OTHER, None, None),
    ("https://facebook.com.example.org/", Origin.OTHER, None, None),
    ("https://facebook.com@example.org/", Origin.OTHER, None, None),
    ("https://t.co/abc", Origin.SOCIAL, "x", "x"),
    ("https://web.telegram.org/k/", Origin.APP, "telegram", "telegram"),
    ("https://l.wl.co/l?u=x", Origin.APP, "whatsapp", "whatsapp"),
    ("https://l.messenger.com/l.php", Origin.APP, "messenger", "messenger"),
    ("https://discord.com/channels/1/2", Origin.APP, "discord", "discord"),
    ("android-app://org.telegram.messenger", Origin.APP, "telegram", "telegram"),
    ("android-app://org.telegram.messenger.web/", Origin.APP, "telegram", "telegram"),
    ("android-app://com.Slack/", Origin.APP, "slack", "slack"),
    ("android-app://m.facebook.com", Origin.SOCIAL, "facebook", "facebook"),
    ("android-app://com.google.android.apps.messaging", Origin.APP, "google_messages", "sms"),
    ("android-app://org.example.notes/", Origin.APP, None, None),
    ("https://chatgpt.com/", Origin.OTHER, "chatgpt", None),
    ("https://www.example.org/page", Origin.OTHER, None, None),
    ("about:blank", Origin.OTHER, None, None),
    ("example.org", Origin.OTHER, None, None),
    ("https://", Origin.OTHER, None, None),
    ("http://[::1]:8080/", Origin.OTHER, None, None),
    ("", Origin.NONE, None, None),
    ("-", Origin.NONE, None, None),
    (" ", Origin.NONE, None, None),
]


@pytest.mark.parametrize(("url", "origin", "name", "channel"), SOURCES)
def test_a_referrer_is_placed(url: str, origin: Origin, name: str | None, channel: str | None):
    source = referrer(url)
    assert (source.origin, source.name, source.channel) == (origin, name, channel)


def test_the_sites_own_pages_are_its_own():
    own = frozenset({"example.org", "t.me"})
    assert referrer("https://www.Example.org:8443/a?b#c", own) == Source(Origin.OWN, host="example.org")
    assert referrer("https://t.me/", own).origin is Origin.OWN
    assert referrer("https://example.org.evil.net/", own).origin is Origin.OTHER


def test_a_person_may_count_and_nothing_else_does():
    assert visit({"User-Agent": PIXEL}).counts
    for user_agents in ([ua for ua, _ in FETCHERS], MACHINES, [ua for ua, _ in CLIENTS], [""]):
        for user_agent in user_agents:
            seen = visit({"User-Agent": user_agent})
            assert (seen.counts, seen.uncounted) == (False, seen.agent.kind.value)
    assert visit({}).uncounted is Uncounted.EMPTY


def test_every_kind_but_a_person_has_its_reason():
    for kind in Kind:
        assert kind.person is (kind.value not in set(Uncounted))


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_only_get_counts(method: str):
    assert visit({"User-Agent": PIXEL}, method=method).uncounted is Uncounted.METHOD


@pytest.mark.parametrize("header", AHEAD)
@pytest.mark.parametrize("value", ["prefetch", "Prefetch;prerender", "preview", "prefetch;anonymous-client-ip"])
def test_what_is_fetched_ahead_does_not_count(header: str, value: str):
    headers = CIMultiDict({"user-agent": PIXEL, header.lower(): value})
    assert visit(headers).uncounted is Uncounted.PREFETCH


@pytest.mark.parametrize("dest", ["image", "iframe", "script", "empty"])
def test_a_link_hidden_in_a_page_does_not_count(dest: str):
    assert visit({"User-Agent": PIXEL, "Sec-Fetch-Dest": dest}).uncounted is Uncounted.EMBEDDED
    assert visit({"User-Agent": PIXEL, "Sec-Fetch-Dest": "document"}).counts


def test_the_app_tells_the_channel_before_the_referrer():
    inside = f"{PIXEL} Telegram-Android/12.3.1 (Samsung SM-X115; Android 16; SDK 36; LOW)"
    assert visit({"User-Agent": inside, "Referer": "https://t.co/x"}).channel == "telegram"
    assert visit({"User-Agent": PIXEL, "Referer": "https://t.co/x"}).channel == "x"
    assert visit({"User-Agent": PIXEL}).channel is None
    assert visit({"User-Agent": FETCHERS[6][0]}).channel == "sms"


def test_only_fetchers_want_a_card():
    assert visit({"User-Agent": "Twitterbot/1.0"}).wants_card
    assert not visit({"User-Agent": PIXEL}).wants_card
    assert not visit({"User-Agent": "curl/8.5.0"}).wants_card


ANYTHING = st.text(st.characters(), max_size=300)
PIECES = st.sampled_from(
    ["mozilla/5.0 (", "gecko", "bot", "line/", "xline/", "^", "$", "(compatible;", ")", "é", "İ", "\udce9"]
)


@given(ANYTHING | st.lists(PIECES, max_size=80).map("".join))
def test_any_text_is_something(text: str):
    assert agent(text).kind in Kind
    assert referrer(text).origin in Origin
    assert visit({"User-Agent": text, "Referer": f"https://{text}", "Purpose": text}, method=text[:9]).agent == agent(
        text
    )


@pytest.mark.parametrize(
    "piece",
    ["a ", "(", "mozilla/5.0 (", "xline/", "gecko cubot ", "İ", "facebookexternalhit ", "http://", "a.", "\x00"],
)
def test_long_texts_take_no_longer(piece: str):
    """8 kB is what aiohttp lets through. A text of nonsense costs ten usual ones at most."""
    text = piece * (8192 // len(piece))
    started = time.perf_counter()
    for n in range(20):
        agent(f"{n}{text}")
        referrer(f"https://{text}{n}")
        referrer(f"{n}{text}")
    assert time.perf_counter() - started < 0.5


def test_the_cache_is_bounded():
    for n in range(5000):
        agent(f"nobody/{n}" + "x" * 8192)
    info = _agent.cache_info()
    assert info.maxsize is not None
    assert info.currsize <= info.maxsize
