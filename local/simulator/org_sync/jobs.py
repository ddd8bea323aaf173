"""Processing jobs: QUEUED → PROCESSING → DONE, and the ends that are not DONE (API reference §8.4)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.simulator.assumptions import Assumptions
from local.simulator.clock import Clock
from local.simulator.org_sync.media import URN, Media, MediaStore
from local.simulator.org_sync.processing import Limits, Outcome, Processor
from local.simulator.org_sync.result_forms import write_in_form

_FIRST_ID = 70_012_345
RUNNING = ("QUEUED", "PROCESSING")


@dataclass(slots=True)
class Job:
    """A job; ``automatic`` ones were started by the upload itself and are not shown to the caller."""

    id: int
    source: Media
    result: Media
    automatic: bool
    created: int
    modified: int
    status: str = "QUEUED"
    outcome: Outcome = field(default_factory=Outcome)

    @property
    def over(self) -> bool:
        return self.status not in RUNNING


class Jobs:
    """Runs jobs one after the other, in the order they were started.

    ``seconds`` is how long a job is at least queued and then at least processing. ``ends`` says how the next
    jobs end: ``{"status": "FAILED"}`` (nothing applied), ``{"status": "PROCESSING"}`` (never), any other status,
    or ``{"interruptAfter": 1500}`` (ABORTED after so many rows); ``always`` is the end of all jobs without one.
    """

    def __init__(
        self,
        media: MediaStore,
        processor: Processor,
        clock: Clock,
        assumptions: Assumptions,
        *,
        limits: Limits,
        seconds: float,
    ) -> None:
        self._media = media
        self._processor = processor
        self._clock = clock
        self._assumptions = assumptions
        self._limits = limits
        self.seconds = seconds
        self.ends: deque[Mapping[str, Any]] = deque()
        self.always: Mapping[str, Any] = {}
        self.all: dict[int, Job] = {}
        self._last: asyncio.Task[None] | None = None

    def start(self, source: Media, *, automatic: bool) -> Job:
        """Queue a file for processing."""
        now = self._clock.now()
        job = Job(_FIRST_ID + len(self.all), source, self._media.new("result", now), automatic, now, now)
        self.all[job.id] = job
        end = self.ends.popleft() if self.ends else self.always
        self._last = asyncio.create_task(self._run(job, end, self._last))
        return job

    async def _run(self, job: Job, end: Mapping[str, Any], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await before
        await asyncio.sleep(self.seconds)
        status = end.get("status")
        self._turn(job, "PROCESSING")
        if status is not None and status != "DONE":
            # A job that never ends holds up nobody else: the next one starts.
            await asyncio.sleep(self.seconds)
            if status not in RUNNING:
                job.outcome.messages.append(f"The job ended as {status}")
            self._turn(job, status)
            return
        limits = Limits(self._limits.rows, self._limits.licences, end.get("interruptAfter"))
        work = asyncio.to_thread(self._processor.run, job.id, job.source.path, job.result.path, limits)
        job.outcome, _ = await asyncio.gather(work, asyncio.sleep(self.seconds))
        write_in_form(job.result.path, self._assumptions["result-form"])
        if job.outcome.critical is None:
            self._turn(job, "DONE")
        else:
            job.outcome.messages.append(job.outcome.critical)
            self._turn(job, "ABORTED" if job.outcome.interrupted else "FAILED")

    def _turn(self, job: Job, status: str) -> None:
        job.status = status
        job.modified = self._clock.now()

    def document(self, job: Job) -> dict[str, Any]:
        """The job as the API shows it."""
        assume = self._assumptions
        outcome = job.outcome if job.over else Outcome()
        odd = assume["job-stats"] == "odd"
        answer: dict[str, Any] = {
            "resultStats": {
                "updatedCount": outcome.updated,
                "deletedCount": 0,
                "warningCount": outcome.warnings,
                # LinkedIn's own sample has an updatedCount of 1 with a totalCount of 0.
                "totalCount": 0 if odd else outcome.total,
                "errorCount": outcome.errors,
            },
            "created": job.created,
            "lastModified": job.modified,
            "sourceMedia": self.urn(job.source),
            "messages": self._messages(outcome),
            assume["job-id-name"]: job.id if assume["job-id"] == "number" else str(job.id),
            "status": job.status,
        }
        if job.over or assume["result-media"] == "early":
            answer["resultMedia"] = self.urn(job.result)
        return answer

    def urn(self, media: Media) -> str:
        return URN + (" " if self._assumptions["media-blank"] == "on" else "") + media.id

    def _messages(self, outcome: Outcome) -> list[Any]:
        if self._assumptions["job-messages"] == "strings":
            return list(outcome.messages)
        return [{"severity": "INFO", "text": message} for message in outcome.messages]
