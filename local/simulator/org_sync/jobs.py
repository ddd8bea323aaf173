"""Processing jobs: QUEUED → PROCESSING → DONE, and the ends that are not DONE (API reference §8.4)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from concurrent.futures import Executor, Future
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
    """A job; ``automatic`` ones were started by the upload itself and are not shown to the caller.

    ``end`` says how it ends; ``work`` is the processing of its file, once that has begun.
    """

    id: int
    source: Media
    result: Media
    automatic: bool
    created: int
    modified: int
    end: Mapping[str, Any]
    status: str = "QUEUED"
    outcome: Outcome = field(default_factory=Outcome)
    work: Future[Outcome] | None = None

    @property
    def over(self) -> bool:
        return self.status not in RUNNING


class Jobs:
    """Runs jobs one after the other, in the order they were started.

    ``advance`` takes them as far as the simulator's clock lets them; ``executor`` processes the files. ``seconds`` is
    how long a job is at least queued and then at least processing. ``ends`` says how the next jobs end:
    ``{"status": "FAILED"}`` (nothing applied), ``{"status": "PROCESSING"}`` (never), any other status, or
    ``{"interruptAfter": 1500}`` (ABORTED after so many rows); ``always`` is the end of all jobs without one.
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
        executor: Executor,
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
        self._executor = executor

    def advance(self) -> None:
        """Bring every job to where it is by now."""
        now, step = self._clock.now(), round(self.seconds * 1000)
        free = 0  # the instant from which the next job can be the one that is worked on
        for job in self.all.values():
            if job.status == "QUEUED":
                begin = max(job.created, free) + step
                if now < begin:
                    break
                job.status, job.modified = "PROCESSING", begin
                if job.end.get("status", "DONE") == "DONE":
                    job.work = self._executor.submit(self._process, job)
            if job.status == "PROCESSING":
                if now < job.modified + step or (job.work is not None and not job.work.done()):
                    break
                if job.end.get("status") in RUNNING:
                    # A job that never ends holds up nobody else: the next one starts.
                    free = job.modified + step
                    continue
                job.modified += step
                self._end(job)
            free = job.modified

    def start(self, source: Media, *, automatic: bool) -> Job:
        """Queue a file for processing."""
        now = self._clock.now()
        end = self.ends.popleft() if self.ends else self.always
        job = Job(_FIRST_ID + len(self.all), source, self._media.new("result", now), automatic, now, now, end)
        self.all[job.id] = job
        return job

    def _process(self, job: Job) -> Outcome:
        limits = Limits(self._limits.rows, self._limits.licences, job.end.get("interruptAfter"))
        outcome = self._processor.run(job.id, job.source.path, job.result.path, limits)
        write_in_form(job.result.path, self._assumptions["result-form"])
        return outcome

    @staticmethod
    def _end(job: Job) -> None:
        if job.work is None:
            job.status = str(job.end["status"])
            job.outcome.messages.append(f"The job ended as {job.status}")
            return
        outcome = job.outcome = job.work.result()
        if outcome.critical is None:
            job.status = "DONE"
        else:
            outcome.messages.append(outcome.critical)
            job.status = "ABORTED" if outcome.interrupted else "FAILED"

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
        if assume["result-media"] == "early" or (job.over and assume["result-media"] != "never"):
            answer["resultMedia"] = self.urn(job.result)
        return answer

    def urn(self, media: Media) -> str:
        return URN + (" " if self._assumptions["media-blank"] == "on" else "") + media.id

    def _messages(self, outcome: Outcome) -> list[Any]:
        if self._assumptions["job-messages"] == "strings":
            return list(outcome.messages)
        return [{"severity": "INFO", "text": message} for message in outcome.messages]
