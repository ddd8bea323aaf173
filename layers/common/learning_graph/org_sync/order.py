"""Order: the versions of one key are applied as they were written."""

from __future__ import annotations

from learning_graph.aws.drops import DropBucket
from learning_graph.org_sync.drops import Drop
from learning_graph.org_sync.progress import Later, patience
from learning_graph.org_sync.state import Handle, States

_S3_MAY_STILL_TELL = 60_000  # milliseconds


def waits_for_earlier(store: DropBucket, states: States, handle: Handle, now_ms: int) -> Later | None:
    """Return how long to wait for the end of an earlier version, None where the drop may go on.

    A version ends only after all earlier ones, so looking back stops at the first that has ended. One that nobody has
    told of for a minute (S3 may tell late), or whose worker's lease is over (its message was lost), is named, so that a
    message is sent in its place.
    """
    drop = handle.drop
    waited = now_ms - handle.state.first_seen_at
    for version in _before(store, drop):
        earlier = states.find(Drop(drop.key, version))
        if earlier and earlier.state.stage == "ended":
            return None
        is_lost = waited >= _S3_MAY_STILL_TELL if earlier is None else earlier.state.lease_until <= now_ms
        lost = Drop(drop.key, version) if is_lost else None
        return Later(patience(waited), f"waits for version {version} of the file", lost)
    return None


def is_withdrawn(store: DropBucket, drop: Drop) -> bool:
    """Tell whether the file was deleted right after this version was written."""
    history = store.history(drop.key)
    following = next((at for at, entry in enumerate(history, 1) if entry.id == drop.version), len(history))
    return following < len(history) and history[following].is_deletion


def _before(store: DropBucket, drop: Drop) -> list[str]:
    """Return the versions before a drop, newest first."""
    ids: list[str] = []
    for entry in store.history(drop.key):
        if entry.id == drop.version:
            break
        if not entry.is_deletion:
            ids.insert(0, entry.id)
    return ids
