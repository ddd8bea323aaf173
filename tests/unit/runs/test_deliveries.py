"""A shard that may succeed later comes back sooner than the queue's visibility time-out says, and ever later."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from learning_graph.runs.collect_shard import Collector
from learning_graph.runs.deliveries import Delivery, handle_delivery
from learning_graph.store.run import Outcome
from learning_graph.values.errors import AccessDenied, ConfigurationError, Throttled, Unavailable
from tests.fakes.linkedin import FakeLinkedIn
from tests.unit.runs.collecting import COURSES, LISTING, RUN, Worker, numbered_courses

BODY = json.dumps({"run": RUN, "step": "courses", "shard": "en_US"})


def deliver(worker: Worker, *, times: int = 1, body: str = BODY) -> Outcome | None:
    worker.queue.send(body)
    message = worker.queue.receive()
    assert message is not None
    collector = Collector(
        bucket=worker.bucket,
        queue=worker.queue,
        assembly_queue=worker.assembly,
        client=worker.linkedin.client,
        time_left=lambda: 600,
        clock=worker.clock,
    )
    delivery = Delivery(body=body, receipt_handle=message.receipt_handle, times=times, queue_name="catalog")
    return handle_delivery(delivery, collector, worker.queue, retry_delay=30)


def waiting(worker: Worker) -> timedelta:
    (message,) = worker.queue.messages
    return message.visible_at - worker.clock()


def test_a_shard_that_is_read_ends() -> None:
    outcome = deliver(Worker(COURSES, linkedin=FakeLinkedIn({LISTING["courses"]: numbered_courses(2)})))

    assert outcome is not None
    assert (outcome.status, outcome.rows) == ("SUCCEEDED", 2)


@pytest.mark.parametrize(
    ("times", "shortest", "longest"), [(1, 15, 30), (2, 30, 60), (3, 60, 120), (5, 240, 480), (50, 450, 900)]
)
@pytest.mark.parametrize("error", [Unavailable("502", status=502), Throttled("429")])
def test_a_passing_failure_comes_back_after_a_wait_that_doubles(
    error: Exception, times: int, shortest: int, longest: int
) -> None:
    worker = Worker(COURSES, linkedin=FakeLinkedIn(faults={(LISTING["courses"], 0): [error]}))

    with pytest.raises(type(error)):
        deliver(worker, times=times)
    assert timedelta(seconds=shortest) <= waiting(worker) <= timedelta(seconds=longest)


def test_a_refusal_that_no_repetition_resolves_ends_the_shard() -> None:
    refusal = AccessDenied("Content", "403")
    outcome = deliver(Worker(COURSES, linkedin=FakeLinkedIn(faults={(LISTING["courses"], 0): [refusal]})))

    assert outcome is not None
    assert outcome.status == "FAILED"


def test_linkedin_is_given_the_time_it_asks_for() -> None:
    error = Throttled("429", retry_after=3600)
    worker = Worker(COURSES, linkedin=FakeLinkedIn(faults={(LISTING["courses"], 0): [error]}))

    with pytest.raises(Throttled):
        deliver(worker)
    assert waiting(worker) == timedelta(seconds=3600)


def test_what_aws_refuses_for_the_moment_comes_back_soon_and_its_text_is_in_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    worker = Worker(COURSES, linkedin=FakeLinkedIn(faults={(LISTING["courses"], 0): [OSError("robin@example.com")]}))

    with pytest.raises(OSError, match="robin"):
        deliver(worker)
    assert waiting(worker) <= timedelta(seconds=30)
    (line,) = [record for record in caplog.records if record.message == "message comes back"]
    assert line.__dict__["error"] == "OSError"
    assert "collect_shard.py" in line.__dict__["frames"]
    assert "robin" not in str(line.__dict__)


@pytest.mark.parametrize("body", ["hello", "{}", json.dumps({"run": RUN, "step": "x", "shard": "y"})])
def test_a_message_that_is_not_ours_is_on_its_way_to_the_dead_letters(body: str) -> None:
    worker = Worker(COURSES, linkedin=FakeLinkedIn())

    with pytest.raises(ConfigurationError):
        deliver(worker, body=body)
    assert waiting(worker) <= timedelta(seconds=30)
    assert worker.linkedin.calls == []
