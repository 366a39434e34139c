"""Every key of a campaign file, and what each must be.

A model is the whole definition of its keys: reading, refusing, JSON Schema, and the value in `core.campaign` that it
becomes. To add a key, add a field here and one of the same name there. Models are read from top to bottom; keys that
name things (`communities`, `codes`) stand above those that use the names.
"""

from typing import Annotated, Any, Literal, Self, TypeAlias

import msgspec
from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer, model_validator
from pydantic_core.core_schema import ValidationInfo

from campaigns import names, pictures, places, texts, times, videos
from campaigns.codes import CodesPath
from campaigns.context import wrong
from campaigns.editors import for_editors
from campaigns.part import Part, may, must
from core.campaign import values

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000_000)]
Times: TypeAlias = Annotated[int, Field(ge=0, le=1_000_000)]
Score: TypeAlias = Annotated[int, Field(ge=1, le=100)]
Where: TypeAlias = Annotated[list[names.CommunityName], Field(min_length=1)]
Channel: TypeAlias = Literal[
    "telegram",
    "discord",
    "whatsapp",
    "messenger",
    "email",
    "facebook",
    "sms",
    "qr",
    "copy",
    "x",
    "linkedin",
    "reddit",
    "signal",
]
KeyAndValue: TypeAlias = dict[str, Any]


class Window(Part):
    timezone: times.Timezone = must("The time zone of every date and time in this file.", "Europe/Paris")
    starts: times.Moment = must("When the campaign starts, in its time zone.", "2026-12-01 09:00")
    ends: times.Moment | None = may("When it ends; left out: it runs until it is stopped.", "2026-12-31 20:00")

    @field_validator("ends")
    @classmethod
    def _after_the_start(cls, ends: Any, info: ValidationInfo) -> Any:
        starts = info.data.get("starts")
        if ends is not None and starts is not None and ends <= starts:
            raise wrong("is not after 'starts'", "write a later date, or take it out to run until it is stopped")
        return ends


class Organizer(Part):
    exactly_one = ("telegram", "discord")

    telegram: places.TelegramUser | None = may("The organizer's number on Telegram.", 700000001)
    discord: places.Snowflake | None = may("The organizer's id on Discord, in quotes.", "200000000000000001")

    @model_serializer(mode="wrap")
    def _account(self, handler: SerializerFunctionWrapHandler) -> KeyAndValue:
        ((platform, number),) = handler(self).items()
        return {"platform": platform, "id": number}


class Community(Part):
    exactly_one = ("telegram", "discord")

    name: names.NewCommunity = must("What the other keys of this file call the community.", "salon", alias="id")
    telegram: places.TelegramChat | None = may("The number of the group or channel on Telegram.", -1001000000001)
    discord: places.Snowflake | None = may("The server's id on Discord, in quotes.", "300000000000000001")
    channel: places.Snowflake | None = may("The Discord channel that posts go to.", "300000000000000002")
    join: Literal["invite", "oauth"] | None = may(
        "How friends come into a Discord server: by an invite for each visit, or with Discord's consent page"
        " (oauth); left out: invite.",
        "oauth",
    )
    language: texts.Language | None = may(
        "The language of what is posted there; left out: the first of the campaign's title.", "fr"
    )

    @model_validator(mode="after")
    def _of_a_server(self) -> Self:
        if self.discord is None and (given := self.given("channel", "join")):
            raise wrong("is for Discord, and this is a Telegram chat", "take it out", at=(given[0],))
        return self

    @model_serializer(mode="wrap")
    def _community(self, handler: SerializerFunctionWrapHandler) -> KeyAndValue:
        given = handler(self)
        (platform,) = self.given("telegram", "discord")
        return {**given, "platform": platform, "chat": given[platform]}


class Card(Part):
    title: texts.Title = must("The first line of the preview.", "A friend invites you")
    text: texts.Text = must("The text of the preview.", "A private welcome awaits.")
    image: pictures.CardImage | None = may("The picture: PNG, JPEG or WebP, best 1200 x 630.", "media/card.png")


class Share(Part):
    text: texts.ShareText = must("What an advocate sends; {link} is where their link goes.", "Join me: {link}")
    channels: Annotated[list[Channel], Field(min_length=1)] | None = may(
        "The buttons of the share kit, in this order.", ["telegram", "whatsapp", "copy"]
    )


class Attribution(Part):
    window: times.Duration | None = may("How long a sign counts before the join; left out: 7 days.", "7 days")
    touch: Literal["first", "last"] | None = may(
        "Which advocate counts when there were several; left out: first.", "first"
    )

    @field_validator("window")
    @classmethod
    def _some_time(cls, window: Any) -> Any:
        if window is not None and not window:
            raise wrong("must be longer than nothing", "write 7 days")
        return window


