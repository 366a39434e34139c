"""Messengers and mail: what is shared here is shared in private. See facts.py for the letters."""

from bots.web.visitors.facts import App

# The first rows come first because their agents name other apps, too.
MESSENGERS = (
    App(  # [F] fetched by the sender's device, which calls itself Safari, Facebook and Twitter
        "imessage",
        fetches=("facebookexternalhit/1.1 facebot twitterbot/1.0",),
        channel="sms",
    ),
    App(  # [F, C, U] the fetcher calls itself Facebook's
        "line",
        fetches=("line-poker", "linespider"),
        inside=("line/",),
        hosts=("line.me", "lin.ee"),
        packages=("jp.naver.line.android",),
    ),
    App(  # [F, U, P] the fetcher calls itself Facebook's
        "kakaotalk",
        fetches=("kakaotalk-scrap", "kakaostory-og-reader"),
        inside=("kakaotalk",),
        hosts=("kakao.com",),
        packages=("com.kakao.talk",),
    ),
    App("signal", fetches=("^whatsapp/2$",), packages=("org.thoughtcrime.securesms",)),  # [F] calls itself WhatsApp
    App(  # [F, U, M] on iPhones its browser has no mark
        "telegram",
        fetches=("telegrambot",),
        inside=("telegram-android/",),
        hosts=("t.me", "telegram.me", "telegram.org"),
        packages=("org.telegram", "org.thunderdog.challegram"),
    ),
    App(  # [F, I, M] images are fetched as an ordinary Firefox, which nothing can tell
        "discord",
        fetches=("discordbot",),
        inside=("discord/",),
        hosts=("discord.com", "discordapp.com", "discord.gg"),
        packages=("com.discord",),
    ),
    App(  # [F, C] anywhere but at the start the name is a person's
        "whatsapp",
        fetches=("^whatsapp/", "^whatsapp$"),
        inside=("waios/", "wa4a/", "whatsapp/"),
        hosts=("whatsapp.com", "wa.me", "wl.co"),
        packages=("com.whatsapp",),
    ),
    App(  # [F, I, U, P] fetched by Facebook's
        "messenger",
        inside=("fban/messenger", "fb_iab/messenger", "fb_iab/orca", "metaiab messenger"),
        hosts=("messenger.com", "m.me"),
        packages=("com.facebook.orca", "com.facebook.mlite"),
    ),
    App(  # [F, C, I, U]
        "slack",
        fetches=("slackbot", "slack-linkexpanding"),
        images=("slack-imgproxy",),
        inside=("slack_ssb", "slack/"),
        hosts=("slack.com", "slack-redir.net"),
        packages=("com.slack",),
    ),
    App(  # [F, C, U] one fetcher for Teams and Skype
        "teams",
        fetches=("skypeuripreview", "microsoftpreview/"),
        inside=("teams/",),
        hosts=("teams.microsoft.com", "teams.live.com", "teams.cdn.office.net"),
        packages=("com.microsoft.teams",),
    ),
    App("skype", hosts=("skype.com",), packages=("com.skype",)),
    App(  # [F, C, I] the bare name only: with a browser around it, it is a person's
        "viber",
        fetches=("^viber$",),
        inside=("viber/", "viber$"),
        hosts=("viber.com",),
        packages=("com.viber.voip",),
    ),
    App(  # [F, I, U, M]
        "wechat",
        inside=("micromessenger/", "wxwork/", "windowswechat", "macwechat"),
        hosts=("wechat.com", "weixin.qq.com", "weixin110.qq.com"),
        packages=("com.tencent.mm",),
    ),
    App("qq", inside=("qq/",), packages=("com.tencent.mobileqq",)),  # [I]
    App(  # [F, C, I, U, M]
        "snapchat",
        fetches=("snap url preview service", "snapurlpreview/"),
        inside=("snapchat/",),
        hosts=("snapchat.com",),
        packages=("com.snapchat.android",),
    ),
    App("groupme", fetches=("groupmebot",), hosts=("groupme.com",), packages=("com.groupme",)),  # [C]
    App("keybase", fetches=("keybasebot",), hosts=("keybase.io",), packages=("io.keybase",)),  # [C]
    App(  # [C] a card is fetched by the home server
        "matrix",
        fetches=("synapse (", "^synapse/"),
        hosts=("matrix.to", "element.io"),
        packages=("im.vector.app", "io.element.android"),
    ),
    App("mattermost", fetches=("mattermost-bot",), packages=("com.mattermost",)),  # [C]
    App("rocketchat", packages=("chat.rocket",)),
    App("zulip", fetches=("zulipurlpreview",), hosts=("zulipchat.com", "zulip.com"), packages=("com.zulip",)),  # [P]
    App("steam", fetches=("valve/steam http client",), hosts=("steamcommunity.com",)),  # [C]
    App("chatwork", fetches=("chatwork linkpreview",), hosts=("chatwork.com",)),  # [C]
    App("dingtalk", fetches=("dingtalkbot-linkservice",), packages=("com.alibaba.android.rimet",)),  # [C]
    App("gadu-gadu", fetches=("gg peekbot",)),  # [C]
    App("google_chat", hosts=("chat.google.com",), packages=("com.google.android.apps.dynamite",)),
    App(
        "google_messages",
        hosts=("messages.google.com",),
        packages=("com.google.android.apps.messaging",),
        channel="sms",
    ),
)

MAIL = (
    App(  # [C]
        "gmail",
        images=("googleimageproxy",),
        hosts=("mail.google.com",),
        packages=("com.google.android.gm",),
        channel="email",
    ),
    App(  # [C]
        "yahoo_mail",
        fetches=("yahoo link preview",),
        images=("yahoomailproxy",),
        hosts=("mail.yahoo.com", "mail.yahoo.co.jp"),
        packages=("com.yahoo.mobile.client.android.mail",),
        channel="email",
    ),
    App(  # [I]
        "outlook",
        inside=("microsoft outlook", "outlook-ios", "outlook-android"),
        hosts=("outlook.live.com", "outlook.office.com", "outlook.office365.com", "safelinks.protection.outlook.com"),
        packages=("com.microsoft.office.outlook",),
        channel="email",
    ),
    App("fastmail", fetches=("fastmailua/",), hosts=("fastmail.com",), channel="email"),  # [C]
    App("shortwave", images=("shortwave image fetcher",), hosts=("shortwave.com",), channel="email"),  # [C]
    App("proton_mail", hosts=("mail.proton.me",), packages=("ch.protonmail.android",), channel="email"),
    App(  # [I]
        "thunderbird",
        inside=("thunderbird/",),
        packages=("net.thunderbird.android", "com.fsck.k9"),
        channel="email",
    ),
)
