"""Every status, computed by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from learning_graph.reports.export import write_parquet
from learning_graph.reports.report import EARLIER_TABLES, Report
from tests.unit.reports.world import DAY, RUN, World, ms, requirement, row_of, rows, statuses

TAGGED = {"tagged": ["security"]}
TWO = {"anyOf": ["urn:li:lyndaCourse:1", "urn:li:lyndaCourse:2"]}
BOTH = {"allOf": ["urn:li:lyndaCourse:1", "urn:li:lyndaCourse:2"]}


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.course("1", "security")
    made.course("2", "security")
    return made


def kept(report: Report, folder: Path) -> tuple[str, Path]:
    """The report's tables as files, for the report of the next snapshot."""
    folder.mkdir(exist_ok=True)
    for table in EARLIER_TABLES.values():
        write_parquet(report.db, table, folder / f"{table.name}.parquet")
    return report.snapshot.run_id, folder


def test_met_on_time_with_its_proof(world: World) -> None:
    world.learner("ann", "Engineering")
    world.did("ann", "1", "2026-03-20T10:00:00")
    row = row_of(world.report(requirement(due={"date": "2026-03-31"})), "ann")
    [file] = world.write().files["linkedin_learning_user_assigned_course"]
    assert row | {"progressPercentage": None, "secondsViewed": None, "lastEngagedOn": None} == {
        "requirementId": "r",
        "requirementTitle": "R",
        "personKey": "urn:li:p:ann",
        "learnerKey": "urn:li:p:ann",
        "name": "Ann",
        "email": "ann@example.com",
        "uniqueUserId": None,
        "groups": ["Engineering"],
        "status": "met",
        "metLate": False,
        "withinDays": None,
        "startDate": date(2026, 3, 20),
        "startBasis": "first seen",
        "dueDate": date(2026, 3, 31),
        "graceUntil": date(2026, 3, 31),
        "daysOverdue": None,
        "daysFromStart": 0,
        "metDate": date(2026, 3, 20),
        "metOn": ms("2026-03-20T10:00:00"),
        "metBasis": "completedOn",
        "contentKey": "urn:li:lyndaCourse:1",
        "contentTitle": "Course 1",
        "progressPercentage": None,
        "secondsViewed": None,
        "lastEngagedOn": None,
        "exemptReason": None,
        "exemptDecidedBy": None,
        "exemptFrom": None,
        "exemptUntil": None,
        "pausedFrom": None,
        "pausedUntil": None,
        "proofSnapshot": RUN,
        "proofWindowStart": ms("2026-03-18T06:00:00"),
        "proofWindowEnd": ms("2026-04-01T06:00:00"),
        "proofFile": file.key,
        "proofFileSha256": file.sha256,
        "proofKey": "urn:li:p:ann|assigned|urn:li:lyndaCourse:1",
        "explanation": 'Met on 2026-03-20 by "Course 1", due on 2026-03-31',
        "identifier": None,
    }


@pytest.mark.parametrize(
    ("completed", "zone", "late"),
    [
        ("2026-03-31T21:30:00", "Europe/Berlin", False),  # 23:30 local time on the due date
        ("2026-03-31T22:30:00", "Europe/Berlin", True),  # 00:30 of the next day
        ("2026-03-31T22:30:00", "UTC", False),
        ("2026-03-28T23:30:00", "Europe/Berlin", False),  # 00:30 on the day the clocks change
        ("2026-04-01T06:30:00", "America/Los_Angeles", False),  # 23:30 on the due date
        ("2026-04-01T07:30:00", "America/Los_Angeles", True),
    ],
)
def test_a_completion_belongs_to_the_local_day(world: World, completed: str, zone: str, late: bool) -> None:
    world.learner("ann")
    world.did("ann", "1", completed)
    report = world.report(requirement(due={"date": "2026-03-31"}), day="2026-04-02", zone=ZoneInfo(zone))
    row = row_of(report, "ann")
    assert (row["status"], row["metLate"]) == ("met", late)
    assert row["daysOverdue"] == (1 if late else None)


