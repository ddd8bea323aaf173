"""A bucket and queues in which runs are started."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from learning_graph.linkedin.auth import CredentialPair, Credentials
from learning_graph.runs.run_messages import StartRequest
from learning_graph.runs.start_run import RunSettings, start_run
from learning_graph.store.manifest import Lookback
from learning_graph.store.run import CatalogRead, Plan
from learning_graph.values.steps import CATALOG_STEPS, Step
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import NOW, FakeClock
from tests.fakes.queue import FakeQueue
from tests.snapshot_documents import documents_of, manifest_of

DAY = 86_400_000
END = 1_795_276_800_000  # 2026-11-21T16:00:00Z
EVENT = StartRequest(time=NOW, id="53dc4d37")
SETTINGS = RunSettings(
    account_name="Acme",
    tag_account_name=True,
    lookback_days=14,
    locales="en_US,de_DE",
    licensed_only=True,
    deadline_hours=26,
    full_refresh_days=7,
)
CONTENT = CredentialPair("86content", "secret")
REPORT = CredentialPair("86report", "secret")
BOTH = Credentials(CONTENT, REPORT)


class World:
    """A bucket, the two queues of shards, and a way to start runs."""

    def __init__(self) -> None:
        self.bucket = FakeBucket()
        self.catalog, self.activity = FakeQueue("catalog"), FakeQueue("activity")
        self.clock = FakeClock(NOW + timedelta(seconds=90))

    def start(
        self,
        request: StartRequest = EVENT,
        settings: RunSettings = SETTINGS,
        credentials: Credentials = BOTH,
    ) -> Plan:
        return start_run(
            request,
            settings,
            bucket=self.bucket,
            queue_of=lambda shard: self.catalog if shard.step in CATALOG_STEPS else self.activity,
            credentials=credentials,
            clock=self.clock,
        )

    def leave_snapshot(self, catalog: dict[Step, CatalogRead], *, covered_until: int | None = END) -> None:
        """Leave the snapshot of an earlier run, whose catalogue steps were read as given."""
        run_id = "20261120T160000Z-00000000"
        manifest = manifest_of(
            run_id,
            account_key_ref="86content",
            started_at=END - DAY,
            lookback=Lookback(days=14, start=END - 15 * DAY, end=END - DAY),
            covered_until=covered_until,
            catalog=catalog,
        )
        self.bucket.objects |= documents_of(manifest)


def labels(plan: Plan, *steps: str) -> list[str]:
    return [shard.label for shard in plan.shards if shard.step in steps]


def read_yesterday(**changes: Any) -> CatalogRead:
    read = CatalogRead(read_at=END - DAY, full_read_at=END - DAY, locales=("en_US", "de_DE"), licensed_only=True)
    return msgspec.structs.replace(read, **changes)
