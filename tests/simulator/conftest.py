"""A small simulator, reached over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator_thread import SimulatorThread

NOW = 1_795_276_800_000  # 2026-11-21T16:00:00Z
DAY = 86_400_000
SMALL = (
    "--now=2026-11-21T16:00:00Z",
    "--learners=45",
    "--courses=70",
    "--paths=20",
    "--videos=160",
    "--groups=5",
    "--history-days=60",
    "--future-days=5",
    "--sessions-per-week=8",
    "--job-seconds=0.01",
)
SAMPLES = Path(__file__).parents[1] / "data" / "linkedin-samples"


class Running(SimulatorThread):
    """``get`` sends the token of the combined demo client."""

    def __init__(self, *arguments: str) -> None:
        super().__init__(*SMALL, *arguments)
        self.session = requests.Session()
        self._tokens: dict[str, str] = {}

    def close(self) -> None:
        self.session.close()
        super().close()

    def mint(self, kind: str = "combined", **changes: str | None) -> requests.Response:
        form: dict[str, str | None] = {
            "grant_type": "client_credentials",
            "client_id": f"86demo-{kind}",
            "client_secret": f"demo+secret/{kind}=",
        }
        return self.session.post(f"{self.url}/oauth/v2/accessToken", data=form | changes, timeout=20)

    def token(self, kind: str = "combined") -> str:
        if kind not in self._tokens:
            self._tokens[kind] = self.mint(kind).json()["access_token"]
        return self._tokens[kind]

    def forget_tokens(self) -> None:
        self._tokens.clear()

    def get(self, path: str, *, kind: str = "combined", timeout: float = 20) -> requests.Response:
        return self.session.get(
            self.url + path, headers={"Authorization": f"Bearer {self.token(kind)}"}, timeout=timeout
        )

    def json(self, path: str) -> Any:
        response = self.get(path)
        assert response.status_code == 200, (path, response.status_code, response.text[:300])
        return response.json()

    def walk(self, path: str) -> list[Any]:
        """All elements, following ``next``."""
        found = []
        href: str | None = path
        while href:
            page = self.json(href)
            found += page["elements"]
            href = next((link["href"] for link in page["paging"]["links"] if link["rel"] == "next"), None)
        return found

    def control(self, name: str, value: Any = None, method: str | None = None) -> Any:
        verb = method or ("GET" if value is None else "POST")
        response = self.session.request(verb, f"{self.url}/_simulator/{name}", json=value, timeout=20)
        assert response.status_code < 300, response.text
        if response.headers.get("Content-Type") == "application/x-ndjson":
            return [json.loads(line) for line in response.text.split("\n") if line]
        return response.json() if response.content else None


@pytest.fixture(scope="session")
def shared() -> Iterator[Running]:
    """One for all tests that change nothing."""
    running = Running()
    yield running
    running.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Starts simulators with options of the test's own."""
    started: list[Running] = []

    def begin(*arguments: str) -> Running:
        started.append(Running(*arguments))
        return started[-1]

    yield begin
    for running in started:
        running.close()


@pytest.fixture
def sample() -> Callable[[str], Any]:
    """A sample file of the API reference, decoded."""
    return lambda name: json.loads((SAMPLES / name).read_text(encoding="utf-8"))


def report_path(start: int = NOW - 14 * DAY, days: int = 14, primary: str = "INDIVIDUAL", **more: Any) -> str:
    """A path for reports; ``secondary``, ``assetType`` and others by name, dots written as double underscores."""
    values = {
        "q": "criteria",
        "startedAt": start,
        "timeOffset.unit": "DAY",
        "timeOffset.duration": days,
        "aggregationCriteria.primary": primary,
        "count": 1000,
    }
    if "secondary" in more:
        values["aggregationCriteria.secondary"] = more.pop("secondary")
    values |= {name.replace("__", "."): value for name, value in more.items()}
    return "/v2/learningActivityReports?" + "&".join(f"{name}={value}" for name, value in values.items())


def criteria_path(kind: str = "COURSE", count: int = 100, **more: Any) -> str:
    """A path for the criteria finder; filters by name, ``retrieval``/``presentation`` ones with their prefix."""
    values: dict[str, Any] = {"q": "criteria", "assetFilteringCriteria.assetTypes[0]": kind, "count": count}
    values |= {name.replace("__", "."): value for name, value in more.items()}
    return "/v2/learningAssets?" + "&".join(f"{name}={value}" for name, value in values.items())
