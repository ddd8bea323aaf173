"""A stack that is deployed in an AWS account: its outputs, and copies of what its graph bucket holds.

Region, credentials and endpoint are those that boto3 and the AWS CLI find (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from learning_graph.reports.snapshot import Snapshot
from learning_graph.store.graph_bucket import LATEST, manifest_key, reports_manifest_key, reports_prefix, run_of
from learning_graph.values.errors import ConfigurationError

_AT_ONCE = 8
_LONG_ANSWERS = Config(read_timeout=900)  # the longest that a function may work
_OWN_CONFIGURATION = (
    "See that `aws sts get-caller-identity` and `aws configure list` name the right account and region"
    " (AWS_PROFILE, AWS_REGION)."
)


@contextmanager
def aws_errors_explained(stack: str) -> Iterator[None]:
    """Turn an error of AWS into one with a resolution.

    Raises:
        ConfigurationError: in its place.
    """
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise ConfigurationError("--stack", f"{stack}: {error}", resolution=_OWN_CONFIGURATION) from error


class DeployedStack:
    """A stack by its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.s3: Any = boto3.client("s3")

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs by name."""
        [found] = boto3.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}

    def output(self, name: str) -> str:
        """Return an output of the stack.

        Raises:
            ConfigurationError: it has none of that name, so it is another application's.
        """
        if name not in self.outputs:
            raise ConfigurationError(
                "--stack", f"{self.name} has no output {name}", resolution="Name the stack that sam deploy made."
            )
        return self.outputs[name]

    @property
    def graph_bucket(self) -> str:
        return self.output("GraphBucketName")

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke the function that an output names, and return its answer.

        Raises:
            ConfigurationError: it ended with an error; says which.
        """
        answer = boto3.client("lambda", config=_LONG_ANSWERS).invoke(
            FunctionName=self.output(function), Payload=json.dumps(event).encode()
        )
        payload: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            resolution = 'The function\'s log says more: docs/runbook.md, "Before you start".'
            raise ConfigurationError(self.name, str(payload.get("errorMessage")), resolution=resolution)
        return payload

    def has(self, key: str) -> bool:
        """Tell whether the graph bucket has an object."""
        return key in self._keys(key)

    def newest_run(self) -> str:
        """Return the run of the newest snapshot.

        Raises:
            ConfigurationError: there is none yet.
        """
        try:
            latest = json.loads(self.s3.get_object(Bucket=self.graph_bucket, Key=LATEST)["Body"].read())
        except self.s3.exceptions.NoSuchKey:
            raise ConfigurationError(
                "--stack", f"{self.name} has no snapshot yet", resolution="Start a run: python -m local run."
            ) from None
        return str(latest["runId"])

    def copy_manifests(self, root: Path) -> None:
        """Copy the manifests of all snapshots, and those of their reports."""
        runs = [run for prefix in self._keys("graph/", folders=True) if (run := run_of(prefix))]
        self._copy([key for run in runs for key in (manifest_key(run), reports_manifest_key(run))], root)

    def copy_snapshot(self, run: str, root: Path) -> Snapshot:
        """Copy a snapshot's tables and its reports into a folder that is laid out as the bucket; return it.

        Raises:
            ConfigurationError: there is no such snapshot.
        """
        self._copy([manifest_key(run)], root)
        snapshot = Snapshot.open(root, run)
        tables = [file.key for files in snapshot.files.values() for file in files]
        self._copy([*tables, *self._keys(reports_prefix(run))], root)
        return snapshot

    def copy_configuration(self, root: Path) -> None:
        """Copy requirements and population files."""
        self._copy(self._keys("config/"), root)

    def _keys(self, prefix: str, *, folders: bool = False) -> list[str]:
        """Return the keys below a prefix, or the prefixes directly below it."""
        delimiter = {"Delimiter": "/"} if folders else {}
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.graph_bucket, Prefix=prefix, **delimiter)
        member, name = ("CommonPrefixes", "Prefix") if folders else ("Contents", "Key")
        return [found[name] for page in pages for found in page.get(member, ()) if folders or found["Key"][-1] != "/"]

    def _copy(self, keys: list[str], root: Path) -> None:
        """Copy those of some objects that exist."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda key: self._copy_one(key, root / key), keys))

    def _copy_one(self, key: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.s3.download_file(self.graph_bucket, key, str(path))
        except ClientError as error:
            if error.response["Error"]["Code"] != "404":
                raise
