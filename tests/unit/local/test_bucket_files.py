"""The files of a bucket's objects: every key has one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from local.bucket_files import save_bucket


class FakeS3:
    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects
        self.read: list[str] = []

    def get_paginator(self, _: str) -> FakeS3:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"Contents": [{"Key": key, "ETag": body.decode()} for key, body in self.objects.items()]}]

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        self.read.append(Key)
        return {"Body": io.BytesIO(self.objects[Key])}


@pytest.mark.parametrize("name", ["people.csv", "..", "x" * 250, "x" * 900, "\u65e5" * 100, " a+b%20?.csv"])
def test_an_object_of_any_key_is_saved_and_an_old_file_removed(name: str, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("old")
    keys = [f"incoming/{name}", f"rejected/{name}.errors.csv", f"results/{name}/1/result.csv"]
    save_bucket(FakeS3({key: key.encode() for key in keys}), "bucket", tmp_path, {})
    found = [path.read_bytes().decode() for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(found) == sorted(keys)


def test_what_was_saved_before_is_read_again_only_where_it_has_changed(tmp_path: Path) -> None:
    s3 = FakeS3({"same": b"1", "changed": b"1", "removed": b"1"})
    saved = save_bucket(s3, "bucket", tmp_path, {})
    s3.objects = {"same": b"1", "changed": b"2", "new": b"1"}
    s3.read.clear()
    saved = save_bucket(s3, "bucket", tmp_path, saved)
    assert sorted(s3.read) == ["changed", "new"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == s3.objects
    s3.objects |= {"removed": b"1"}
    save_bucket(s3, "bucket", tmp_path, saved)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == s3.objects
