"""Hosts that send visitors and belong to no app in `apps`: search, feeds, assistants. Each name covers all below it.

Facts: matomo-org/searchengine-and-social-list (CC0) and, for search, the engines' own addresses.
"""

# `google.*` stands for google.com, google.de, google.co.uk, …, and for these hosts only: docs.google.com is no search.
SEARCH = {
    "google": ("google.*", "images.google.*", "encrypted.google.*", "cse.google.*"),
    "bing": ("bing.com", "cc.bingj.com"),
    "yahoo": ("search.yahoo.*", "yahoo.*", "r.search.yahoo.*", "images.search.yahoo.*"),
    "duckduckgo": ("duckduckgo.com", "duck.com"),
    "yandex": ("yandex.*", "ya.ru", "search.yandex.*"),
    "baidu": ("baidu.com",),
    "ecosia": ("ecosia.org",),
    "brave": ("search.brave.com",),
    "qwant": ("qwant.com",),
    "startpage": ("startpage.com", "ixquick.com"),
    "kagi": ("kagi.com",),
    "naver": ("search.naver.com", "naver.com"),
    "daum": ("search.daum.net",),
    "seznam": ("seznam.cz", "search.seznam.cz"),
    "sogou": ("sogou.com",),
    "360search": ("so.com", "so.360.cn"),
    "shenma": ("sm.cn",),
    "coccoc": ("coccoc.com",),
    "mail_ru": ("go.mail.ru",),
    "rambler": ("nova.rambler.ru",),
    "aol": ("search.aol.com", "search.aol.co.uk", "recherche.aol.fr", "suche.aol.de"),
    "ask": ("ask.com",),
    "lycos": ("search.lycos.com",),
    "mojeek": ("mojeek.com",),
    "metager": ("metager.de", "metager.org"),
    "swisscows": ("swisscows.com",),
    "presearch": ("presearch.com", "presearch.org"),
    "gmx": ("suche.gmx.net", "suche.web.de", "suche.t-online.de"),
    "yahoo_japan": ("search.yahoo.co.jp", "yahoo.co.jp"),
    "goo": ("search.goo.ne.jp",),
    "searx": ("searx.be", "searx.me"),
}

ASSISTANTS = {
    "chatgpt": ("chatgpt.com", "chat.openai.com"),
    "perplexity": ("perplexity.ai",),
    "gemini": ("gemini.google.com", "bard.google.com"),
    "copilot": ("copilot.microsoft.com", "copilot.com"),
    "claude": ("claude.ai",),
    "deepseek": ("chat.deepseek.com",),
    "grok": ("grok.com",),
    "mistral": ("chat.mistral.ai",),
    "meta_ai": ("meta.ai",),
    "you": ("you.com",),
    "poe": ("poe.com",),
}

# Feeds and forums without agents of their own.
SOCIAL = {
    "mastodon": (
        "mastodon.cloud", "mastodon.technology", "mastodon.xyz", "mastodon.at", "mastodon.art", "mamot.fr",
        "pawoo.net", "mstdn.io", "mstdn.jp", "friends.nico", "ro-mastodon.puyo.jp", "quey.org", "botsin.space",
        "social.tchncs.de", "knzk.me", "mastodont.cat", "bitcoinhackers.org", "fosstodon.org", "chaos.social",
        "cybre.space", "vis.social", "typo.social", "front-end.social", "hachyderm.io", "mastodon.online",
        "newsie.social", "mstdn.social", "indieweb.social", "sfba.social", "mas.to", "mstdn.party", "c.im",
        "mastodonapp.uk", "universeodon.com", "social.vivaldi.net", "ohai.social", "toot.community", "masto.ai",
        "mastodon.scot", "mastodon.world", "mastodon.nz", "graphics.social", "mastodon.eus", "mastodon.jalgi.eus",
        "tkm.eus", "infosec.exchange", "techhub.social",
    ),
    "pixelfed": ("pixelfed.de", "pxlmo.com", "metapixl.com", "pix.toot.wales", "pixelfed.uno", "pixey.org"),
    "youtube": ("youtube.com", "youtu.be"),
    "hacker_news": ("news.ycombinator.com",),
    "lobsters": ("lobste.rs",),
    "stack_overflow": ("stackoverflow.com", "stackexchange.com"),
    "digg": ("digg.com",),
    "slashdot": ("slashdot.org",),
    "stumbleupon": ("stumbleupon.com", "mix.com"),
    "delicious": ("delicious.com", "del.icio.us"),
    "google_plus": ("plus.google.com", "url.google.com", "plus.url.google.com"),
    "workplace": ("workplace.com",),
    "qzone": ("qzone.qq.com",),
    "soundcloud": ("soundcloud.com", "gate.sc"),
    "livejournal": ("livejournal.com", "livejournal.ru"),
    "last_fm": (
        "last.fm", "lastfm.ru", "lastfm.de", "lastfm.es", "lastfm.fr", "lastfm.it", "lastfm.jp", "lastfm.pl",
        "lastfm.com.br", "lastfm.se", "lastfm.com.tr",
    ),
    "my_mail_ru": ("my.mail.ru",),
    **{
        host.split(".")[-2]: (host,)
        for host in (
            "badoo.com", "bebo.com", "bilibili.com", "blackplanet.com", "buzznet.com", "classmates.com",
            "global.cyworld.com", "douyin.com", "douyu.com", "gaiaonline.com", "geni.com", "douban.com",
            "dribbble.com", "fetlife.com", "flickr.com", "flixster.com", "fotolog.com", "foursquare.com",
            "friendsreunited.com", "friendster.com", "gree.jp", "habbo.com", "hi5.com", "huya.com", "hyves.nl",
            "identi.ca", "lang-8.com", "meinvz.net", "missevan.com", "mixi.jp", "moikrug.ru", "multiply.com",
            "myheritage.com", "mylife.ru", "myspace.com", "myyearbook.com", "nk.pl", "netlog.com", "nicovideo.jp",
            "orkut.com", "peepeth.com", "plaxo.com", "renren.com", "skyrock.com", "sonico.com", "studivz.net",
            "login.tagged.com", "taringa.net", "tuenti.com", "twitcasting.tv", "sourceforge.net", "v2ex.com",
            "viadeo.com", "vimeo.com", "vkrugudruzei.ru", "wayn.com", "weeworld.com", "xanga.com", "twitch.tv",
            "xiaohongshu.com", "zhihu.com", "producthunt.com", "substack.com", "nextdoor.com", "gab.com",
            "truthsocial.com", "meetup.com",
        )
    },
}  # fmt: skip

# Hosts that begin so are somebody's own webmail.
WEBMAIL = frozenset({"mail", "webmail", "email", "roundcube", "correo", "poczta", "posta", "owa"})

# Android packages that are neither a messenger nor a feed.
SEARCH_PACKAGES = {
    "google": ("com.google.android.googlequicksearchbox", "com.google.android.apps.searchlite"),
    "bing": ("com.microsoft.bing",),
    "duckduckgo": ("com.duckduckgo.mobile.android",),
    "yandex": ("ru.yandex.searchplugin",),
    "baidu": ("com.baidu.searchbox",),
}
SOCIAL_PACKAGES = {
    "google_plus": ("com.google.android.apps.plus",),
    "youtube": ("com.google.android.youtube",),
}
