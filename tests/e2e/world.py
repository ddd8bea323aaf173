"""What lies on the queues and in the graph bucket of the world that the containers see."""

from __future__ import annotations

import gzip
import json
from typing import Any

from local.sam_local import SamLocal


class Queues:
    """The queues of the world, read as an event source mapping would."""

    def __init__(self, world: SamLocal) -> None:
        self._deployment = world.deployment
        self._sqs = world.deployment.client("sqs")

    def take(self, logical_id: str) -> dict[str, Any]:
        """Take every message of a queue and return the event that hands them to a function."""
        name = self._deployment.name_of(logical_id)
        url, records = self._deployment.queue_url(name), []
        while messages := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]).get(
            "Messages"
        ):
            for message in messages:
                records.append(
                    {
                        "messageId": message["MessageId"],
                        "receiptHandle": message["ReceiptHandle"],
                        "body": message["Body"],
                        "attributes": message["Attributes"],
                        "messageAttributes": {},
                        "md5OfBody": message["MD5OfBody"],
                        "eventSource": "aws:sqs",
                        "eventSourceARN": f"arn:aws:sqs:eu-central-1:123456789012:{name}",
                        "awsRegion": "eu-central-1",
                    }
                )
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return {"Records": records}


class GraphObjects:
    """The graph bucket's objects."""

    def __init__(self, world: SamLocal) -> None:
        self._s3 = world.deployment.client("s3")
        self._name = world.deployment.name_of("GraphBucket")

    def keys(self, prefix: str = "") -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", ())]

    def read(self, key: str) -> Any:
        return json.loads(self._body(key))

    def users(self, run: str) -> list[dict[str, Any]]:
        bodies = map(self._body, self.keys(f"graph/{run}/jsonl/entities/linkedin_learning_user/"))
        return [json.loads(line) for body in bodies for line in gzip.decompress(body).splitlines()]

    def _body(self, key: str) -> bytes:
        body: bytes = self._s3.get_object(Bucket=self._name, Key=key)["Body"].read()
        return body
