"""The messages of org sync's two queues: S3's notifications, and its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus

from learning_graph.store.org_sync_bucket import INCOMING, Drop
from learning_graph.values.errors import ConfigurationError

_RESOLUTION: Final = (
    "It stays in the dead-letter queue; org sync reads S3's notifications of its own bucket, and its own messages."
)


@dataclass(frozen=True)
class UploadRequest:
    """A drop that a message of the upload queue names.

    Args:
        version: None where the notification has none (an event made by hand).
        owner: the message that has claimed the drop, None for a notification of S3.
    """

    key: str
    version: str | None
    owner: str | None = None


def read_upload_message(body: str, bucket: str) -> list[UploadRequest]:
    """Return the drops that a message of the upload queue names; none for S3's test event.

    Raises:
        ConfigurationError: it is neither a notification of S3 nor a message of org sync.
    """
    message = _object(body)
    if message.get("Event") == "s3:TestEvent":
        return []
    if "drop" in message:
        drop = _own(message["drop"])
        return [UploadRequest(drop.key, drop.version, message.get("owner"))]
    records = message.get("Records")
    if not isinstance(records, list) or not records:
        raise ConfigurationError("Records", "the message is no S3 notification", resolution=_RESOLUTION)
    return [_notified(record, bucket) for record in records]


def upload_message(drop: Drop, owner: str | None = None) -> str:
    """Return a message of org sync; without an owner it replaces a missing notification of S3."""
    return json.dumps({"drop": {"key": drop.key, "versionId": drop.version}, "owner": owner})


def read_tracking_message(body: str) -> Drop:
    """Return the drop that a message of the tracking queue names.

    Raises:
        ConfigurationError: it is not a message of org sync.
    """
    return _own(_object(body).get("drop"))


def tracking_message(drop: Drop) -> str:
    return json.dumps({"drop": {"key": drop.key, "versionId": drop.version}})


def _notified(record: Any, bucket: str) -> UploadRequest:
    try:
        if record["eventSource"] != "aws:s3":
            raise ConfigurationError("eventSource", "the record is not from S3", resolution=_RESOLUTION)
        name = record["s3"]["bucket"]["name"]
        found = record["s3"]["object"]
        key = unquote_plus(found["key"])
        version = found.get("versionId")
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError("Records", "a record lacks what S3 sends", resolution=_RESOLUTION) from error
    if name != bucket:
        raise ConfigurationError("bucket", f"the record is about another bucket than {bucket}", resolution=_RESOLUTION)
    if not key.startswith(INCOMING):
        raise ConfigurationError("key", f"the object does not lie below {INCOMING}", resolution=_RESOLUTION)
    return UploadRequest(key, version or None)


def _own(value: Any) -> Drop:
    if not isinstance(value, Mapping):
        raise ConfigurationError("drop", "is missing", resolution=_RESOLUTION)
    drop = Drop(_text(value, "key"), _text(value, "versionId"))
    if not drop.key.startswith(INCOMING):
        raise ConfigurationError("key", f"does not lie below {INCOMING}", resolution=_RESOLUTION)
    return drop


def _text(value: Mapping[str, Any], member: str) -> str:
    text = value.get(member)
    if not isinstance(text, str) or not text:
        raise ConfigurationError(member, "is missing", resolution=_RESOLUTION)
    return text


def _object(body: str) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except ValueError as error:
        raise ConfigurationError("message", "is not JSON", resolution=_RESOLUTION) from error
    if not isinstance(message, dict):
        raise ConfigurationError("message", "is not a JSON object", resolution=_RESOLUTION)
    return message
