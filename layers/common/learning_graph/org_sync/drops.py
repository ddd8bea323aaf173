"""A drop is one version of one key below `incoming/`; everything about it lies under keys made of its name."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Final

INCOMING: Final = "incoming/"
PEOPLE_LATEST: Final = "state/people/latest.json"
RELEASE_TAG: Final = "release"


@dataclass(frozen=True)
class Drop:
    """One version of a dropped file.

    Args:
        key: begins with `incoming/`.
        version: S3's version id.
    """

    key: str
    version: str

    @property
    def file(self) -> str:
        return self.key.removeprefix(INCOMING)

    @property
    def is_file(self) -> bool:
        """False for a folder marker."""
        return not self.key.endswith("/")

    @property
    def is_csv(self) -> bool:
        return self.key.lower().endswith(".csv")


def state_key(drop: Drop) -> str:
    return f"state/drops/{drop.file}/{drop.version}.json"


def facts_key(drop: Drop) -> str:
    """Return where a sent file's facts lie until it has been applied."""
    return f"state/drops/{drop.file}/{drop.version}.facts.gz"


def errors_key(drop: Drop) -> str:
    """Return where the errors of the newest version of a file lie."""
    return f"rejected/{drop.file}.errors.csv"


def version_errors_key(drop: Drop) -> str:
    """Return where the errors of this version stay when another version is dropped."""
    return f"rejected/{drop.file}/{drop.version}/errors.csv"


def rejected_summary_key(drop: Drop) -> str:
    return f"rejected/{drop.file.rstrip('/')}.summary.json"


def held_summary_key(drop: Drop) -> str:
    return f"held/{drop.file}/{drop.version}/summary.json"


def result_key(drop: Drop, job: str, name: str) -> str:
    """Return a key of `results/<file>/<job>/`; without a job `dry-run-…`, `automatic-…` or `failed-…` stands there."""
    return f"results/{drop.file}/{job}/{name}"


def release_command(bucket: str, drop: Drop) -> str:
    """Return the one documented way to release a held drop: copy it over itself with a tag naming its version.

    The key of the source stands in it as it is: the AWS CLI percent-encodes it, and would encode a percent sign again.
    """
    source = f"{bucket}/{drop.key}?versionId={drop.version}"
    words = ["aws", "s3api", "copy-object", "--bucket", bucket, "--key", drop.key, "--copy-source", source]
    words += ["--tagging-directive", "REPLACE", "--tagging", f"{RELEASE_TAG}={drop.version}"]
    return shlex.join(words)
