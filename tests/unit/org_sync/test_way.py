"""A drop's way in both modes, and every way it can end."""

from __future__ import annotations

import csv
import io
from itertools import chain, repeat

import pytest

from learning_graph.org_sync import upload
from learning_graph.store.org_sync_bucket import Drop
from learning_graph.values.errors import ConfigurationError
from tests.unit.org_sync.world import (
    FIRST_JOB,
    JOB_SECONDS,
    LOST_UPLOAD,
    NO_CONNECTION,
    PROCESS_FILE,
    UPLOAD,
    World,
    company,
    people,
)

GOOD = people("a@example.com,1,active,Sales", "b@example.com,2,,IT")
RESULTS = f"results/people.csv/{FIRST_JOB}"


def test_a_good_file_is_processed_and_its_result_lies_beside_it() -> None:
    world = World()
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert set(world.linkedin.users) == {"a@example.com", "b@example.com"}
    assert list(world.store.keys(f"{RESULTS}/")) == [
        f"{RESULTS}/result.csv",
        f"{RESULTS}/summary.json",
    ]
    summary = world.summary(drop)
    assert summary["jobId"] == FIRST_JOB
    assert summary["linkedin"]["status"] == "DONE"
    assert summary["rows"] == {"read": 2, "blank": 0, "refused": 0, "sendable": 2, "sent": 2}
    assert summary["result"] == {"rows": 2, "applied": 2, "refused": 0, "undecided": 0, "missing": 0}
    assert summary["guard"]["additions"] == 2
    [event] = world.events
    assert (event["outcome"], event["file"], event["bucket"]) == ("accepted", "people.csv", "org-sync")
    [end] = world.ended
    assert end.counts == {"RowsSent": 2, "RowsRefusedBeforeUpload": 0, "RowsRefusedByLinkedIn": 0, "RowsMissing": 0}
    assert list(world.store.keys("state/drops/")) == ["state/drops/people.csv/v1.json"]


def test_a_row_that_linkedin_refuses_is_named_with_its_line_in_the_dropped_file() -> None:
    world = World(on_bad_rows="skip", licences=1)
    drop = world.drop(people("a@example.com,1,active,", "nobody,2,active,", "", "c@example.com,3,active,"))
    world.run()
    summary = world.summary(drop)
    assert world.outcome(drop) == "converted"
    assert summary["refusedRows"] == [{"line": 5, "identifier": "c@example.com", "message": "No licenses available"}]
    assert summary["rows"] == {"read": 4, "blank": 1, "refused": 1, "sendable": 2, "sent": 2}
    assert "rejected/people.csv.errors.csv" in world.store.objects
    refused = world.store.objects[f"{RESULTS}/refused.csv"].decode()
    assert list(csv.reader(io.StringIO(refused)))[1] == ["5", "c@example.com", "No licenses available"]
    assert world.events[0]["refusedByLinkedIn"] == 1


def test_a_refused_row_is_not_taken_for_known() -> None:
    world = World(max_revocations=0, licences=1)
    world.drop(company(2))
    world.run()
    second = world.drop(people("p1@example.com,1,inactive,"))
    world.run()
    assert world.outcome(second) == "accepted"
    assert world.summary(second)["guard"]["revocations"] == 0


def test_automatic_mode_ends_after_the_upload() -> None:
    world = World(mode="automatic")
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    world.clock.advance(2 * JOB_SECONDS)
    assert [job["status"] for job in world.linkedin.jobs] == ["DONE"]
    assert world.summary(drop)["mode"] == "automatic"
    assert set(world.linkedin.users) == {"a@example.com", "b@example.com"}


