"""The local run does with queues, buckets and schedules what AWS does; shown with two tiny functions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from local.environments import InvocationFailed
from local.stack import LINKEDIN_SECRET, LocalStack, StillRunning

HERE = Path(__file__).resolve().parent
pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with LocalStack(
        tmp_path_factory.mktemp("out"),
        secrets={LINKEDIN_SECRET: '{"contentClientId": "id"}'},
        visibility_timeout=1,
        schedule_seconds={"RecordFunction": 1.0},
        template=HERE / "template.yaml",
    ) as started:
        yield started


def calls(stack: LocalStack, body: str) -> list[dict[str, Any]]:
    """The calls made with a message of that body, in order."""
    return [call for call in objects(stack, "calls/") if call["body"] == body]


def objects(stack: LocalStack, prefix: str) -> list[dict[str, Any]]:
    bucket = stack.bucket("GraphBucket")
    pages = stack.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = sorted(found["Key"] for page in pages for found in page.get("Contents", ()))
    return [json.loads(stack.s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]


def send(stack: LocalStack, body: str, queue: str = "WorkQueue", **more: Any) -> None:
    stack.sqs.send_message(QueueUrl=stack.queue_url(queue), MessageBody=body, **more)


def dead_letters(stack: LocalStack) -> list[dict[str, Any]]:
    return [record for event in objects(stack, "recorded/") for record in event.get("Records", ())]


def test_a_message_reaches_its_function_with_the_environment_of_the_template(stack: LocalStack) -> None:
    send(stack, "hello there")
    stack.pump_until(lambda: bool(calls(stack, "hello there")), seconds=30)
    [call] = calls(stack, "hello there")
    assert call["secret"].startswith("arn:aws:secretsmanager:")
    assert 0 < call["remaining"] <= 2000
    stack.pump_until(stack.is_quiet, seconds=20)


def test_a_message_reported_as_failed_comes_back_and_the_others_do_not(stack: LocalStack) -> None:
    send(stack, "once a")
    send(stack, "fine b")
    stack.pump_until(lambda: len(calls(stack, "once a")) == 2, seconds=30)
    stack.pump_until(stack.is_quiet, seconds=20)
    assert [call["receives"] for call in calls(stack, "once a")] == [1, 2]
    assert len(calls(stack, "fine b")) == 1


def test_what_always_fails_ends_in_the_dead_letter_queue(stack: LocalStack) -> None:
    bodies = {"raise x", "die x", "sleep 5", "report x"}
    for body in bodies:
        send(stack, body)
    stack.pump_until(lambda: bodies <= {letter["body"] for letter in dead_letters(stack)}, seconds=90)
    assert all(len(calls(stack, body)) <= 2 for body in bodies)


def test_a_message_at_work_stays_invisible_although_its_time_out_is_shorter(stack: LocalStack) -> None:
    send(stack, "sleep 1.8")
    stack.pump_until(lambda: bool(calls(stack, "sleep 1.8")), seconds=30)
    stack.pump_until(stack.is_quiet, seconds=30)
    assert len(calls(stack, "sleep 1.8")) == 1


def test_a_delayed_message_waits(stack: LocalStack) -> None:
    sent = time.time()
    send(stack, "later", DelaySeconds=2)
    stack.pump_until(lambda: bool(calls(stack, "later")), seconds=30)
    assert calls(stack, "later")[0]["at"] - sent >= 1.9


def test_no_more_environments_than_the_mapping_allows_and_they_are_reused(stack: LocalStack) -> None:
    for number in range(8):
        send(stack, f"sleep 0.2 {number}")
    stack.pump_until(stack.is_quiet, seconds=30)
    made = [call["pid"] for number in range(8) for call in calls(stack, f"sleep 0.2 {number}")]
    assert len(made) == 8
    assert len(set(made)) <= 4


def test_a_fifo_group_is_handled_one_at_a_time_in_order(stack: LocalStack) -> None:
    for number in range(4):
        send(
            stack,
            f"sleep 0.1 o{number}",
            "OrderedQueue",
            MessageGroupId="one",
            MessageDeduplicationId=f"o{number}",
        )
    stack.pump_until(stack.is_quiet, seconds=30)
    seen = [call for call in objects(stack, "calls/") if " o" in call["body"]]
    assert [call["body"][-2:] for call in seen] == ["o0", "o1", "o2", "o3"]
    starts = [call["at"] for call in seen]
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(starts))


def test_every_version_of_a_dropped_file_is_reported_with_its_key_encoded(stack: LocalStack) -> None:
    bucket = stack.bucket("OrgSyncBucket")
    stack.s3.put_object(Bucket=bucket, Key="incoming/Bär + Söhne.csv", Body=b"1")
    stack.s3.put_object(Bucket=bucket, Key="incoming/Bär + Söhne.csv", Body=b"2")
    stack.s3.put_object(Bucket=bucket, Key="incoming/notes.txt", Body=b"3")
    stack.pump_until(stack.is_quiet, seconds=30)
    bodies = [call["body"] for call in objects(stack, "calls/") if call["source"].endswith("DropQueue")]
    told = [json.loads(body)["Records"][0]["s3"]["object"] for body in bodies]
    assert {drop["key"] for drop in told} == {"incoming/B%C3%A4r+%2B+S%C3%B6hne.csv"}
    assert len({drop["versionId"] for drop in told}) == 2


def test_a_schedule_fires_and_events_on_the_bus_are_written_down(stack: LocalStack) -> None:
    def scheduled() -> list[dict[str, Any]]:
        return [event for event in objects(stack, "recorded/") if event.get("detail-type") == "Scheduled Event"]

    stack.pump_until(lambda: len(scheduled()) >= 2, seconds=20)
    stack.pump_until(lambda: "Recorded" in (stack.out / "events.jsonl").read_text(), seconds=10)
    assert scheduled()[0]["resources"][0].endswith(":rule/RecordFunctionSchedule")


def test_a_failed_invocation_by_hand_is_an_error_and_the_next_one_works(stack: LocalStack) -> None:
    record = {"messageId": "1", "attributes": {"ApproximateReceiveCount": "1"}, "eventSourceARN": "by:hand"}
    with pytest.raises(InvocationFailed, match="ValueError: asked to"):
        stack.invoke("WorkFunction", {"Records": [{**record, "body": "raise by hand"}]})
    with pytest.raises(InvocationFailed, match="ProcessEnded: exit code 3"):
        stack.invoke("WorkFunction", {"Records": [{**record, "body": "die by hand"}]})
    with pytest.raises(InvocationFailed, match="Timeout"):
        stack.invoke("WorkFunction", {"Records": [{**record, "body": "sleep 60"}]})
    assert stack.invoke("WorkFunction", {"Records": [{**record, "body": "ok"}]}) == {"batchItemFailures": []}


@pytest.mark.parametrize("body", ["write elsewhere/x", "read allowed/x"])
def test_what_the_policy_does_not_allow_is_denied(stack: LocalStack, body: str) -> None:
    record = {"messageId": "1", "attributes": {"ApproximateReceiveCount": "1"}, "eventSourceARN": "by:hand"}
    with pytest.raises(InvocationFailed, match="AccessDenied"):
        stack.invoke("WorkFunction", {"Records": [{**record, "body": body}]})
    assert stack.invoke("WorkFunction", {"Records": [{**record, "body": "write allowed/x"}]})


def test_waiting_too_long_says_what_is_left(stack: LocalStack) -> None:
    send(stack, "later still", DelaySeconds=3)
    with pytest.raises(StillRunning, match="learning-graph-WorkQueue': 1"):
        stack.pump_until(stack.is_quiet, seconds=0.5)


def test_objects_become_files_and_a_later_run_begins_with_them(stack: LocalStack, tmp_path: Path) -> None:
    bucket = stack.bucket("GraphBucket")
    for key, body in (("graph/latest.json", b"{}"), ("graph/a/b c.json", b"1"), ("odd/../key", b"2")):
        stack.s3.put_object(Bucket=bucket, Key=key, Body=body)
    stack.save()
    folder = stack.out / "graph-bucket"
    assert (folder / "graph/a/b c.json").read_bytes() == b"1"
    assert (folder / "odd/%2E%2E/key").read_bytes() == b"2"
    (folder / "gone.json").write_text("left over")
    stack.save()
    assert not (folder / "gone.json").exists()
    (tmp_path / "graph-bucket/graph").mkdir(parents=True)
    (tmp_path / "graph-bucket/graph/latest.json").write_bytes(b"{}")
    with LocalStack(tmp_path, keep=True, template=HERE / "template.yaml") as again:
        kept = again.s3.get_object(Bucket=again.bucket("GraphBucket"), Key="graph/latest.json")
        assert kept["Body"].read() == b"{}"


LONG_RUN = """
import json
import signal
from pathlib import Path
from local.stack import LocalStack
# A shell that starts the tests in the background ignores SIGINT, and so would this process.
signal.signal(signal.SIGINT, signal.default_int_handler)
with LocalStack(Path({out!r}), template=Path({template!r})) as stack:
    stack.sqs.send_message(QueueUrl=stack.queue_url("WorkQueue"), MessageBody="sleep 60")
    stack.pump_until(lambda: bool(stack.environments.pids()))
    print(json.dumps([stack.server_pid, *stack.environments.pids()["WorkFunction"]]), flush=True)
    stack.pump_until(lambda: False)
"""


def test_no_process_is_left_however_the_run_ends(tmp_path: Path) -> None:
    signals = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
    scripts = [LONG_RUN.format(out=str(tmp_path / n.name), template=str(HERE / "template.yaml")) for n in signals]
    with ExitStack() as processes:
        runs = [processes.enter_context(long_run(script)) for script in scripts]
        for run in runs:
            processes.callback(run.kill)
        pids = [pid for run in runs for pid in json.loads(run.stdout.readline())]  # type: ignore[union-attr]
        assert len(pids) == 6
        for number, run in zip(signals, runs, strict=True):
            run.send_signal(number)
            run.wait(20)
    deadline = time.monotonic() + 10
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in pids if is_running(pid)] == []


def long_run(script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=HERE.parents[2]
    )


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return b") Z " not in Path(f"/proc/{pid}/stat").read_bytes()
