"""Starts the peer in a process of its own and talks to it, as a test or a person needs it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.peer.server import CLIENT_ID, CLIENT_SECRET

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Peer:
    """A running peer: its addresses and the instant (epoch ms) its data counts back from."""

    api_url: str
    oauth_url: str
    base: int

    def ask(self, address: str, token: str | None = None, form: dict[str, str] | None = None) -> tuple[int, Any]:
        """One request to a path of the peer; answers the status and the decoded body."""
        data = urlencode(form).encode() if form is not None else None
        request = Request(self.api_url + address, data=data)
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)

    def token(self) -> str:
        form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return str(self.ask("/oauth/v2/accessToken", form=form)[1]["access_token"])


def write_secret(path: Path) -> Path:
    """Write the secret's JSON as `--secret` wants it: one combined pair."""
    path.write_text(json.dumps({"contentClientId": CLIENT_ID, "contentClientSecret": CLIENT_SECRET}))
    return path


@contextmanager
def running_peer(*options: str) -> Iterator[Peer]:
    """Run the peer on a free port until the block ends."""
    command = [sys.executable, "-m", "tests.peer.server", "--exit-on-stdin-eof", *options]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield Peer(told["apiUrl"], told["oauthUrl"], told["base"])
        process.stdin.close()
        process.wait(timeout=10)
