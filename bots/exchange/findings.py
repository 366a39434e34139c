"""What was found when a messenger was asked whether everything is as a campaign needs it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: `about` names it, `told` says how it is. `fix`: what to do; None: all is well."""

    about: str
    told: str
    fix: str | None = None

    @property
    def is_well(self) -> bool:
        return self.fix is None