@pytest.mark.parametrize(
    ("day", "status", "overdue"),
    [
        ("2026-03-31", "due", None),
        ("2026-04-01", "due", None),
        ("2026-04-05", "due", None),  # the last day of the grace
        ("2026-04-06", "overdue", 6),  # counted from the due date
    ],
)
def test_overdue_begins_the_day_after_the_grace(world: World, day: str, status: str, overdue: int | None) -> None:
    world.learner("ann")
    world.did("ann", "2", "2026-03-20T10:00:00")
    row = row_of(world.report(requirement(due={"date": "2026-03-31", "graceDays": 5}), day=day), "ann")
    assert (row["status"], row["daysOverdue"], row["graceUntil"]) == (status, overdue, date(2026, 4, 5))


@pytest.mark.parametrize(
    ("day", "within"),
    [("2026-03-31", 30), ("2026-03-01", 30), ("2026-02-28", 60), ("2025-12-31", 90), ("2025-12-30", None)],
)
def test_due_says_how_soon(world: World, day: str, within: int | None) -> None:
    world.learner("ann", "x")
    assert row_of(world.report(requirement(due={"date": "2026-03-31"}), day=day), "ann")["withinDays"] == within


def test_met_within_the_grace_is_on_time_and_after_it_late(world: World) -> None:
    for name, instant in (("ann", "2026-03-12T10:00:00"), ("bob", "2026-03-16T10:00:00")):
        world.learner(name)
        world.did(name, "1", instant)
    report = world.report(requirement(due={"date": "2026-03-10", "graceDays": 5}))
    assert [(row_of(report, name)["metLate"], row_of(report, name)["daysOverdue"]) for name in ("ann", "bob")] == [
        (False, None),
        (True, 6),
    ]


def test_a_completion_before_the_requirement_was_written_counts(world: World) -> None:
    world.learner("ann")
    world.did("ann", "1", "2019-05-01T10:00:00")
    assert statuses(world.report(requirement(due={"date": "2026-03-31"}))) == {"ann": "met"}


def test_all_of_is_met_by_the_last_and_any_of_by_the_first(world: World) -> None:
    for name, courses in (("ann", "12"), ("bob", "1")):
        world.learner(name)
        for number in courses:
            world.did(name, number, f"2026-03-2{number}T10:00:00")
    every = world.report(requirement(content=BOTH))
    assert statuses(every) == {"ann": "met", "bob": "due"}
    assert (row_of(every, "ann")["metDate"], row_of(every, "ann")["contentTitle"]) == (date(2026, 3, 22), "Course 2")
    any_of = world.report(requirement(content=TWO))
    assert statuses(any_of) == {"ann": "met", "bob": "met"}
    assert row_of(any_of, "ann")["metDate"] == date(2026, 3, 21)


def test_tagged_content_counts_by_name_and_by_urn(world: World) -> None:
    world.learner("ann")
    world.did("ann", "2", "2026-03-20T10:00:00")
    for tag in ("security", "Security", "urn:li:skill:security"):
        assert statuses(world.report(requirement(content={"tagged": [tag]}))) == {"ann": "met"}


def test_progress_and_seconds(world: World) -> None:
    for name, percentage, seconds in (("ann", 79.0, 1800), ("bob", 80.0, 1799)):
        world.learner(name)
        times: dict[str, Any] = {
            "firstEngagedOn": ms("2026-03-20T10:00:00"),
            "lastEngagedOn": ms("2026-03-21T10:00:00"),
        }
        world.did(name, "1", progressPercentage=percentage, secondsViewed=seconds - 100, **times)
        world.did(name, "2", secondsViewed=100, **times)
    progress = world.report(requirement(how={"minimumProgress": 80}))
    assert statuses(progress) == {"ann": "due", "bob": "met"}
    assert row_of(progress, "bob")["metBasis"] == "lastEngagedOn"
    assert "on that day at the latest" in row_of(progress, "bob")["explanation"]
    assert statuses(world.report(requirement(how={"minimumSeconds": 1800}, content=TWO))) == {
        "ann": "met",
        "bob": "due",
    }
    assert statuses(world.report(requirement(how={"minimumSeconds": 100}, content=BOTH))) == {
        "ann": "met",
        "bob": "met",
    }
    assert statuses(world.report(requirement(how={"minimumSeconds": 101}, content=BOTH))) == {
        "ann": "due",
        "bob": "due",
    }


