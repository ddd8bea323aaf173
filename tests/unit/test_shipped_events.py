"""The events of `events/`: each is for one function, each function has some, and the functions understand them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from learning_graph.linkedin.auth import CredentialPair
from learning_graph.org_sync.queue_messages import read_tracking_message, read_upload_message
from learning_graph.reports.report_snapshot import read_event
from learning_graph.runs.run_messages import (
    AssemblyMessage,
    PublishMessage,
    ShardMessage,
    read_message,
    read_start_request,
)
from learning_graph.values.errors import ConfigurationError
from local.linkedin_side import CREDENTIALS
from local.place import ROOT
from local.template import read_template
from tests.fakes.linkedin import FakeLinkedIn
from tests.fakes.linkedin import Reply as Wire
from tests.unit.validation.calling import app_on, call

EVENTS = ROOT / "events"
NAMES = sorted(path.stem for path in EVENTS.iterdir())
FUNCTIONS = {
    "assemble-graph": "AssembleGraphFunction",
    "close-runs": "CloseRunsFunction",
    "collect-activity": "CollectActivityFunction",
    "collect-catalog": "CollectCatalogFunction",
    "erase-learner": "EraseLearnerFunction",
    "org-sync-tracking": "TrackOrgSyncFunction",
    "org-sync-upload": "UploadOrgSyncFunction",
    "prune-snapshots": "PruneSnapshotsFunction",
    "publish-to-jupiterone": "PublishToJupiterOneFunction",
    "record-dead-letters": "RecordDeadLettersFunction",
    "report-snapshot": "ReportSnapshotFunction",
    "start-run": "StartRunFunction",
    "validate": "ValidateCredentialsFunction",
}
NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)


def shipped(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def bodies(name: str) -> list[str]:
    return [record["body"] for record in shipped(name)["Records"]]


def test_every_function_has_an_event_and_every_event_a_function() -> None:
    assert sorted(FUNCTIONS.values()) == sorted(read_template({"JupiterOneScope": "linkedin-learning"}).code)
    for prefix in FUNCTIONS:
        assert any(name.startswith(prefix) for name in NAMES), prefix
    for name in NAMES:
        assert [prefix for prefix in FUNCTIONS if name.startswith(prefix)], name


def test_the_documentation_says_which_function_takes_which_events() -> None:
    text = (ROOT / "docs/contributing.md").read_text(encoding="utf-8")
    for prefix, function in FUNCTIONS.items():
        assert f"| `{function}` | `{prefix}*.json` |" in text


@pytest.mark.parametrize(
    ("name", "days", "mode"),
    [
        ("start-run-schedule", None, None),
        ("start-run-schedule-with-overrides", 90, "full"),
        ("start-run-by-hand", 30, "full"),
    ],
)
def test_a_start_event_is_read(name: str, days: int | None, mode: str | None) -> None:
    request = read_start_request(shipped(name), NOW)
    assert (request.lookback_days, request.mode) == (days, mode)


def test_a_snapshot_to_report_on_is_read() -> None:
    assert read_event(shipped("report-snapshot")) == ("20261121T160000Z-dbe33f5a", False)


def test_a_run_with_overrides_is_another_run_than_the_one_without() -> None:
    assert shipped("start-run-schedule-with-overrides")["id"] != shipped("start-run-schedule")["id"]


@pytest.mark.parametrize("name", ["collect-catalog", "collect-activity"])
def test_of_two_shards_the_good_one_is_read(name: str) -> None:
    good, bad, *_ = bodies(f"{name}-good-and-bad")
    for body in (*bodies(name), good):
        assert read_message(body, ShardMessage, "queue").run
    with pytest.raises(ConfigurationError):
        read_message(bad, ShardMessage, "queue")


@pytest.mark.parametrize("name", ["assemble-graph", "assemble-graph-unknown-run"])
def test_an_assembly_is_read(name: str) -> None:
    for body in bodies(name):
        assert read_message(body, AssemblyMessage, "queue").run


def test_a_publication_is_read() -> None:
    [named], [newest], [unknown] = (
        bodies(f"publish-to-jupiterone{ending}") for ending in ("", "-after-erasure", "-unknown-run")
    )
    assert read_message(named, PublishMessage, "queue").detail.run_id == "20261121T160000Z-1c291ca3"
    assert read_message(newest, PublishMessage, "queue").detail.run_id is None
    with pytest.raises(ConfigurationError, match=r"^detail\.runId: "):
        read_message(unknown, PublishMessage, "queue")


def test_of_two_drops_the_good_one_is_read() -> None:
    good, bad, *_ = bodies("org-sync-upload-good-and-bad")
    assert [notice.key for notice in read_upload_message(good, "learning-graph-orgsyncbucket")]
    with pytest.raises(ConfigurationError):
        read_upload_message(bad, "learning-graph-orgsyncbucket")
    assert read_tracking_message(bodies("org-sync-tracking-unknown-drop")[0]).key == "incoming/never-dropped.csv"


# The status and what is said; the simulator's applications, as the events name them.
ANSWERS: dict[str, tuple[int, str]] = {
    "validate": (200, '"checked":"secret"'),
    "validate-probe": (200, '"mayRead":{"Content":true,"Report":true}'),
    "validate-given-pairs": (200, '"checked":"body"'),
    "validate-refused-pair": (422, "The Client Secret begins or ends with white space"),
    "validate-not-allowed": (422, "Contact your LinkedIn Relationship Manager"),
    "validate-half-pair": (400, "contentClientSecret is missing although contentClientId is given."),
    "validate-wrong-method": (405, "Send POST to /validate."),
}


def linkedin_of_the_events() -> FakeLinkedIn:
    """The simulator's applications, one of them not enabled for tokens."""
    fake = FakeLinkedIn([1])
    for name, keys in (("combined", {"Content", "Report"}), ("content", {"Content"}), ("report", {"Report"})):
        [pair] = CREDENTIALS[name].values()
        fake.pairs[CredentialPair(*pair)] = keys
    return fake


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("validate")])
def test_a_validate_event_is_answered(name: str) -> None:
    fake = linkedin_of_the_events()
    if name == "validate-not-allowed":
        said = "This application is not allowed to create application tokens"
        fake.token_faults = [Wire(401, {"error": "access_denied", "error_description": said})]
    stored = dict(zip(("contentClientId", "contentClientSecret"), CREDENTIALS["combined"]["content"], strict=True))
    reply = call(app_on(fake, secret_text=lambda: json.dumps(stored)), shipped(name))
    status, wording = ANSWERS[name]
    assert reply.status == status
    assert wording in reply.text
