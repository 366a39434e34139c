"""Feeds and forums: what is shared here, anybody may read. See facts.py for the letters."""

from bots.web.visitors.facts import App

FEEDS = (
    App(  # [F, I, U, P] fetched by Facebook's
        "instagram",
        inside=("instagram ", "metaiab instagram"),
        hosts=("instagram.com",),
        packages=("com.instagram.android", "com.instagram.lite"),
        public=True,
    ),
    App(  # [F, P, M]
        "threads",
        inside=("barcelona ", "metaiab threads"),
        hosts=("threads.net", "threads.com"),
        packages=("com.instagram.barcelona",),
        public=True,
    ),
    App(  # [F, C, I, U] MetaIAB is a person, whatever lists say
        "facebook",
        fetches=("facebookexternalhit", "facebot", "facebookcatalog", "meta-externalhit"),
        inside=("fban/", "fbav/", "fb_iab/", "metaiab", "fb4a"),
        hosts=("facebook.com", "fb.me", "fb.com"),
        packages=("com.facebook.katana", "com.facebook.lite", "m.facebook.com"),
        public=True,
    ),
    App("meta", fetches=("meta-externalfetcher", "meta-externalagent", "meta-webindexer"), public=True),  # [C]
    App(  # [F, I, M]
        "x",
        fetches=("twitterbot",),
        inside=("twitter for ", "twitterandroid"),
        hosts=("twitter.com", "x.com", "t.co"),
        packages=("com.twitter.android",),
        public=True,
    ),
    App(  # [F, C, I, M]
        "linkedin",
        fetches=("linkedinbot",),
        inside=("linkedinapp",),
        hosts=("linkedin.com", "lnkd.in"),
        packages=("com.linkedin.android", "linkedin.android"),
        public=True,
    ),
    App(  # [F, C, I, U, M]
        "pinterest",
        fetches=("pinterestbot", "pinterest.com/bot"),
        inside=("pinterest/", "pinterest for "),
        hosts=("pinterest.*", "pinterest.com", "pinterest.info", "pin.it"),
        packages=("com.pinterest",),
        public=True,
    ),
    App(  # [F, C, U, M]
        "tiktok",
        fetches=("tiktokspider",),
        inside=("musical_ly", "bytedancewebview", "trill_", "^tiktok"),
        hosts=("tiktok.com",),
        packages=("com.zhiliaoapp.musically", "com.ss.android.ugc.trill"),
        public=True,
    ),
    App(  # [C, M]
        "reddit",
        fetches=("redditbot",),
        inside=("^reddit/",),
        hosts=("reddit.com", "redd.it"),
        packages=("com.reddit.frontpage",),
        public=True,
    ),
    App(  # [F, C, M] public lists miss Cardyb
        "bluesky",
        fetches=("bluesky cardyb", "^bluesky/", "blueskypreviewbot"),
        hosts=("bsky.app", "skyfeed.app"),
        packages=("xyz.blueskyweb.app",),
        public=True,
    ),
    App(  # [C, M]
        "vk",
        fetches=("vkshare", "vkrobot"),
        hosts=("vk.com", "vk.ru", "vkontakte.ru"),
        packages=("com.vkontakte.android",),
        public=True,
    ),
    App(  # [C, M]
        "odnoklassniki",
        fetches=("odklbot",),
        hosts=("ok.ru", "odnoklassniki.ru"),
        packages=("ru.ok.android",),
        public=True,
    ),
    App(  # [C, M]
        "tumblr",
        fetches=("^tumblr/",),
        hosts=("tumblr.com", "t.umblr.com"),
        packages=("com.tumblr",),
        public=True,
    ),
    App(  # [M, m]
        "weibo",
        inside=("weibo",),
        hosts=("weibo.com", "weibo.cn", "t.cn"),
        packages=("com.sina.weibo",),
        public=True,
    ),
    App(  # [C]
        "flipboard",
        fetches=("flipboardproxy", "flipboardrss"),
        hosts=("flipboard.com",),
        packages=("flipboard.app",),
        public=True,
    ),
    App(  # [C, M] each instance that a post reaches fetches the card by itself
        "mastodon",
        fetches=("mastodon/",),
        hosts=("mastodon.social", "joinmastodon.org"),
        packages=("org.joinmastodon.android",),
        public=True,
    ),
    App(  # [C, M, m] the same
        "fediverse",
        fetches=(
            "friendica",
            "lemmy/",
            "summalybot",
            "^gotosocial",
            "^pleroma",
            "^akkoma",
            "^misskey",
            "^pixelfed",
        ),
        hosts=("misskey.io", "lemmy.world", "pixelfed.social"),
        public=True,
    ),
    App("quora", fetches=("quora-bot",), hosts=("quora.com",), packages=("com.quora.android",), public=True),  # [C]
    App(  # [C]
        "medium",
        fetches=("mediumbot-metatagfetcher",),
        hosts=("medium.com",),
        packages=("com.medium",),
        public=True,
    ),
    App("hatena", fetches=("^hatena",), hosts=("hatena.ne.jp",), public=True),  # [C]
    App("xing", fetches=("xing bot",), hosts=("xing.com",), packages=("com.xing.android",), public=True),  # [C, M]
    App("goodreads", fetches=("goodreads; +",), hosts=("goodreads.com",), public=True),  # [C]
    App("ning", fetches=("^ning/",), hosts=("ning.com",), public=True),  # [C]
    App(  # [C, I]
        "discourse",
        fetches=("discourse forum onebox", "^discourse/"),
        hosts=("discourse.org",),
        public=True,
    ),
    App("github", images=("github-camo",), hosts=("github.com",), packages=("com.github",), public=True),  # [C, M]
)
