"""A drill: for every alarm of the template something goes wrong that the real functions then tell it of.

CloudWatch is played by `Watched`: it counts what AWS measures (messages, errors of functions) and reads the metrics
that the functions write.
"""

from __future__ import annotations

import json
import traceback
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from local.event_source_mappings import Json
from local.in_process_aws import InProcessAws
from local.linkedin_side import LinkedIn
from local.pumps import BucketPump
from tests.integration.disclosure import disclosed, people_of
from tests.integration.support import MARKS, NOW, Failed, Lab, lab_of, logs_of_functions

pytestmark = MARKS
OWN = "LearningGraph"
LOOKBACK = {"lookbackDays": 14}
HEADER = "invited_email_address,unique_user_id,license_learning_status\n"
Metric = tuple[str, str, frozenset[tuple[str, str]]]  # namespace, name, dimensions


@dataclass
class Watched(Lab):
    """A lab whose functions' errors and received messages are counted.

    `log` are the lines of the functions' logs; `told` is all they say: logs, what Lambda logs of errors, events.
    """

    measured: dict[Metric, list[float]] = field(default_factory=lambda: defaultdict(list))
    log: list[Json] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=lambda: defaultdict(str))

    def invoke(self, function: str, event: Any) -> Any:
        for record in event.get("Records", ()):
            self.measure("AWS/SQS", "NumberOfMessagesReceived", QueueName=record["eventSourceARN"].rpartition(":")[2])
        try:
            return super().invoke(function, event)
        except Failed as failed:
            self.measure("AWS/Lambda", "Errors", FunctionName=function)
            # Lambda logs type, text and frames of an error, not the error that it came from.
            self.told["errors"] += "".join(traceback.format_exception(failed.__cause__, chain=False))
            raise

    def invoke_asynchronously(self, function: str, event: Json) -> None:
        """Invoke as EventBridge does: an event that fails is repeated, and then goes where the template says."""
        configurations = self.cloud.deployment.template.of_type("AWS::Lambda::EventInvokeConfig").values()
        [configuration] = [found for found in configurations if found["FunctionName"] == {"Ref": function}]
        for _ in range(1 + configuration["MaximumRetryAttempts"]):
            try:
                self.invoke(function, event)
            except Failed:
                continue
            return
        [queue, _] = configuration["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"]
        self.cloud.send(queue, json.dumps({"requestPayload": event}))

    def measure(self, namespace: str, name: str, value: float = 1, **dimensions: str) -> None:
        self.measured[namespace, name, frozenset(dimensions.items())].append(value)

    def deliver_to(self, *functions: str) -> None:
        """Deliver the messages of these functions' queues until none is left."""
        triggers = [found for found in self.cloud.deployment.wiring.queue_triggers if found.function in functions]
        while True:
            batches = [batch for trigger in triggers if (batch := self.mappings.receive(trigger))]
            for batch in batches:
                self.deliver(batch)
            if not batches and not self.cloud.end_visibility_timeouts(delayed=True):
                return

    def drop(self, name: str, text: str) -> None:
        """Drop an HR file, of which S3 tells the queue, and have it handled."""
        [trigger] = self.cloud.deployment.wiring.bucket_triggers
        pump = BucketPump(trigger, self.cloud.deployment)
        self.cloud.s3.put_object(Bucket=trigger.bucket, Key=f"incoming/{name}", Body=text.encode())
        pump.turn()
        self.deliver_to("UploadOrgSyncFunction", "TrackOrgSyncFunction")


def watch(cloud: InProcessAws, linkedin: LinkedIn, happening: Callable[[Watched], object]) -> Watched:
    """Let something happen, and measure it."""
    lab = lab_of(cloud, linkedin)
    watched = Watched(lab.cloud, lab.linkedin, settings={**lab.settings, "JUPITERONE_API_URL": "http://127.0.0.1:9"})
    cloud.take_events()
    with logs_of_functions() as written:
        happening(watched)
    watched.told |= {"logs": written.getvalue(), "events": json.dumps(cloud.take_events(), indent=0)}
    for document in map(json.loads, written.getvalue().splitlines()):
        if "_aws" in document:
            read_metrics(watched, document)
        else:
            watched.log.append(document)
    for queue, count in cloud.deployment.message_counts().items():
        watched.measure("AWS/SQS", "ApproximateNumberOfMessagesVisible", count["visible"], QueueName=queue)
    return watched


