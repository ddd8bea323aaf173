"""Messages in dead-letter queues: each is kept in the bucket, and ends the shard or assembly it was for."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

import msgspec

from learning_graph.runs.close_runs import RunCloser
from learning_graph.runs.run_messages import AssemblyMessage, ShardMessage, read_message
from learning_graph.values.errors import ConfigurationError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DeadLetter:
    """A message as the dead-letter queue delivered it."""

    queue: str
    message_id: str
    body: str


def record_dead_letter(letter: DeadLetter, closer: RunCloser) -> Literal["shard", "run"] | None:
    """Store the message at `dead-letters/<queue>/<message id>.json`, and end the shard or the run it was for.

    Returns:
        what has failed because of it; None where that had ended before, or the message is of no run.
    """
    kept = msgspec.json.encode({"queue": letter.queue, "messageId": letter.message_id, "body": letter.body})
    closer.bucket.write(f"dead-letters/{letter.queue}/{letter.message_id}.json", kept)
    try:
        message = _read(letter)
        if isinstance(message, ShardMessage):
            return "shard" if closer.give_up_shard(message) else None
        return "run" if closer.give_up_assembly(message) else None
    except ConfigurationError as error:
        # Not a message of this project, or its run no longer exists: it is only stored.
        details = {"queue": letter.queue, "message_id": letter.message_id, "error": type(error).__name__}
        _log.warning("dead letter of no run", extra=details)
        return None


def _read(letter: DeadLetter) -> ShardMessage | AssemblyMessage:
    try:
        return read_message(letter.body, ShardMessage, letter.queue)
    except ConfigurationError:
        return read_message(letter.body, AssemblyMessage, letter.queue)
