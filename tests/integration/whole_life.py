"""Everything that a stack's functions do in its life, by the real handlers over AWS that notes it.

A run that succeeds, with its reports, alerts and publication; an erasure; a run that LinkedIn, SQS and S3 disturb in
every way that calls for another access; runs that are given up or closed; files of HR; the validate call.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

from learning_graph import wiring
from learning_graph.aws.bucket import Bucket
from learning_graph.linkedin import queries
from learning_graph.reports.snapshot import Snapshot
from learning_graph.runs.erasures import ErasedLearners
from local.demo_reports import demo_configuration
from local.event_source_mappings import Json
from local.jupiterone.graph_account import JupiterOneAccount
from local.jupiterone.server import ACCESS_TOKEN, ACCOUNT_ID, serve
from local.linkedin_side import LinkedIn
from local.place import ROOT
from local.stack import JUPITERONE_SECRET, ORG_SYNC_SECRET
from tests.integration.recorded_aws import RecordedAws
from tests.integration.support import Lab

# What is off by default and gives a function something to do.
PARAMETERS = {"ActivityLookbackDays": "14", "ExportFormats": "jsonl,jupiterone,opencypher,graphml"}
# An account as small as it may be: what is read does not matter here.
SIMULATOR = (
    *("--learners=4", "--courses=3", "--videos=3", "--paths=1", "--groups=1", "--others=1"),
    *("--sessions-per-week=4", "--job-seconds=0"),
)
_HEADER = "invited_email_address,unique_user_id,license_learning_status\n"
_PEOPLE = "".join(f"p{number}@example.com,{number},active\n" for number in range(9))
_LISTINGS = ("learningAssets", "learningActivityReports")


class WholeLife:
    """Goes through a stack's life.

    Args:
        lab: the deployed stack, and LinkedIn's controls.
        aws: notes what the functions do.
        linkedin: where its secrets are from.
        folder: for files.
    """

    def __init__(self, lab: Lab, aws: RecordedAws, linkedin: LinkedIn, folder: Path) -> None:
        self._lab, self._aws, self._linkedin, self._folder = lab, aws, linkedin, folder
        self._deployment = lab.cloud.deployment
        lab.mappings.triggers = self._deployment.wiring.queue_triggers
        self._secret(JUPITERONE_SECRET, json.dumps({"accountId": ACCOUNT_ID, "accessToken": ACCESS_TOKEN}))
        self._secret(ORG_SYNC_SECRET, linkedin.org_sync_secret)

    def live(self) -> None:
        with _jupiterone() as url, self._large_uploads(), patch.object(wiring, "time", Mock()):
            self._lab.settings["JUPITERONE_API_URL"] = url
            first = self._succeed()
            self._erase(first)
            self._be_disturbed()
            self._be_given_up()
            self._be_closed()
            self._prune(first)
            self._sync_people()
            self._lab.invoke("ValidateCredentialsFunction", _event("validate.json"))

    def _succeed(self) -> Json:
        """A run that is started twice by one event, and the reports, alerts and publication of its snapshot."""
        manifest = self._lab.run()
        self._lab.start()
        root = self._lab.save(self._folder) / "graph-bucket"
        for key, text in demo_configuration(Snapshot.open(root, manifest["runId"]), root).items():
            self._put("GraphBucket", key, text.encode())
        self._lab.invoke("ReportSnapshotFunction", {"runId": manifest["runId"]})
        return manifest

    def _erase(self, first: Json) -> None:
        users = self._lab.records(first["runId"], "linkedin_learning_user").values()
        self._lab.invoke("EraseLearnerFunction", {"profileUrn": next(iter(users))["profileUrn"]})

    def _be_disturbed(self) -> None:
        """Shards out of quota, failed, out of time; a part that is damaged every time; leftovers in the snapshot."""
        self._lab.set_time(self._lab.now + timedelta(days=8))  # the catalogue is read in full again
        run_id = self._lab.start()
        self._turn_with_fault("429-day:path={},times=1")
        self._lab.set_time(self._lab.now + timedelta(hours=9))
        self._turn_with_fault("500:path={}")
        with _erasure_noticed_late():
            self._read_some_pages()
        self._put("GraphBucket", f"graph/{run_id}/parquet/left-by-a-dead-worker", b"")

        def damage(function: str, _event: Any) -> None:
            if function == "AssembleGraphFunction":
                for key in self._lab.cloud.keys(f"runs/{run_id}/parts/course-activity/"):
                    self._put("GraphBucket", key, b"")
            # Too little time to publish at once.
            self._lab.seconds = 30 if function.startswith("Publish") else None

        with patch.object(self._lab, "before_invocation", damage):
            self._lab.pump(until=lambda: self._lab.latest() == run_id, delayed=True)
            self._turn()
        self._lab.seconds = None
        self._lab.pump(delayed=True)
        self._lab.invoke("ReportSnapshotFunction", {"runId": run_id})

    def _read_some_pages(self) -> None:
        """Deliver what waits to workers that have time for one page, and hand the rest on."""
        self._lab.seconds = 44  # fewer than 45 are left for more
        with patch.object(queries, "CATALOG_PAGE", 2), patch.object(queries, "REPORT_PAGE", 2):
            self._turn()
        self._lab.seconds = None

    def _be_given_up(self) -> None:
        """Every shard of a run in a dead-letter queue, then its assembly; messages that nobody understands."""
        run_id = self._lab.start()
        plan = json.loads(self._lab.cloud.objects(f"runs/{run_id}/plan.json")[f"runs/{run_id}/plan.json"])
        self._lab.cloud.lose_messages()
        for number, shard in enumerate(plan["shards"]):
            queue = ("CatalogDeadLetterQueue", "ActivityDeadLetterQueue")[number % 2]
            self._lab.cloud.send(queue, json.dumps({"run": run_id, "step": shard["step"], "shard": shard["name"]}))
        self._lab.pump(until=lambda: bool(self._lab.cloud.bodies("AssemblyQueue")))
        self._lab.cloud.lose_messages()
        self._lab.cloud.send("AssemblyDeadLetterQueue", json.dumps({"run": run_id}))
        for trigger in self._lab.mappings.triggers:
            logical_id = trigger.queue_name.removeprefix("learning-graph-").removesuffix(".fifo")
            if "DeadLetter" not in logical_id:
                self._lab.cloud.send(logical_id, "not JSON")
        self._lab.turn()
        self._lab.turn()
        self._lab.cloud.lose_messages()

    def _be_closed(self) -> None:
        """A run whose shards failed once, and whose messages are lost."""
        self._lab.set_time(self._lab.now + timedelta(days=1))
        self._lab.start()
        self._turn_with_fault("500:path=learning")
        self._lab.cloud.lose_messages()
        self._lab.set_time(self._lab.now + timedelta(hours=27))
        self._lab.invoke("CloseRunsFunction", {})
        self._lab.cloud.lose_messages()

    def _prune(self, first: Json) -> None:
        """Delete the snapshots of all days and months but the newest; an event asks for a deleted one's reports."""
        self._lab.set_time(self._lab.now + timedelta(days=20))
        self._lab.settings["SNAPSHOTS_KEPT"] = "daily:1"
        self._lab.invoke("PruneSnapshotsFunction", {})
        self._lab.invoke("ReportSnapshotFunction", {"runId": first["runId"]})

    def _sync_people(self) -> None:
        """Files that are sent, refused, held for what they revoke, and only looked at."""
        self._drop(_HEADER + _PEOPLE)
        self._turn()
        for rows in ("nobody,7,active\n", _PEOPLE.replace("active", "inactive")):
            self._drop(_HEADER + rows)
        self._turn_with_fault("500:path=enterpriseUploadJobs")
        # The ledger keeps two generations: the third one is the first to delete another.
        for number in range(3):
            self._drop(_HEADER + f"new{number}@example.com,n{number},active\n", f"{number}.csv")
        for _ in range(10):
            self._lab.set_time(self._lab.now + timedelta(minutes=15))
            self._turn()
        self._lab.settings["ORG_SYNC_DRY_RUN"] = "true"
        self._drop(_HEADER + _PEOPLE, with_version=False)
        self._turn()

    def _drop(self, text: str, name: str = "people.csv", *, with_version: bool = True) -> None:
        key = f"incoming/{name}"
        version = self._put("OrgSyncBucket", key, text.encode())
        found = {"key": key, **({"versionId": version} if with_version else {})}
        told = {"eventSource": "aws:s3", "s3": {"bucket": {"name": self._name("OrgSyncBucket")}, "object": found}}
        self._lab.cloud.send("OrgSyncUploadQueue", json.dumps({"Records": [told]}))

    def _turn(self) -> None:
        self._lab.cloud.end_visibility_timeouts(delayed=True)
        self._lab.turn()

    def _turn_with_fault(self, fault: str) -> None:
        """Deliver what waits while catalogue and activity have a fault."""
        for path in _LISTINGS:
            self._lab.linkedin.add_fault(fault.format(path))
        self._turn()
        self._lab.linkedin.clear_faults()

    def _name(self, logical_id: str) -> str:
        return self._deployment.name_of(logical_id)

    def _put(self, bucket: str, key: str, data: bytes) -> str | None:
        answer = self._deployment.s3.put_object(Bucket=self._name(bucket), Key=key, Body=data)
        version: str | None = answer.get("VersionId")
        return version

    def _secret(self, parameter: str, text: str) -> None:
        arn = self._deployment.template.parameters[parameter]
        self._deployment.client("secretsmanager").put_secret_value(SecretId=arn, SecretString=text)

    @contextmanager
    def _large_uploads(self) -> Iterator[None]:
        """Take every uploaded file for one above 64 MiB: boto3 aborts its upload when one of the parts fails."""
        upload = Bucket.upload

        def uploaded(bucket: Bucket, path: Path, key: str, **options: Any) -> None:
            resource = f"arn:aws:s3:::{bucket.name}/{key}"
            self._aws.note(self._lab.invocations[-1], "s3:AbortMultipartUpload", resource)
            upload(bucket, path, key, **options)

        with patch.object(Bucket, "upload", uploaded):
            yield


def _event(name: str) -> Json:
    event: Json = json.loads((ROOT / "events" / name).read_text(encoding="utf-8"))
    return event


@contextmanager
def _erasure_noticed_late() -> Iterator[None]:
    """Let workers see the erasures only at their second look, as if one had happened while they read."""
    look, looked = ErasedLearners.look, set[int]()

    def noticed(erased: ErasedLearners) -> bool:
        if id(erased) in looked:
            return look(erased)
        looked.add(id(erased))
        return False

    with patch.object(ErasedLearners, "look", noticed):
        yield


@contextmanager
def _jupiterone() -> Iterator[str]:
    server = serve(JupiterOneAccount(ACCOUNT_ID, ACCESS_TOKEN))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
