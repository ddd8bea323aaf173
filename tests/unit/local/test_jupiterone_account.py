"""The stand-in is as strict as JupiterOne, and shows what a DIFF makes of a scope."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from local.jupiterone.graph_account import JOBS, JupiterOneAccount

HEADERS = {"Authorization": "Bearer token", "JupiterOne-Account": "acme", "Content-Type": "application/json"}
COURSE = {"_key": "urn:li:course:1", "_type": "course", "_class": ["Training"], "displayName": "Zoë", "level": None}
USER = {"_key": "urn:li:person:1", "_type": "user", "_class": "User", "email": ["a@example.com"]}
EDGE = {
    "_key": "urn:li:person:1|assigned|urn:li:course:1",
    "_type": "user_assigned_course",
    "_class": "ASSIGNED",
    "_fromEntityKey": USER["_key"],
    "_toEntityKey": COURSE["_key"],
}


class Caller:
    """Calls one account."""

    def __init__(self, **options: Any) -> None:
        self.account = JupiterOneAccount("acme", "token", **options)

    def post(self, path: str, value: Any, **headers: str) -> tuple[int, dict[str, Any]]:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        status, _, answer = self.account.handle("POST", JOBS + path, {**HEADERS, **headers}, body)
        return status, answer.get("job") or answer["error"]

    def start(self) -> str:
        return str(self.post("", {"source": "api", "scope": "s", "syncMode": "DIFF"})[1]["id"])

    def status(self, job: str) -> str:
        return str(self.account.handle("GET", f"{JOBS}/{job}", HEADERS, b"")[2]["job"]["status"])

    def publish(self, entities: list[Any], relationships: list[Any], partial: tuple[str, ...] = ()) -> str:
        """Run a job to its end and return its status."""
        job = self.start()
        for kind, records in (("entities", entities), ("relationships", relationships)):
            assert self.post(f"/{job}/{kind}", {kind: records})[0] == 200
        assert self.post(f"/{job}/finalize", {"partialDatasets": {"types": list(partial)}})[0] == 200
        seen = [self.status(job) for _ in range(3)]
        assert seen[0].startswith("FINALIZING")
        return seen[-1]

    def held(self) -> set[str]:
        return {*self.account.objects("s", "entities"), *self.account.objects("s", "relationships")}


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        ("entities", {**COURSE, "_key": "short"}),
        ("entities", {**COURSE, "_type": None}),
        ("entities", {**COURSE, "_class": []}),
        ("entities", {**COURSE, "details": {"a": 1}}),
        ("entities", {**COURSE, "mixed": ["a", 1]}),
        ("entities", {**COURSE, "nested": [["a"]]}),
        ("entities", {**COURSE, "_own": 1}),
        ("entities", {**COURSE, "snake_case": 1}),
        ("entities", "text"),
        ("relationships", {**EDGE, "tags": ["a"]}),
        ("relationships", {**EDGE, "_fromEntityKey": None}),
        ("relationships", {**EDGE, "_class": ["ASSIGNED"]}),
    ],
)
def test_an_object_of_another_form_is_refused(kind: str, record: Any) -> None:
    caller = Caller()
    status, error = caller.post(f"/{caller.start()}/{kind}", {kind: [record]})
    assert (status, error["code"]) == (400, "INVALID_OBJECT")


@pytest.mark.parametrize("again", [[COURSE], [USER, USER], [{**USER, "_key": EDGE["_key"]}]])
def test_a_key_is_taken_once_over_entities_and_relationships(again: list[Any]) -> None:
    caller = Caller()
    job = caller.start()
    assert caller.post(f"/{job}/entities", {"entities": [COURSE]})[0] == 200
    assert caller.post(f"/{job}/relationships", {"relationships": [EDGE]})[0] == 200
    assert caller.post(f"/{job}/entities", {"entities": again})[1]["code"] == "DUPLICATE_KEY"


def test_a_body_is_measured_before_compression() -> None:
    caller = Caller(largest_body=1000)
    job = caller.start()
    body = gzip.compress(json.dumps({"entities": [{**COURSE, "displayName": "x" * 1000}]}).encode())
    status, error = caller.post(f"/{job}/entities", body, **{"Content-Encoding": "gzip"})
    assert (status, error["code"]) == (413, "RequestEntityTooLargeException")


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Authorization": "Bearer x"}, 401), ({"JupiterOne-Account": "x"}, 403), ({"Content-Type": "text/plain"}, 415)],
)
def test_a_caller_names_himself_and_what_he_sends(headers: dict[str, str], status: int) -> None:
    assert Caller().post("", {"source": "api", "scope": "s", "syncMode": "DIFF"}, **headers)[0] == status


def test_nothing_is_uploaded_to_a_job_that_has_ended() -> None:
    caller = Caller()
    job = caller.start()
    caller.post(f"/{job}/abort", {"reason": "test"})
    assert caller.post(f"/{job}/entities", {"entities": []})[1]["code"] == "JOB_NOT_AWAITING_UPLOADS"
    assert caller.post(f"/{job}/finalize", {"partialDatasets": {"types": []}})[1]["code"] == "JOB_NOT_AWAITING_UPLOADS"


def test_one_job_of_a_scope_is_finalized_at_a_time() -> None:
    caller = Caller(looks=5)
    first, second = caller.start(), caller.start()
    assert caller.post(f"/{first}/finalize", {"partialDatasets": {"types": []}})[0] == 200
    assert caller.post(f"/{second}/finalize", {"partialDatasets": {"types": []}})[0] == 400


def test_a_diff_replaces_the_scope_except_for_partial_types() -> None:
    caller = Caller()
    assert caller.publish([COURSE, USER], [EDGE]) == "FINISHED"
    assert caller.publish([COURSE], [], partial=("user", "user_assigned_course")) == "FINISHED"
    assert caller.held() == {COURSE["_key"], USER["_key"], EDGE["_key"]}
    assert caller.publish([COURSE], [], partial=("user_assigned_course",)) == "FINISHED"
    assert caller.held() == {COURSE["_key"]}
    assert caller.publish([], []) == "FINISHED"
    assert caller.held() == set()


def test_a_relationship_without_its_ends_spoils_the_job() -> None:
    caller = Caller()
    assert caller.publish([COURSE, USER], [EDGE]) == "FINISHED"
    assert caller.publish([COURSE], [EDGE]) == "ERROR_BAD_DATA"
    assert caller.held() == {COURSE["_key"], USER["_key"], EDGE["_key"]}
