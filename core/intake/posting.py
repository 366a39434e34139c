"""Bringing a member one of the campaign's posts that are for friends alone."""

from collections.abc import Iterator, Sequence

from core.campaign import Version
from core.campaign.values import Campaign, Post, Reward, To, in_language
from core.intake.batch import Batch
from core.members import Member
from core.outbox import Outgoing
from core.referrals import Status
from core.rewards import Grant

KIND = "post"
"""What such a grant gives; its reward is `post:` and the post's id."""

_NAMED = f"{KIND}:"
_A_FRIEND = (Status.PENDING, Status.QUALIFIED, Status.REWARDED)


def reward_of(post: Post) -> Reward:
    """The post as something to be granted."""
    return Reward(id=f"{_NAMED}{post.id}", to=To.FRIEND, kind=KIND, setting=post.id)


def promised(versions: Sequence[Version], grant: Grant) -> Reward | None:
    """What was granted, if any version of the campaign has that post."""
    post = _post(versions, grant.reward.removeprefix(_NAMED)) if grant.kind == KIND else None
    return reward_of(post) if post is not None else None


def of_post(batch: Batch, grant: Grant, post_id: str, reader: Member) -> Iterator[Outgoing]:
    """To this account, in its language; not any more to a friend who has turned out to be none."""
    post = _post(batch.versions[grant.campaign_id], post_id)
    mine = (batch.referrals.get((grant.campaign_id, each)) for each in batch.accounts(grant.member_id))
    if post is None or not any(each is not None and each.status in _A_FRIEND for each in mine):
        return
    campaign = batch.campaigns[grant.campaign_id].campaign
    yield Outgoing(
        key=f"post/{grant.cause}",
        door=reader.account.platform,
        address=reader.account.id,
        kind=KIND,
        content=content_of(post, campaign, grant.campaign_id, reader.speaks),
        due_at=batch.now,
        grant_cause=grant.cause,
    )


def content_of(post: Post, campaign: Campaign, campaign_id: int, language: str) -> dict[str, object]:
    """The post as the outbox carries it."""
    return {
        "post": post.id,
        "campaign": campaign_id,
        "slug": campaign.slug,
        "language": language,
        "text": in_language(post.text, language),
        "media": list(post.media),
        "share": post.share,
    }


def _post(versions: Sequence[Version], post_id: str) -> Post | None:
    """As the newest version that has it words it."""
    posts = (post for version in reversed(versions) for post in version.campaign.posts)
    return next((post for post in posts if post.id == post_id), None)
