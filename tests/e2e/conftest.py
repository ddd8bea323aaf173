"""Builds once, serves LinkedIn and AWS once, and fails with the reason where that is not possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from local.place import ROOT
from local.sam_local import SamLocal, architecture
from tests.e2e import sam
from tests.e2e.world import GraphObjects, Queues

OUT = ROOT / "build" / "e2e"
REPORT: list[str] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if REPORT:
        terminalreporter.section("shipped")
        for line in REPORT:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def report() -> list[str]:
    """Lines for the end of the test run."""
    return REPORT


@pytest.fixture(scope="session")
def build_for() -> Callable[[str], Path]:
    """`sam build` for an architecture, once."""

    @cache
    def built(wanted: str) -> Path:
        try:
            return sam.build(OUT / f"sam-{wanted}", wanted)
        except sam.CannotTest as reason:
            pytest.fail(str(reason), pytrace=False)

    return built


@pytest.fixture(scope="session")
def built(build_for: Callable[[str], Path]) -> Path:
    return build_for(architecture())


@pytest.fixture(scope="session")
def world() -> Iterator[SamLocal]:
    with SamLocal(OUT / "world") as served:
        yield served


@pytest.fixture(scope="session")
def containers(built: Path, world: SamLocal) -> sam.Containers:
    try:
        arguments = [*world.arguments, *sam.engine_arguments(architecture())]
    except sam.CannotTest as reason:
        pytest.fail(str(reason), pytrace=False)
    return sam.Containers(built, arguments, world.sam_environment)


@pytest.fixture(scope="session")
def queues(world: SamLocal) -> Queues:
    return Queues(world)


@pytest.fixture(scope="session")
def bucket(world: SamLocal) -> GraphObjects:
    return GraphObjects(world)
