"""Alerts: rules over a snapshot's tables, each with a state that changes like those of Prometheus' alerts.

A breach is *pending* until it has lasted for the rule's `for`, then *firing*; without a breach it is *recovering* until
`keepFiringFor` has passed, then *resolved*. Messages are sent only for *opened*, *worse* and *resolved*.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Final, Literal

import duckdb
import msgspec
from pydantic import TypeAdapter, ValidationError

from learning_graph.reports.report_problems import ConfigurationRefused, ReportProblem
from learning_graph.reports.requirements import AlertRule, ConfigurationModel, RequirementsFile, Text
from learning_graph.reports.yaml_document import YamlDocument
from learning_graph.store.documents import Document

State = Literal["pending", "firing", "recovering", "resolved"]
Change = Literal["opened", "worse", "resolved"]
ACKNOWLEDGEMENTS: Final = "alerts/acknowledgements.yaml"
_HOUR: Final = 3_600_000
_WORSE: Final = 1.5  # times the distance from the threshold at the last message

SHIPPED: Final[tuple[AlertRule, ...]] = tuple(
    AlertRule.model_validate(rule)
    for rule in (
        {
            "id": "share-of-met-fell",
            "query": "share-of-met-fell",
            "above": 5,
            "severity": "medium",
            "message": "{subject}: the share of people who met it fell by {value} percentage points",
        },
        {
            "id": "people-overdue",
            "query": "people-overdue",
            "above": 0,
            "severity": "medium",
            "message": "{subject}: {value} overdue",
        },
        {
            "id": "data-stale",
            "query": "data-stale",
            "above": 72,
            "severity": "high",
            "message": "LinkedIn's data ends {value} hours before the run (usual: up to 48)",
        },
        {
            "id": "partial-twice",
            "query": "partial-twice",
            "above": 1,
            "severity": "high",
            "message": "{value} runs in a row ended PARTIAL; `steps` of the manifest says why",
        },
        {
            "id": "licences-unused",
            "query": "licences-unused",
            "above": 30,
            "severity": "low",
            "for": "7d",
            "keepFiringFor": "7d",
            "message": "{value} % of the learners had no engagement in 90 days",
        },
        {
            "id": "reconciliation-off",
            "query": "reconciliation-off",
            "above": 0,
            "severity": "medium",
            "message": "{value} totals differ from LinkedIn's own beyond the tolerance",
        },
    )
)
# The query of `python -m local query` that shows more about a shipped rule.
_SHOWS_MORE: Final = {
    "share-of-met-fell": "compliance_changes",
    "people-overdue": "overdue_and_expiring",
    "data-stale": "select * from snapshot",
    "partial-twice": "select * from snapshot_history",
    "licences-unused": "inactive_learners",
    "reconciliation-off": "select * from snapshot",
}


class AlertState(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An alert: a rule and its subject, the state and since when, and the value in the last message."""

    rule: str
    subject: str | None
    severity: str
    state: State
    since_run: str
    since: int
    value: float
    threshold: float
    told_value: float | None = None
    acknowledgement: str | None = None
    acknowledged_by: str | None = None
    message: str = ""
    query: str = ""


