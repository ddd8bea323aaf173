"""One moto server and one unchanging simulator per session; a test that changes LinkedIn starts its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from local.in_process_aws import InProcessAws
from local.linkedin_side import LinkedIn
from tests.integration.support import Lab, Reference, lab_of, reference_of, running_cloud, running_simulator


@pytest.fixture(scope="session")
def cloud() -> Iterator[InProcessAws]:
    with running_cloud() as started:
        yield started


@pytest.fixture(scope="session")
def linkedin() -> Iterator[LinkedIn]:
    """An account that no test changes."""
    with running_simulator() as started:
        yield started


@pytest.fixture
def lab(cloud: InProcessAws, linkedin: LinkedIn) -> Lab:
    return lab_of(cloud, linkedin)


@pytest.fixture(scope="session")
def reference(cloud: InProcessAws, linkedin: LinkedIn) -> Reference:
    """What a run over 14 days makes of the unchanging account where nothing goes wrong."""
    return reference_of(lab_of(cloud, linkedin))


@pytest.fixture
def own_lab(cloud: InProcessAws) -> Iterator[Callable[..., Lab]]:
    """Makes a lab with a simulator of its own, from options of the simulator."""
    with ExitStack() as stack:

        def make(*arguments: str) -> Lab:
            return lab_of(cloud, stack.enter_context(running_simulator(*arguments)))

        yield make
