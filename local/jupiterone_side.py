"""JupiterOne for `python -m local demo --jupiterone`: the strict stand-in in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from local.jupiterone.server import ACCESS_TOKEN, ACCOUNT_ID, GRAPH_PATH
from local.processes import Server
from local.stack import JUPITERONE_SECRET, LocalStack

SCOPE = "linkedin-learning"
_STATE = "publishing/jupiterone.json"


class JupiterOneSide(AbstractContextManager["JupiterOneSide"]):
    """The stand-in, from its start to the end of the `with`; without `wanted` nothing is started or published."""

    def __init__(self, out: Path, *, wanted: bool) -> None:
        self._out = out
        self._server = Server("local.jupiterone", [], log=out / "logs" / "jupiterone.log") if wanted else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()

    @property
    def parameters(self) -> dict[str, str]:
        """The template's parameters that let snapshots be published here."""
        if self._server is None:
            return {}
        return {"JupiterOneScope": SCOPE, "JupiterOneApiUrl": self._server.announced["apiUrl"]}

    @property
    def secrets(self) -> dict[str, str]:
        """The secret that opens the account."""
        return {JUPITERONE_SECRET: json.dumps({"accountId": ACCOUNT_ID, "accessToken": ACCESS_TOKEN})}

    def save(self) -> None:
        """Write what the account holds to `jupiterone-account.json`."""
        if self._server:
            graph = requests.get(self._server.announced["apiUrl"] + GRAPH_PATH, timeout=60)
            graph.raise_for_status()
            (self._out / "jupiterone-account.json").write_bytes(graph.content)


def publication(stack: LocalStack) -> dict[str, Any]:
    """Return the state of publishing, empty before the first publication."""
    found = stack.s3.list_objects_v2(Bucket=stack.bucket("GraphBucket"), Prefix=_STATE)
    if not found.get("KeyCount"):
        return {}
    body = stack.s3.get_object(Bucket=stack.bucket("GraphBucket"), Key=_STATE)["Body"].read()
    state: dict[str, Any] = json.loads(body)
    return state


def publication_lines(state: Mapping[str, Any]) -> list[str]:
    """Return the lines that describe a publication."""
    if failure := state.get("failure"):
        return ["", f"JupiterOne: FAILED: {failure['reason']}", f"  {failure['resolution']}"]
    if not (published := state.get("published")):
        return ["", "JupiterOne: nothing was published"]
    changed = ", ".join(f"{count:,} {name}" for name, count in sorted(published["changed"].items()) if count)
    return [
        "",
        f"JupiterOne: scope {published['scope']} holds run {published['runId']}",
        f"  uploaded   {published['entities']:,} entities, {published['relationships']:,} relationships",
        f"  changed    {changed or 'nothing'}",
    ]
