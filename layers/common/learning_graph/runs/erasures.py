"""The erased learners, as recorded in the graph bucket (ADR 0007)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from learning_graph.aws.bucket import Bucket
from learning_graph.graph.rows import LearnerRow, comparable_identifiers
from learning_graph.store import graph_bucket
from learning_graph.values.erasure import digest_of, identifying_hashes, is_mark_of_key, mark_of_key
from learning_graph.values.errors import ConfigurationError
from learning_graph.values.pseudonyms import PSEUDONYM_SECRET


class ErasedLearners:
    """The learners who had been erased when the bucket was last read.

    Args:
        bucket: the graph bucket.
        pseudonym_key: returns the key of the hashes; called only if a learner was erased.
    """

    def __init__(self, bucket: Bucket, pseudonym_key: Callable[[], bytes]) -> None:
        self._bucket, self._pseudonym_key = bucket, pseudonym_key
        self._hashes: frozenset[str] = frozenset()
        self._marks: frozenset[str] = frozenset()
        self._key: bytes | None = None
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
        noted = frozenset(map(graph_bucket.erased_hash, self._bucket.keys(graph_bucket.ERASURES)))
        self._marks = frozenset(filter(is_mark_of_key, noted))
        if noted - self._marks == self._hashes:
            return False
        self._hashes = noted - self._marks
        self._is_erased.cache_clear()
        return True

    def is_erased(self, profile_urn: str, unique_user_id: str, email: str) -> bool:
        """Return whether the learner with these identifiers was erased.

        Args:
            profile_urn: as it is compared (`values.identity`), like the other two; empty where there is none.
            unique_user_id: likewise.
            email: likewise.

        Raises:
            ConfigurationError: the key is not the one with which learners were erased.
        """
        return bool(self._hashes) and self._is_erased(profile_urn, unique_user_id, email)

    def is_erased_row(self, row: LearnerRow) -> bool:
        """Return whether a learner of a part was erased."""
        return self.is_erased(*comparable_identifiers(row))

    def _look_up(self, profile_urn: str, unique_user_id: str, email: str) -> bool:
        if self._key is None:
            self._key = self._checked_key()
        return bool(identifying_hashes(self._key, profile_urn, unique_user_id, email) & self._hashes)

    def _checked_key(self) -> bytes:
        """Return the key.

        Raises:
            ConfigurationError: nobody was erased with it: whoever was erased would come back.
        """
        key = self._pseudonym_key()
        # Notes without any mark are from a release that wrote none.
        if self._marks and mark_of_key(key) not in self._marks:
            raise ConfigurationError(
                PSEUDONYM_SECRET,
                f"the secret's key is not the one of the notes under {graph_bucket.ERASURES}",
                resolution="Put the earlier key back into the secret, or erase with the new key everybody who was ever "
                "erased.",
            )
        return key
