"""The erased learners, as recorded in the graph bucket (ADR 0007)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from learning_graph.aws.bucket import Bucket
from learning_graph.graph.rows import LearnerRow, comparable_identifiers
from learning_graph.store import graph_bucket
from learning_graph.values.erasure import digest_of, identifying_hashes


class ErasedLearners:
    """The learners who had been erased when the bucket was last read.

    Args:
        bucket: the graph bucket.
        pseudonym_key: returns the key of the hashes; called only if a learner was erased.
    """

    def __init__(self, bucket: Bucket, pseudonym_key: Callable[[], bytes]) -> None:
        self._bucket, self._pseudonym_key = bucket, pseudonym_key
        self._hashes: frozenset[str] = frozenset()
        self._is_erased = lru_cache(maxsize=1 << 16)(self._look_up)
        self.look()

    def __bool__(self) -> bool:
        """Whether any learner was erased."""
        return bool(self._hashes)

    @property
    def digest(self) -> str:
        """One SHA-256 for all erasures; empty where there are none."""
        return digest_of(self._hashes)

    def look(self) -> bool:
        """Read the erased learners again; return whether they have changed."""
        found = frozenset(map(graph_bucket.erased_hash, self._bucket.keys(graph_bucket.ERASURES)))
        if found == self._hashes:
            return False
        self._hashes = found
        self._is_erased.cache_clear()
        return True

    def is_erased(self, profile_urn: str, unique_user_id: str, email: str) -> bool:
        """Return whether the learner with these identifiers was erased.

        Args:
            profile_urn: as it is compared (`values.identity`), like the other two; empty where there is none.
            unique_user_id: likewise.
            email: likewise.
        """
        return bool(self._hashes) and self._is_erased(profile_urn, unique_user_id, email)

    def is_erased_row(self, row: LearnerRow) -> bool:
        """Return whether a learner of a part was erased."""
        return self.is_erased(*comparable_identifiers(row))

    def _look_up(self, profile_urn: str, unique_user_id: str, email: str) -> bool:
        return bool(identifying_hashes(self._pseudonym_key(), profile_urn, unique_user_id, email) & self._hashes)