def test_days_after_the_start_date_else_after_the_first_sighting(world: World) -> None:
    world.learner("ann")
    world.learner("bob")
    world.did("bob", "2", "2026-03-10T10:00:00")
    people = "email,startDate\nann@example.com,2026-03-02\nbob@example.com,\n"
    report = world.report(requirement(who={"population": "p"}, due={"daysAfterStart": 30}), p=people)
    assert [(row_of(report, n)["startBasis"], row_of(report, n)["dueDate"]) for n in ("ann", "bob")] == [
        ("population file", date(2026, 4, 1)),
        ("first seen", date(2026, 4, 9)),
    ]
    assert statuses(report) == {"ann": "due", "bob": "due"}
    later = world.report(requirement(who={"population": "p"}, due={"daysAfterStart": 30}), day="2026-04-02", p=people)
    assert statuses(later) == {"ann": "overdue", "bob": "due"}


def test_everybody_of_the_population_appears_also_whom_linkedin_does_not_know(world: World) -> None:
    world.learner("ann", unique="E1")
    world.learner("bob")
    world.did("ann", "1", "2026-03-20T10:00:00")
    people = (
        "uniqueUserId,email,name,group\nE1,,,\n,BOB@example.com,,\n"
        ",carol@example.com,Carol,Sales\nE9,dan@example.com,,\n"
    )
    report = world.report(requirement(who={"population": "p"}, due={"date": "2026-03-01"}), p=people)
    assert statuses(report) == {"ann": "met", "bob": "overdue", "carol@example.com": "unknown", "E9": "unknown"}
    carol = row_of(report, "carol@example.com")
    assert (carol["name"], carol["groups"], carol["learnerKey"], carol["daysOverdue"]) == ("Carol", ["Sales"], None, 31)
    [told] = rows(report.db, "select population, populationIsComplete from requirements")
    assert told == {"population": "population file p", "populationIsComplete": True}


def test_without_a_population_file_the_report_says_what_it_rests_on(world: World) -> None:
    world.learner("ann")
    [told] = rows(world.report(requirement()).db, "select population, populationIsComplete from requirements")
    assert told == {"population": "learners known to LinkedIn", "populationIsComplete": False}


def test_people_are_in_scope_from_their_start_to_their_end_date(world: World) -> None:
    people = (
        "email,startDate,endDate\na@x.org,2026-04-01,\nb@x.org,2026-04-02,\nc@x.org,,2026-04-01\nd@x.org,,2026-03-31\n"
    )
    assert statuses(world.report(requirement(who={"population": "p"}), p=people)) == {
        "a@x.org": "unknown",
        "c@x.org": "unknown",
    }


def test_who_by_group_and_attribute(world: World) -> None:
    for name, groups in (("ann", ["Engineering"]), ("bob", ["Engineering", "Sales"]), ("cat", ["Legal"])):
        world.learner(name, *groups)
        world.attributes.append({"learnerKey": f"urn:li:p:{name}", "attribute": "Site", "value": name[0].upper()})
    assert set(statuses(world.report(requirement(who={"groups": ["Sales", "Legal"]})))) == {"bob", "cat"}
    assert set(statuses(world.report(requirement(who={"attributes": {"Site": ["A", "C"]}})))) == {"ann", "cat"}
    both = {"groups": ["Engineering"], "attributes": {"Site": ["B", "C"]}}
    assert set(statuses(world.report(requirement(who=both)))) == {"bob"}


