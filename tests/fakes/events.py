"""An event bus in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from learning_graph.aws.events import EventBus
from tests.fakes.effects import Effects


class FakeEventBus(EventBus):
    """What `EventBus` offers; `sent` is what it was told, `(detail type, detail)` as a receiver decodes it."""

    def __init__(self, *, effects: Effects | None = None) -> None:
        super().__init__("default", "graph-bucket")
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.effects = effects or Effects()

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        self.effects.happen(f"event {detail_type}")
        self.sent.append((detail_type, json.loads(json.dumps(detail))))
