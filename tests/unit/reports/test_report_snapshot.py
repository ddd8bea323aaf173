"""report_snapshot against a bucket in memory: what it writes, whom it tells, and that a repeat does no harm."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from learning_graph.reports.report_snapshot import SnapshotReporter, read_event
from learning_graph.values.errors import ConfigurationError
from tests.fakes.bucket import FakeBucket
from tests.fakes.events import FakeEventBus
from tests.unit.reports.world import RUN, World, ms, requirement

EARLIER = "20260331T060000Z-00000000"
PEOPLE = "email,name\nann@example.com,\ncarol@example.com,Carol\n"
ASKED = requirement(who={"population": "staff"}, due={"date": "2026-03-31"})


class Topic:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, subject: str, text: str) -> None:
        self.sent.append((subject, text))


class Stage:
    """A bucket with snapshots, and the function's doors."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bucket = FakeBucket("graph-bucket")
        self.bus = FakeEventBus()
        self.topic = Topic()
        self.opened = 0

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        self.opened += 1
        folder = self.root / f"scratch-{self.opened}"
        folder.mkdir()
        yield folder

    def add(self, world: World) -> None:
        world.write()
        for path in (world.root / "graph").rglob("*"):
            if path.is_file():
                self.bucket.objects[path.relative_to(world.root).as_posix()] = path.read_bytes()
        latest = {"runId": world.run, "status": "SUCCEEDED", "manifest": "", "startedAt": 0}
        self.bucket.objects["graph/latest.json"] = json.dumps(latest).encode()

    def configure(self, requirements: str = ASKED, **populations: str) -> None:
        self.bucket.objects["config/requirements.yaml"] = requirements.encode()
        for name, text in populations.items():
            self.bucket.objects[f"config/populations/{name}.csv"] = text.encode()

    def report(self, run: str = RUN, **options: Any) -> Any:
        reporter = SnapshotReporter(
            bucket=self.bucket,
            bus=self.bus,
            topic=self.topic,  # type: ignore[arg-type]
            catalog=None,
            workspace=self.workspace,
            memory_megabytes=512,
            zone="Europe/Berlin",
        )
        return reporter.report(run, **options)

    def statuses(self, run: str = RUN) -> dict[str, str]:
        path = self.root / "read.parquet"
        path.write_bytes(self.bucket.objects[f"graph/{run}/reports/compliance.parquet"])
        found = duckdb.execute(f"select coalesce(email, name), status from '{path}'").fetchall()
        return dict(found)

    def problems(self, run: str = RUN) -> list[str]:
        text = self.bucket.objects[f"graph/{run}/reports/problems.csv"].decode()
        return text.splitlines()[1:]

    def sent(self, detail_type: str) -> list[dict[str, Any]]:
        return [dict(detail) for kind, detail in self.bus.sent if kind == detail_type]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "account")
    made.course("1", "security")
    made.learner("ann", "Engineering")
    return made


def test_every_file_is_there_with_its_hash(stage: Stage, world: World) -> None:
    world.did("ann", "1", "2026-03-20T10:00:00")
    stage.add(world)
    before = dict(stage.bucket.objects)
    stage.configure(staff=PEOPLE)
    manifest = stage.report()
    assert manifest.statuses == {"r": {"met": 1, "unknown": 1}}
    prefix = f"graph/{RUN}/reports/"
    written = {key.removeprefix(prefix): data for key, data in stage.bucket.objects.items() if key.startswith(prefix)}
    assert json.loads(written.pop("manifest.json"))["statuses"] == manifest.statuses
    assert {file.name: file.sha256 for file in manifest.files} == {
        name: hashlib.sha256(data).hexdigest() for name, data in written.items()
    }
    assert {"compliance.parquet", "compliance.csv", "skills.parquet", "vanta.csv", "xapi.jsonl.gz"} <= set(written)
    assert written["inputs/requirements.yaml"] == ASKED.encode()
    assert written["inputs/populations/staff.csv"] == PEOPLE.encode()
    for key, data in before.items():
        assert stage.bucket.objects[key] == data, "the snapshot is only read"
    assert stage.sent("Graph Reports Ready") == [
        {
            "runId": RUN,
            "manifest": f"{prefix}manifest.json",
            "asOfDate": "2026-04-01",
            "timeZone": "Europe/Berlin",
            "statuses": manifest.statuses,
            "problems": manifest.problems,
        }
    ]


