"""A drop's way in both modes, and every way it can end."""

from __future__ import annotations

import csv
import io

import pytest

from learning_graph.linkedin.org_sync import TokenRefused, UploadUnfinished
from learning_graph.org_sync import upload
from learning_graph.store.org_sync_bucket import Drop
from learning_graph.values.errors import ConfigurationError, NotFound, Throttled, Unavailable
from tests.unit.org_sync.world import TOO_LARGE, UNKNOWN, World, company, people

GOOD = people("a@example.com,1,active,Sales", "b@example.com,2,,IT")


def test_a_good_file_is_processed_and_its_result_lies_beside_it() -> None:
    world = World()
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert set(world.linkedin.users) == {"a@example.com", "b@example.com"}
    assert list(world.store.keys("results/people.csv/7001/")) == [
        "results/people.csv/7001/result.csv",
        "results/people.csv/7001/summary.json",
    ]
    summary = world.summary(drop)
    assert summary["jobId"] == "7001"
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
    world = World(on_bad_rows="skip")
    world.linkedin.refuses = {"c@example.com": "No free licences"}
    drop = world.drop(people("a@example.com,1,active,", "nobody,2,active,", "", "c@example.com,3,active,"))
    world.run()
    summary = world.summary(drop)
    assert world.outcome(drop) == "converted"
    assert summary["refusedRows"] == [{"line": 5, "identifier": "c@example.com", "message": "No free licences"}]
    assert summary["rows"] == {"read": 4, "blank": 1, "refused": 1, "sendable": 2, "sent": 2}
    assert "rejected/people.csv.errors.csv" in world.store.objects
    refused = world.store.objects["results/people.csv/7001/refused.csv"].decode()
    assert list(csv.reader(io.StringIO(refused)))[1] == ["5", "c@example.com", "No free licences"]
    assert world.events[0]["refusedByLinkedIn"] == 1


def test_a_refused_row_is_not_taken_for_known() -> None:
    world = World(max_revocations=0)
    world.linkedin.refuses = {"p0@example.com": "No free licences"}
    world.drop(company(2))
    world.run()
    second = world.drop(company(1, "inactive"))
    world.run()
    assert world.outcome(second) == "accepted"
    assert world.summary(second)["guard"]["revocations"] == 0


def test_automatic_mode_ends_after_the_upload() -> None:
    world = World(mode="automatic")
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert len(world.linkedin.jobs) == 1
    assert world.summary(drop)["mode"] == "automatic"
    assert set(world.linkedin.users) == {"a@example.com", "b@example.com"}


def test_hr_headers_and_encodings_end_as_converted() -> None:
    world = World(encoding="windows-1252", column_map={"E-Mail": "invited_email_address", "Nr": "unique_user_id"})
    drop = world.drop("E-Mail;Nr;Gehalt\njörg@example.com;1;90000\n".encode("cp1252"), key="incoming/hr export+ü.csv")
    world.run()
    assert world.outcome(drop) == "converted"
    assert world.linkedin.media["urn:li:media:M1"].decode() == (
        "invited_email_address,unique_user_id\njörg@example.com,1\n"
    )
    assert world.summary(drop)["columns"]["leftOut"] == ["Gehalt"]
    assert "results/hr export+ü.csv/7001/summary.json" in world.store.objects


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
    assert not world.linkedin.media
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
    assert not world.linkedin.media


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
    assert not world.linkedin.media


def test_a_deleted_file_takes_all_its_unsent_versions_with_it_and_none_after() -> None:
    world = World()
    before = [world.drop(people(f"a@example.com,1,active,{number}")) for number in range(2)]
    world.store.remove(before[0].key)
    after = world.drop(people("a@example.com,1,active,2"))
    world.run()
    assert [world.outcome(drop) for drop in (*before, after)] == ["failed", "failed", "accepted"]
    assert world.linkedin.users["a@example.com"]["groups"] == "2"
    assert len(world.linkedin.jobs) == 1