def test_hr_headers_and_encodings_end_as_converted() -> None:
    world = World(encoding="windows-1252", column_map={"E-Mail": "invited_email_address", "Nr": "unique_user_id"})
    drop = world.drop("E-Mail;Nr;Gehalt\njörg@example.com;1;90000\n".encode("cp1252"), key="incoming/hr export+ü.csv")
    world.run()
    assert world.outcome(drop) == "converted"
    assert world.linkedin.files == ["invited_email_address,unique_user_id\njörg@example.com,1\n"]
    assert world.summary(drop)["columns"]["leftOut"] == ["Gehalt"]
    assert f"results/hr export+ü.csv/{FIRST_JOB}/summary.json" in world.store.objects


def test_an_unknown_encoding_fails_the_drop_and_names_the_setting() -> None:
    world = World(encoding="klingon")
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    assert world.summary(drop)["reason"].startswith("ORG_SYNC_ENCODING: 'klingon'")


def test_a_column_map_to_an_unknown_header_fails_the_drop_and_names_the_setting() -> None:
    world = World(column_map={"E-Mail": "email"})
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    assert "ORG_SYNC_COLUMN_MAP" in world.summary(drop)["reason"]
    assert "attribute_<name>" in world.summary(drop)["resolution"]
    assert "attribute_<name>" not in world.summary(drop)["reason"]


def test_a_bad_file_never_reaches_linkedin() -> None:
    world = World()
    drop = world.drop(people("a@example.com,1,active,", "nobody,2,active,"))
    world.run()
    assert world.outcome(drop) == "rejected"
    assert not world.linkedin.files
    errors = world.store.objects["rejected/people.csv.errors.csv"].decode()
    assert errors.splitlines()[1].startswith("3,invited_email_address,not an e-mail address,")
    assert world.summary(drop)["reason"] == "line 3, invited_email_address: not an e-mail address"
    assert world.events[0]["resolution"]


@pytest.mark.parametrize(
    ("key", "data", "outcome", "words"),
    [
        ("incoming/hr/", b"content", "rejected", "ends in a slash"),
        ("incoming/people.xlsx", b"PK\x03\x04", "rejected", "Excel"),
        ("incoming/people.xls", b"\xd0\xcf\x11\xe0", "rejected", "Excel file (.xls)"),
        ("incoming/people.csv.gz", b"\x1f\x8b\x08", "rejected", "gzip"),
        ("incoming/people.pdf", b"%PDF-1.7", "rejected", "PDF"),
        (f"incoming/{'long/' * 200}people.csv", b"x", "rejected", "longer than S3 takes"),
        ("incoming/people.csv", b"", "rejected", "the file is empty"),
        ("incoming/people.csv", b"PK\x03\x04", "rejected", "Excel"),
        ("incoming/people.csv", b"invited_email_address\n", "rejected", "nothing else"),
    ],
)
def test_what_is_no_hr_file_ends_clearly(key: str, data: bytes, outcome: str, words: str) -> None:
    world = World()
    drop = world.drop(data, key=key)
    world.run()
    assert world.outcome(drop) == outcome
    assert words in world.summary(drop)["reason"]
    assert len(world.events) == len(world.ended) == 1
    assert not world.linkedin.files


def test_a_folder_is_no_drop() -> None:
    world = World()
    world.drop(b"", key="incoming/hr/")
    world.run()
    assert not world.ended
    assert not world.store.objects


@pytest.mark.parametrize(
    "key", ["incoming/People.Csv", "incoming/people.txt", "incoming/people", "incoming/a/../b%2F.CSV"]
)
def test_a_csv_file_is_taken_under_any_name(key: str) -> None:
    world = World()
    drop = world.drop(GOOD, key=key)
    world.run()
    assert world.outcome(drop) == "accepted"


def test_a_file_that_is_too_large_for_one_invocation_is_rejected_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "LARGEST_FILE", 10)
    world = World()
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "rejected"
    assert "Split the file" in world.summary(drop)["resolution"]


