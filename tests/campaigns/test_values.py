"""What a good file becomes, and what an organizer is warned about."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from campaigns import read, read_text
from campaigns.cron import in_full
from campaigns.inactive import SO_FAR
from campaigns.tree import parse, scalar
from core.campaign.values import Account, Community, Do, Join, Platform, Reward, To, Touch, decode, encode
from tests.campaigns.corpus import written
from tests.campaigns.pictures import drawing, saved

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "campaigns" / "examples"
NOT_YET = "is not active yet: nothing comes of it; leave it for a later version of Sayso, or take it out"
SHARED = ROOT.parent / "shared" / "campaign.example.yaml"


def warnings(lines: str) -> list[str]:
    reading = read_text(written(lines))
    assert not reading.errors, reading.errors
    return [f"{w.line}:{w.column}: {w.problem}" for w in reading.warnings if "not active yet" not in w.problem]


@pytest.mark.skipif(not SHARED.exists(), reason="the contract is not beside this tree")
def test_the_example_of_the_contract_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lune.yaml"
    path.write_bytes(SHARED.read_bytes())
    for name in ("media/card.png", "media/teaser.png", "codes/welcome.txt", "codes/podium.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(saved(drawing()) if name.endswith(".png") else b"x")
    reading = read(path)
    assert reading.errors == []
    campaign = reading.campaign
    assert campaign is not None
    assert campaign.slug == reading.slug == "lune-printemps"
    assert campaign.window.starts == datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    assert campaign.window.ends == datetime(2026, 12, 31, 19, 0, tzinfo=UTC)
    assert campaign.organizers[1] == Account(platform=Platform.DISCORD, id=200000000000000001)
    assert campaign.communities == (
        Community(name="salon", platform=Platform.TELEGRAM, chat=-1001000000001, language="en"),
        Community(
            name="atelier",
            platform=Platform.DISCORD,
            chat=300000000000000001,
            channel=300000000000000002,
            language="en",
        ),
    )
    assert campaign.communities[1].join is Join.INVITE
    assert campaign.attribution.window == timedelta(days=7)
    assert campaign.attribution.touch is Touch.FIRST
    assert (campaign.qualify.stay, campaign.qualify.messages) == (timedelta(days=3), 1)
    assert campaign.qualify.account_age == timedelta(days=14)
    assert [reward.kind for reward in campaign.rewards][:3] == ["promo_code", "points", "discord_role"]
    assert campaign.rewards[1] == Reward(id="thanks", to=To.ADVOCATE, kind="points", setting=10, every=1)
    assert campaign.rewards[5].setting == {"en": "You won a dinner.", "fr": "Vous gagnez un dîner."}
    assert campaign.posts[0].where == ("salon", "atelier")
    assert campaign.posts[0].at == campaign.window.starts
    assert [job.do for job in campaign.schedule] == [Do.LEADERBOARD, Do.REMINDER, Do.DIGEST]
    assert campaign.schedule[0].cron == "0 18 * * fri"
    assert campaign.listen is not None
    assert campaign.listen.alert is not None
    assert campaign.listen.alert.spike == 3.0
    assert campaign.privacy.keep_facts == timedelta(days=400)
    assert decode(encode(campaign)) == campaign


def test_the_demo_is_active_whole_and_nothing_is_to_be_said_about_it() -> None:
    reading = read(EXAMPLES / "demo.yaml")
    assert reading.findings == ()
    assert reading.campaign is not None
    assert [(file.pool, file.shown) for file in reading.codes] == [("welcome", "codes/demo.txt")]


def test_the_full_example_is_read_and_says_what_is_not_active() -> None:
    reading = read(EXAMPLES / "full.yaml")
    assert reading.errors == []
    assert reading.campaign is not None
    assert reading.campaign.rewards[-1].setting == {"en": "A morning at the oven.", "fr": "Une matinée au four."}
    assert decode(encode(reading.campaign)) == reading.campaign
    inactive = {finding.problem for finding in reading.warnings if "not active yet" in finding.problem}
    assert {
        f"'rewards.draw' is not active yet: {SO_FAR['rewards.*.draw']}",
        "'listen' is not active yet: nothing comes of it",
    } <= inactive


def test_a_text_without_a_language_is_for_all() -> None:
    campaign = read_text(written("title: Bonjour")).campaign
    assert campaign is not None
    assert campaign.title == {"*": "Bonjour"}


def test_long_numbers_may_be_in_quotes_or_not() -> None:
    for number in ("300000000000000001", '"300000000000000001"'):
        campaign = read_text(written(f"communities: [{{id: a, discord: {number}}}]")).campaign
        assert campaign is not None
        assert campaign.communities[0].chat == 300000000000000001


@pytest.mark.parametrize(
    ("duration", "is_"),
    [
        ("1 second", timedelta(seconds=1)),
        ("90 minutes", timedelta(minutes=90)),
        ("1 hour", timedelta(hours=1)),
        ("2 weeks", timedelta(days=14)),
        ("0 days", timedelta(0)),
    ],
)
def test_durations(duration: str, is_: timedelta) -> None:
    campaign = read_text(written(f"qualify: {{stay: {duration}}}")).campaign
    assert campaign is not None
    assert campaign.qualify.stay == is_


def test_a_time_that_comes_twice_is_the_first_with_a_warning() -> None:
    window = "window: {timezone: Europe/Paris, starts: 2026-10-25 02:30}"
    campaign = read_text(written(window)).campaign
    assert campaign is not None
    assert campaign.window.starts == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert warnings(window) == [
        "1:42: 'starts' is 2026-10-25 02:30, which comes twice that night in Europe/Paris: the first one counts"
    ]


REWARD = "rewards: [{id: a, to: friend, give: {points: 1}}]"


def test_a_server_may_be_entered_by_consent() -> None:
    campaign = read_text(written("communities: [{id: a, discord: '300000000000000001', join: oauth}]")).campaign
    assert campaign is not None
    assert campaign.communities[0].join is Join.OAUTH
    assert decode(encode(campaign)) == campaign


DISCORD = "communities: [{id: salon, discord: '300000000000000001'}]"
SHORT = "window: {timezone: UTC, starts: 2026-12-01 09:00, ends: 2026-12-03 10:00}"
PRIZE = "rewards: [{id: a, to: advocate, top: 3, give: {points: 1}}]"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (f"{REWARD}\nqualify: {{messages: 1}}", "1:10: rewards are given without a stay"),
        (f"{REWARD}\nterms: {{fr: Une fois.}}", "2:8: 'terms' has no English"),
        ("qualify: {stay: 1 day, account_age: 9 days}", "1:37: 'account_age' cannot be seen on Telegram"),
        (PRIZE, "1:38: 'top' is given when the campaign ends, and it has no end"),
        (REWARD.replace("points: 1", "webhook: http://shop.example/"), "1:47: 'webhook' goes over http"),
        ("window: {timezone: UTC, starts: 2026-12-01 09:00, ends: 2026-12-01 10:00}", "7:17: 'stay' is as long as"),
        ("holding: {wait: 40 days}", "1:17: 'wait' keeps members waiting for more than a month"),
        (f"holding: {{clawback: 0 days}}\n{REWARD}", "1:21: 'clawback' is nothing"),
        (f"holding: {{wait: 2 days}}\n{SHORT}", "1:17: 'stay' and 'wait' together are as long as"),
        ("holding: {wait: 2 days}\nprivacy: {keep_facts: 9 days}", "2:23: 'keep_facts' is shorter than"),
        ("posts: [{id: a, text: Hello}]", "1:14: this post has no time"),
        ("posts: [{id: a, text: Hello, at: 2026-11-01 09:00}]", "1:34: 'at' is outside the campaign's window"),
        (f"schedule: [{{do: leaderboard, cron: 0 9 * * *}}]\n{DISCORD}", "2:36: something is posted here"),
        ("limits: {per_advocate: 5, per_advocate_per_day: 6}", "1:49: 'per_advocate_per_day' is more than"),
        ("codes: {spare: x.txt}", "1:16: no reward gives codes from 'spare'"),
        ("privacy: {keep_facts: 2 days}", "1:23: 'keep_facts' is shorter than"),
        ("schedule: [{do: reminder, cron: 0 9 1 * 5}]", "1:33: 'cron' has a day of the month and a day of the week"),
        ('share: {text: "{link} {name}"}', "1:15: 'text' has {name}, which nothing replaces"),
    ],
)
def test_warns_about_platform_rules_and_risky_settings(lines: str, said: str) -> None:
    (found,) = warnings(lines)
    assert found.startswith(said)


def test_warns_where_there_are_no_terms_and_no_organizers() -> None:
    text = written(REWARD).replace("terms: Once each.\n", "").replace("organizers: [{telegram: 700000001}]\n", "")
    problems = [finding.problem for finding in read_text(text).warnings]
    assert [problem.split(",")[0] for problem in problems if "not active" not in problem] == [
        "nobody is an organizer",
        "there are rewards and no 'terms' for members to read",
    ]


def test_a_discord_campaign_that_asks_for_more_than_the_join_is_fine() -> None:
    for asked in ("stay: 1 day", "messages: 1", "conversion: order"):
        assert not read_text(written(f"{DISCORD}\n{REWARD}\nqualify: {{{asked}}}")).errors


@pytest.mark.parametrize(
    ("cron", "full"),
    [
        ("0 18 * * fri", "0 18 * * fri"),
        ("0 18 * * 5", "0 18 * * fri"),
        ("0 18 * * 0", "0 18 * * sun"),
        ("0 18 * * 7", "0 18 * * sun"),
        ("0  9 * jan-mar MON-WED", "0 9 * jan-mar mon,tue,wed"),
        ("*/5 * * * sat-mon", "*/5 * * * mon,sat,sun"),
        ("0 0 29 2 *", "0 0 29 2 *"),
        ("0 0 * * */3", "0 0 * * wed,sat,sun"),
    ],
)
def test_days_of_the_week_are_those_of_crontab(cron: str, full: str) -> None:
    assert in_full(cron)[0] == full


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, text) for text in ("yes", "no", "on", "09:00", "2026-12-01", "1_000", "9" * 40)),
        *(("true", True), ("~", None), ("012", 12), ("0o14", 12), ("0xC", 12), ("-.5", -0.5), ("1e3", 1000.0)),
    ],
)
def test_values_are_typed_as_yaml_1_2_does(text: str, value: object) -> None:
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_an_alias_stands_for_what_it_names() -> None:
    tree, problems = parse("a: &x {b: [1, 2]}\nc: *x\n")
    assert tree.plain() == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}}
    assert problems == []


def test_without_the_c_loader_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read(EXAMPLES / "full.yaml")
    monkeypatch.setattr("campaigns.tree._LOADER", yaml.SafeLoader)
    assert read(EXAMPLES / "full.yaml") == fast
    for broken in ("title: [a", "a: b: c", "a:\n\tb: 1", "title: 'x", "a: @x"):
        assert read_text(broken).errors
