"""What else fetches cards, or shows pages inside itself: neither messenger nor feed. See facts.py for the letters."""

from bots.web.visitors.facts import App

TOOLS = (
    App("embedly", fetches=("embedly",)),  # [C]
    App("iframely", fetches=("iframely",)),  # [C]
    App("notion", fetches=("^notion/",), hosts=("notion.so",), packages=("notion.id",)),  # [C]
    App("clickup", fetches=("clickuplinkunfurler",)),  # [C]
    App("coda", fetches=("codabot",)),  # [C]
    App("evernote", fetches=("evernoterichlinkbot",), packages=("com.evernote",)),  # [C]
    App("buffer", fetches=("bufferlinkpreviewbot",)),  # [C]
    App("bitrix", fetches=("bitrix link preview",)),  # [I]
    App("google", fetches=("google web preview",)),  # [C]
    App("bing", fetches=("bingpreview/",), inside=("bingweb/",)),  # [C, I]
    App("google_app", inside=("gsa/", "googleapp/")),  # [F, I]
    App("baidu_app", inside=("baiduboxapp/",)),  # [I]
    App("naver_app", inside=("naver(",)),  # [I]
    App(  # [C, I] of services that few people meet
        "other",
        fetches=(
            "addthis.com",
            "arenaunfurlbot",
            "everyonesocialbot",
            "jetslide",
            "lmarenaunfurlbot",
            "loomlybot",
            "newsharecounts",
            "opengraph.io/",
            "orlo-linkpreview",
            "tweetmemebot",
            "twilioproxy",
            "yahoo:linkexpander",
        ),
    ),
)