def test_a_repeated_event_does_nothing_and_again_makes_the_same(stage: Stage, world: World) -> None:
    stage.add(world)
    stage.configure(staff=PEOPLE)
    stage.report()
    objects, sent = dict(stage.bucket.objects), list(stage.bus.sent)
    assert stage.report() is None
    assert (stage.bucket.objects, stage.bus.sent) == (objects, sent)
    stage.report(again=True)
    assert stage.bucket.objects == objects
    assert stage.topic.sent == stage.topic.sent[: len(stage.sent("Alert Changed"))]


def test_reports_made_anew_keep_what_a_snapshot_proved_that_is_gone(stage: Stage, world: World) -> None:
    """Seconds leave the lookback: only the reports know that they were enough."""
    stage.configure(requirement(how={"minimumSeconds": 600}))
    world.run = EARLIER
    began, ended = ms("2026-03-20T10:00:00"), ms("2026-03-20T11:00:00")
    world.did("ann", "1", secondsViewed=900, firstEngagedOn=began, lastEngagedOn=ended)
    stage.add(world)
    stage.report(EARLIER)
    world.run, world.engaged = RUN, []
    stage.add(world)
    stage.report()
    assert stage.statuses() == {"ann@example.com": "met"}
    for key in [key for key in stage.bucket.objects if EARLIER in key]:
        stage.bucket.delete(key)
    stage.report(again=True)
    assert stage.statuses() == {"ann@example.com": "met"}


def test_an_event_about_a_snapshot_that_was_pruned_meanwhile_does_nothing(stage: Stage) -> None:
    stage.bucket.objects[f"graph/{RUN}/ended.json"] = b"{}"
    assert stage.report(again=True) is None
    assert [*stage.bucket.objects] == [f"graph/{RUN}/ended.json"]


def test_a_refused_file_leaves_the_last_good_one_in_force_and_says_so(stage: Stage, world: World) -> None:
    world.run = EARLIER
    stage.add(world)
    stage.configure(staff=PEOPLE)
    stage.report(EARLIER)
    world.run = RUN
    stage.add(world)
    stage.configure("requirements:\n  - id: r\n    title: R\n", staff=PEOPLE)
    stage.report()
    assert stage.statuses() == {"ann@example.com": "overdue", "carol@example.com": "unknown"}
    [refused] = stage.sent("Requirements Refused")
    assert refused["inForce"] == "config/accepted/requirements.yaml"
    assert {
        "place": "config/requirements.yaml, line 2, requirements[0].owner",
        "problem": "is missing",
        "resolution": "Add it.",
    } in refused["problems"]
    assert any("requirements[0].owner" in line for line in stage.problems())


@pytest.mark.parametrize(
    "text",
    [
        "requirements: [{id: ann@example.com}]",
        "requirements: [{ann@example.com: 1}]",
        "requirements: [{ann@example.com: 1, ann@example.com: 2}]",
        "requirements: [{how: ann@example.com}]",
        "requirements: [{content: {anyOf: ['ann@example.com', 'ann@example.com']}}]",
        "requirements: [{who: {attributes: {ann@example.com: []}}}]",
        "requirements: !!int ann@example.com",
        "requirements: *ann_at_example",
        "minimumGroupSize: ann@example.com",
    ],
)
def test_the_event_about_a_refused_file_quotes_nothing_of_it(stage: Stage, world: World, text: str) -> None:
    stage.add(world)
    stage.configure(text)
    stage.report()
    [refused] = stage.sent("Requirements Refused")
    assert refused["problems"]
    assert all(problem["problem"] for problem in refused["problems"])
    assert "ann" not in str(refused)


def test_a_first_file_that_is_refused_leaves_the_reports_without_requirements(stage: Stage, world: World) -> None:
    stage.add(world)
    stage.configure("requirements: 3")
    assert stage.report().statuses == {}
    [refused] = stage.sent("Requirements Refused")
    assert refused["inForce"] is None
    assert f"graph/{RUN}/reports/skills.parquet" in stage.bucket.objects


def test_without_a_file_the_reports_are_made_all_the_same(stage: Stage, world: World) -> None:
    stage.add(world)
    assert stage.report().statuses == {}
    assert any("is not in the bucket" in line for line in stage.problems())


