"""The org-sync bucket over moto: versions in order, tags, ranges; what it has of any bucket is in `unit/fakes`."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from learning_graph.aws import clients, drops
from learning_graph.aws.drops import DropBucket, Version
from tests.fakes.moto_in_process import moto_in_process

KEY = "incoming/hr export+ü.csv"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[DropBucket]:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with moto_in_process():
        clients._client.cache_clear()
        name = f"org-sync-{uuid4()}"
        clients.s3().create_bucket(Bucket=name)
        clients.s3().put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        yield DropBucket(name)
    clients._client.cache_clear()


def put(bucket: DropBucket, key: str, data: bytes, tags: str = "") -> str:
    return clients.s3().put_object(Bucket=bucket.name, Key=key, Body=data, Tagging=tags)["VersionId"]


def test_the_history_of_a_key_is_in_the_order_written_and_of_that_key_alone(bucket: DropBucket) -> None:
    first, second = put(bucket, KEY, b"1"), put(bucket, KEY, b"2")
    put(bucket, KEY + ".old", b"other")
    deletion = clients.s3().delete_object(Bucket=bucket.name, Key=KEY)["VersionId"]
    assert bucket.current_version(KEY) is None
    third = put(bucket, KEY, b"3")
    # All within a second or two: S3's times say nothing of their order.
    assert bucket.history(KEY) == [
        Version(first, is_deletion=False),
        Version(second, is_deletion=False),
        Version(deletion, is_deletion=True),
        Version(third, is_deletion=False),
    ]
    assert bucket.current_version(KEY) == third


def test_a_version_has_a_size_and_tags_until_it_is_gone(bucket: DropBucket) -> None:
    version = put(bucket, KEY, b"12345", tags="release=abc")
    found = bucket.look(KEY, version)
    assert found is not None
    assert (found.size, found.tags) == (5, {"release": "abc"})
    clients.s3().delete_object(Bucket=bucket.name, Key=KEY, VersionId=version)
    assert bucket.look(KEY, version) is None
    assert bucket.look("incoming/never.csv", version) is None


def test_the_command_that_releases_a_held_file_makes_a_version_with_the_tag(bucket: DropBucket) -> None:
    held = put(bucket, KEY, b"people")
    clients.s3().copy_object(
        Bucket=bucket.name,
        Key=KEY,
        CopySource={"Bucket": bucket.name, "Key": KEY, "VersionId": held},
        TaggingDirective="REPLACE",
        Tagging=f"release={held}",
    )
    released = bucket.current_version(KEY)
    assert released not in {None, held}
    found = bucket.look(KEY, released or "")
    assert found is not None
    assert found.tags == {"release": held}


def test_a_large_object_is_read_in_ranges_and_whole(bucket: DropBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drops, "RANGE_BYTES", 1000)
    monkeypatch.setattr(drops, "PIECE_BYTES", 300)
    data = bytes(range(256)) * 13
    version = put(bucket, KEY, data)
    put(bucket, KEY, b"something newer")
    pieces = list(bucket.stream(KEY, version, len(data)))
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) == 300
    assert list(bucket.stream(KEY, version, 0)) == []