class AlertChange(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A change that a message is sent for."""

    change: Change
    rule: str
    subject: str | None
    severity: str
    value: float
    threshold: float
    message: str
    query: str
    run_id: str


class AlertsDocument(Document, frozen=True, kw_only=True):
    """`alerts/state.json`: the alerts as of a run, changes whose message is not sent yet, and used acknowledgements."""

    run: str = ""
    alerts: tuple[AlertState, ...] = ()
    untold: tuple[AlertChange, ...] = ()
    spent: tuple[str, ...] = ()


class Acknowledgement(ConfigurationModel):
    """An acknowledged alert: no further messages that it is worse, until the alert ends."""

    rule: Text
    subject: Text | None = None
    by: Text
    at: date
    note: Text | None = None

    @property
    def digest(self) -> str:
        """A digest that identifies the acknowledgement."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


@dataclass(frozen=True)
class Measured:
    """The value of a subject in a rule's query."""

    rule: AlertRule
    subject: str | None
    value: float

    @property
    def threshold(self) -> float:
        return self.rule.above if self.rule.above is not None else self.rule.below or 0.0

    @property
    def is_breach(self) -> bool:
        return self.value > self.threshold if self.rule.above is not None else self.value < self.threshold


def rules_of(file: RequirementsFile) -> tuple[AlertRule, ...]:
    """Return the rules in force: the shipped ones, replaced or switched off by their id, and the file's own."""
    own = {rule.id: rule for rule in file.alerts}
    rules = [own.pop(rule.id, rule) for rule in SHIPPED]
    return tuple(rule for rule in (*rules, *own.values()) if rule.enabled)


def read_acknowledgements(data: bytes | None) -> tuple[Acknowledgement, ...]:
    """Return the acknowledgements of a file, which is a list.

    Raises:
        ConfigurationRefused: something in it is wrong.
    """
    if data is None:
        return ()
    document = YamlDocument(data, ACKNOWLEDGEMENTS)
    try:
        return TypeAdapter(tuple[Acknowledgement, ...]).validate_python(document.values or ())
    except ValidationError as error:
        raise ConfigurationRefused(
            tuple(
                document.problem(found["loc"], found["msg"], "An entry has rule, subject, by, at (a date) and note.")
                for found in error.errors(include_url=False)
            )
        ) from error


class QueryRefused(ValueError):
    """A rule's query is not what a rule needs; the text quotes nothing but the query."""


def measure(
    db: duckdb.DuckDBPyConnection, rules: Iterable[AlertRule]
) -> tuple[list[Measured], set[str], list[ReportProblem]]:
    """Run the rules' queries; return their values, and the rules that could not be run with the reason."""
    measured: list[Measured] = []
    failed: set[str] = set()
    problems: list[ReportProblem] = []
    for rule in rules:
        try:
            measured += [Measured(rule, subject, value) for subject, value in _rows(db, rule)]
        except (duckdb.Error, QueryRefused) as error:
            failed.add(rule.id)
            problems.append(
                ReportProblem(
                    f"alert rule {rule.id}",
                    f"its query failed: {_reason(error)}",
                    "Correct the query; it returns `subject` and `value`. Its alerts stay as they were.",
                )
            )
    return measured, failed, problems


def next_state(
    before: AlertsDocument,
    rules: Iterable[AlertRule],
    measured: Iterable[Measured],
    *,
    run: str,
    at: int,
    failed: set[str] | None = None,
    acknowledgements: Iterable[Acknowledgement] = (),
) -> AlertsDocument:
    """Return the alerts after a run that began at an instant (epoch milliseconds).

    A subject that is no longer measured is well. An alert of a rule that is not in force ends at once. A run that was
    evaluated before, or an earlier one, changes nothing.
    """
    if run <= before.run:
        return before
    known = {(alert.rule, alert.subject): alert for alert in before.alerts if alert.state != "resolved"}
    alerts: list[AlertState] = []
    changes = list(before.untold)
    spent = set(before.spent)
    acknowledged = {(one.rule, one.subject): one for one in acknowledgements if one.digest not in spent}
    keep_firing = {rule.id: _milliseconds(rule.keep_firing_for) for rule in rules}
    by_key = {(one.rule.id, one.subject): one for one in measured}
    for key in sorted(set(known) | set(by_key), key=lambda key: (key[0], key[1] or "")):
        alert, found = known.get(key), by_key.get(key)
        if alert is not None and key[0] in (failed or ()):
            alerts.append(alert)
            continue
        after, change = (
            _breached(alert, found, run, at, acknowledged.get(key))
            if found is not None and found.is_breach
            else _well(alert, found, run, at, keep_firing.get(key[0], 0))
        )
        if after is None:
            continue
        alerts.append(after)
        if change is not None:
            changes.append(_change(change, after, run))
        if after.state == "resolved" and after.acknowledgement:
            spent.add(after.acknowledgement)
    return AlertsDocument(run=run, alerts=tuple(alerts), untold=tuple(changes), spent=tuple(sorted(spent)))


def _well(
    alert: AlertState | None, found: Measured | None, run: str, at: int, keep_firing: int
) -> tuple[AlertState | None, Change | None]:
    if alert is None or alert.state == "pending":
        return None, None
    value = found.value if found is not None else alert.value
    if alert.state == "firing":
        alert = _moved(alert, "recovering", run, at)
    if at - alert.since < keep_firing:
        return msgspec.structs.replace(alert, value=value), None
    return msgspec.structs.replace(_moved(alert, "resolved", run, at), value=value), "resolved"


def _breached(
    alert: AlertState | None, found: Measured, run: str, at: int, acknowledgement: Acknowledgement | None
) -> tuple[AlertState, Change | None]:
    rule = found.rule
    values = {"value": found.value, "threshold": found.threshold, "severity": rule.severity, "message": _message(found)}
    if alert is None:
        alert = AlertState(
            rule=rule.id,
            subject=found.subject,
            severity=rule.severity,
            state="pending",
            since_run=run,
            since=at,
            value=found.value,
            threshold=found.threshold,
            query=_SHOWS_MORE.get(rule.id, rule.query or rule.sql or ""),
        )
    alert = msgspec.structs.replace(alert, **values)
    if alert.state == "recovering":
        return _moved(alert, "firing", run, at), None
    if alert.state == "pending":
        if at - alert.since < _milliseconds(rule.starts_after):
            return alert, None
        return msgspec.structs.replace(_moved(alert, "firing", run, at), told_value=found.value), "opened"
    if acknowledgement is not None:
        alert = msgspec.structs.replace(
            alert, acknowledgement=acknowledgement.digest, acknowledged_by=acknowledgement.by
        )
    if alert.acknowledgement is None and _is_worse(alert, found):
        return msgspec.structs.replace(alert, told_value=found.value), "worse"
    return alert, None


def _is_worse(alert: AlertState, found: Measured) -> bool:
    distance = abs((alert.told_value if alert.told_value is not None else found.value) - found.threshold)
    return abs(found.value - found.threshold) >= _WORSE * distance and abs(found.value - found.threshold) > distance


def _moved(alert: AlertState, state: State, run: str, at: int) -> AlertState:
    return msgspec.structs.replace(alert, state=state, since_run=run, since=at)


def _change(change: Change, alert: AlertState, run: str) -> AlertChange:
    return AlertChange(
        change=change,
        rule=alert.rule,
        subject=alert.subject,
        severity=alert.severity,
        value=alert.value,
        threshold=alert.threshold,
        message=alert.message,
        query=alert.query,
        run_id=run,
    )


def _message(found: Measured) -> str:
    template = found.rule.message or "{subject}: {value} (threshold {threshold})"
    subject = found.subject or "the account"
    value = f"{found.value:,.10g}"
    return (
        template.replace("{subject}", subject)
        .replace("{value}", value)
        .replace("{threshold}", f"{found.threshold:,.10g}")
    )


def _milliseconds(duration: str) -> int:
    return int(duration[:-1]) * _HOUR * (24 if duration.endswith("d") else 1)


def _rows(db: duckdb.DuckDBPyConnection, rule: AlertRule) -> list[tuple[str | None, float]]:
    sql = rule.sql or alert_query(rule.query or "")
    statements = db.extract_statements(sql)
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise QueryRefused("is not one SELECT")  # a rule must not change the tables that the reports are written from
    cursor = db.execute(sql)
    names = [column[0].lower() for column in cursor.description or ()]
    if "subject" not in names or "value" not in names:
        raise QueryRefused(f"returns {', '.join(names) or 'nothing'}, not subject and value")
    subject, value = names.index("subject"), names.index("value")
    rows = [(row[subject], row[value]) for row in cursor.fetchall() if row[value] is not None]
    try:
        measured = [(None if name is None else str(name), float(number)) for name, number in rows]
    except (ValueError, TypeError):
        raise QueryRefused("returns a value that is no number") from None
    if not all(math.isfinite(number) for _, number in measured):
        raise QueryRefused("returns a value that is no finite number")
    return measured


def _reason(error: Exception) -> str:
    """Return why a query failed: an error about its text, or without the text, which may quote a value of a table."""
    if isinstance(error, QueryRefused | duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException):
        return str(error).splitlines()[0]
    return f"{type(error).__name__}; `python -m local query` shows the whole message"


def alert_query(name: str) -> str:
    """Return the SQL of a shipped rule or query.

    Raises:
        QueryRefused: there is none with this name.
    """
    for folder in ("alert_rules", "queries"):
        file = resources.files(__package__ or "") / folder / f"{name}.sql"
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise QueryRefused(f"there is no query {name}")
