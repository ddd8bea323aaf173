"""Brings messages from the queues to functions as Lambda's event source mappings do, one turn at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.in_process_aws import InProcessAws
from local.place import REGION
from local.wiring import QueueTrigger

Json = dict[str, Any]
Invoke = Callable[[str, Json], Any]
_ASKED_FOR = ("CollectCatalog", "CollectActivity", "AssembleGraph", "RecordDeadLetters")


@dataclass(frozen=True)
class Batch:
    """Messages that were received together for one invocation."""

    trigger: QueueTrigger
    messages: tuple[Any, ...]

    @property
    def event(self) -> Json:
        return {"Records": [self._record(message) for message in self.messages]}

    @property
    def body(self) -> Json:
        """The JSON object of the first message, empty where it is none."""
        try:
            found = json.loads(self.messages[0].body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _record(self, message: Any) -> Json:
        return {
            "messageId": message.id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(message.approximate_receive_count),
                "SentTimestamp": str(message.sent_timestamp),
                "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
                "SenderId": str(message.sender_id),
            },
            "messageAttributes": {},
            "md5OfBody": message.body_md5,
            "eventSource": "aws:sqs",
            "eventSourceARN": self.trigger.queue_arn,
            "awsRegion": REGION,
        }


class EventSourceMappings:
    """The mappings of the collection run; `invoke` raises if a function fails as a whole."""

    def __init__(self, cloud: InProcessAws, invoke: Invoke) -> None:
        self._cloud = cloud
        self._invoke = invoke
        found = cloud.deployment.wiring.queue_triggers
        self.triggers = [trigger for trigger in found if trigger.function.startswith(_ASKED_FOR)]

    def receive(self, trigger: QueueTrigger) -> Batch | None:
        """Receive what one invocation would get, None where there is nothing."""
        messages = self._cloud.receive(trigger.queue_name, trigger.batch_size)
        return Batch(trigger, tuple(messages)) if messages else None

    def deliver(self, batch: Batch, event: Json | None = None, *, keep: bool = False) -> bool:
        """Invoke and delete what the function did not report; return whether it finished all of it.

        Args:
            batch: the messages.
            event: passed to the function instead of the messages' own event.
            keep: delete nothing, so that the messages are delivered again.

        Raises:
            Exception: the function's; its messages stay, and are delivered again.
        """
        answer = self._invoke(batch.trigger.function, batch.event if event is None else event)
        failures = (answer or {}).get("batchItemFailures", [])
        failed = {item["itemIdentifier"] for item in failures}
        for message in batch.messages:
            if message.id not in failed and not keep:
                self._cloud.delete(batch.trigger.queue_name, message)
        return not failed