def read_metrics(watched: Watched, document: Json) -> None:
    """Read a line of the embedded metric format as CloudWatch does."""
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            for metric in directive["Metrics"]:
                values = document[metric["Name"]]
                for value in values if isinstance(values, list) else [values]:
                    dimensions = {name: document[name] for name in names}
                    watched.measure(directive["Namespace"], metric["Name"], value, **dimensions)


def sets_off(watched: Watched, alarm: Json) -> bool:
    """Whether what was measured passes the threshold of an alarm of the template."""
    deployment = watched.cloud.deployment
    dimensions = {}
    for one in alarm["Dimensions"]:
        value = one["Value"]
        if isinstance(value, dict):
            [(intrinsic, argument)] = value.items()
            name = argument if intrinsic == "Ref" else argument[0]
            value = deployment.name_of(name) if intrinsic == "Fn::GetAtt" else name
        dimensions[one["Name"]] = "learning-graph" if value == "AWS::StackName" else value
    threshold = alarm["Threshold"]
    if isinstance(threshold, dict):
        threshold = deployment.template.parameters[threshold["Ref"]]
    values = watched.measured.get((alarm["Namespace"], alarm["MetricName"], frozenset(dimensions.items())), [])
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarm["Statistic"] in {"Sum", "Maximum"}
    measured = sum(values) if alarm["Statistic"] == "Sum" else max(values, default=0)
    return measured > float(threshold)


def good_run(lab: Watched) -> None:
    run = lab.run(**LOOKBACK)["runId"]
    lab.invoke("ReportSnapshotFunction", {"runId": run})
    lab.invoke("CloseRunsFunction", {})
    lab.invoke("PruneSnapshotsFunction", {})
    learner = next(user for user in lab.records(run, "linkedin_learning_user").values() if user["email"])
    lab.invoke("EraseLearnerFunction", {"email": learner["email"][0]})


def two_bad_runs(lab: Watched) -> None:
    """A listing and a window that LinkedIn never answers; then nobody looks for days."""
    lab.linkedin.add_fault("500:path=learningAssets,assetType=LEARNING_PATH")
    lab.linkedin.add_fault("500:assetType=VIDEO,primary=INDIVIDUAL")
    for number in range(2):
        lab.start(number, **LOOKBACK)
        lab.pump()
    lab.set_time(NOW + timedelta(days=6))
    lab.invoke("CloseRunsFunction", {})


def refused_credentials(lab: Watched) -> None:
    lab.cloud.set_linkedin_secret(json.dumps({"contentClientId": "86demo-combined", "contentClientSecret": "wrong"}))
    lab.run(**LOOKBACK)


def damaged_snapshot(lab: Watched) -> None:
    """Somebody has changed files of the newest snapshot: no run is merged into it, and nobody is erased from it."""
    for file in lab.run(**LOOKBACK)["files"]:
        lab.cloud.s3.put_object(Bucket=lab.cloud.graph_bucket, Key=file["key"], Body=b"broken")
    with pytest.raises(Failed):
        lab.invoke("EraseLearnerFunction", {"email": "nobody.of.this.account@example.com"})
    lab.start(1, **LOOKBACK)
    lab.pump()


def throttling(lab: Watched) -> None:
    lab.linkedin.add_fault("429:path=learningActivityReports,retryAfter=600,times=1")
    lab.start(**LOOKBACK)
    lab.pump()


def unreadable_plan(lab: Watched) -> None:
    """A dead letter of a run whose plan was damaged cannot be recorded."""
    run = lab.start(**LOOKBACK)
    lab.cloud.s3.put_object(Bucket=lab.cloud.graph_bucket, Key=f"runs/{run}/plan.json", Body=b"broken")
    lab.cloud.send("CatalogDeadLetterQueue", json.dumps({"run": run, "step": "courses", "shard": "en_US"}))
    [trigger] = [found for found in lab.mappings.triggers if found.queue_name.endswith("CatalogDeadLetterQueue")]
    batch = lab.mappings.receive(trigger)
    assert batch is not None
    lab.deliver(batch)