@pytest.mark.parametrize(
    ("day", "status"),
    [("2026-03-31", "overdue"), ("2026-04-01", "exempt"), ("2026-04-30", "exempt"), ("2026-05-01", "overdue")],
)
def test_an_exemption_holds_from_its_first_to_its_last_day(world: World, day: str, status: str) -> None:
    world.learner("ann")
    exemption = {
        "person": "Ann@Example.com",
        "reason": "Trainer",
        "decidedBy": "CISO",
        "from": "2026-04-01",
        "until": "2026-04-30",
    }
    row = row_of(world.report(requirement(due={"date": "2026-03-01"}, exemptions=[exemption]), day=day), "ann")
    assert row["status"] == status
    if status == "exempt":
        assert row["explanation"] == "Exempt from 2026-04-01 until 2026-04-30, decided by CISO: Trainer"


def test_leave_pauses_and_a_completion_is_stronger_than_leave_and_exemption(world: World) -> None:
    world.learner("ann")
    world.learner("bob")
    world.did("bob", "1", "2026-03-20T10:00:00")
    people = "email,pausedFrom,pausedUntil\nann@example.com,2026-03-30,2026-04-01\nbob@example.com,2026-03-30,\n"
    asked = requirement(who={"population": "p"}, due={"date": "2026-03-01"})
    assert statuses(world.report(asked, p=people)) == {"ann": "paused", "bob": "met"}
    assert statuses(world.report(asked, day="2026-04-02", p=people)) == {"ann": "overdue", "bob": "met"}


@pytest.mark.parametrize(
    ("day", "status", "within"),
    [
        ("2026-03-31", "expiring", 30),
        ("2026-05-29", "expiring", 30),  # 30 days before 28 June
        ("2026-04-30", "expiring", 60),
        ("2026-04-28", "expiring", 90),
        ("2026-06-28", "expiring", 30),  # the day by which it must be repeated
        ("2026-06-29", "due", None),
        ("2026-07-08", "due", None),  # the last day of the grace
        ("2026-07-09", "overdue", None),
    ],
)
def test_a_recurring_requirement_expires_after_its_months(
    world: World, day: str, status: str, within: int | None
) -> None:
    """Six months after 31 December are 30 June; four months after 28 February 28 June."""
    world.learner("ann")
    world.did("ann", "1", "2026-02-28T10:00:00")
    row = row_of(world.report(requirement(content=TWO, due={"everyMonths": 4, "graceDays": 10}), day=day), "ann")
    if day == "2026-03-31":
        assert row["withinDays"] == 90
    else:
        assert (row["status"], row["withinDays"]) == (status, within)
    assert row["dueDate"] == date(2026, 6, 28)


@pytest.mark.parametrize(
    ("completed", "months", "due"),
    [("2026-01-31", 1, date(2026, 2, 28)), ("2024-02-29", 12, date(2025, 2, 28)), ("2025-12-31", 6, date(2026, 6, 30))],
)
def test_months_end_on_the_last_day_there_is(world: World, completed: str, months: int, due: date) -> None:
    world.learner("ann")
    world.did("ann", "1", f"{completed}T10:00:00")
    row = row_of(world.report(requirement(content=TWO, due={"everyMonths": months}), day=completed), "ann")
    assert (row["status"], row["dueDate"]) == ("expiring" if months < 4 else "met", due)


def test_a_repetition_counts_from_the_last_time_and_may_be_late(world: World) -> None:
    for name, second in (("ann", "2026-02-28T10:00:00"), ("bob", "2026-03-02T10:00:00")):
        world.learner(name)
        world.did(name, "1", "2025-02-28T10:00:00")
        world.did(name, "2", second)
    report = world.report(requirement(content=TWO, due={"everyMonths": 12}), day="2026-03-10")
    assert [
        (row_of(report, n)["status"], row_of(report, n)["metLate"], row_of(report, n)["daysOverdue"])
        for n in ("ann", "bob")
    ] == [
        ("met", False, None),
        ("met", True, 2),
    ]


