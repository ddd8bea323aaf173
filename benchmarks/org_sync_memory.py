"""Peak memory and time of the two org-sync functions over a large file, read from outside their processes.

    python benchmarks/org_sync_memory.py [--rows 8000000] [--memory 1769] [--workspace DIR]

S3 and SQS are a moto server; LinkedIn is a stub that takes the upload to disk and gives it back as the result, so that
only the functions are measured. Each handler runs in a process of its own, as in Lambda; `ru_maxrss` is what the
operating system reports. The first file meets an empty ledger; the second, of the same size, meets the people of the
first and changes something of every person.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "common")]

import boto3  # noqa: E402

from local.deployment import ACCESS_KEY  # noqa: E402
from local.place import REGION  # noqa: E402
from local.processes import Server  # noqa: E402

BUCKET = "org-sync"
HEADER = "invited_email_address,preferred_first_name,preferred_last_name,unique_user_id,license_learning_status,"
HEADER += "attribute_department,attribute_location,add_to_groups\n"
_INVOKE = """
import importlib.util, json, sys, types
spec = importlib.util.spec_from_file_location("app", sys.argv[1])
app = importlib.util.module_from_spec(spec)
spec.loader.exec_module(app)
context = types.SimpleNamespace(
    function_name="f", memory_limit_in_mb=1769, invoked_function_arn="arn", aws_request_id="1",
    get_remaining_time_in_millis=lambda: 900_000,
)
print(json.dumps(app.handler(json.load(sys.stdin), context)))
"""


class LinkedInStub(BaseHTTPRequestHandler):
    """Keeps the upload in a file; its result is the same file with an empty `Messages` column."""

    protocol_version = "HTTP/1.1"
    upload: Path

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        if self.path.startswith("/media/upload"):
            with self.upload.open("wb") as file:
                while length:
                    block = self.rfile.read(min(length, 1 << 20))
                    length -= len(block)
                    file.write(block)
            self._answer(201, {"location": "urn:li:media:SRC"})
        else:
            self.rfile.read(length)
            self._answer(201, {"value": "70012345"})

    def do_GET(self) -> None:
        if self.path.startswith("/media/upload"):
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            with self.upload.open("rb") as file:
                for _ in range(4):  # the part's header
                    file.readline()
                self.wfile.write(file.readline().rstrip(b"\n") + b",Messages\n")
                for line in file:
                    if line.startswith((b"--", b"\r\n")):
                        break
                    self.wfile.write(line.rstrip(b"\n") + b",\n")
            self.close_connection = True
        else:
            self._answer(200, {"status": "DONE", "Id": 70012345, "resultMedia": "urn:li:media:RES", "resultStats": {}})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def write_people(path: Path, rows: int, group: str) -> None:
    with path.open("w", encoding="utf-8", buffering=1 << 20) as file:
        file.write(HEADER)
        for number in range(rows):
            name = f"first{number % 997}.last{number}"
            file.write(
                f"{name}@people.company.example.com,First{number % 997},Lastname{number % 9973},E{number:08d},"
                f"active,Department {number % 40},Office {number % 90} Europe,"
                f"{group}\n"
            )


def invoke(function: str, body: str, environment: dict[str, str]) -> dict[str, float]:
    """Run a handler with one SQS message; return seconds, CPU seconds and peak MB."""
    record = {
        "messageId": "m", "receiptHandle": "r", "body": body, "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {}, "eventSource": "aws:sqs", "eventSourceARN": f"arn:aws:sqs:{REGION}:1:q",
        "awsRegion": REGION,
    }  # fmt: skip
    app = ROOT / "functions" / function / "app.py"
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", _INVOKE, str(app)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"Records": [record]}).encode())
    process.stdin.close()
    said = process.stdout.read().decode()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    if status or '"batchItemFailures": []' not in said:
        sys.exit(f"{function} failed: {said}")
    return {
        "seconds": time.monotonic() - began,
        "cpu": usage.ru_utime + usage.ru_stime,
        "mb": usage.ru_maxrss / 1024,
    }


def measure(rows: int, memory: int, workspace: Path) -> None:
    server = Server("local.aws_server", ["--host", "127.0.0.1"], log=workspace / "aws.log")
    stub = ThreadingHTTPServer(("127.0.0.1", 0), LinkedInStub)
    LinkedInStub.upload = workspace / "upload"
    threading.Thread(target=stub.serve_forever, daemon=True).start()
    try:
        endpoint = f"http://127.0.0.1:{server.announced['port']}"
        session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
        s3, sqs = session.client("s3", endpoint_url=endpoint), session.client("sqs", endpoint_url=endpoint)
        secrets = session.client("secretsmanager", endpoint_url=endpoint)
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        secrets.create_secret(Name="token", SecretString='{"accessToken": "t"}')
        secrets.create_secret(Name="key", SecretString=json.dumps({"key": "00" * 32}))
        urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("upload", "tracking")}
        environment = os.environ | {
            "PYTHONPATH": str(ROOT / "layers" / "common"), "TMPDIR": str(workspace), "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": REGION,
            "LINKEDIN_API_URL": f"http://127.0.0.1:{stub.server_port}", "ORG_SYNC_SECRET_ARN": "token",
            "PSEUDONYM_SECRET_ARN": "key", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
            "ORG_SYNC_BUCKET": BUCKET, "ORG_SYNC_UPLOAD_QUEUE_URL": urls["upload"],
            "ORG_SYNC_TRACKING_QUEUE_URL": urls["tracking"], "POWERTOOLS_METRICS_NAMESPACE": "bench",
            "POWERTOOLS_SERVICE_NAME": "bench",
        }  # fmt: skip
        for number, group in enumerate(("Engineering", "Sales")):
            path = workspace / "people.csv"
            write_people(path, rows, group)
            key = f"incoming/people-{number}.csv"
            s3.upload_file(str(path), BUCKET, key)
            version = s3.head_object(Bucket=BUCKET, Key=key)["VersionId"]
            size = path.stat().st_size
            path.unlink()
            message = json.dumps({"drop": {"key": key, "versionId": version}})
            print(f"{key}: {rows:,} rows, {size / 1e6:,.0f} MB")
            for function in ("upload_org_sync", "track_org_sync"):
                used = invoke(function, message, environment)
                print(
                    f"  {function:<16} {used['seconds']:7.1f} s  {used['cpu']:7.1f} CPU s  "
                    f"{used['cpu'] / rows * 1e6:5.1f} µs a row  peak {used['mb']:5.0f} MB",
                    flush=True,
                )
    finally:
        stub.shutdown()
        server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=8_000_000)
    parser.add_argument(
        "--memory", type=int, default=1769, help="MB of the functions; DuckDB takes 300 less (default 1769)"
    )
    parser.add_argument(
        "--workspace", type=Path, help="folder for some 8 GB of scratch files (default: a temporary one)"
    )
    options = parser.parse_args()
    folder = options.workspace or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        measure(options.rows, options.memory, folder)
    finally:
        if options.workspace is None:
            shutil.rmtree(folder)
    print(f"peak of all children: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