def failing_events(lab: Watched) -> None:
    """A run cannot be started without credentials, nor a snapshot be reported on that is not there."""
    lab.cloud.set_linkedin_secret("{}")
    lab.invoke_asynchronously("StartRunFunction", {"time": NOW.isoformat(), "id": "1"})
    lab.invoke_asynchronously("StartRunFunction", {"time": "robin@example.com", "mode": "robin@example.com"})
    lab.invoke_asynchronously("ReportSnapshotFunction", {"runId": "robin@example.com"})
    with pytest.raises(Failed):
        lab.invoke("EraseLearnerFunction", {"email": ["robin@example.com"]})
    lab.invoke_asynchronously("ReportSnapshotFunction", {"runId": "20261121T160000Z-00000000"})


def foreign_messages(lab: Watched) -> None:
    for queue in ("OrgSyncUploadQueue", "OrgSyncTrackingQueue", "JupiterOneQueue"):
        for body in (
            "robin@example.com",
            '{"detail": {"runId": "robin@example.com"}, "drop": {"key": "robin@example.com"}}',
        ):
            lab.cloud.send(queue, body)
    lab.deliver_to("UploadOrgSyncFunction", "TrackOrgSyncFunction", "PublishToJupiterOneFunction")


def dropped_files(lab: Watched) -> None:
    """The first file takes a licence away, and is held; the second fails, since the secret has no token."""
    lab.drop("leavers.csv", HEADER + "robin@example.com,1,inactive\n")
    lab.drop("joiners.csv", HEADER + "kim@example.com,2,active\n")


def publication_without_token(lab: Watched) -> None:
    run = lab.run(**LOOKBACK)["runId"]
    lab.cloud.send("JupiterOneQueue", json.dumps({"detail": {"runId": run}}))
    lab.deliver_to("PublishToJupiterOneFunction")


DRILLS: dict[Callable[[Watched], None], set[str]] = {
    two_bad_runs: {
        "CatalogDeadLetterAlarm",
        "ActivityDeadLetterAlarm",
        "PartialTwiceAlarm",
        "NoSuccessfulRunAlarm",
        "DataStaleAlarm",
    },
    refused_credentials: {"RunFailedAlarm"},
    damaged_snapshot: {"AssemblyDeadLetterAlarm", "ErasureUnfinishedAlarm", "RunFailedAlarm"},
    throttling: {"ThrottledAlarm"},
    unreadable_plan: {"DeadLetterRecordingAlarm"},
    failing_events: {"FailedInvocationAlarm", "ReportFailedAlarm"},
    foreign_messages: {"OrgSyncUploadDeadLetterAlarm", "OrgSyncTrackingDeadLetterAlarm", "JupiterOneDeadLetterAlarm"},
    dropped_files: {"OrgSyncHeldAlarm", "OrgSyncFailedAlarm"},
    publication_without_token: {"JupiterOnePublicationFailedAlarm"},
}


@pytest.fixture(scope="module")
def alarms(cloud: InProcessAws) -> dict[str, Json]:
    return cloud.deployment.template.of_type("AWS::CloudWatch::Alarm")


@pytest.fixture(scope="module")
def undisturbed(cloud: InProcessAws, linkedin: LinkedIn) -> Watched:
    return watch(cloud, linkedin, good_run)


def test_every_alarm_is_drilled(alarms: dict[str, Json]) -> None:
    assert set.union(*DRILLS.values()) == set(alarms)


@pytest.mark.parametrize("happening", DRILLS, ids=lambda happening: happening.__name__)
def test_what_goes_wrong_sets_off_its_alarms(
    cloud: InProcessAws, linkedin: LinkedIn, alarms: dict[str, Json], happening: Callable[[Watched], None]
) -> None:
    watched = watch(cloud, linkedin, happening)
    rung = {name for name, alarm in alarms.items() if sets_off(watched, alarm)}
    assert DRILLS[happening] <= rung, dict(watched.measured)
    assert disclosed(watched.told, people_of(watched.linkedin.lines("learners"))) == []


