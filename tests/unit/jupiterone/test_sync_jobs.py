"""What the client sends, and what each answer or silence of JupiterOne's means."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Mapping
from typing import Any

import pytest
from requests.auth import AuthBase

from learning_graph.jupiterone.sync_jobs import (
    AccessTokenRefused,
    BodyTooLarge,
    JobNotAwaitingUploads,
    JupiterOneClient,
    SyncJob,
    UploadUncertain,
)
from learning_graph.linkedin.http import Answer, HttpSession, Parameters
from learning_graph.linkedin.policy import Attempts
from learning_graph.values.errors import LearningGraphError, NotFound, RequestRefused, Throttled, Unavailable
from tests.fakes.clock import FakeClock
from tests.fakes.jupiterone import CREDENTIALS, URL

JOB = "f445397d-8491-4a12-806a-04792839abe3"
JOBS = f"{URL}/persister/synchronization/jobs"


class Script(HttpSession):
    """Plays answers back, one a call, the last one again and again; keeps what it was sent."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, str, dict[str, str], bytes]] = []
        self.waited: list[float] = []

    def send(
        self,
        method: str,
        url: str,
        *,
        auth: AuthBase | None = None,
        parameters: Parameters = (),
        data: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        self.calls.append((method, url, dict(headers or {}), data or b""))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self) -> JupiterOneClient:
        attempts = Attempts(5, lambda: 900.0, self.waited.append)
        return JupiterOneClient(URL + "/", lambda: CREDENTIALS, self, attempts, now=FakeClock())


def answer(**job: Any) -> Answer:
    document = {"id": JOB, "status": "AWAITING_UPLOADS", "numEntitiesUploaded": 0, "numRelationshipsUploaded": 0, **job}
    return Answer(200, {}, json.dumps({"job": document}).encode())


def error(status: int, code: str = "", message: str = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, json.dumps({"error": {"code": code, "message": message}}).encode())


def test_a_job_is_started_for_a_scope_and_its_answer_is_read() -> None:
    script = Script(answer(numEntitiesCreated=3, numRelationshipsDeleted=2, numEntityCreateErrors=1))
    job = script.client().start("learning")

    assert job == SyncJob(
        JOB,
        "AWAITING_UPLOADS",
        {"entities": 0, "relationships": 0},
        {"entitiesCreated": 3, "relationshipsDeleted": 2},
        1,
    )
    [(method, url, headers, body)] = script.calls
    assert (method, url) == ("POST", JOBS)
    assert json.loads(body) == {"source": "api", "scope": "learning", "syncMode": "DIFF"}
    assert headers["JupiterOne-Account"] == CREDENTIALS.account_id
    assert headers["Content-Type"] == "application/json"
    assert "Content-Encoding" not in headers


def test_a_batch_goes_compressed_and_each_call_has_an_id_of_its_own() -> None:
    script = Script(answer(numEntitiesUploaded=2))
    script.client().upload(JOB, "entities", [b'{"_key":"a"}', b'{"_key":"b"}'], before=0)
    script.client().upload(JOB, "relationships", [b"{}"], before=0)

    first, second = script.calls
    assert first[:2] == ("POST", f"{JOBS}/{JOB}/entities")
    assert gzip.decompress(first[3]) == b'{"entities":[{"_key":"a"},{"_key":"b"}]}'
    assert first[2]["Content-Encoding"] == "gzip"
    assert gzip.decompress(second[3]) == b'{"relationships":[{}]}'
    assert first[2]["JupiterOne-Correlation-Id"] != second[2]["JupiterOne-Correlation-Id"]


def test_finalize_names_the_partial_types_and_abort_the_reason() -> None:
    script = Script(answer(status="x"))
    script.client().finalize(JOB, ("linkedin_learning_video",))
    script.client().abort(JOB, "no")
    assert [(url, json.loads(body)) for _, url, _, body in script.calls] == [
        (f"{JOBS}/{JOB}/finalize", {"partialDatasets": {"types": ["linkedin_learning_video"]}}),
        (f"{JOBS}/{JOB}/abort", {"reason": "no"}),
    ]


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (error(401), AccessTokenRefused),
        (error(403), AccessTokenRefused),
        (error(404), NotFound),
        (error(413), BodyTooLarge),
        (error(400, "RequestEntityTooLargeException"), BodyTooLarge),
        (error(400, "JOB_NOT_AWAITING_UPLOADS"), JobNotAwaitingUploads),
        (error(400, "ENTITY_IS_NOT_ARRAY"), RequestRefused),
        (Answer(302, {"Location": "https://elsewhere"}, b""), RequestRefused),
    ],
)
def test_what_no_repetition_resolves_is_reported_at_once(refusal: Answer, kind: type[LearningGraphError]) -> None:
    script = Script(refusal, answer(numEntitiesUploaded=0))
    with pytest.raises(kind):
        script.client().upload(JOB, "entities", [b"{}"], before=0)
    assert len(script.calls) == 1


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({"Retry_After": "7"}, 7),
        ({"RateLimit_Reset": "9"}, 9),
        ({"Retry_After": "7", "RateLimit_Reset": "90"}, 7),
        ({"Retry_After": "Sat, 21 Nov 2026 16:00:30 GMT"}, 30),
        ({"RateLimit_Reset": "soon"}, 0),
        ({}, 0),
    ],
)
def test_a_429_is_repeated_after_the_wait_that_jupiterone_asks_for(headers: dict[str, str], asked: int) -> None:
    script = Script(error(429, **headers), answer())
    script.client().start("learning")
    [waited] = script.waited
    assert asked <= waited <= asked + 30


