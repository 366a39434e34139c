"""Whether a role on a platform is somebody's by right: asked by the door before it gives one or takes it back."""

from core import campaign, members, rewards
from core.campaign.values import Account, Reward
from core.database import Tx
from core.rewards import KINDS


async def earned(tx: Tx, account: Account, role: int) -> bool:
    """Whether the account's person has a grant of this role that holds, in whichever campaign and by whichever account.

    A grant stands for the role that any version of its campaign promised for it.
    """
    member = (await members.by_account(tx, [account])).get(account)
    if member is None:
        return False
    theirs = {
        (grant.campaign_id, grant.reward, grant.kind)
        for grant in await rewards.of_member(tx, member.id)
        if grant.held is None
    }
    versions = await campaign.versions(tx, {campaign_id for campaign_id, _, _ in theirs})
    return any(
        (campaign_id, reward.id, reward.kind) in theirs and _role(reward) == role
        for campaign_id, each in versions.items()
        for version in each
        for reward in version.campaign.rewards
    )


def _role(reward: Reward) -> int | None:
    return KINDS[reward.kind](reward).role if reward.kind in KINDS else None