def test_the_refused_rows_of_every_version_stay_listed() -> None:
    world = World(on_bad_rows="skip")
    bad = world.drop(people("a@example.com,1,active,", "nobody,2,active,"))
    worse = world.drop(people("nobody,1,active,", "nobody,2,active,", "c@example.com,3,active,"))
    world.run()
    keys = {drop: f"rejected/people.csv/{drop.version}/errors.csv" for drop in (bad, worse)}
    lists = {drop: world.store.objects[key].decode().splitlines()[1:] for drop, key in keys.items()}
    assert [line.partition(",")[0] for line in lists[bad]] == ["3"]
    assert [line.partition(",")[0] for line in lists[worse]] == ["2", "3"]
    assert world.store.objects["rejected/people.csv.errors.csv"] == world.store.objects[keys[worse]]


def test_a_file_deleted_before_it_is_read_is_not_sent() -> None:
    world = World()
    withdrawn, gone = world.drop(GOOD), world.drop(GOOD, key="incoming/other.csv")
    world.store.remove(withdrawn.key)
    world.store.versions[gone.key].clear()
    world.run()
    for drop in (withdrawn, gone):
        assert world.outcome(drop) == "failed"
        assert "deleted before it was read" in world.summary(drop)["reason"]
    assert not world.linkedin.files


def test_a_deleted_file_takes_all_its_unsent_versions_with_it_and_none_after() -> None:
    world = World()
    before = [world.drop(people(f"a@example.com,1,active,{number}")) for number in range(2)]
    world.store.remove(before[0].key)
    after = world.drop(people("a@example.com,1,active,2"))
    world.run()
    assert [world.outcome(drop) for drop in (*before, after)] == ["failed", "failed", "accepted"]
    assert world.linkedin.users["a@example.com"]["groups"] == ["2"]
    assert len(world.linkedin.jobs) == 1


def test_a_dry_run_tells_everything_and_sends_nothing() -> None:
    world = World(dry_run=True)
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "dry-run"
    assert world.summary(drop)["guard"]["grants"] == 1
    assert world.summary(drop)["rows"]["sent"] == 0
    assert not world.linkedin.files


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("401:code=revoked", "Make a new token"),
        ("403:times=1", "Make a new token"),
        ("413:times=1", "Split the file"),
    ],
)
@pytest.mark.parametrize("mode", ["manual", "automatic"])
def test_an_upload_that_linkedin_refuses_fails_with_its_resolution(fault: str, words: str, mode: str) -> None:
    world = World(mode=mode)
    world.linkedin.fault(fault)
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    assert words in world.summary(drop)["resolution"]
    assert world.summary(drop)["rows"]["sent"] == 0
    assert not world.linkedin.files


def test_a_secret_without_a_token_fails_the_drop_with_its_resolution() -> None:
    world = World()
    world.secret = "{}"
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    assert 'Put {"accessToken": "<token>"} into the org-sync secret' in world.summary(drop)["resolution"]
    assert world.summary(drop)["rows"]["sent"] == 0
    assert not world.linkedin.calls


@pytest.mark.parametrize("mode", ["manual", "automatic"])
@pytest.mark.parametrize("is_reached", [True, False])
def test_an_upload_that_certainly_did_not_happen_is_repeated(is_reached: bool, mode: str) -> None:
    world = World(mode=mode)
    if is_reached:
        world.linkedin.fault("429:path=/media/upload,retryAfter=30,times=3")
    else:
        world.linkedin.faults_at = {UPLOAD: [NO_CONNECTION] * 3}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert len(world.linkedin.jobs) == 1


def test_an_upload_of_unknown_outcome_is_repeated_in_manual_mode_where_it_does_no_harm() -> None:
    world = World()
    world.linkedin.fault(LOST_UPLOAD)
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert len(world.linkedin.jobs) == 1


def test_an_upload_of_unknown_outcome_is_never_repeated_in_automatic_mode() -> None:
    world = World(mode="automatic")
    world.linkedin.fault(LOST_UPLOAD)
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    assert world.summary(drop)["reason"].startswith("unknown:")
    assert len(world.linkedin.jobs) == 1