def test_the_first_time_of_a_recurring_requirement_is_due_after_the_start(world: World) -> None:
    people = "email,startDate\nann@example.com,2026-03-01\n"
    world.learner("ann")
    asked = requirement(content=TWO, who={"population": "p"}, due={"everyMonths": 12, "firstDueDays": 14})
    assert row_of(world.report(asked, day="2026-03-15", p=people), "ann")["status"] == "due"
    late = row_of(world.report(asked, day="2026-03-16", p=people), "ann")
    assert (late["status"], late["dueDate"], late["daysOverdue"]) == ("overdue", date(2026, 3, 15), 1)


CYCLES = [
    {"from": "2025-01-01", "due": "2025-03-31", "content": {"anyOf": ["urn:li:lyndaCourse:1"]}},
    {"from": "2026-01-01", "due": "2026-03-31", "content": TWO},
]


def test_a_cycle_counts_its_own_content_whenever_done_and_shared_content_from_its_first_day(world: World) -> None:
    for name, number, instant in (
        ("ann", "2", "2025-12-01T10:00:00"),  # of the new cycle alone
        ("bob", "1", "2025-12-31T22:59:59"),  # of both, in the last second of the earlier cycle, in Berlin
        ("cat", "1", "2025-12-31T23:00:00"),
    ):
        world.learner(name)
        world.did(name, number, instant)
    asked = requirement(content=None, cycles=CYCLES).replace('"content": null, ', "")
    assert statuses(world.report(asked, day="2026-03-31")) == {"ann": "met", "bob": "due", "cat": "met"}
    assert statuses(world.report(asked, day="2026-04-01")) == {"ann": "met", "bob": "overdue", "cat": "met"}
    assert statuses(world.report(asked, day="2025-12-31")) == {"ann": "overdue", "bob": "met", "cat": "overdue"}
    early = world.report(asked, day="2024-12-31")
    assert statuses(early) == {}
    assert [p.problem for p in early.problems if "cycle" in p.problem] == [
        "its first cycle begins on 2025-01-01, after the date of the report (2024-12-31); it is left out"
    ]


def test_renewed_engagement_counts_only_if_all_its_seconds_lie_after_the_last_time(
    world: World, tmp_path: Path
) -> None:
    asked = requirement(how={"minimumSeconds": 600}, due={"everyMonths": 12})
    world.run = "20250401T060000Z-00000000"
    world.learner("ann")
    engaged: dict[str, Any] = {
        "secondsViewed": 600,
        "lookbackStart": ms("2025-03-18T06:00:00"),
        "lookbackEnd": ms("2025-04-01T06:00:00"),
    }
    world.did("ann", "1", firstEngagedOn=ms("2025-03-20T10:00:00"), lastEngagedOn=ms("2025-03-20T10:00:00"), **engaged)
    first = world.report(asked, day="2025-04-01")
    assert row_of(first, "ann")["dueDate"] == date(2026, 3, 20)
    earlier = kept(first, tmp_path / "first")
    for begins, met in (("2025-03-19T06:00:00", False), ("2025-03-21T06:00:00", True)):
        world.run, world.engaged = RUN, []
        again: dict[str, Any] = {
            "secondsViewed": 700,
            "lookbackStart": ms(begins),
            "lookbackEnd": ms("2026-04-01T06:00:00"),
        }
        world.did(
            "ann", "1", firstEngagedOn=ms("2025-03-20T10:00:00"), lastEngagedOn=ms("2026-03-31T10:00:00"), **again
        )
        row = row_of(world.report(asked, earlier=earlier), "ann")
        assert (row["status"], row["metDate"]) == (
            ("met", date(2026, 3, 31)) if met else ("overdue", date(2025, 3, 20))
        ), begins


