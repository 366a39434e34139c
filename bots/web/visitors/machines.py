"""What gives away machines that fetch no card, and what a browser looks like. All lower case.

Facts: isbot's fixtures (Unlicense), crawler-user-agents and well-known-bots (MIT); tests/web/test_visitors_lists.py
holds this to them. What has no engine at all is a machine already, so libraries need no row.
"""

# Anywhere in a user agent: what people's browsers do not say.
PARTS = (
    "bot", "crawl", "spider", "http:", "https:", "www.", "@", "(at)", "[at]", ".com", "github.io", "rb.gy", "scrap",
    "slurp", "archive", "scan", "monitor", "fetch", "preview", "valid", "check", "verif", "headless", "lighthouse",
    "agent", "auditor", "capture", "classif", "collector", "finder", "grab", "index", "inspect", "optimizer",
    "page speed", "pagespeed", "probe", "proxy", "pingdom", "resolver", "feed", "search console", "survey",
    "synthetic", "sitemap", "thousandeyes", "transcoder", "favicon", "-google", "google-", "googleother",
    "googleweblight", "googlemessages", "watcher", "python", "httpclient", "http-client", "http client", "nutch",
    "burpcollaborator", "load_file", "sql", "<", "$(",
)  # fmt: skip

# As a whole word.
WORDS = frozenset({
    "apache", "appinsights", "attracta", "catchpoint", "cloudflareobservatory", "collapsify", "criticalcss", "curl",
    "cypress", "dareboost", "datanyze", "dejaclick", "devin", "dlc", "dmbrowser", "foregenix", "geedoshop",
    "gtmetrix", "hardenize", "heritrix", "hotjar", "httrack", "hydra", "indy", "inoreader", "java", "libwww",
    "linktiger", "lwp", "manus", "marketgoo", "miniature", "mixnode", "morningscore", "newsai", "newsnow",
    "onetrust", "openvas", "pageburst", "perl", "phantomjs", "php", "playwright", "ptst", "puppeteer",
    "pwabuilderhttpagent", "quiterss", "readable", "rigor", "rss", "ruby", "scope3", "scrapy", "securityheaders",
    "selenium", "silktide", "sindup", "site24x7", "sparkler", "splash", "statuscake", "test", "testlocally",
    "thumbor", "watchtowr", "webmoney", "wget", "wordpress", "ylt",
})  # fmt: skip

# What holds a machine's word and is a person's all the same: makers and models of phones, apps, browsers.
SPARED = (
    "cubot", "turbotab", "camscanner", "checkout", "ecosia ios@", "ecosia android@", "libwww-fm", "(java; u", "j2me",
)  # fmt: skip

# In an app's own browser only these are believed: its text holds names of phones and carriers, which may be anything.
PROOF = ("http:", "https:", "crawler", "wechatdevtools")

# Shows that something lays out pages.
ENGINES = (
    "gecko", "applewebkit", "khtml", "trident/", "msie ", "presto", "opera", "netfront", "ucweb", "uc browser",
    "ucbrowser", "up.browser", "midp-", "blackberry", "series60", "icab", "konqueror", "netscape", "firefox/",
    "chrome/", "safari/", "nintendo", "amiga", "ibrowse",
)  # fmt: skip
STARTS = (
    "mozilla/1", "mozilla/2", "mozilla/3", "mozilla/4", "lynx/", "links (", "elinks/", "w3m/", "dillo/", "ncsa_mosaic/",
)  # fmt: skip

# "(compatible; …)" is how crawlers introduce themselves, and how these browsers did.
COMPATIBLE = ("msie", "trident", "konqueror", "; u;", "amiga", "ibrowse", "opera", "netpositive")

# An app's own network code: neither engine nor name, but it runs on somebody's device.
STACKS = (
    "cfnetwork", "darwin/", "dalvik", "android", "iphone", "ipad", "ios", "windows phone", "exoplayer",
    "microsoft office",
)  # fmt: skip