def test_process_file_of_unknown_outcome_is_repeated_later_and_says_so() -> None:
    world = World()
    world.linkedin.fault("reset:path=enterpriseUploadJobs,method=POST,when=after,times=1")
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert world.summary(drop)["processFileRepeated"] is True
    assert set(world.linkedin.users) == {"a@example.com", "b@example.com"}


def test_process_file_that_certainly_did_not_start_is_repeated_without_that_note() -> None:
    world = World()
    world.linkedin.fault("429:path=enterpriseUploadJobs,method=POST,times=1")
    world.linkedin.faults_at = {PROCESS_FILE: [NO_CONNECTION]}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert "processFileRepeated" not in world.summary(drop)
    assert len(world.linkedin.jobs) == 1


def test_a_file_that_linkedin_loses_again_and_again_is_given_up_after_a_day() -> None:
    world = World()
    world.linkedin.fault("404:path=enterpriseUploadJobs,method=POST")
    drop = world.drop(GOOD)
    world.run_for_a_day(drop)
    assert world.outcome(drop) == "failed"
    assert world.summary(drop)["rows"]["sent"] == 0
    assert world.summary(drop)["reason"].startswith("given up after 24 hours")


def test_a_drop_that_waits_says_for_what() -> None:
    world = World()
    world.linkedin.faults_at = {UPLOAD: [NO_CONNECTION]}
    drop = world.drop(GOOD)
    world.step()
    assert world.state(drop)["waiting"] == "the connection to api.linkedin.test failed: ConnectionError"
    world.run()
    assert "waiting" not in world.state(drop)


@pytest.mark.parametrize("is_reached", [True, False])
def test_linkedin_being_away_for_a_day_ends_the_drop(is_reached: bool) -> None:
    world = World()
    if is_reached:
        world.linkedin.fault("503")
    else:
        world.linkedin.faults = [NO_CONNECTION] * 1000
    drop = world.drop(GOOD)
    world.run_for_a_day(drop)
    assert world.outcome(drop) == "failed"
    assert "24 hours" in world.summary(drop)["reason"]


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "PROCESSING_ERROR", "CANCELLED"])
def test_a_job_that_fails_ends_the_drop(status: str) -> None:
    world = World()
    world.linkedin.jobs_end(status=status)
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    assert status in world.summary(drop)["reason"]


def test_a_job_of_unknown_status_is_followed_with_growing_delays_and_ends_after_a_day() -> None:
    world = World()
    world.linkedin.jobs_end(status="WHATEVER")
    drop = world.drop(GOOD)
    began = world.clock.now
    world.run()
    assert world.outcome(drop) == "failed"
    assert "24 hours" in world.summary(drop)["reason"]
    assert 24 <= (world.clock.now - began).total_seconds() / 3600 < 25
    assert world.linkedin.count("job") < 400


@pytest.mark.parametrize(
    "faults",
    [
        ["404:path=enterpriseUploadJobs,method=POST,times=1"],
        ["404:path=enterpriseUploadJobs,method=GET,times=3"],
        ["404:path=/media/upload,method=GET,times=1", "502:path=/media/upload,method=GET,after=1,times=1"],
        ["html:path=/media/upload,method=GET,status=200,times=1"],
    ],
    ids=["the file was lost and is sent again", "no job yet", "no result yet", "a page in place of the result"],
)
def test_what_passes_while_a_file_is_processed_is_waited_for(faults: list[str]) -> None:
    world = World()
    for fault in faults:
        world.linkedin.fault(fault)
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert len(world.linkedin.jobs) == 1


def test_a_result_that_never_comes_fails_the_drop_and_adds_nothing_to_the_ledger() -> None:
    world = World()
    world.linkedin.assume("result-media", "never")
    drop = world.drop(company(3))
    began = world.clock.now
    world.run()
    assert world.outcome(drop) == "failed"
    assert "result could not be downloaded" in world.summary(drop)["reason"]
    assert 1 <= (world.clock.now - began).total_seconds() / 3600 < 1.2
    assert not list(world.store.keys("state/people/"))


