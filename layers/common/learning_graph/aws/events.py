"""EventBridge: events about runs, snapshots and org sync."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from learning_graph.aws import clients

SOURCE = "learning-graph"


class EventBus:
    """Sends events of this project to one bus.

    Args:
        name: of the bus.
        bucket: name of the stack's bucket that the events are about. It is in every detail, so that a rule can tell
            the events of stacks on one bus apart.
    """

    def __init__(self, name: str, bucket: str) -> None:
        self._name, self._bucket = name, bucket

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Send one event.

        Raises:
            RuntimeError: EventBridge took the call but refused the entry.
        """
        text = json.dumps({"bucket": self._bucket, **detail})
        answer = clients.events().put_events(
            Entries=[{"Source": SOURCE, "DetailType": detail_type, "Detail": text, "EventBusName": self._name}]
        )
        if answer["FailedEntryCount"]:
            refusal = answer["Entries"][0]
            raise RuntimeError(f"EventBridge refused {detail_type!r}: {refusal.get('ErrorCode')}")