def test_a_dry_run_tells_everything_and_sends_nothing() -> None:
    world = World(dry_run=True)
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "dry-run"
    assert world.summary(drop)["guard"]["grants"] == 1
    assert world.summary(drop)["rows"]["sent"] == 0
    assert not world.linkedin.media


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TokenRefused(401, "revoked"), "Make a new token"),
        (TokenRefused(403, "no permission"), "Make a new token"),
        (ConfigurationError("accessToken", "is missing", resolution="Put it there."), "Put it there."),
        (TOO_LARGE, "Split the file"),
    ],
)
@pytest.mark.parametrize("mode", ["manual", "automatic"])
def test_an_upload_that_linkedin_refuses_fails_with_its_resolution(error: Exception, words: str, mode: str) -> None:
    world = World(mode=mode)
    world.linkedin.faults = {"upload": [("before", error)]}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    assert words in world.summary(drop)["resolution"]
    assert world.summary(drop)["rows"]["sent"] == 0
    assert not world.linkedin.users


@pytest.mark.parametrize("mode", ["manual", "automatic"])
@pytest.mark.parametrize("error", [Throttled("429", retry_after=30), Unavailable("no connection")])
def test_an_upload_that_certainly_did_not_happen_is_repeated(error: Exception, mode: str) -> None:
    world = World(mode=mode)
    world.linkedin.faults = {"upload": [("before", error)] * 3}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert len(world.linkedin.jobs) == 1


def test_an_upload_of_unknown_outcome_is_repeated_in_manual_mode_where_it_does_no_harm() -> None:
    world = World()
    world.linkedin.faults = {"upload": [("after", UNKNOWN)]}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert len(world.linkedin.jobs) == 1


def test_an_upload_of_unknown_outcome_is_never_repeated_in_automatic_mode() -> None:
    world = World(mode="automatic")
    world.linkedin.faults = {"upload": [("after", UNKNOWN)]}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    assert world.summary(drop)["reason"].startswith("unknown:")
    assert len(world.linkedin.jobs) == 1


def test_process_file_of_unknown_outcome_is_repeated_later_and_says_so() -> None:
    world = World()
    world.linkedin.faults = {"process_file": [("after", UNKNOWN)]}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert world.summary(drop)["processFileRepeated"] is True
    assert set(world.linkedin.users) == {"a@example.com", "b@example.com"}


def test_process_file_that_certainly_did_not_start_is_repeated_without_that_note() -> None:
    world = World()
    world.linkedin.faults = {"process_file": [("before", Throttled("429")), ("before", Unavailable("no connection"))]}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert "processFileRepeated" not in world.summary(drop)
    assert len(world.linkedin.jobs) == 1


def test_a_file_that_linkedin_lost_after_the_upload_is_sent_again() -> None:
    world = World()
    world.linkedin.faults = {"process_file": [("before", NotFound("unknown media"))]}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert len(world.linkedin.jobs) == 1


def test_a_file_that_linkedin_loses_again_and_again_is_given_up_after_a_day() -> None:
    world = World()
    world.linkedin.faults = {"process_file": [("before", NotFound("404"))] * 1000}
    drop = world.drop(GOOD)
    world.run_for_a_day(drop)
    assert world.outcome(drop) == "failed"
    assert world.summary(drop)["rows"]["sent"] == 0
    assert world.summary(drop)["reason"].startswith("given up after 24 hours")


def test_a_drop_that_waits_says_for_what() -> None:
    world = World()
    world.linkedin.faults = {"upload": [("before", Unavailable("the connection to api.linkedin.com failed"))]}
    drop = world.drop(GOOD)
    world.step()
    assert world.state(drop)["waiting"] == "the connection to api.linkedin.com failed"
    world.run()
    assert "waiting" not in world.state(drop)


def test_linkedin_being_away_for_a_day_ends_the_drop() -> None:
    world = World()
    world.linkedin.faults = {"upload": [("before", Unavailable("503"))] * 1000}
    drop = world.drop(GOOD)
    world.run_for_a_day(drop)
    assert world.outcome(drop) == "failed"
    assert "24 hours" in world.summary(drop)["reason"]


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "PROCESSING_ERROR", "CANCELLED"])
def test_a_job_that_fails_ends_the_drop(status: str) -> None:
    world = World()
    world.linkedin.statuses = ["PROCESSING", status]
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    assert status in world.summary(drop)["reason"]


