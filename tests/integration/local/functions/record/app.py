"""Writes down the event it gets; puts one on the bus."""

import json
import os
import time
from typing import Any

import boto3

s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    s3.put_object(Bucket=os.environ["BUCKET"], Key=f"recorded/{time.time_ns()}", Body=json.dumps(event))
    boto3.client("events").put_events(
        Entries=[{"Source": "learning-graph", "DetailType": "Recorded", "Detail": "{}", "EventBusName": "default"}]
    )
    return {"batchItemFailures": []}
