"""Which learners were erased, as the graph bucket remembers them."""

from __future__ import annotations

from learning_graph.aws.bucket import Bucket
from learning_graph.values import erasure


def erased_identities(bucket: Bucket) -> frozenset[str]:
    """Return the identity hashes of every learner who was erased."""
    return frozenset(key.removeprefix(erasure.PREFIX).removesuffix(".json") for key in bucket.keys(erasure.PREFIX))
