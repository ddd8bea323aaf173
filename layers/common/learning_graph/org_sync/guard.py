"""The guard: a file that would take too many licences away is held until a person says yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from learning_graph.hr_file.merge import Changes

ALWAYS_ALLOWED: Final = 3  # revocations: in a small company one leaver is soon ten per cent
_HUNDRED: Final = 100


@dataclass(frozen=True)
class Verdict:
    """What a file would do, and whether it may.

    Args:
        active_licenses: licences known to be active before it.
        allowed: revocations that pass.
    """

    changes: Changes
    active_licenses: int
    allowed: int

    @property
    def is_held(self) -> bool:
        return self.changes.revocations > self.allowed

    def as_json(self) -> dict[str, Any]:
        return {
            "additions": self.changes.additions,
            "changes": self.changes.changes,
            "unchanged": self.changes.unchanged,
            "grants": self.changes.grants,
            "revocations": self.changes.revocations,
            "inactiveOfUnknownPeople": self.changes.inactive_unknown,
            "activeLicensesKnown": self.active_licenses,
            "revocationsAllowed": self.allowed,
            "exceeded": self.is_held,
        }


def judge(changes: Changes, active_licenses: int, max_revocations: float) -> Verdict:
    """Weigh a file.

    Args:
        changes: against the ledger.
        active_licenses: licences that the ledger knows to be active.
        max_revocations: percentage of them that a file may revoke; three pass in any case, but at 0 none does.
    """
    share = int(active_licenses * max_revocations / _HUNDRED)
    return Verdict(changes, active_licenses, max(ALWAYS_ALLOWED, share) if max_revocations else 0)
