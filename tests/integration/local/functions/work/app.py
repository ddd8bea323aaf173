"""Does what the message says, after writing down that it was asked to."""

import json
import os
import time
import uuid
from typing import Any

import boto3

s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    failed = []
    for record in event["Records"]:
        note = {
            "body": record["body"],
            "pid": os.getpid(),
            "at": time.time(),
            "receives": int(record["attributes"]["ApproximateReceiveCount"]),
            "remaining": context.get_remaining_time_in_millis(),
            "secret": os.environ["SECRET"],
            "source": record["eventSourceARN"],
        }
        s3.put_object(Bucket=os.environ["BUCKET"], Key=f"calls/{time.time_ns()}-{uuid.uuid4()}", Body=json.dumps(note))
        order = record["body"].partition(" ")[0]
        if order == "raise":
            raise ValueError("asked to")
        if order == "write":
            s3.put_object(Bucket=os.environ["BUCKET"], Key=record["body"].split()[1], Body=b"")
        if order == "read":
            s3.get_object(Bucket=os.environ["BUCKET"], Key=record["body"].split()[1])
        if order == "die":
            os._exit(3)
        if order == "sleep":
            time.sleep(float(record["body"].split()[1]))
        if order == "report" or (order == "once" and note["receives"] == 1):
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
