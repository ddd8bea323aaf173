"""Org sync: uploads, jobs, results, and a user table that the rows really change (API reference §8-§9)."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.simulator.conftest import SAMPLES, Running

TOKEN = "org-sync-demo-token"
UPLOAD = "/media/upload?media_type=enterprise_csv_upload&auto_notify="
HEADER = "invited_email_address,preferred_first_name,unique_user_id,license_learning_status"


class Sync:
    """A client of org sync."""

    def __init__(self, running: Running) -> None:
        self.running = running

    def call(self, method: str, path: str, token: str | None = TOKEN, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= more.pop("headers", {})
        return requests.request(method, self.running.url + path, headers=headers, timeout=20, **more)

    def upload(self, text: str | bytes, *, automatic: bool = False, name: str = "file") -> requests.Response:
        data = text.encode() if isinstance(text, str) else text
        return self.call("POST", UPLOAD + str(automatic).lower(), files={name: ("upload.csv", data, "text/csv")})

    def process(self, urn: str) -> requests.Response:
        return self.call("POST", "/v2/enterpriseUploadJobs?action=processFile", json={"mediaUrn": urn})

    def finish(self, job: str) -> dict[str, Any]:
        for _ in range(200):
            document: dict[str, Any] = self.call("GET", f"/v2/enterpriseUploadJobs/{job}").json()
            if document["status"] not in {"QUEUED", "PROCESSING"}:
                return document
            time.sleep(0.02)
        raise AssertionError(document)

    def apply(self, text: str | bytes) -> tuple[dict[str, Any], list[str]]:
        """The job document and the messages, row by row."""
        job = self.process(self.upload(text).json()["location"]).json()["value"]
        document = self.finish(job)
        rows = list(csv.DictReader(io.StringIO(self.result(document).content.decode(), newline="")))
        return document, [row["Messages"] for row in rows]

    def result(self, document: dict[str, Any]) -> requests.Response:
        return self.call("GET", f"/media/upload?media_type=enterprise_csv_upload&id={document['resultMedia']}")

    def users(self) -> dict[str, dict[str, Any]]:
        return {one["email"] or one["uniqueUserId"]: one for one in self.running.control("users")}


@pytest.fixture
def sync(start: Callable[..., Running]) -> Callable[..., Sync]:
    return lambda *arguments: Sync(start("--learners=2", "--courses=5", "--videos=5", *arguments))


def test_the_sample_file_goes_through_as_the_samples_show(
    sync: Callable[..., Sync], sample: Callable[[str], Any]
) -> None:
    one = sync("--job-seconds=0.3")
    uploaded = one.upload((SAMPLES / "orgsync-users.csv").read_bytes())
    assert (uploaded.status_code, uploaded.json().keys()) == (201, sample("orgsync-upload-201.json").keys())
    started = one.process(uploaded.json()["location"])
    assert (started.status_code, started.json().keys()) == (201, sample("orgsync-processFile-201.json").keys())
    assert isinstance(started.json()["value"], str)
    job = started.json()["value"]
    running = one.call("GET", f"/v2/enterpriseUploadJobs/{job}").json()
    assert running.keys() == sample("orgsync-job-processing.json").keys()
    assert running["status"] == "QUEUED"
    done = one.finish(job)
    wanted = sample("orgsync-job-done.json")
    assert done.keys() == wanted.keys()
    assert (done["resultStats"], done["status"], str(done["Id"])) == (wanted["resultStats"], "DONE", job)
    result = one.result(done)
    assert result.headers["Content-Type"] == "text/csv"
    assert result.content.decode().splitlines() == (SAMPLES / "orgsync-result.csv").read_text("utf-8").splitlines()
    users = one.users()
    assert users.keys() == {"robin@example.com", "zoë@example.com"}
    assert users["zoë@example.com"]["groups"] == ["Engineering", "Support"]
    assert users["zoë@example.com"]["attributes"] == {"attribute_department": "Finance"}


def test_rows_create_change_and_revoke(sync: Callable[..., Sync]) -> None:
    one = sync()
    one.apply(f"{HEADER}\nann@example.com,Ann,E1,active\nbob@example.com,Bob,E2,Active\n,Cy,E3,\n")
    users = one.users()
    assert users["ann@example.com"]["licences"] == {"license_learning_status": "active"}
    assert users["bob@example.com"]["licences"] == {"license_learning_status": "active"}
    assert users["E3"]["licences"] == {}
    one.apply(
        "invited_email_address,existing_email_address,unique_user_id,new_unique_user_id,license_learning_status,groups\n"
        'anna@example.com,ann@example.com,,E9,inactive,"One, Two"\n'
        "BOB@example.com,,E2,,,\n"
        "cy@example.com,,E3,,,\n"
    )
    users = one.users()
    assert users["anna@example.com"]["uniqueUserId"] == "E9"
    assert users["anna@example.com"]["preferred_first_name"] == "Ann"
    assert users["anna@example.com"]["licences"] == {"license_learning_status": "inactive"}
    assert users["anna@example.com"]["groups"] == ["One", "Two"]
    assert users["BOB@example.com"]["licences"] == {"license_learning_status": "active"}
    assert users["cy@example.com"]["uniqueUserId"] == "E3"
    one.apply(
        "invited_email_address,add_to_groups,remove_from_groups,Two\n"
        "anna@example.com,Three,One,\nbob@example.com,,,yes\ncy@example.com,,,no\n"
    )
    users = one.users()
    assert users["anna@example.com"]["groups"] == ["Two", "Three"]
    assert users["bob@example.com"]["groups"] == ["Two"]
    assert users["cy@example.com"]["groups"] == []


def test_every_kind_of_row_error(sync: Callable[..., Sync]) -> None:
    one = sync("--org-sync-licences=2")
    _, none = one.apply(f"{HEADER}\nann@example.com,Ann,E1,active\nbob@example.com,Bob,E2,\n")
    assert none == ["", ""]
    before = one.users()
    document, messages = one.apply(
        f"{HEADER},permission_everything,group_permission_edit_groups,groups\n"
        "nowhere,X,E5,active\n"
        ",No Id,,active\n"
        "ann@example.com,Other,E7,\n"
        "new@example.com,X,E8,perhaps\n"
        "new@example.com,X,E8,,yes\n"
        "new@example.com,X,E8,,,group:Nobody\n"
        "dee@example.com,Dee,E4,active,,,\n"
        "DEE@example.com,Dee again,E4,,,,\n"
        "eve@example.com,Eve,E6,active,,,\n"
        "a@example.com,too,E10,many,,,,cells\n"
    )
    assert all(messages[place] for place in (0, 1, 2, 3, 4, 5, 7, 8, 9)), messages
    assert messages[6] == ""
    assert len(set(messages)) == 10
    assert document["status"] == "DONE"
    stats = document["resultStats"]
    assert (stats["totalCount"], stats["errorCount"], stats["updatedCount"]) == (10, 9, 1)
    after = one.users()
    assert after.keys() - before.keys() == {"dee@example.com"}
    assert {key: after[key] for key in before} == before


def test_processing_the_same_file_again_changes_nothing_more(sync: Callable[..., Sync]) -> None:
    one = sync()
    text = f"{HEADER}\nann@example.com,Ann,E1,active\nbob@example.com,Bob,E2,inactive\n"
    urn = one.upload(text).json()["location"]
    seen = []
    for _ in range(2):
        document = one.finish(one.process(urn).json()["value"])
        assert document["resultStats"]["errorCount"] == 0
        seen.append(one.users())
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"name,age\nAnn,3\n",
        b"Invited_Email_Address\nann@example.com\n",
        b"invited_email_address\nj\xfcrgen@example.com\n",
        b"invited_email_address,invited_email_address\na@example.com,b@example.com\n",
    ],
)
def test_a_file_rejected_at_the_first_scan_applies_nothing(sync: Callable[..., Sync], text: bytes) -> None:
    one = sync()
    document, messages = one.apply(text)
    assert document["status"] == "FAILED"
    assert messages[0]
    assert one.users() == {}


def test_an_interrupted_file_keeps_what_was_applied(sync: Callable[..., Sync]) -> None:
    one = sync()
    one.running.control("org-sync", {"ends": [{"interruptAfter": 2}]})
    rows = "".join(f"u{place}@example.com,U,E{place},active\n" for place in range(5))
    document, messages = one.apply(f"{HEADER}\n{rows}")
    assert document["status"] == "ABORTED"
    assert [bool(message) for message in messages] == [False, False, True]
    assert len(one.users()) == 2


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "SOMETHING_NEW"])
def test_jobs_that_end_otherwise(sync: Callable[..., Sync], status: str) -> None:
    one = sync("--job-end", status)
    document = one.finish(
        one.process(one.upload(f"{HEADER}\na@example.com,A,E1,\n").json()["location"]).json()["value"]
    )
    assert document["status"] == status
    assert one.users() == {}


def test_a_job_that_never_ends_holds_up_nobody(sync: Callable[..., Sync]) -> None:
    one = sync()
    one.running.control("org-sync", {"ends": [{"status": "PROCESSING"}]})
    stuck = one.process(one.upload(f"{HEADER}\na@example.com,A,E1,\n").json()["location"]).json()["value"]
    one.apply(f"{HEADER}\nb@example.com,B,E2,\n")
    assert one.call("GET", f"/v2/enterpriseUploadJobs/{stuck}").json()["status"] == "PROCESSING"
    assert one.users().keys() == {"b@example.com"}


def test_a_job_goes_by_the_simulators_clock(sync: Callable[..., Sync]) -> None:
    one = sync("--job-seconds=3600")
    job = one.process(one.upload(f"{HEADER}\na@example.com,A,E1,\n").json()["location"]).json()["value"]
    seen = []
    for _ in range(3):
        seen.append(one.call("GET", f"/v2/enterpriseUploadJobs/{job}").json()["status"])
        one.running.control("clock", {"now": one.running.control("clock")["now"] + 3_601_000})
    assert seen[:2] == ["QUEUED", "PROCESSING"]
    # The file is processed in a thread, which the clock does not wait for.
    assert one.finish(job)["status"] == "DONE"


def test_automatic_mode_processes_by_itself_and_shows_no_job(sync: Callable[..., Sync]) -> None:
    one = sync()
    assert one.upload(f"{HEADER}\na@example.com,A,E1,active\n", automatic=True).status_code == 201
    for _ in range(200):
        (job,) = one.running.control("jobs")
        if job["status"] == "DONE":
            break
        time.sleep(0.02)
    assert job["automatic"]
    assert one.users().keys() == {"a@example.com"}
    assert one.call("GET", f"/v2/enterpriseUploadJobs/{job['Id']}").status_code == 404


def test_manual_mode_does_nothing_until_asked(sync: Callable[..., Sync]) -> None:
    one = sync()
    one.upload(f"{HEADER}\na@example.com,A,E1,active\n")
    assert one.running.control("jobs") == []
    assert one.users() == {}


def test_refusals(sync: Callable[..., Sync]) -> None:
    one = sync()
    text = f"{HEADER}\na@example.com,A,E1,\n"
    urn = one.upload(text).json()["location"]
    files = {"file": ("upload.csv", text.encode(), "text/csv")}
    for token, status, code in (
        (None, 401, None),
        ("wrong", 401, "INVALID_ACCESS_TOKEN"),
        ("org-sync-demo-revoked", 401, "REVOKED_ACCESS_TOKEN"),
        ("org-sync-demo-forbidden", 403, "ACCESS_DENIED"),
        (one.running.token(), 401, "INVALID_ACCESS_TOKEN"),
    ):
        answer = one.call("POST", UPLOAD + "false", token, files=files)
        assert (answer.status_code, answer.json().get("code")) == (status, code)
        assert one.call("GET", "/v2/enterpriseUploadJobs/1", token).status_code == status
    assert one.call("POST", "/media/upload?media_type=photo&auto_notify=false", files=files).status_code == 400
    assert one.call("POST", UPLOAD + "false", data={"file": "no file part"}).status_code == 400
    assert one.call("POST", UPLOAD + "false", json={}).status_code == 400
    assert one.process(" ").status_code == 400
    assert one.process("urn:li:media:NOTHING").status_code == 404
    assert one.call("POST", "/v2/enterpriseUploadJobs?action=explode", json={"mediaUrn": urn}).status_code == 400
    assert one.call("GET", "/v2/enterpriseUploadJobs/99").status_code == 404
    assert one.call("DELETE", "/v2/enterpriseUploadJobs/99").status_code == 405
    assert one.call("GET", "/media/upload?media_type=enterprise_csv_upload&id=urn:li:media:X").status_code == 404
    assert one.running.get("/v2/learningAssets?q=criteria").status_code == 200
    assert one.call("GET", "/v2/learningAssets?q=criteria").status_code == 401


def test_limits(sync: Callable[..., Sync]) -> None:
    one = sync("--org-sync-max-mb=0.01", "--org-sync-max-rows=3")
    assert one.upload("x" * 20_000).status_code == 413
    assert one.running.control("media") == []
    document, _ = one.apply(f"{HEADER}\n" + "".join(f"u{place}@example.com,U,,\n" for place in range(4)))
    assert document["status"] == "FAILED"


def test_a_urn_with_the_printed_blank_is_understood(sync: Callable[..., Sync]) -> None:
    one = sync("--assume=media-blank=on", "--assume=job-id=string", "--assume=job-id-name=id")
    location = one.upload(f"{HEADER}\na@example.com,A,E1,\n").json()["location"]
    assert location.startswith("urn:li:media: ")
    document = one.finish(one.process(location).json()["value"])
    assert isinstance(document["id"], str)
    assert one.result(document).status_code == 200


def test_a_job_can_be_started_though_its_answer_is_lost(sync: Callable[..., Sync]) -> None:
    one = sync()
    urn = one.upload(f"{HEADER}\na@example.com,A,E1,active\n").json()["location"]
    one.running.control("faults", "500:path=enterpriseUploadJobs,method=POST,when=after,times=1")
    assert one.process(urn).status_code == 500
    assert [job["sourceMedia"] for job in one.running.control("jobs")] == [urn]
