"""report_snapshot on a real run: its policy, Athena's tables, and figures computed again from the JSON lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from tempfile import NamedTemporaryFile
from typing import Any

import duckdb
import pytest
import yaml
from moto.sns.models import sns_backends

from learning_graph.reports.snapshot import Snapshot
from local.demo_reports import compliance_lines, demo_configuration
from local.event_source_mappings import Json
from local.in_process_aws import InProcessAws
from local.place import ACCOUNT, REGION
from tests.integration.disclosure import disclosed, people_of
from tests.integration.support import MARKS, PARAMETERS, Lab, lab_of, logs_of_functions, running_simulator

pytestmark = MARKS
FUNCTION = "ReportSnapshotFunction"


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """What the report below told: its log, and events and messages about it."""
    return {}


@pytest.fixture(scope="module")
def reported(
    cloud: InProcessAws, tmp_path_factory: pytest.TempPathFactory, told: dict[str, str]
) -> Iterator[tuple[Lab, str, dict[str, Any]]]:
    """A run whose snapshot was reported on with the demo's configuration."""
    with running_simulator() as linkedin:
        lab = lab_of(cloud, linkedin)
        run = str(lab.run(lookbackDays=90)["runId"])
        folder = lab.save(tmp_path_factory.mktemp("copy")) / "graph-bucket"
        for key, text in demo_configuration(Snapshot.open(folder, run), folder).items():
            lab.cloud.deployment.s3.put_object(
                Bucket=lab.cloud.deployment.name_of("GraphBucket"), Key=key, Body=text.encode()
            )
        lab.events()
        sent = sns_backends[ACCOUNT][REGION].topics[PARAMETERS["AlertTopicArn"]].sent_notifications
        sent.clear()
        with logs_of_functions() as written:
            manifest = lab.invoke(FUNCTION, {"detail-type": "Graph Snapshot Ready", "detail": {"runId": run}})
        told |= {"log": written.getvalue(), "events": json.dumps(lab.events(), indent=0), "messages": str(sent)}
        yield lab, run, manifest


def parquet(lab: Lab, key: str, query: str) -> list[tuple[Any, ...]]:
    [data] = lab.cloud.objects(key).values()
    with NamedTemporaryFile(suffix=".parquet") as file:
        file.write(data)
        file.flush()
        return duckdb.execute(query.format(f"'{file.name}'")).fetchall()


def test_statuses_are_those_that_the_json_lines_say(reported: tuple[Lab, str, dict[str, Any]]) -> None:
    """`security-awareness` of the demo: any of some courses, completed by a date."""
    lab, run, manifest = reported
    config = lab.cloud.objects("config/")
    [asked] = [
        one
        for one in yaml.safe_load(config["config/requirements.yaml"])["requirements"]
        if one["id"] == "security-awareness"
    ]
    day = datetime.fromtimestamp(lab.now.timestamp(), tz=UTC).date()
    wanted = set(asked["content"]["anyOf"])
    edges = lab.records(run, "linkedin_learning_user_assigned_course").values()
    done = {e["_fromEntityKey"] for e in edges if e["completed"] and e["_toEntityKey"] in wanted}
    keys = {user["uniqueUserId"]: key for key, user in lab.records(run, "linkedin_learning_user").items()}
    exempt = {exemption["person"] for exemption in asked["exemptions"]}
    expected: dict[str, int] = {}
    for row in csv.DictReader(io.StringIO(config["config/populations/employees.csv"].decode())):
        if row["endDate"] and row["endDate"] < day.isoformat():
            continue
        key = keys.get(row["uniqueUserId"]) if row["uniqueUserId"] else None
        if key in done:
            status = "met"
        elif row["email"] in exempt:
            status = "exempt"
        elif row["pausedFrom"]:
            status = "paused"
        else:
            status = "overdue" if key else "unknown"
        expected[status] = expected.get(status, 0) + 1
    assert manifest["statuses"]["security-awareness"] == expected
    assert expected["unknown"] == 2
    assert len(list(compliance_lines(manifest))) == 5


