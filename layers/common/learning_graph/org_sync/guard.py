"""The guard: a file that would revoke too many licences, or cannot be compared, is held until it is released."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from learning_graph.hr_file.people import Changes

ALWAYS_ALLOWED: Final = 3  # revocations: in a small company one leaver may be ten per cent
_HUNDRED: Final = 100


@dataclass(frozen=True)
class GuardLimits:
    """The settings of the guard.

    Args:
        max_revocations: percentage of the licences known to be active that a file may revoke; 100 never holds.
        allow_first_revocations: whether a file may revoke licences while no licence is known.
    """

    max_revocations: float = 10
    allow_first_revocations: bool = False


@dataclass(frozen=True)
class GuardReport:
    """The changes that a file would make, and whether they are allowed.

    Args:
        changes: against the ledger.
        active_licenses: licences known to be active before it.
        allowed: how many revocations are allowed.
        reason: why the file is held, empty where it is not.
    """

    changes: Changes
    active_licenses: int
    allowed: int
    reason: str

    @property
    def is_held(self) -> bool:
        return bool(self.reason)

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


def check_revocations(changes: Changes, limits: GuardLimits, *, active: int, known: int) -> GuardReport:
    """Decide whether a file is held.

    Three revocations are never held, except where `max_revocations` is 0. A file that sets licences inactive while no
    licence is known is held, since their share of the company's licences is unknown.

    Args:
        changes: against the ledger.
        limits: the settings.
        active: licences known to be active.
        known: licences known to be active or inactive.
    """
    percent = limits.max_revocations
    allowed = max(ALWAYS_ALLOWED, int(active * percent / _HUNDRED)) if percent else 0
    reason = ""
    if percent < _HUNDRED and changes.revocations > allowed:
        reason = (
            f"it would revoke {changes.revocations:,} of {_licenses(active)} known to be active; "
            f"{allowed:,} are allowed (ORG_SYNC_MAX_REVOCATIONS is {percent:g} %)"
        )
    elif percent < _HUNDRED and not known and changes.inactive_unknown and not limits.allow_first_revocations:
        reason = (
            f"it sets {_licenses(changes.inactive_unknown)} inactive, and no file with licences was applied before it: "
            "how many of the active licences that would revoke is not known"
        )
    return GuardReport(changes, active, allowed, reason)


def _licenses(count: int) -> str:
    return "1 licence" if count == 1 else f"{count:,} licences"
