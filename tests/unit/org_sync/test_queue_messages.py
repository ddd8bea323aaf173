"""Messages: S3's notifications with keys that need decoding, ours, and what is neither."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from learning_graph.org_sync.queue_messages import (
    UploadRequest,
    read_tracking_message,
    read_upload_message,
    tracking_message,
    upload_message,
)
from learning_graph.store.org_sync_bucket import Drop
from learning_graph.values.errors import ConfigurationError

EVENTS = Path(__file__).resolve().parents[3] / "events"
BUCKET = "learning-graph-orgsyncbucket"
DROP = Drop("incoming/HR export+Ü 1.csv", "v1")


def bodies(name: str) -> list[str]:
    return [record["body"] for record in json.loads((EVENTS / f"{name}.json").read_text())["Records"]]


def test_the_shipped_s3_events_are_read_with_their_decoded_keys() -> None:
    [plain] = bodies("org-sync-upload")
    [encoded] = bodies("org-sync-upload-encoded-key")
    assert read_upload_message(plain, BUCKET) == [UploadRequest("incoming/people.csv", None)]
    assert read_upload_message(encoded, BUCKET) == [UploadRequest("incoming/HR export+Ü 1.csv", None)]


def test_s3s_test_event_tells_of_no_drop() -> None:
    [body] = bodies("org-sync-upload-test-event")
    assert read_upload_message(body, BUCKET) == []


def test_our_own_messages_come_back_as_they_were_sent() -> None:
    assert read_upload_message(upload_message(DROP, "owner"), BUCKET) == [UploadRequest(DROP.key, "v1", "owner")]
    assert read_upload_message(upload_message(DROP), BUCKET) == [UploadRequest(DROP.key, "v1", None)]
    assert read_tracking_message(tracking_message(DROP)) == DROP


def s3(**changes: Any) -> str:
    found = {"key": "incoming/x.csv", "versionId": "v"} | changes
    bucket = found.pop("bucket", BUCKET)
    source = found.pop("source", "aws:s3")
    record = {"eventSource": source, "s3": {"bucket": {"name": bucket}, "object": found}}
    return json.dumps({"Records": [record]})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("not one of ours", "message"),
        ("[]", "message"),
        ("{}", "Records"),
        ('{"Records": []}', "Records"),
        ('{"Records": [{}]}', "Records"),
        ('{"Records": [{"eventSource": "aws:s3", "s3": 5}]}', "Records"),
        (s3(source="aws:sns"), "eventSource"),
        (s3(bucket="another"), "bucket"),
        (s3(key="results/x.csv"), "key"),
        (s3(key=5), "Records"),
        ('{"drop": 5}', "drop"),
        ('{"drop": {"key": "incoming/x.csv"}}', "versionId"),
        ('{"drop": {"key": "elsewhere/x.csv", "versionId": "v"}}', "key"),
    ],
)
def test_a_message_that_is_not_ours_is_refused_by_its_member(body: str, field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_upload_message(body, BUCKET)
    assert caught.value.field == field
    assert caught.value.resolution


@pytest.mark.parametrize("body", ["not one of ours", "{}", '{"drop": {"key": 1, "versionId": "v"}}'])
def test_a_tracking_message_that_is_not_ours_is_refused(body: str) -> None:
    with pytest.raises(ConfigurationError):
        read_tracking_message(body)