@pytest.fixture(scope="module", autouse=True)
def tables(reported: tuple[Lab, str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Glue's tables right after the report: the runs of other tests move them on."""
    glue = reported[0].cloud.deployment.client("glue")
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=reported[0].database)
    return {table["Name"]: table for page in pages for table in page["TableList"]}


def test_athena_has_a_table_for_every_type_and_a_partition_for_the_run(
    reported: tuple[Lab, str, dict[str, Any]], tables: dict[str, dict[str, Any]]
) -> None:
    lab, run, _ = reported
    glue = lab.cloud.deployment.client("glue")
    user = tables["linkedin_learning_user"]["StorageDescriptor"]
    bucket = lab.cloud.deployment.name_of("GraphBucket")
    assert user["Location"] == f"s3://{bucket}/graph/{run}/parquet/entities/linkedin_learning_user/"
    columns = {column["Name"]: column["Type"] for column in user["Columns"]}
    assert columns["enterprisegroupnames"] == "array<string>"
    assert columns["_key"] == "string"
    history = glue.get_partitions(DatabaseName=lab.database, TableName="linkedin_learning_user_history")
    places = {tuple(found["Values"]): found["StorageDescriptor"]["Location"] for found in history["Partitions"]}
    assert places[run,] == user["Location"]
    compliance = tables["compliance"]["StorageDescriptor"]
    listed = lab.cloud.objects(compliance["Location"].removeprefix(f"s3://{bucket}/"))
    [files] = listed.values()
    assert files.decode() == f"s3://{bucket}/graph/{run}/reports/compliance.parquet\n"
    assert compliance["InputFormat"].endswith("SymlinkTextInputFormat")


def test_no_log_event_or_message_about_a_report_names_a_person(
    reported: tuple[Lab, str, dict[str, Any]], told: dict[str, str]
) -> None:
    """The demo's rules alone; a rule whose subject is a person names that person (docs/privacy.md)."""
    assert "reports ready" in told["log"]
    assert "Alert Changed" in told["events"]
    assert "overdue" in told["messages"]
    assert disclosed(told, people_of(reported[0].linkedin.lines("learners"))) == []


def test_a_later_run_moves_the_tables_and_says_what_changed(reported: tuple[Lab, str, dict[str, Any]]) -> None:
    lab, first, _ = reported
    people = lab.records(first, "linkedin_learning_user")
    overdue = parquet(
        lab,
        f"graph/{first}/reports/compliance.parquet",
        "select min(learnerKey) from {} where requirementId = 'security-awareness' and status = 'overdue'",
    )
    [(learner,)] = overdue
    assert learner in people
    asked = yaml.safe_load(lab.cloud.objects("config/")["config/requirements.yaml"])["requirements"][0]
    done: Json = {
        "instant": round(lab.now.timestamp() * 1000) - 3 * 86_400_000,
        "profileUrn": learner,
        "contentUrn": asked["content"]["anyOf"][0],
        "seconds": 60,
        "views": 1,
        "completed": True,
    }
    lab.linkedin.change_account({"action": "events", "events": [done]})
    second = str(lab.run(1, lookbackDays=14)["runId"])
    lab.events()
    lab.invoke(FUNCTION, {"runId": second})
    glue = lab.cloud.deployment.client("glue")
    table = glue.get_table(DatabaseName=lab.database, Name="linkedin_learning_user")["Table"]
    assert f"/graph/{second}/" in table["StorageDescriptor"]["Location"]
    partitions = glue.get_partitions(DatabaseName=lab.database, TableName="linkedin_learning_user_history")
    assert {first, second} <= {value for each in partitions["Partitions"] for value in each["Values"]}
    changes = parquet(
        lab,
        f"graph/{second}/reports/compliance_changes.parquet",
        "select personKey, statusBefore, status, snapshotBefore from {} where requirementId = 'security-awareness'",
    )
    assert (learner, "overdue", "met", first) in changes
    assert "Graph Reports Ready" in {kind for kind, _ in lab.events()}