def test_a_good_run_sets_off_none_and_names_nobody(undisturbed: Watched, alarms: dict[str, Json]) -> None:
    assert [name for name, alarm in alarms.items() if sets_off(undisturbed, alarm)] == []
    assert "Learner Erased" in undisturbed.told["events"]
    assert disclosed(undisturbed.told, people_of(undisturbed.linkedin.lines("learners"))) == []


def test_a_run_is_measured_and_its_log_lines_say_of_what_they_tell(cloud: InProcessAws, linkedin: LinkedIn) -> None:
    manifests: list[Json] = []
    calls: list[Json] = []

    def disturbed(lab: Watched) -> None:
        lab.linkedin.add_fault("500:path=learningAssets,times=2")
        lab.linkedin.add_fault("429:path=learningActivityReports,times=1")
        run = lab.start(**LOOKBACK)
        lab.set_time(NOW + timedelta(seconds=90))
        lab.pump(delayed=True)
        manifests.append(lab.manifest(run))
        calls.extend(lab.calls())

    watched = watch(cloud, linkedin, disturbed)
    found = {name: sum(values) for (namespace, name, _), values in watched.measured.items() if namespace == OWN}
    [manifest] = manifests
    steps = manifest["steps"].values()
    for as_it_happens in ("Deliveries", "ShardsThrottled"):  # how often a message came, and whether one had to wait
        found.pop(as_it_happens, None)
    assert found == {
        "RunsStarted": 1,
        "RunsSucceeded": 1,
        "RunDuration": 90,
        "RejectedRecords": 0,
        "ShardsSucceeded": sum(step["shards"] for step in steps),
        "Rows": sum(step["rows"] for step in steps),
        "Pages": sum(step["pages"] for step in steps),
        "LinkedInRequests": len(calls),
        "LinkedInRetries": 3,
        "LinkedInThrottles": 1,
    }
    told = [line for line in watched.log if line["message"] in {"call failed", "call answered", "shard done"}]
    assert {(line["run"], line["step"]) for line in told} == {(manifest["runId"], step) for step in manifest["steps"]}
    assert all(line["shard"] and line["function_request_id"] for line in told)
    assert {line["run"] for line in watched.log if line["message"] in {"run started", "run ended"}} == {
        manifest["runId"]
    }


def test_shards_that_fail_without_a_worker_are_counted(cloud: InProcessAws, linkedin: LinkedIn) -> None:
    """One whose message SQS gave up, and those of a run whose deadline passes."""
    manifests: list[Json] = []

    def lost(lab: Watched) -> None:
        run = lab.start(**LOOKBACK)
        shard = {"run": run, "step": "courses", "shard": "en_US"}
        lab.cloud.reset(lab.cloud.objects())
        lab.cloud.send("CatalogDeadLetterQueue", json.dumps(shard))
        lab.pump()
        lab.set_time(NOW + timedelta(hours=27))
        lab.invoke("CloseRunsFunction", {})
        lab.pump()
        manifests.append(lab.manifest(run))

    watched = watch(cloud, linkedin, lost)
    found = {name: values for (_, name, _), values in watched.measured.items()}
    [manifest] = manifests
    assert sum(found["ShardsFailed"]) == sum(step["shards"] for step in manifest["steps"].values())
    assert (found["DeadLetters"], found["RunsClosed"], found["RunsFailed"]) == ([1], [1], [1])


def test_whatever_a_run_measures_is_on_the_dashboard(undisturbed: Watched) -> None:
    deployment = undisturbed.cloud.deployment
    [dashboard] = deployment.template.of_type("AWS::CloudWatch::Dashboard").values()
    measured = {name for namespace, name, _ in undisturbed.measured if namespace == OWN} - {"Deliveries"}
    assert len(measured) > 10
    assert [name for name in sorted(measured) if f'"{name}"' not in dashboard["DashboardBody"]["Fn::Sub"]] == []