class Qualify(Part):
    stay: times.Duration | None = may("How long the friend must stay.", "3 days")
    messages: Times | None = may("How many messages the friend must write.", 1)
    account_age: times.Duration | None = may("How old the friend's account must be; Discord shows it.", "14 days")
    conversion: names.Name | None = may("A conversion of this name must be reported.", "first-order")


class Holding(Part):
    wait: times.Duration | None = may(
        "How long rewards wait once a friend has done everything; who leaves meanwhile does not count.", "2 days"
    )
    clawback: times.Duration | None = may(
        "Who leaves within this time of counting, counts no more, and what can be taken back is;"
        " left out: 30 days, 0 days: never.",
        "30 days",
    )


class ByHand(Part):
    description: texts.Text = must("What the organizer hands over.", "A signed poster.")


class Give(Part):
    exactly_one = ("points", "message", "promo_code", "discord_role", "telegram_invite", "webhook", "by_hand")

    points: Count | None = may("Points for the leaderboard.", 10)
    message: texts.Text | None = may("A message from the bot.", "Thank you!")
    promo_code: names.PoolName | None = may("A code from this pool of `codes`.", "welcome")
    discord_role: places.Snowflake | None = may("A role on Discord, in quotes.", "300000000000000010")
    telegram_invite: places.TelegramChat | None = may("An invitation to this Telegram chat.", -1001000000002)
    webhook: places.Url | None = may("A call to this address of the brand.", "https://shop.example/hooks/sayso")
    by_hand: ByHand | None = may("Something an organizer hands over.", {"description": "A signed poster."})


class Reward(Part):
    id: names.NewReward = must("The reward's own name; never changes.", "thanks")
    to: Literal["advocate", "friend"] = must("Who gets it.", "advocate")
    every: Count | None = may("For every so many qualified friends.", 1)
    at: Count | None = may("Once, at so many qualified friends.", 3)
    top: Count | None = may("For the first so many of the leaderboard, at the end.", 3)
    draw: Count | None = may("For so many advocates drawn by lot, at the end.", 5)
    give: Give = must("What is given: one kind.", {"points": 10})

    @model_validator(mode="after")
    def _when(self) -> Self:
        when = ("every", "at", "top", "draw")
        if self.to == "advocate":
            self._one_of(when)
        elif given := self.given(*when):
            raise wrong("is for advocates, and this reward is for friends", "take it out", at=(given[0],))
        return self

    @model_serializer(mode="wrap")
    def _reward(self, handler: SerializerFunctionWrapHandler) -> KeyAndValue:
        given = handler(self)
        ((kind, setting),) = given.pop("give").items()
        return {**given, "kind": kind, "setting": setting["description"] if kind == "by_hand" else setting}


class Limits(Part):
    per_advocate: Count | None = may("Friends that count for one advocate.", 200)
    per_advocate_per_day: Count | None = may("Friends that count for one advocate in a day.", 20)
    rewards: Count | None = may("Rewards in all.", 5000)
    points: Count | None = may("Points in all.", 50_000)


class Post(Part):
    id: names.NewPost = must("The post's own name.", "teaser")
    text: texts.Text = must("What it says.", "We open our doors.")
    at: times.Moment | None = may("When it is posted.", "2026-12-01 09:00")
    where: Where | None = may("The communities it is posted in; left out: everywhere.", ["salon"], alias="in")
    image: pictures.PostImage | None = may("A picture: PNG, JPEG or WebP.", "media/teaser.png")
    video: videos.Video | None = may("A video: MP4, at most 10 MB.", "media/teaser.mp4")
    album: Annotated[list[pictures.PostImage], Field(min_length=2, max_length=10)] | None = may(
        "2 to 10 pictures.", ["media/one.png", "media/two.png"]
    )
    share: bool | None = may("Whether it has a button to pass it on.", True)
    exclusive: bool | None = may("Whether only people who came through a friend's link get it, in private.", True)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        shown = self.given("image", "video", "album")
        if len(shown) > 1:
            raise wrong(f"cannot stand beside {shown[0]!r}", "keep one of image, video or album", at=(shown[1],))
        if self.exclusive and self.where is not None:
            problem = "is not for an exclusive post, which everybody gets in private"
            raise wrong(problem, "take it out", at=("in",))
        return self


class Job(Part):
    do: Literal["leaderboard", "reminder", "digest"] = must("What is done.", "leaderboard")
    cron: times.Cron = must("Minute, hour, day, month, day of the week.", "0 18 * * fri")
    where: Where | None = may("leaderboard: where it is posted; left out: everywhere.", ["salon"], alias="in")
    to: Literal["advocates", "organizers"] | None = may("reminder, digest: who gets it.", "advocates")
    top: Annotated[int, Field(ge=1, le=50)] | None = may("leaderboard: how many; left out: 10.", 10)

    @model_validator(mode="after")
    def _only_what_it_needs(self) -> Self:
        posted = self.do == "leaderboard"
        if posted and self.to is not None:
            raise wrong("is not for a leaderboard, which is posted", "write in: [salon] instead", at=("to",))
        for key, given in (("in", self.where), ("top", self.top)):
            if not posted and given is not None:
                raise wrong(f"is not for a {self.do}, which is sent to people", "take it out", at=(key,))
        return self