def test_seconds_that_left_the_lookback_still_count_with_their_proof(world: World, tmp_path: Path) -> None:
    asked = requirement(how={"minimumSeconds": 600})
    world.run = "20260301T060000Z-00000000"
    world.learner("ann")
    engaged: dict[str, Any] = {"firstEngagedOn": ms("2026-02-20T10:00:00"), "lastEngagedOn": ms("2026-02-20T10:00:00")}
    world.did("ann", "1", secondsViewed=600, **engaged)
    earlier = kept(world.report(asked, day="2026-03-01"), tmp_path / "first")
    world.run, world.engaged = RUN, []
    world.did("ann", "1", secondsViewed=5, **{**engaged, "lastEngagedOn": ms("2026-03-31T10:00:00")})
    row = row_of(world.report(asked, earlier=earlier), "ann")
    assert (row["status"], row["metDate"], row["proofSnapshot"]) == ("met", date(2026, 2, 20), earlier[0])
    harder = world.report(requirement(how={"minimumSeconds": 601}), earlier=earlier)
    assert statuses(harder) == {"ann": "due"}, "a proof of another definition proves nothing"


def test_what_was_known_of_a_learner_stays_known_under_another_key(world: World, tmp_path: Path) -> None:
    asked = requirement(how={"minimumSeconds": 600}, due={"daysAfterStart": 5})
    engaged: dict[str, Any] = {"firstEngagedOn": ms("2026-02-20T10:00:00"), "lastEngagedOn": ms("2026-02-20T10:00:00")}
    for name in ("ann", "bob"):
        world.learner(name, unique=f"E-{name}")
        world.did(name, "1", secondsViewed=600 if name == "ann" else 1, **engaged)
    old = {f"urn:li:p:{name}": f"linkedin_learning_user:E-{name}" for name in ("ann", "bob")}
    world.run = "20260301T060000Z-00000000"
    for record in (*world.learners.values(), *world.engaged):
        record |= {field: old[key] for field, key in record.items() if isinstance(key, str) and key in old}
    earlier = kept(world.report(asked, day="2026-03-01"), tmp_path / "before")
    world.run, world.engaged = RUN, []
    for name in ("ann", "bob"):
        world.learner(name, unique=f"E-{name}")
    world.tables["learner_identities"] = (
        "tables",
        [
            {
                "learnerKey": key, "comparableProfileUrn": urn, "comparableUniqueUserId": old_key.partition(":")[2],
                "comparableEmail": None, "email": None, "seenAt": 1,
            }
            for key, old_key in old.items()
            for urn in (None, key)
        ],
    )  # fmt: skip
    report = world.report(asked, earlier=earlier)
    kept_row, due_row = row_of(report, "ann"), row_of(report, "bob")
    assert (kept_row["status"], kept_row["metDate"], kept_row["proofSnapshot"]) == (
        "met", date(2026, 2, 20), earlier[0],
    )  # fmt: skip
    assert (due_row["startDate"], due_row["status"]) == (date(2026, 2, 20), "overdue")
    assert rows(report.db, "select personKey, statusBefore, status from compliance_changes") == []


def test_as_of_an_earlier_date_nothing_later_is_known(world: World) -> None:
    for name, instant in (("ann", "2026-03-10T10:00:00"), ("bob", "2026-03-12T10:00:00")):
        world.learner(name)
        world.did(name, "1", instant)
    asked = requirement(due={"date": "2026-03-10"})
    assert statuses(world.report(asked, day="2026-03-09")) == {"ann": "due", "bob": "due"}
    assert statuses(world.report(asked, day="2026-03-10")) == {"ann": "met", "bob": "due"}
    assert statuses(world.report(asked, day="2026-03-11")) == {"ann": "met", "bob": "overdue"}
    assert statuses(world.report(asked, day="2026-03-12")) == {"ann": "met", "bob": "met"}


