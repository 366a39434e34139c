"""What giving a reward comes to."""

from dataclasses import dataclass

from core.campaign.values import Reward, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """How one reward is handed over. A reward that nobody has to bring is delivered as soon as it is granted.

    `points`: so many in our own ledger. `text`: to the member alone. `role`: on a server, by the platform's number.
    `code`: one from this pool. `invite`: a personal invitation to this Telegram chat. `webhook`: a call to this
    address. `by_hand`: an organizer does it. `post`: this one of the campaign's posts, which counts in no figure.
    """

    points: int = 0
    text: Text | None = None
    role: int | None = None
    code: str | None = None
    invite: int | None = None
    webhook: str | None = None
    by_hand: Text | None = None
    post: str | None = None

    @property
    def is_brought(self) -> bool:
        """Whether somebody has to bring it."""
        return self != Handing(points=self.points)

    @property
    def counts(self) -> bool:
        """Whether it is one of the rewards that are counted and limited."""
        return self.post is None


def in_words(reward: Reward) -> Text:
    """The setting of a reward that is a text."""
    return reward.setting if isinstance(reward.setting, dict) else {"*": str(reward.setting)}
