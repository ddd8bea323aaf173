"""The whole system on this machine: moto, the template's resources, the real handlers, and what AWS does in between.

with LocalStack(Path("build/mine"), parameters={"ActivityLookbackDays": "30"}, secrets={...}) as stack:
    stack.s3.put_object(Bucket=stack.bucket("OrgSyncBucket"), Key="incoming/staff.csv", Body=b"…")
    stack.pump_until(stack.is_quiet, seconds=60)
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.bucket_files import load_bucket, save_bucket
from local.deployment import Deployment
from local.environments import Environments
from local.processes import Server
from local.pumps import BucketPump, EventPump, Pump, QueueMapping, QueuePump, SchedulePump, scheduled_event
from local.template import TEMPLATE
from local.wiring import Schedule
from local.worker import LIBRARIES, PACKAGE, prepare_workers

LINKEDIN_SECRET = "LinkedInSecretArn"  # noqa: S105 - a parameter's name
ORG_SYNC_SECRET = "OrgSyncSecretArn"  # noqa: S105 - a parameter's name
JUPITERONE_SECRET = "JupiterOneSecretArn"  # noqa: S105 - a parameter's name
PSEUDONYM_SECRET = "PseudonymSecretArn"  # noqa: S105 - a parameter's name
# The pseudonyms' key is fixed, so that a kept bucket is understood by the next run; on AWS the stack makes one.
UNFILLED_SECRETS = {
    LINKEDIN_SECRET: "{}",
    ORG_SYNC_SECRET: "{}",
    JUPITERONE_SECRET: "{}",
    PSEUDONYM_SECRET: json.dumps({"key": "00112233445566778899aabbccddeeff" * 2}),
}
START_RUN = "StartRunFunction"
# Where the objects of each bucket lie as files.
FOLDERS = {"GraphBucket": "graph-bucket", "OrgSyncBucket": "org-sync-bucket"}


_PRELOAD = (*LIBRARIES, *PACKAGE)


class StillRunning(TimeoutError):
    """What was waited for did not happen in time."""


def start_aws(out: Path, *, longest_delay: int | None = None) -> Server:
    """Start the moto server, and the process of the functions' imports; both get ready while others do."""
    prepare_workers(_PRELOAD)
    options = [] if longest_delay is None else [f"--longest-delay={longest_delay}"]
    return Server("local.aws_server", options, log=out / "logs" / "aws.log")


