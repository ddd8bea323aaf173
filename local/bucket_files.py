"""A bucket's objects as files, one file per key."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

_AT_ONCE = 8
_LONGEST_NAME = 255  # bytes; a part of a key may be longer than file systems take


def save_bucket(s3: Any, bucket: str, folder: Path, saved: Mapping[str, str]) -> dict[str, str]:
    """Make the files below `folder` equal to the bucket's objects.

    Each file is replaced as a whole, and `latest.json` last, so that a killed run leaves nothing that only looks
    complete. A key that ends in `/` is a folder.

    Args:
        s3: boto3's client.
        bucket: its name.
        folder: where the files go.
        saved: what the call before returned; objects that have not changed since are left as they are.

    Returns:
        the ETag of each object, by key.
    """
    etags = _etags(s3, bucket)
    changed = [key for key, etag in etags.items() if saved.get(key) != etag]
    later = [key for key in changed if key.endswith("latest.json")]
    with ThreadPoolExecutor(_AT_ONCE) as executor:
        list(executor.map(lambda key: _save(s3, bucket, key, folder), (key for key in changed if key not in later)))
    for key in later:
        _save(s3, bucket, key, folder)
    _remove_others(folder, {_path_of(key, folder) for key in etags})
    return etags


def load_bucket(s3: Any, bucket: str, folder: Path) -> None:
    """Put every file below `folder` into the bucket, at its path as key."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]

    def load(path: Path) -> None:
        s3.put_object(Bucket=bucket, Key=path.relative_to(folder).as_posix(), Body=path.read_bytes())

    with ThreadPoolExecutor(_AT_ONCE) as executor:
        list(executor.map(load, files))


def _etags(s3: Any, bucket: str) -> dict[str, str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {found["Key"]: found["ETag"] for page in pages for found in page.get("Contents", ())}


def _save(s3: Any, bucket: str, key: str, folder: Path) -> None:
    path = _path_of(key, folder)
    if key.endswith("/"):
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{_digest(key)}.unfinished")
    with unfinished.open("wb") as file:
        shutil.copyfileobj(s3.get_object(Bucket=bucket, Key=key)["Body"], file)
    os.replace(unfinished, path)  # noqa: PTH105 - atomic, and names both


def _path_of(key: str, folder: Path) -> Path:
    """Return a path below the folder for any key."""
    return folder.joinpath(*map(_name_of, key.split("/")))


def _name_of(part: str) -> str:
    """Return a file's name for a part of a key: `..` is a valid one in S3, and so is a long one."""
    if set(part) == {"."}:
        return part.replace(".", "%2E")
    return part if len(part.encode()) <= _LONGEST_NAME else f"{part[:40]}~{_digest(part)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _remove_others(folder: Path, kept: Iterable[Path]) -> None:
    kept = set(kept)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path not in kept:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
