"""What a campaign has promised so far: what was granted under its earlier rules is owed all the same."""

from bots.talk.talk import Talk
from core import campaign as campaigns
from core.campaign import Applied
from core.campaign.values import Reward


async def promises(talk: Talk, applied: Applied) -> dict[str, Reward]:
    """Every reward by its id, as the newest rules that have it say."""
    versions = (await campaigns.versions(talk.tx, [applied.id])).get(applied.id, [])
    return {reward.id: reward for version in versions for reward in version.campaign.rewards}