def test_what_changed_since_the_snapshot_before(world: World, tmp_path: Path) -> None:
    people = "email\nann@example.com\nbob@example.com\ncat@example.com\n"
    asked = requirement(who={"population": "p"}, due={"date": "2026-03-31"})
    world.run = "20260331T060000Z-00000000"
    for name in ("ann", "bob"):
        world.learner(name)
    earlier = kept(world.report(asked, day="2026-03-31", p=people), tmp_path / "before")
    world.run = RUN
    world.did("ann", "1", "2026-03-31T10:00:00")
    world.learner("cat")
    report = world.report(asked, earlier=earlier, p=people.replace("bob@", "dan@"))
    changes = {
        row["email"]: (row["statusBefore"], row["status"], row["snapshotBefore"], row["definitionChanged"])
        for row in rows(report.db, "select * from compliance_changes")
    }
    assert changes == {
        "ann@example.com": ("due", "met", earlier[0], False),
        "bob@example.com": ("due", None, earlier[0], False),
        "cat@example.com": ("unknown", "overdue", earlier[0], False),
        "dan@example.com": (None, "unknown", earlier[0], False),
    }


def test_a_first_sighting_is_kept_from_snapshot_to_snapshot(world: World, tmp_path: Path) -> None:
    asked = requirement(due={"daysAfterStart": 10})
    world.run = "20260301T060000Z-00000000"
    world.learner("ann")
    earlier = kept(world.report(asked, day="2026-03-01"), tmp_path / "before")
    world.run = RUN
    row = row_of(world.report(asked, earlier=earlier), "ann")
    assert (row["startDate"], row["status"]) == (date(2026, 3, 1), "overdue")


def test_totals_per_group_and_the_numbers_of_cis_14(world: World) -> None:
    done = {"ann": "2026-03-20T10:00:00", "bob": "2024-03-20T10:00:00", "cat": None, "dan": None, "eve": None}
    for name, instant in done.items():
        world.learner(name, "Engineering" if name in ("ann", "bob", "cat") else "Sales")
        if instant:
            world.did(name, "1", instant)
    exempt = {"person": "dan@example.com", "reason": "x", "decidedBy": "y", "from": "2026-01-01"}
    report = world.report(requirement(content=TWO, due={"everyMonths": 12, "firstDueDays": 0}, exemptions=[exempt]))
    found = {row["groupName"]: row for row in rows(report.db, "select * from compliance_totals")}
    everybody = {k: found[None][k] for k in ("people", "met", "expiring", "due", "overdue", "exempt", "obliged")}
    assert everybody == {"people": 5, "met": 1, "expiring": 0, "due": 2, "overdue": 1, "exempt": 1, "obliged": 4}
    assert [
        found[None][k] for k in ("everMet", "neverMet", "current", "metShare", "initialCoverage", "refreshCoverage")
    ] == [2, 2, 1, 0.25, 0.5, 0.5]
    assert (found["Engineering"]["people"], found["Sales"]["people"], found["Sales"]["metShare"]) == (3, 2, 0.0)


def test_a_completion_without_an_instant_counts_by_the_end_of_its_window(world: World) -> None:
    world.learner("ann")
    world.did("ann", "1", completed=None, lastEngagedOn=None, firstEngagedOn=None)
    world.engaged[0] |= {"completed": True}
    row = row_of(world.report(requirement(), day="2026-04-01"), "ann")
    assert (row["status"], row["metBasis"], row["metDate"]) == ("met", "lookbackEnd", date(2026, 4, 1))


def test_the_day_of_clock_change_has_23_hours(world: World) -> None:
    from learning_graph.reports.as_of import AsOf

    berlin = ZoneInfo("Europe/Berlin")
    assert AsOf(date(2026, 3, 29), berlin).end - AsOf(date(2026, 3, 28), berlin).end == DAY - 3_600_000