def test_a_job_of_unknown_status_is_followed_with_growing_delays_and_ends_after_a_day() -> None:
    world = World()
    world.linkedin.statuses = ["WHATEVER"]
    drop = world.drop(GOOD)
    began = world.clock.now
    world.run()
    assert world.outcome(drop) == "failed"
    assert "24 hours" in world.summary(drop)["reason"]
    assert 24 <= (world.clock.now - began).total_seconds() / 3600 < 25
    assert world.linkedin.jobs["7001"].polls < 400


def test_a_result_that_comes_late_is_waited_for() -> None:
    world = World()
    world.linkedin.faults = {"result": [("before", NotFound("not yet")), ("before", Unavailable("502"))]}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"


def test_a_result_that_never_comes_fails_the_drop_and_adds_nothing_to_the_ledger() -> None:
    world = World()
    world.linkedin.has_result_media = False
    drop = world.drop(company(3))
    began = world.clock.now
    world.run()
    assert world.outcome(drop) == "failed"
    assert "result could not be downloaded" in world.summary(drop)["reason"]
    assert 1 <= (world.clock.now - began).total_seconds() / 3600 < 1.2
    assert not list(world.store.keys("state/people/"))


@pytest.mark.parametrize("result", [b"", b"<html>502</html>", b"a@example.com,1,active,Sales\n"])
def test_a_result_that_is_not_understood_is_kept_and_quoted(result: bytes) -> None:
    world = World()
    world.linkedin.result_data = result
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    summary = world.summary(drop)
    assert "its result is not understood" in summary["reason"]
    assert summary["result"] == {"firstLine": result.decode().strip()}
    assert world.store.objects["results/people.csv/7001/result.csv"] == result
    assert not list(world.store.keys("state/people/"))
    assert "@" not in str(world.events)


def test_a_page_in_place_of_the_result_is_read_again() -> None:
    world = World()
    drop = world.drop(GOOD)
    world.linkedin.result_data = b"<html>502</html>"
    while "doneSince" not in world.state_or_nothing(drop):
        world.step()
    world.linkedin.result_data = None
    world.run()
    assert world.outcome(drop) == "accepted"


def test_rows_that_the_result_lacks_make_the_outcome_partial_and_do_not_enter_the_ledger() -> None:
    world = World(max_revocations=0)
    header = "invited_email_address,unique_user_id,license_learning_status,groups,Messages"
    world.linkedin.result_data = f"{header}\np0@example.com,0,active,Sales,\n".encode()
    drop = world.drop(company(3))
    world.run()
    assert world.outcome(drop) == "partial"
    summary = world.summary(drop)
    assert summary["reason"] == "LinkedIn's result lacks 2 of 3 sent rows"
    assert (summary["missingCount"], summary["missingLines"]) == (2, [3, 4])
    assert world.events[0]["missingInResult"] == 2
    assert world.store.objects["results/people.csv/7001/missing.csv"] == b"line\n3\n4\n"
    world.linkedin.result_data = None
    second = world.drop(people("p1@example.com,,inactive,", "p2@example.com,,inactive,"))
    world.run()
    assert world.outcome(second) == "accepted"
    assert world.summary(second)["guard"]["inactiveOfUnknownPeople"] == 2


def test_without_a_column_of_messages_linkedins_count_of_errors_decides() -> None:
    text = people("a@example.com,1,active,Sales", "b@example.com,2,active,IT")
    for errors, outcome in ((0, "accepted"), (1, "partial")):
        world = World()
        world.linkedin.result_data = text.encode()
        world.linkedin.stats = {"errorCount": errors}
        drop = world.drop(text)
        world.run()
        assert world.outcome(drop) == outcome
        assert bool(list(world.store.keys("state/people/"))) == (errors == 0)


