"""Builds erase_learner."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.events import EventBus
from learning_graph.composition.settings import EraseSettings
from learning_graph.runs.erase_learner import Erased, erase_learner, read_request
from learning_graph.values import clock


def erase(event: dict[str, Any], environment: Mapping[str, str] = os.environ) -> Erased:
    """Erase the learner whom an event names."""
    settings = EraseSettings.read(environment)
    return erase_learner(
        read_request(event),
        bucket=Bucket(settings.graph_bucket),
        bus=EventBus(settings.event_bus_name),
        clock=clock.utc_now,
    )
