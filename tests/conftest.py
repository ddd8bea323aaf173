"""Files of long tests begin first: with several workers, the last to begin should be short."""

from __future__ import annotations

import pytest

# Parts of a path.
_LONG = frozenset({"integration", "browser", "runs_lifecycle", "test_merge_properties.py", "test_once_and_in_order.py"})


def pytest_configure(config: pytest.Config) -> None:
    # xdist would begin with the files of most tests; the longest are those of few.
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _LONG.isdisjoint(item.path.parts))