def test_a_critical_error_above_the_result_makes_the_outcome_partial() -> None:
    world = World()
    header = "invited_email_address,unique_user_id,license_learning_status,groups,Messages"
    text = f"Critical error: stopped\n{header}\na@example.com,1,active,Sales,\nb@example.com,2,,IT,No free licences\n"
    world.linkedin.result_data = text.encode()
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "partial"
    summary = world.summary(drop)
    assert summary["result"]["textAboveHeaders"] == ["Critical error: stopped"]
    assert summary["refusedRows"] == [{"line": 3, "identifier": "b@example.com", "message": "No free licences"}]


def test_a_critical_error_in_the_first_row_of_the_result_makes_the_outcome_partial() -> None:
    world = World()
    header = "invited_email_address,unique_user_id,license_learning_status,groups,Messages"
    text = f"{header}\na@example.com,1,active,Sales,Critical error: stopped\nb@example.com,2,,IT,\n"
    world.linkedin.result_data = text.encode()
    world.linkedin.stats = {"errorCount": 1}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "partial"
    summary = world.summary(drop)
    assert summary["result"]["criticalErrors"] == ["Critical error: stopped"]
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
    assert len(world.linkedin.media) == 2  # the first file and its result


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


def test_an_upload_that_ends_with_its_invocation_is_repeated_and_given_up_the_third_time() -> None:
    unfinished = UploadUnfinished("the invocation's time was over when 5 of 9 MB had been uploaded")
    for times, outcome in ((2, "accepted"), (3, "failed")):
        world = World()
        world.linkedin.faults = {"upload": [("before", unfinished)] * times}
        drop = world.drop(GOOD)
        world.step()
        assert world.state(drop)["waiting"] == str(unfinished)
        world.run()
        assert world.outcome(drop) == outcome
    assert "5 of 9 MB" in world.summary(drop)["reason"]
    assert "Split the file" in world.summary(drop)["resolution"]


def test_in_automatic_mode_an_unfinished_upload_is_reported_at_once() -> None:
    world = World(mode="automatic")
    world.linkedin.faults = {"upload": [("before", UploadUnfinished("5 of 9 MB"))]}
    drop = world.drop(GOOD)
    world.step()
    assert world.outcome(drop) == "failed"
    assert world.summary(drop)["reason"] == "5 of 9 MB; LinkedIn does not have the whole file"


def test_a_token_revoked_while_the_job_runs_ends_the_drop_with_the_resolution() -> None:
    world = World()
    world.linkedin.faults = {"job": [("before", TokenRefused(401, "revoked"))]}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    assert "Make a new token" in world.summary(drop)["resolution"]


def test_a_token_revoked_before_the_result_is_downloaded_leaves_nothing_to_slip_through() -> None:
    world = World()
    world.linkedin.faults = {"result": [("before", TokenRefused(401, "revoked"))]}
    drop = world.drop(company(100))
    world.run()
    assert world.outcome(drop) == "failed"
    assert "Make a new token" in world.summary(drop)["resolution"]
    leavers = world.drop(company(50, "inactive"), "incoming/leavers.csv")
    world.run()
    assert world.outcome(leavers) == "held"


def test_the_result_of_a_failed_job_is_fetched_though_linkedin_is_away_for_a_moment() -> None:
    world = World()
    world.linkedin.statuses = ["QUEUED", "ABORTED"]
    world.linkedin.faults = {"result": [("before", Unavailable("502"))] * 3}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "failed"
    result = world.summary(drop)["result"]
    assert result == {"rows": 2, "applied": 0, "refused": 0, "undecided": 2, "missing": 0}
    assert list(world.store.keys("results/people.csv/7001/result.csv"))


def test_a_job_that_linkedin_does_not_know_yet_is_waited_for() -> None:
    world = World()
    world.linkedin.faults = {"job": [("before", NotFound("404"))] * 3}
    drop = world.drop(GOOD)
    world.run()
    assert world.outcome(drop) == "accepted"


def test_statistics_that_do_not_add_up_are_noted_and_do_no_harm() -> None:
    world = World()
    world.linkedin.stats = {"totalCount": 0, "updatedCount": 1}
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