@pytest.mark.parametrize(
    ("population", "problem"),
    [
        (None, "there is no such file; left out: r"),
        ("", "the file is empty; left out: r"),
        ("email,name\n", "nobody stands in it; left out: r"),
        ("name\nAnn\n", "there is neither a column email nor a column uniqueUserId; left out: r"),
    ],
)
def test_a_population_that_cannot_be_read_leaves_out_its_requirements_alone(
    stage: Stage, world: World, population: str | None, problem: str
) -> None:
    stage.add(world)
    both = json.loads(ASKED)["requirements"] + json.loads(requirement(id="other"))["requirements"]
    stage.configure(json.dumps({"requirements": both}), **({} if population is None else {"staff": population}))
    assert stage.report().statuses == {"other": {"due": 1}}
    assert any(problem in line for line in stage.problems())


def test_a_damaged_snapshot_is_refused_and_nothing_is_written(stage: Stage, world: World) -> None:
    stage.add(world)
    key = f"graph/{RUN}/parquet/entities/linkedin_learning_user/part-00000.parquet"
    stage.bucket.objects[key] += b"x"
    with pytest.raises(ConfigurationError, match="has other bytes than the manifest says"):
        stage.report()
    assert not [key for key in stage.bucket.objects if "/reports/" in key]


def test_a_failure_half_way_is_made_good_by_the_repeat(stage: Stage, world: World, monkeypatch: Any) -> None:
    stage.add(world)
    stage.configure(staff=PEOPLE)
    with monkeypatch.context() as broken:
        broken.setattr(stage.topic, "send", lambda *_: (_ for _ in ()).throw(OSError("SNS is away")))
        with pytest.raises(OSError, match="away"):
            stage.report()
    assert f"graph/{RUN}/reports/manifest.json" not in stage.bucket.objects
    stage.report()
    assert f"graph/{RUN}/reports/manifest.json" in stage.bucket.objects
    assert [subject for subject, _ in stage.topic.sent] == ["[medium] people-overdue opened"]


def test_somebody_hears_once_that_an_alert_opened_and_once_that_it_is_resolved(stage: Stage, world: World) -> None:
    stage.configure(staff=PEOPLE)
    told = []
    for day, done in (("0401", False), ("0402", False), ("0403", True)):
        world.run = f"2026{day}T060000Z-00000000"
        if done:
            world.did("ann", "1", "2026-04-02T10:00:00")
        stage.add(world)
        stage.report(world.run)
        told.append([(e["rule"], e["subject"], e["change"]) for e in stage.sent("Alert Changed")])
    opened = ("people-overdue", "r", "opened")
    assert told[0] == [opened]
    assert told[1] == [opened]
    assert told[2] == [opened, ("people-overdue", "r", "resolved")]
    assert stage.topic.sent[0][0] == "[medium] people-overdue opened"
    assert "r: 1 overdue." in stage.topic.sent[0][1]
    assert "python -m local query overdue_and_expiring" in stage.topic.sent[0][1]


def test_the_sql_of_a_rule_reads_no_other_file(stage: Stage, world: World) -> None:
    stage.add(world)
    rules = [
        {"id": "curious", "sql": "select content as subject, 1 as value from read_text('/etc/hostname')", "above": 0},
        {
            "id": "good",
            "sql": "select requirementId as subject, count(*) as value from compliance group by all",
            "above": 0,
        },
    ]
    stage.configure(json.dumps({**json.loads(ASKED), "alerts": rules}), staff=PEOPLE)
    stage.report()
    assert "good" in {event["rule"] for event in stage.sent("Alert Changed")}
    assert "curious" not in {event["rule"] for event in stage.sent("Alert Changed")}
    assert any("alert rule curious" in line for line in stage.problems())


@pytest.mark.parametrize("event", [{}, {"detail": {}}, {"runId": 3}, {"runId": "../x"}])
def test_an_event_without_a_run_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="runId"):
        read_event(event)


def test_the_event_and_a_call_by_hand_name_a_run() -> None:
    assert read_event({"detail-type": "Graph Snapshot Ready", "detail": {"runId": RUN}}) == (RUN, False)
    assert read_event({"runId": RUN, "again": True}) == (RUN, True)


def test_the_page_is_beside_the_reports_with_the_totals_of_earlier_snapshots(stage: Stage, world: World) -> None:
    world.did("ann", "1", "2026-03-20T10:00:00")
    stage.add(world)
    stage.configure(staff=PEOPLE)
    stage.report()
    page = stage.bucket.objects[f"graph/{RUN}/page.html"].decode()
    assert page.startswith("<!doctype html>")
    assert stage.bucket.content_types[f"graph/{RUN}/page.html"] == "text/html; charset=utf-8"
