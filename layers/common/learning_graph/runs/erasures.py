"""Which learners were erased, as the graph bucket remembers them (ADR 0007)."""

from __future__ import annotations

from collections.abc import Iterable

from learning_graph.aws.bucket import Bucket
from learning_graph.graph.rows import EngagementRow, LearnerRow, Row
from learning_graph.values import erasure


def erased_identities(bucket: Bucket) -> frozenset[str]:
    """Return the identity hashes of every learner who was erased."""
    return frozenset(key.removeprefix(erasure.PREFIX).removesuffix(".json") for key in bucket.keys(erasure.PREFIX))


def rows_of_others(rows: Iterable[Row], erased: frozenset[str]) -> list[Row]:
    """Return the rows that are about nobody of whom one identity is erased."""
    return [row for row in rows if not _is_about_one(row, erased)]


def _is_about_one(row: Row, erased: frozenset[str]) -> bool:
    if not isinstance(row, LearnerRow | EngagementRow):
        return False
    return bool(erasure.identity_hashes(row.profile_urn, row.unique_user_id, row.email) & erased)