@pytest.mark.parametrize(
    ("form", "first_line"),
    [("empty", ""), ("html", "<!doctype html>"), ("no-header", "a@example.com,1,active,Sales,")],
)
def test_a_result_that_is_not_understood_is_kept_and_quoted(form: str, first_line: str) -> None:
    world = World()
    world.linkedin.assume("result-form", form)
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    summary = world.summary(drop)
    assert "its result is not understood" in summary["reason"]
    assert summary["result"] == {"firstLine": first_line}
    assert world.store.objects[f"{RESULTS}/result.csv"].decode().partition("\r\n")[0].startswith(first_line)
    assert not list(world.store.keys("state/people/"))
    assert "@" not in str(world.events)


def test_rows_that_the_result_lacks_make_the_outcome_partial_and_do_not_enter_the_ledger() -> None:
    world = World(max_revocations=0)
    world.linkedin.assume("result-form", "short")
    drop = world.drop(company(3))
    world.run()
    assert world.outcome(drop) == "partial"
    summary = world.summary(drop)
    assert summary["reason"] == "LinkedIn's result lacks 1 of 3 sent rows"
    assert (summary["missingCount"], summary["missingLines"]) == (1, [4])
    assert world.events[0]["missingInResult"] == 1
    assert world.store.objects[f"{RESULTS}/missing.csv"] == b"line\n4\n"
    world.linkedin.assume("result-form", "documented")
    second = world.drop(people("p2@example.com,,inactive,"))
    world.run()
    assert world.outcome(second) == "accepted"
    assert world.summary(second)["guard"]["inactiveOfUnknownPeople"] == 1


@pytest.mark.parametrize(("licences", "outcome"), [(2, "accepted"), (1, "partial")])
def test_without_a_column_of_messages_linkedins_count_of_errors_decides(licences: int, outcome: str) -> None:
    world = World(licences=licences)
    world.linkedin.assume("result-form", "no-messages")
    drop = world.drop(company(2))
    world.run()
    assert world.outcome(drop) == outcome
    assert bool(list(world.store.keys("state/people/"))) == (outcome == "accepted")


def test_a_critical_error_above_the_result_makes_the_outcome_partial() -> None:
    world = World(licences=1)
    world.linkedin.assume("result-form", "critical-line")
    drop = world.drop(company(2))
    world.run()
    assert world.outcome(drop) == "partial"
    summary = world.summary(drop)
    assert summary["result"]["textAboveHeaders"] == ["Critical error: the file was not processed to its end"]
    [refused] = summary["refusedRows"]
    assert refused == {"line": 3, "identifier": "p1@example.com", "message": "No licenses available"}


def test_a_critical_error_in_the_first_row_of_the_result_makes_the_outcome_partial() -> None:
    world = World()
    world.linkedin.assume("result-form", "critical-message")
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "partial"
    summary = world.summary(drop)
    assert len(summary["result"]["criticalErrors"]) == 1
    assert (summary["result"]["refused"], summary["result"]["undecided"]) == (1, 1)
    assert not list(world.store.keys("state/people/"))


def test_with_another_key_no_file_is_compared_with_the_ledger() -> None:
    world = World()
    world.drop(GOOD)
    world.run()
    world.key = b"another key" * 3
    drop = world.drop(people("a@example.com,1,inactive,"))
    world.run()
    assert world.outcome(drop) == "failed"
    assert "PSEUDONYM_SECRET_ARN" in world.summary(drop)["reason"]
    assert "earlier key" in world.summary(drop)["resolution"]
    assert len(world.linkedin.files) == 1


def test_a_ledger_of_an_unknown_format_is_refused_by_name() -> None:
    world = World()
    world.drop(GOOD)
    world.run()
    world.store.write("state/people/latest.json", b'{"formatVersion": 99}')
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    assert world.summary(drop)["reason"] == (
        "formatVersion: state/people/latest.json has format version 99, and this release reads 1"
    )