class LocalStack:
    """A context manager; inside it everything runs, at its end every process has ended.

    Args:
        out: folder for the buckets' objects as files, `logs/` and `events.jsonl`.
        parameters: values of template parameters by name.
        secrets: text of a secret by the parameter that names it, `LINKEDIN_SECRET`, `ORG_SYNC_SECRET` and
            `JUPITERONE_SECRET`; what is left out holds `{}`, like a secret nobody has filled.
        now: the time the schedules see; it runs on from there. The present time if None.
        visibility_timeout: seconds for every queue in place of the template's.
        longest_delay: seconds that a message is delayed at most, whatever its sender asks for.
        overrun: let a message come back while it is still worked on, when the visibility time-out is short.
        schedule_seconds: by function, the interval of its schedule in place of the template's; a schedule not named
            here does not fire.
        keep: begin with the objects that an earlier run left in `out`.
        template: the template.
        server: an AWS server that was started before (`start_aws`); it ends with the stack.
    """

    def __init__(
        self,
        out: Path,
        *,
        parameters: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        now: datetime | None = None,
        visibility_timeout: int | None = None,
        longest_delay: int | None = None,
        overrun: bool = False,
        schedule_seconds: Mapping[str, float] | None = None,
        keep: bool = False,
        template: Path = TEMPLATE,
        server: Server | None = None,
    ) -> None:
        self.out = out.resolve()
        prepare_workers(_PRELOAD)
        self._began = time.monotonic()
        self._now = now or datetime.now(tz=UTC)
        self._server = server or start_aws(self.out, longest_delay=longest_delay)
        self._pumps: list[Pump] = []
        self._saved: dict[str, dict[str, str]] = {}
        try:
            self.deployment = Deployment(
                f"http://127.0.0.1:{self._server.announced['port']}",
                parameters or {},
                {**UNFILLED_SECRETS, **(secrets or {})},
                visibility_timeout=visibility_timeout,
                template_path=template,
            )
            self.s3, self.sqs = self.deployment.s3, self.deployment.sqs
            if keep:
                self._load()
            self.environments = Environments(
                self.deployment.wiring.functions, self.endpoint, self.out, preload=_PRELOAD
            )
            self._make_pumps(overrun, schedule_seconds or {})
        except BaseException:
            self._server.close()
            raise

    @property
    def endpoint(self) -> str:
        """URL of the moto server."""
        return self.deployment.endpoint

    @property
    def server_pid(self) -> int:
        """Process id of the moto server."""
        return self._server.pid

    @property
    def now(self) -> datetime:
        """The time the schedules see."""
        return self._now + timedelta(seconds=time.monotonic() - self._began)

    def bucket(self, logical_id: str) -> str:
        """Return the name of the bucket with that logical id."""
        return self.deployment.name_of(logical_id)

    def queue_url(self, logical_id: str) -> str:
        """Return the URL of the queue with that logical id."""
        return self.deployment.queue_url(self.deployment.name_of(logical_id))

    def invoke(self, function: str, event: Any) -> Any:
        """Invoke a function by its logical id and return its answer.

        Raises:
            InvocationFailed: it raised, timed out, or its process died.
        """
        return self.environments.invoke(function, event)

    def start_event(self, overrides: Mapping[str, Any] | None = None, *, number: int = 0) -> dict[str, Any]:
        """Return the event of the start schedule at `now`.

        The same `now` and `number` make the same event, and so the same run; `overrides` stand in its `detail`.
        """
        schedule = next(found for found in self.deployment.wiring.schedules if found.function == START_RUN)
        event = scheduled_event(schedule, self._now, str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._now}/{number}")))
        return {**event, "detail": dict(overrides or {})}

    def pump_until(self, done: Callable[[], bool], *, seconds: float | None = None, look_seconds: float = 0.05) -> None:
        """Wait until `done` says so, looking every `look_seconds`.

        Raises:
            StillRunning: it did not within `seconds`.
            Exception: what broke a pump.
        """
        end = None if seconds is None else time.monotonic() + seconds
        while not done():
            for pump in self._pumps:
                if pump.error:
                    raise pump.error
            if end is not None and time.monotonic() > end:
                raise StillRunning(f"not done after {seconds} s; {self.backlog()}")
            time.sleep(look_seconds)

    def backlog(self) -> dict[str, int]:
        """Return how many messages lie on each queue that a function reads, in whatever state, where there are any."""
        counts = self.deployment.message_counts()
        names = [trigger.queue_name for trigger in self.deployment.wiring.queue_triggers]
        return {name: counts[name]["total"] for name in names if counts[name]["total"]}

    def is_quiet(self) -> bool:
        """Tell whether every bucket event was sent, every message handled, and no function is running."""
        if self.backlog() or any(pump.is_busy() for pump in self._pumps if isinstance(pump, QueuePump)):
            return False
        return all(pump.is_up_to_date() for pump in self._pumps if isinstance(pump, BucketPump)) and not self.backlog()

    def count_folders(self, logical_id: str, prefix: str) -> int:
        """Return how many folders lie below a prefix of a bucket."""
        answer = self.s3.list_objects_v2(Bucket=self.bucket(logical_id), Prefix=prefix, Delimiter="/")
        return len(answer.get("CommonPrefixes", ()))

    def save(self) -> None:
        """Write the objects of both buckets as files below `out`, in place of what was there."""
        for logical_id, folder in FOLDERS.items():
            saved = self._saved.get(logical_id, {})
            self._saved[logical_id] = save_bucket(self.s3, self.bucket(logical_id), self.out / folder, saved)

    def __enter__(self) -> Self:
        for pump in self._pumps:
            pump.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pump in self._pumps:
            pump.stop()
        self.environments.close()
        self._server.close()
        for pump in self._pumps:
            pump.join(5)

    def _make_pumps(self, overrun: bool, schedule_seconds: Mapping[str, float]) -> None:
        wiring = self.deployment.wiring
        mappings = [
            QueueMapping(trigger, self.deployment, self.environments, overrun=overrun)
            for trigger in wiring.queue_triggers
        ]
        self._pumps.append(QueuePump(self.deployment, mappings))
        self._pumps += [BucketPump(trigger, self.deployment) for trigger in wiring.bucket_triggers]
        self._pumps += [
            SchedulePump(
                schedule, self.environments, seconds=schedule_seconds[schedule.function], event_at=self._scheduled_event
            )
            for schedule in wiring.schedules
            if schedule.enabled and schedule.function in schedule_seconds
        ]
        self._pumps.append(EventPump(self.deployment, self.out / "events.jsonl"))

    def _scheduled_event(self, schedule: Schedule) -> dict[str, Any]:
        return scheduled_event(schedule, self.now, str(uuid.uuid4()))

    def _load(self) -> None:
        for logical_id, folder in FOLDERS.items():
            load_bucket(self.s3, self.bucket(logical_id), self.out / folder)
