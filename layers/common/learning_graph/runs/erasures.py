"""Which learners were erased, as the graph bucket remembers them (ADR 0007)."""

from __future__ import annotations

from collections.abc import Iterable

from learning_graph.aws.bucket import Bucket
from learning_graph.graph.rows import EngagementRow, LearnerRow, Row
from learning_graph.store.run import Shard
from learning_graph.values import erasure
from learning_graph.values.steps import key_type_of


def erased_identities(bucket: Bucket) -> frozenset[str]:
    """Return the identity hashes of every learner who was erased."""
    return frozenset(key.removeprefix(erasure.PREFIX).removesuffix(".json") for key in bucket.keys(erasure.PREFIX))


class ErasedLearners:
    """Keeps erased learners out of a shard's rows, those erased while it is read included."""

    def __init__(self, bucket: Bucket, shard: Shard) -> None:
        self._bucket = bucket
        self._names_learners = key_type_of(shard.step) == "Report"
        self._identities: frozenset[str] = frozenset()
        self.look_again()

    def look_again(self) -> bool:
        """Look which learners are erased by now; return whether there are others than at the last look."""
        before = self._identities
        if self._names_learners:
            self._identities = erased_identities(self._bucket)
        return self._identities != before

    def rows_of_others(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows that are about nobody who was erased."""
        return [row for row in rows if not self._is_about_one(row)]

    def _is_about_one(self, row: Row) -> bool:
        if not self._identities or not isinstance(row, LearnerRow | EngagementRow):
            return False
        return bool(erasure.identity_hashes(row.profile_urn, row.unique_user_id, row.email) & self._identities)
