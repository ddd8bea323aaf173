"""Runs the collection under a fault schedule: moto in this process, simulator and workers in processes of their own."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Self

from local.chaos.fault_schedule import FAULTS_MEMBER, FOLDER, DeliveryFaults, FaultSchedule
from local.demo_options import SIMULATED_NOW
from local.environments import Environments, InvocationFailed
from local.event_source_mappings import Batch, EventSourceMappings, Json
from local.in_process_aws import InProcessAws
from local.linkedin_side import start_simulator
from local.place import ROOT
from local.pumps import scheduled_event
from local.simulator_control import SimulatorControl
from local.wiring import Function

NOW = SIMULATED_NOW
LOOKBACK = 30
ACCOUNT = (
    *("--learners=10", "--courses=8", "--videos=40", "--paths=2", "--groups=3", "--others=6", "--locales=en_US"),
    "--sessions-per-week=3",
)
_PARAMETERS = {
    "CatalogLocales": "en_US",
    "ActivityLookbackDays": str(LOOKBACK),
    "AccountName": "Chaos",
    "LogLevel": "DEBUG",
}
_FOREIGN = ("not JSON", '{"run": "20200101T000000Z-00000000", "step": "users", "shard": "none"}')
_MOST_TURNS = 4000
_DEADLINE = timedelta(hours=27)


class RunNeverEnded(RuntimeError):
    """A run that never ended."""


class ChaosRunner:
    """A context manager; `run` goes from an empty or a given bucket to the end of all runs of a schedule."""

    def __init__(self, out: Path) -> None:
        self._simulator = start_simulator(
            ["--now", NOW.isoformat(), *ACCOUNT], "combined", out / "logs" / "simulator.log"
        )
        self.cloud = InProcessAws(_PARAMETERS)
        self.cloud.set_linkedin_secret(self._simulator.secret)
        self.linkedin = SimulatorControl(self._simulator.api_url)
        urls = {"LINKEDIN_API_URL": self._simulator.api_url, "LINKEDIN_OAUTH_URL": self._simulator.oauth_url}
        functions = {
            name: _with_chaos_handler(found, urls) for name, found in self.cloud.deployment.wiring.functions.items()
        }
        self._environments = Environments(functions, self.cloud.deployment.endpoint, out)
        self._mappings = EventSourceMappings(self.cloud, self._environments.invoke)
        self._now = self._began = NOW
        self._looking = threading.Lock()
        self.latest: list[str] = []
        self.kills = 0

    def run(self, schedule: FaultSchedule, objects: Mapping[str, bytes], *, at: datetime = NOW) -> list[str]:
        """Run a schedule over a bucket that holds these objects; return its runs, which start `at` that time.

        Raises:
            RunNeverEnded: some run did not end, not even at its deadline.
        """
        self.cloud.reset(objects)
        self.linkedin.clear_faults()
        self._began = at
        self._set_time(at)
        self.latest, self.kills = [], 0
        for fault in (*schedule.faults, *([schedule.permanent] if schedule.permanent else ())):
            self.linkedin.add_fault(fault)
        runs = [self._start(schedule, 0)]
        if schedule.foreign_messages:
            for queue in ("CatalogQueue", "ActivityQueue", "AssemblyQueue"):
                for body in _FOREIGN:
                    self.cloud.send(queue, body)
        if schedule.two_runs:
            self._pump(schedule, turns=Random(schedule.seed).randint(0, 12))
            runs.append(self._start(schedule, 1))
        self._pump(schedule)
        for step in (timedelta(minutes=15), timedelta(minutes=30), _DEADLINE):
            if not self._open(runs):
                return runs
            self._set_time(at + step)
            self._invoke("CloseRunsFunction", {})
            self._pump(schedule)
        if still := self._open(runs):
            raise RunNeverEnded(", ".join(still))
        return runs

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._environments.close()
        self.cloud.close()
        self._simulator.close()

    def _start(self, schedule: FaultSchedule, number: int) -> str:
        """Invoke start_run, again where it was killed, as Lambda does with asynchronous events."""
        rule = next(s for s in self.cloud.deployment.wiring.schedules if s.function == "StartRunFunction")
        event = scheduled_event(rule, self._began, str(uuid.uuid5(uuid.NAMESPACE_URL, f"chaos/{number}")))
        for receives in range(1, 4):
            faults = schedule.delivery_faults("StartRunFunction", f"start {number}", receives)
            try:
                answer = self._environments.invoke(
                    "StartRunFunction", {**event, FAULTS_MEMBER: self._with_time(faults)}
                )
            except InvocationFailed:
                self.kills += 1
                continue
            return str(answer["runId"])
        raise RunNeverEnded("start_run")

    def _pump(self, schedule: FaultSchedule, turns: int = _MOST_TURNS) -> None:
        """Deliver until nothing is left; what waits comes when nothing else is to be done."""
        random = Random(f"{schedule.seed}/order")
        at_work: set[Future[None]] = set()
        with ThreadPoolExecutor(schedule.workers) as executor:
            for _ in range(turns):
                while len(at_work) < schedule.workers and (batch := self._next_batch(random)):
                    at_work.add(executor.submit(self._deliver, schedule, batch))
                if at_work:
                    done, at_work = wait(at_work, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
                elif not self.cloud.end_visibility_timeouts():
                    if not self.cloud.has_delayed():
                        return
                    # Whoever waits so long waits for midnight, when LinkedIn's quotas begin anew.
                    self._set_time(self._began.replace(hour=0, minute=0) + timedelta(days=1))
                    self.cloud.end_visibility_timeouts(delayed=True)
            for future in at_work:
                future.result()
        if turns == _MOST_TURNS:
            raise RunNeverEnded("messages go round")

    def _next_batch(self, random: Random) -> Batch | None:
        self.cloud.shuffle(random)
        for trigger in random.sample(self._mappings.triggers, len(self._mappings.triggers)):
            if batch := self._mappings.receive(trigger):
                return batch
        return None

    def _deliver(self, schedule: FaultSchedule, batch: Batch) -> None:
        function, message, body = batch.trigger.function, batch.messages[0], batch.body
        place = "/".join(str(body.get(name, "")) for name in ("run", "step", "shard"))
        faults = schedule.delivery_faults(function, place, message.approximate_receive_count)
        if faults.overrun:
            self.cloud.release(batch.trigger.queue_name, message)
        try:
            event = {**batch.event, FAULTS_MEMBER: self._with_time(faults)}
            self._mappings.deliver(batch, event, keep=faults.twice)
        except InvocationFailed as failure:
            self.kills += failure.kind == "ProcessEnded"
        if function.startswith("Assemble"):
            self._look_at_latest()

    def _with_time(self, faults: DeliveryFaults) -> Json:
        return {**faults.invocation, "now": self._present().isoformat()}

    def _invoke(self, function: str, event: Json) -> None:
        self._environments.invoke(function, {**event, FAULTS_MEMBER: {"now": self._present().isoformat()}})

    def _set_time(self, now: datetime) -> None:
        self._now = now
        self.linkedin.set_clock(now)

    def _present(self) -> datetime:
        # LinkedIn's clock runs on; a second more makes sure that its midnight is past when ours is.
        return self._now + timedelta(seconds=1)

    def _open(self, runs: list[str]) -> list[str]:
        return [run for run in runs if not self.cloud.keys(f"graph/{run}/manifest.json")]

    def _look_at_latest(self) -> None:
        with self._looking:
            found = self.cloud.objects("graph/latest.json").get("graph/latest.json")
            if found is not None:
                self.latest.append(json.loads(found)["runId"])


def _with_chaos_handler(function: Function, environment: dict[str, str]) -> Function:
    """Return the function as chaos workers run it."""
    own: dict[str, Any] = {
        **function.environment,
        **environment,
        "RETRY_DELAY_SECONDS": "0",
        FOLDER: str(function.code),
    }
    return replace(function, code=ROOT, handler="local.chaos.handler.handler", environment=own)