@pytest.mark.parametrize(("times", "outcome"), [(2, "accepted"), (3, "failed")])
def test_an_upload_that_ends_with_its_invocation_is_repeated_and_given_up_the_third_time(
    times: int, outcome: str
) -> None:
    unfinished = "the invocation's time was over when 0 of 0 MB had been uploaded"
    world = World()
    world.time_left = chain([0] * times, repeat(900)).__next__
    drop = world.drop(GOOD)
    world.step()
    assert world.state(drop)["waiting"] == unfinished
    world.run()
    assert world.outcome(drop) == outcome
    if outcome == "failed":
        assert world.summary(drop)["reason"].startswith(unfinished)
        assert "Split the file" in world.summary(drop)["resolution"]


def test_in_automatic_mode_an_unfinished_upload_is_reported_at_once() -> None:
    world = World(mode="automatic")
    world.time_left = lambda: 0
    drop = world.drop(GOOD)
    world.step()
    assert world.outcome(drop) == "failed"
    assert world.summary(drop)["reason"].endswith("had been uploaded; LinkedIn does not have the whole file")


def test_a_token_revoked_while_the_job_runs_ends_the_drop_with_the_resolution() -> None:
    world = World()
    world.linkedin.fault("401:path=enterpriseUploadJobs,method=GET,code=revoked")
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    assert "Make a new token" in world.summary(drop)["resolution"]


def test_a_token_revoked_before_the_result_is_downloaded_leaves_nothing_to_slip_through() -> None:
    world = World()
    world.linkedin.fault("401:path=/media/upload,method=GET,code=revoked,times=1")
    drop = world.drop(company(100))
    world.run()
    assert world.outcome(drop) == "failed"
    assert "Make a new token" in world.summary(drop)["resolution"]
    leavers = world.drop(company(50, "inactive"), "incoming/leavers.csv")
    world.run()
    assert world.outcome(leavers) == "held"


def test_the_result_of_a_failed_job_is_fetched_though_linkedin_is_away_for_a_moment() -> None:
    world = World()
    world.linkedin.jobs_end(interruptAfter=2)
    world.linkedin.fault("502:path=/media/upload,method=GET,times=3")
    drop = world.drop(company(4))
    world.run()
    assert world.outcome(drop) == "failed"
    result = world.summary(drop)["result"]
    said = ["Critical error: processing was interrupted"]
    assert result == {
        "rows": 3, "applied": 0, "refused": 1, "undecided": 2, "missing": 1, "criticalErrors": said
    }  # fmt: skip
    assert list(world.store.keys(f"{RESULTS}/result.csv"))


def test_statistics_that_do_not_add_up_are_noted_and_do_no_harm() -> None:
    world = World()
    world.linkedin.assume("job-stats", "odd")
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert "LinkedIn counts 0 rows" in world.summary(drop)["statsNote"]


def test_a_dropped_file_is_never_touched() -> None:
    world = World()
    drop = world.drop(GOOD)
    world.run()
    assert world.store.versions[drop.key] == world.store.history(drop.key)
    assert len(world.store.versions[drop.key]) == 1
    assert not list(world.store.keys("incoming/"))


def test_the_same_version_again_does_nothing() -> None:
    world = World()
    drop = world.drop(GOOD)
    world.run()
    world.tell(drop)
    world.run()
    assert len(world.events) == len(world.linkedin.jobs) == 1


def test_a_message_that_is_not_ours_is_refused_by_name() -> None:
    world = World()
    world.uploads.send('{"hello": 1}')
    with pytest.raises(ConfigurationError, match="Records"):
        world.step()
    world.uploads.messages.clear()
    world.tracking.send('{"drop": {"key": "incoming/never.csv", "versionId": "1"}}')
    with pytest.raises(ConfigurationError, match="never sent"):
        world.step()


def test_a_hand_made_event_without_a_version_means_the_newest() -> None:
    world = World()
    drop = world.drop(GOOD, tell=0)
    world.tell(Drop(drop.key, ""))
    world.run()
    assert world.outcome(drop) == "accepted"
