"""The LinkedIn that a local run collects from: the built-in simulator, or another server that speaks the same API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.processes import Server

_COMBINED = ("86demo-combined", "demo+secret/combined=")
_CONTENT = ("86demo-content", "demo+secret/content=")
_REPORT = ("86demo-report", "demo+secret/report=")
# The provisioning shapes of the seed's table "Outcomes by setup", as the simulator's applications fill them in.
CREDENTIALS = {
    "combined": {"content": _COMBINED},
    "content": {"content": _CONTENT},
    "report": {"report": _REPORT},
    "two": {"content": _CONTENT, "report": _REPORT},
}
NO_SECRET = "{}"  # noqa: S105 - it is none
ORG_SYNC_TOKEN = "org-sync-demo-token"  # noqa: S105 - the simulator's


@dataclass(frozen=True)
class LinkedIn:
    """A server: where it is, and the text of the secrets that open it. `simulator` is its process, if it is ours."""

    api_url: str
    oauth_url: str
    secret: str
    org_sync_secret: str
    simulator: Server | None = None

    def close(self) -> None:
        if self.simulator:
            self.simulator.close()


def start_simulator(arguments: Sequence[str], credentials: str, log: Path) -> LinkedIn:
    """Start the simulator on a free port; waits until it listens.

    Args:
        arguments: its command-line options.
        credentials: a key of CREDENTIALS.
        log: where its errors go.

    Raises:
        ChildFailed: it refused its options; the log says why.
    """
    server = Server("local.simulator", ["--port", "0", "--exit-on-stdin-eof", *arguments], log=log)
    try:
        announced = server.announced
    except BaseException:
        server.close()
        raise
    return LinkedIn(
        api_url=announced["apiUrl"],
        oauth_url=announced["oauthUrl"],
        secret=secret_of(credentials),
        org_sync_secret=org_sync_secret(),
        simulator=server,
    )


def secret_of(credentials: str) -> str:
    """Return the text of LinkedIn's secret for a key of CREDENTIALS."""
    secret: dict[str, str] = {}
    for scope, (client_id, client_secret) in CREDENTIALS[credentials].items():
        secret |= {f"{scope}ClientId": client_id, f"{scope}ClientSecret": client_secret}
    return json.dumps(secret)


def org_sync_secret() -> str:
    """Return the text of the org-sync secret that the simulator accepts."""
    return json.dumps({"accessToken": ORG_SYNC_TOKEN})