def test_a_longer_wait_than_an_invocation_has_is_left_to_the_queue() -> None:
    script = Script(error(429, Retry_After="3000"))
    with pytest.raises(Throttled) as throttled:
        script.client().start("learning")
    assert throttled.value.retry_after == 3000
    assert script.waited == []


@pytest.mark.parametrize("broken", [Answer(502, {}, b"<html>"), Answer(200, {}, b"{"), Unavailable("reset")])
def test_after_a_lost_answer_a_batch_that_arrived_is_not_sent_again(broken: Answer | Exception) -> None:
    script = Script(broken, answer(numEntitiesUploaded=7))
    job = script.client().upload(JOB, "entities", [b"{}"] * 3, before=4)
    assert job.uploaded == {"entities": 7, "relationships": 0}
    assert [method for method, *_ in script.calls] == ["POST", "GET"]


def test_after_a_lost_answer_a_batch_that_did_not_arrive_is_sent_again() -> None:
    lost, looked = Unavailable("reset"), Unavailable("reset again")
    script = Script(lost, looked, answer(numEntitiesUploaded=4), answer(numEntitiesUploaded=7))
    script.client().upload(JOB, "entities", [b"{}"] * 3, before=4)
    assert [method for method, *_ in script.calls] == ["POST", "GET", "GET", "POST"]


@pytest.mark.parametrize("seen", [answer(numEntitiesUploaded=5), answer(numEntitiesUploaded=None)])
def test_a_count_that_says_neither_leaves_the_upload_uncertain(seen: Answer) -> None:
    with pytest.raises(UploadUncertain):
        Script(Unavailable("reset"), seen).client().upload(JOB, "entities", [b"{}"] * 3, before=4)


def test_a_batch_that_is_refused_the_second_time_may_have_arrived_the_first_time() -> None:
    script = Script(Unavailable("reset"), answer(numEntitiesUploaded=4), error(400, "DUPLICATE_KEY"))
    with pytest.raises(UploadUncertain, match="DUPLICATE_KEY"):
        script.client().upload(JOB, "entities", [b"{}"] * 3, before=4)
    assert [method for method, *_ in script.calls] == ["POST", "GET", "POST"]


def test_a_job_that_ended_meanwhile_gets_no_batch_again() -> None:
    script = Script(Unavailable("reset"), answer(status="ABORTED"))
    with pytest.raises(JobNotAwaitingUploads, match="ABORTED"):
        script.client().upload(JOB, "entities", [b"{}"], before=0)
    assert [method for method, *_ in script.calls] == ["POST", "GET"]


def test_finalize_is_not_repeated() -> None:
    script = Script(Unavailable("reset"))
    with pytest.raises(Unavailable):
        script.client().finalize(JOB, ())
    assert len(script.calls) == 1


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("AWAITING_UPLOADS", "awaiting uploads"),
        ("FINALIZE_PENDING", "finalizing"),
        ("FINALIZING_ENTITIES", "finalizing"),
        ("FINALIZING_RELATIONSHIPS", "finalizing"),
        ("UNKNOWN", "finalizing"),
        ("NEVER_SEEN_BEFORE", "finalizing"),
        ("FINISHED", "finished"),
        ("ABORTED", "failed"),
        ("ABORTED_DUE_TO_INVALID_CONFIGURATION", "failed"),
        ("ERROR_BAD_DATA", "failed"),
        ("ERROR_UNEXPECTED_FAILURE", "failed"),
    ],
)
def test_every_status_has_a_meaning(status: str, state: str) -> None:
    assert SyncJob(JOB, status, None, {}, 0).state == state


def test_neither_a_token_nor_a_learner_is_quoted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = f"{CREDENTIALS.access_token} of jane@example.com"
    with pytest.raises(RequestRefused) as about_records:
        Script(error(400, "BAD", told)).client().upload(JOB, "entities", [b"{}"], before=0)
    with pytest.raises(RequestRefused) as about_a_job:
        Script(error(400, "BAD", told)).client().start("learning")
    assert "BAD" in str(about_records.value)
    assert "jane" not in str(about_records.value)
    assert "[token] of jane" in str(about_a_job.value)
    assert CREDENTIALS.access_token not in caplog.text + str(about_records.value) + str(about_a_job.value)
    assert "jane" not in caplog.text
