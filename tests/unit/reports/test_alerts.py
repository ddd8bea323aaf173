"""Alerts as Prometheus does them: pending, firing, recovering, resolved; told of changes only."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from learning_graph.reports.alerts import (
    SHIPPED,
    Acknowledgement,
    AlertsDocument,
    Measured,
    alert_query,
    measure,
    next_state,
    read_acknowledgements,
    rules_of,
)
from learning_graph.reports.report_problems import ConfigurationRefused
from learning_graph.reports.requirements import AlertRule, RequirementsFile

HOUR = 3_600_000


def rule(**members: object) -> AlertRule:
    return AlertRule.model_validate({"id": "a", "query": "q", "above": 10, **members})


class Course:
    """A course of runs, a day apart."""

    def __init__(self, alert_rule: AlertRule) -> None:
        self.rule = alert_rule
        self.document = AlertsDocument()
        self.day = 0

    def run(
        self, value: float | None, *acknowledgements: Acknowledgement, failed: bool = False
    ) -> tuple[str, list[str]]:
        """The state after a run, and what somebody is told."""
        self.day += 1
        measured = [] if value is None else [Measured(self.rule, None, value)]
        self.document = next_state(
            AlertsDocument(run=self.document.run, alerts=self.document.alerts, spent=self.document.spent),
            [self.rule],
            measured,
            run=f"run-{self.day:03d}",
            at=self.day * 24 * HOUR,
            failed={self.rule.id} if failed else set(),
            acknowledgements=acknowledgements,
        )
        states = [alert.state for alert in self.document.alerts]
        return states[0] if states else "inactive", [change.change for change in self.document.untold]


def test_told_when_it_opens_and_when_it_is_resolved_and_never_in_between() -> None:
    course = Course(rule())
    assert [course.run(value) for value in (10, 11, 11, 12, 11, 10, 10, 11)] == [
        ("inactive", []),
        ("firing", ["opened"]),
        ("firing", []),
        ("firing", ["worse"]),  # twice as far from the threshold
        ("firing", []),
        ("resolved", ["resolved"]),
        ("inactive", []),
        ("firing", ["opened"]),
    ]


def test_worse_is_half_as_far_again_from_the_threshold_as_when_somebody_was_told() -> None:
    course = Course(rule())
    assert [course.run(value)[1] for value in (20, 24, 25, 30, 33)] == [["opened"], [], ["worse"], [], ["worse"]]


def test_below_a_threshold() -> None:
    course = Course(rule(above=None, below=5))
    assert [course.run(value)[0] for value in (5, 4.9, 5)] == ["inactive", "firing", "resolved"]


def test_pending_for_a_while_before_it_fires() -> None:
    course = Course(rule(**{"for": "48h"}))
    assert [course.run(value) for value in (11, 11, 10, 11, 11, 11)] == [
        ("pending", []),
        ("pending", []),
        ("inactive", []),
        ("pending", []),
        ("pending", []),
        ("firing", ["opened"]),
    ]


@pytest.mark.parametrize("well", [10, None], ids=["below the threshold", "no longer measured"])
def test_flapping_is_not_told(well: float | None) -> None:
    course = Course(rule(keepFiringFor="2d"))
    assert [course.run(value) for value in (11, well, 11, well, well, well)] == [
        ("firing", ["opened"]),
        ("recovering", []),
        ("firing", []),
        ("recovering", []),
        ("recovering", []),
        ("resolved", ["resolved"]),
    ]


def test_an_acknowledged_alert_is_quiet_until_it_is_resolved_and_speaks_the_next_time() -> None:
    known = Acknowledgement.model_validate({"rule": "a", "by": "robin", "at": date(2026, 4, 1)})
    course = Course(rule())
    assert [course.run(value, known)[1] for value in (11, 50, 99, 10)] == [["opened"], [], [], ["resolved"]]
    assert [course.run(value, known)[1] for value in (11, 50)] == [["opened"], ["worse"]]


def test_a_subject_that_is_gone_is_resolved_and_a_rule_that_failed_stays_as_it_was() -> None:
    course = Course(rule())
    course.run(11)
    assert course.run(None, failed=True) == ("firing", [])
    assert course.run(None) == ("resolved", ["resolved"])


def test_the_same_run_again_changes_nothing() -> None:
    document = next_state(AlertsDocument(), [rule()], [Measured(rule(), "x", 11)], run="b", at=0)
    assert next_state(document, [rule()], [], run="b", at=0) is document
    assert next_state(document, [rule()], [], run="a", at=0) is document


def test_an_alert_of_a_rule_that_is_switched_off_is_resolved() -> None:
    kept = rule(keepFiringFor="7d")
    document = next_state(AlertsDocument(), [kept], [Measured(kept, "x", 11)], run="a", at=0)
    assert [alert.state for alert in next_state(document, [], [], run="b", at=HOUR).alerts] == ["resolved"]


def test_shipped_rules_are_on_and_can_be_replaced_and_switched_off() -> None:
    assert [one.id for one in rules_of(RequirementsFile())] == [one.id for one in SHIPPED]
    off = AlertRule.model_validate({"id": "data-stale", "enabled": False})
    own = AlertRule.model_validate({"id": "mine", "sql": "select 1", "above": 0})
    other = AlertRule.model_validate({"id": "people-overdue", "query": "people-overdue", "above": 5})
    rules = rules_of(RequirementsFile(alerts=(off, own, other)))
    assert [one.id for one in rules] == [
        *(one.id for one in SHIPPED if one.id != "data-stale"),
        "mine",
    ]
    assert next(one for one in rules if one.id == "people-overdue").above == 5


def test_a_query_that_fails_says_so_and_the_others_are_run() -> None:
    wrong = AlertRule.model_validate({"id": "wrong", "sql": "select nonsense", "above": 0})
    shape = AlertRule.model_validate({"id": "shape", "sql": "select 1 as x", "above": 0})
    deed = AlertRule.model_validate({"id": "deed", "sql": "create table x (i int); select 1", "above": 0})
    good = AlertRule.model_validate({"id": "good", "sql": "select 'r' as subject, 3 as value", "above": 0})
    measured, failed, problems = measure(duckdb.connect(), [wrong, shape, deed, good])
    assert [(one.rule.id, one.subject, one.value) for one in measured] == [("good", "r", 3.0)]
    assert failed == {"wrong", "shape", "deed"}
    assert [one.place for one in problems] == ["alert rule wrong", "alert rule shape", "alert rule deed"]


@pytest.mark.parametrize(("sql", "subject"), [("2026", "2026"), ("date '2026-11-27'", "2026-11-27"), ("null", None)])
def test_a_subject_is_text(sql: str, subject: str | None) -> None:
    [one], failed, problems = measure(duckdb.connect(), [rule(query=None, sql=f"select {sql} as subject, 3 as value")])
    assert (one.subject, failed, problems) == (subject, set(), [])


@pytest.mark.parametrize("name", [one.query for one in SHIPPED])
def test_every_shipped_rule_has_its_query(name: str) -> None:
    assert "subject" in alert_query(name)


def test_acknowledgements_with_an_error_name_the_line() -> None:
    assert read_acknowledgements(None) == ()
    with pytest.raises(ConfigurationRefused, match="line 1"):
        read_acknowledgements(b"- {rule: a}\n")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("select 'x' as subject, nothing as value", "Binder Error"),
        ("select 'x' as subject, email::integer as value from person", "ConversionException"),
        ("select 'x' as subject, error(email) as value from person", "InvalidInputException"),
        ("select 'x' as subject, email as value from person", "returns a value that is no number"),
        ("select 'x' as subject, 1 / 0 as value", "returns a value that is no finite number"),
    ],
)
def test_why_a_query_failed_is_told_without_a_value_of_a_table(sql: str, reason: str) -> None:
    db = duckdb.connect()
    db.execute("create table person as select 'ann@example.com' as email")
    _, failed, [problem] = measure(db, [rule(query=None, sql=sql)])
    assert failed == {"a"}
    assert reason in problem.problem
    assert "ann@" not in str(problem)