class Alert(Part):
    spike: Annotated[float, Field(gt=1, le=1000, allow_inf_nan=False)] | None = may(
        "Tell when there are so many times the usual mentions.", 3
    )
    negative: bool | None = may("Tell when a mention is unkind.", True)


class Listen(Part):
    words: Annotated[list[texts.Phrase], Field(min_length=1)] = must("The names to listen for.", ["Maison Lune"])
    where: Where | None = may("The communities to listen in; left out: all.", ["salon"], alias="in")
    alert: Alert | None = may("When organizers are told.", {"spike": 3, "negative": True})


class Fraud(Part):
    hold: Score | None = may("From this score on, a referral waits for an organizer; left out: 50.", 50)
    reject: Score | None = may("From this score on, a referral is rejected; left out: 90.", 90)

    @model_validator(mode="after")
    def _hold_below_reject(self) -> Self:
        usual = values.Fraud()
        hold, reject = self.hold or usual.hold, self.reject or usual.reject
        if hold >= reject:
            at = ("hold",) if self.hold else ("reject",)
            raise wrong(
                f"must leave hold below reject, and {hold} is not below {reject}", "write {hold: 50, reject: 90}", at=at
            )
        return self


class Privacy(Part):
    visitors: bool | None = may("Whether a visitor is recognised within a day, under a pseudonym; left out: yes.", True)
    do_not_track: bool | None = may("Whether browsers that ask not to be tracked are obeyed; left out: yes.", True)
    apps: bool | None = may("Whether it is kept which app a visit came from; left out: yes.", True)
    keep_facts: times.Duration | None = may("How long single facts are kept; totals stay.", "400 days")


class File(Part):
    """A referral campaign, as an organizer writes it."""

    slug: names.CampaignId = must("The campaign's id; never changes.", "spring-2026", alias="campaign")
    title: texts.Title = must("The campaign's name, as members see it.", "Bring a friend")
    terms: texts.Text | None = may("The rules, as members see them.", "One referral per friend.")
    window: Window = must("When the campaign runs.", {"timezone": "Europe/Paris", "starts": "2026-12-01 09:00"})
    organizers: list[Organizer] | None = may(
        "Who may use the organizers' commands and the dashboard.", [{"telegram": 700000001}]
    )
    communities: Annotated[list[Community], Field(min_length=1)] = must(
        "Where friends arrive, and where posts go.", [{"id": "salon", "telegram": -1001000000001}]
    )
    destination: names.Destination | None = may("Where a link leads: a community's id, or choose.", "choose")
    card: Card | None = may(
        "What a private chat shows when the link is pasted into it.", {"title": "Hello", "text": "Welcome."}
    )
    share: Share | None = may("The share kit.", {"text": "Join me: {link}"})
    attribution: Attribution | None = may("Which advocate a friend counts for.", {"window": "7 days", "touch": "first"})
    qualify: Qualify | None = may(
        "What a friend must do; all that is given must hold.", {"stay": "3 days", "messages": 1}
    )
    holding: Holding | None = may(
        "How long rewards are held back, and can be taken back.", {"wait": "2 days", "clawback": "30 days"}
    )
    codes: dict[names.NewPool, CodesPath] | None = may(
        "Pools of promo codes: files with one code on a line.", {"welcome": "codes/welcome.txt"}
    )
    rewards: list[Reward] | None = may(
        "What is given, to whom, and when.", [{"id": "thanks", "to": "advocate", "every": 1, "give": {"points": 10}}]
    )
    limits: Limits | None = may("How much is given at most.", {"per_advocate": 200})
    posts: list[Post] | None = may(
        "Content made to be passed on.", [{"id": "teaser", "text": "Hello.", "at": "2026-12-01 09:00"}]
    )
    schedule: list[Job] | None = may("What is done again and again.", [{"do": "leaderboard", "cron": "0 18 * * fri"}])
    listen: Listen | None = may("What is said about the brand where the bot is.", {"words": ["Maison Lune"]})
    fraud: Fraud | None = may("Scores from which referrals are held or rejected.", {"hold": 50, "reject": 90})
    privacy: Privacy | None = may("What is kept, and how long.", {"keep_facts": "400 days"})

    def campaign(self) -> values.Campaign:
        """The file as the rest of Sayso knows it; what was left out has the defaults of `core.campaign`."""
        told = self.model_dump(exclude_none=True)
        first = next(iter(self.title))  # which nobody can tell any more once the campaign has been stored
        for community in told["communities"] if first != "*" else ():
            community.setdefault("language", first)
        return msgspec.convert(told, values.Campaign)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of campaign files, for editors."""
    return for_editors(File.model_json_schema())
