"""A dropped HR file, from the bucket's event to its result, with `sam local invoke`."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from local.place import ROOT
from local.sam_local import SamLocal
from tests.e2e.sam import Containers
from tests.e2e.world import Queues

pytestmark = pytest.mark.e2e

SAMPLE = ROOT / "local" / "samples" / "people.csv"
# The job is polled with growing delays; a small file needs few.
_TRACKING_SECONDS = 120


class Drops:
    """The org-sync bucket."""

    def __init__(self, world: SamLocal) -> None:
        self._s3 = world.deployment.client("s3")
        self.name = world.deployment.name_of("OrgSyncBucket")

    def drop(self, key: str, data: bytes) -> str:
        version: str = self._s3.put_object(Bucket=self.name, Key=key, Body=data)["VersionId"]
        return version

    def keys(self, prefix: str) -> list[str]:
        answer = self._s3.list_objects_v2(Bucket=self.name, Prefix=prefix)
        return [found["Key"] for found in answer.get("Contents", ())]

    def read(self, key: str) -> Any:
        return json.loads(self._s3.get_object(Bucket=self.name, Key=key)["Body"].read())


@pytest.fixture(scope="module")
def drops(world: SamLocal) -> Drops:
    return Drops(world)


def uploading(name: str, drops: Drops, version: str) -> dict[str, Any]:
    """Return a shipped event, about a version in the bucket here."""
    event: dict[str, Any] = json.loads((ROOT / "events" / name).read_text())
    body = json.loads(event["Records"][0]["body"])
    body["Records"][0]["s3"]["bucket"] |= {"name": drops.name, "arn": f"arn:aws:s3:::{drops.name}"}
    body["Records"][0]["s3"]["object"]["versionId"] = version
    event["Records"][0]["body"] = json.dumps(body)
    return event


def shipped(name: str) -> Any:
    return json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "back"),
    [
        ("org-sync-upload", []),
        ("org-sync-upload-encoded-key", []),
        ("org-sync-upload-folder-marker", []),
        ("org-sync-upload-test-event", []),
        ("org-sync-upload-good-and-bad", [1, 2]),
    ],
)
def test_the_shipped_drops_are_handled_as_they_are(containers: Containers, name: str, back: list[int]) -> None:
    event = shipped(name)
    failed = [{"itemIdentifier": event["Records"][place]["messageId"]} for place in back]
    assert containers.invoke("UploadOrgSyncFunction", event) == {"batchItemFailures": failed}


def test_a_good_file_is_uploaded_and_followed_to_its_result(
    containers: Containers, queues: Queues, drops: Drops
) -> None:
    version = drops.drop("incoming/people.csv", SAMPLE.read_bytes())
    event = uploading("org-sync-upload.json", drops, version)
    assert containers.invoke("UploadOrgSyncFunction", event) == {"batchItemFailures": []}
    end = time.monotonic() + _TRACKING_SECONDS
    while not drops.keys("results/people.csv/") and time.monotonic() < end:
        tracking = queues.take("OrgSyncTrackingQueue")
        if tracking["Records"]:
            assert containers.invoke("TrackOrgSyncFunction", tracking) == {"batchItemFailures": []}
        time.sleep(0.5)
    [summary] = [key for key in drops.keys("results/people.csv/") if key.endswith("summary.json")]
    assert drops.read(summary)["outcome"] in {"accepted", "converted"}


def test_a_bad_file_is_refused_before_linkedin_sees_it(containers: Containers, drops: Drops) -> None:
    version = drops.drop("incoming/HR export+Ü 1.csv", b"no_such_column\nx\n")
    event = uploading("org-sync-upload-encoded-key.json", drops, version)
    assert containers.invoke("UploadOrgSyncFunction", event) == {"batchItemFailures": []}
    assert drops.keys("rejected/HR export+Ü 1.csv")


def test_a_message_that_is_not_ours_comes_back(containers: Containers) -> None:
    event = json.loads((ROOT / "events" / "org-sync-tracking-good-and-bad.json").read_text())
    answer = containers.invoke("TrackOrgSyncFunction", event)
    failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
    assert event["Records"][1]["messageId"] in failed
