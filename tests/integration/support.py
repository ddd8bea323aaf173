"""The real handlers in this process, over moto and the simulator, both spoken to as AWS and LinkedIn are.

Messages are delivered one at a time; what would wait (a retry, a delayed message, midnight) comes when nothing else is
to be done. A `Lab` is one stack; `Lab.run` is a whole run.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import boto3
import botocore.loaders
import botocore.session
import pytest
from moto.core.base_backend import BackendDict
from moto.s3.models import s3_backends

from learning_graph import wiring
from learning_graph.aws import clients
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.values import clock
from local.aws_server import Application
from local.deployment import ACCESS_KEY, Deployment
from local.event_source_mappings import Batch, EventSourceMappings, Json
from local.in_process_aws import InProcessAws
from local.linkedin_side import LinkedIn
from local.place import ACCOUNT, REGION
from local.pumps import scheduled_event
from local.simulator_control import SimulatorControl
from local.worker import Context
from tests.simulator_thread import SimulatorThread

NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)
SMALL = (
    "--learners=14",
    "--courses=8",
    "--videos=10",
    "--paths=2",
    "--groups=3",
    "--others=6",
    "--locales=en_US",
    "--sessions-per-week=2",
)
ALERT_TOPIC = "alerts"
PARAMETERS = {
    "CatalogLocales": "en_US",
    "ActivityLookbackDays": "30",
    "AccountName": "Example",
    "JupiterOneScope": "linkedin-learning",
    "AlertTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:{ALERT_TOPIC}",
    "LogLevel": "DEBUG",
}
MARKS = [
    pytest.mark.integration,
    # Powertools warns of an invocation that counted nothing; one whose message comes back is such.
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]
_MOST_TURNS = 400


class RunNeverEnded(AssertionError):
    """A run that did not end although nothing was left to deliver."""


class Failed(RuntimeError):
    """A function raised."""


@dataclass
class Lab:
    """One stack and one simulator. `settings` are environment variables over the template's.

    `before_invocation` is called before each invocation with the function's name and its event; it may raise.
    """

    cloud: InProcessAws
    linkedin: SimulatorControl
    now: datetime = NOW
    settings: dict[str, str] = field(default_factory=dict)
    before_invocation: Callable[[str, Json], None] = lambda _name, _event: None
    seconds: float | None = None
    invocations: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mappings = EventSourceMappings(self.cloud, self.invoke)

    def set_time(self, now: datetime) -> None:
        """Move the clocks of LinkedIn and of the functions; the functions' stands still in between."""
        self.now = now
        self.linkedin.set_clock(now)

    def invoke(self, function: str, event: Any) -> Any:
        """Invoke a handler.

        Raises:
            Failed: it raised; the cause is its exception.
        """
        self.invocations.append(function)
        self.before_invocation(function, event)
        found = self.cloud.deployment.wiring.functions[function]
        environment = found.environment | {"RETRY_DELAY_SECONDS": "0"} | self.settings
        environment |= {"AWS_LAMBDA_FUNCTION_NAME": function, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(found.memory)}
        environment["AWS_ACCESS_KEY_ID"] = found.access_key
        left = found.timeout if self.seconds is None else self.seconds
        context = Context(f"request-{len(self.invocations)}", time.time() + left, function, str(found.memory))
        with (
            patch.dict(os.environ, environment),
            patch.object(clock, "utc_now", lambda: self.now),
            patch.object(wiring, "utc_now", lambda: self.now),
        ):
            # Each function has clients of its own, as each has a role of its own.
            clients._client = _clients.setdefault(function, cache(_own_client))
            try:
                return _handler(found.code)(event, context)
            except Exception as error:
                raise Failed(f"{function}: {type(error).__name__}: {error}") from error

    def start(self, number: int = 0, **overrides: Any) -> str:
        """Invoke start_run with a scheduled event of the present time; return the run's id."""
        schedule = next(s for s in self.cloud.deployment.wiring.schedules if s.function == "StartRunFunction")
        event = {**scheduled_event(schedule, self.now, f"event-{self.now}-{number}"), "detail": overrides}
        return str(self.invoke("StartRunFunction", event)["runId"])

    def turn(self) -> bool:
        """Deliver one batch of each queue; false where no queue has any that is visible."""
        batches = [batch for trigger in self.mappings.triggers if (batch := self.mappings.receive(trigger))]
        for batch in batches:
            self.deliver(batch)
        return bool(batches)

    def deliver(self, batch: Batch) -> bool:
        """Deliver messages; a failure leaves them in their queue. Return whether all was finished."""
        try:
            return self.mappings.deliver(batch)
        except Failed:
            return False

    def pump(self, *, until: Callable[[], bool] = lambda: False, delayed: bool = False) -> None:
        """Deliver until nothing is left, or until asked to stop; retries come back at once, delayed messages if asked.

        Raises:
            RunNeverEnded: messages go round and round.
        """
        for _ in range(_MOST_TURNS):
            if until():
                return
            if not self.turn() and not self.cloud.end_visibility_timeouts(delayed=delayed):
                return
        raise RunNeverEnded("messages go round")

    def run(self, number: int = 0, **overrides: Any) -> Json:
        """Start a run, deliver everything, and return its manifest."""
        run_id = self.start(number, **overrides)
        self.pump()
        return self.manifest(run_id)

    def manifest(self, run_id: str) -> Json:
        """Return a run's manifest.

        Raises:
            RunNeverEnded: it has none.
        """
        found = self.cloud.objects(f"graph/{run_id}/manifest.json")
        if not found:
            raise RunNeverEnded(run_id)
        manifest: Json = json.loads(next(iter(found.values())))
        return manifest

    @property
    def database(self) -> str:
        """The name of the Glue database."""
        return self.cloud.deployment.wiring.functions["ReportSnapshotFunction"].environment["ATHENA_DATABASE"]

    def latest(self) -> str | None:
        found = self.cloud.objects("graph/latest.json")
        return json.loads(found["graph/latest.json"])["runId"] if found else None

    def snapshot(self, run_id: str) -> dict[str, bytes]:
        """Return the bytes of a snapshot's files by their place in it."""
        prefix = f"graph/{run_id}/jsonl/"
        return {key.removeprefix(prefix): data for key, data in self.cloud.objects(prefix).items()}

    def records(self, run_id: str, record_type: str) -> dict[str, Json]:
        """Return the records of one `_type` by their key."""
        return records_of(self.snapshot(run_id), record_type)

    def outcomes(self, run_id: str) -> dict[str, Json]:
        """Return the outcomes of a run by `<step>/<shard>`."""
        prefix = f"runs/{run_id}/outcomes/"
        found = self.cloud.objects(prefix).items()
        return {key.removeprefix(prefix).removesuffix(".json"): json.loads(data) for key, data in found}

    def calls(self, path: str = "/v2/") -> list[Json]:
        """Return the requests LinkedIn had to a path."""
        return [request for request in self.linkedin.requests() if request["path"].startswith(path)]

    def events(self) -> list[tuple[str, Json]]:
        """Return what was put on the event bus since the last call: detail type and detail."""
        return [(event["detail-type"], event["detail"]) for event in self.cloud.take_events()]

    def save(self, folder: Path) -> Path:
        """Write the graph bucket as a demo leaves it, for the programs that judge it."""
        for key, data in self.cloud.objects().items():
            path = folder / "graph-bucket" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder


@dataclass(frozen=True)
class Reference:
    """A snapshot's bytes by their place in it, its manifest, and how often LinkedIn's resources were called."""

    snapshot: dict[str, bytes]
    manifest: Json
    calls: int

    def records(self, record_type: str) -> dict[str, Json]:
        """Return the records of one `_type` by their key."""
        return records_of(self.snapshot, record_type)


def records_of(snapshot: dict[str, bytes], record_type: str) -> dict[str, Json]:
    """Return the records of one `_type` by their key, from a snapshot's JSON lines."""
    files = [data for key, data in snapshot.items() if f"/{record_type}/" in key]
    lines = [line for data in files for line in gzip.decompress(data).split(b"\n") if line]
    return {record["_key"]: record for record in map(json.loads, lines)}


def reference_of(lab: Lab) -> Reference:
    """Run over 14 days without a mishap."""
    manifest = lab.run(lookbackDays=14)
    assert manifest["status"] == "SUCCEEDED"
    return Reference(lab.snapshot(manifest["runId"]), manifest, len(lab.calls()))


@contextmanager
def running_cloud(
    parameters: Mapping[str, str] | None = None,
    services: Application | None = None,
    deploy: Callable[..., Deployment] = Deployment,
) -> Iterator[InProcessAws]:
    """A deployed template, to which the product's clients of this process speak; one may be run inside another."""
    with aws_of_its_own():
        yield from _running_cloud(InProcessAws({**PARAMETERS, **(parameters or {})}, services, deploy))


@contextmanager
def aws_of_its_own() -> Iterator[None]:
    """Put aside what moto holds in this process: its backends are one for all servers."""
    used: Any = BackendDict
    before = [(services, dict(services)) for services in (*used._instances, s3_backends.bucket_accounts)]
    for services, _ in before:
        services.clear()
    yield
    for services in (*used._instances, s3_backends.bucket_accounts):
        services.clear()
    for services, held in before:
        services.update(held)


def _running_cloud(cloud: InProcessAws) -> Iterator[InProcessAws]:
    cloud.deployment.client("sns").create_topic(Name=ALERT_TOPIC)
    environment = {
        "AWS_ENDPOINT_URL": cloud.deployment.endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "POWERTOOLS_SERVICE_NAME": "learning-graph",
        "POWERTOOLS_METRICS_NAMESPACE": "LearningGraph",
        "POWERTOOLS_LOG_LEVEL": "DEBUG",
        "NO_PROXY": "127.0.0.1",
    }
    waiting = {**(LinkedInClient.__init__.__kwdefaults__ or {}), "sleep": lambda _seconds: None}
    made, own = clients._client, dict(_clients)
    _clients.clear()
    with patch.dict(os.environ, environment), patch.object(LinkedInClient.__init__, "__kwdefaults__", waiting):
        yield cloud
    clients._client = made
    _clients.clear()
    _clients.update(own)
    cloud.close()


@contextmanager
def running_simulator(*arguments: str, credentials: str = "combined") -> Iterator[LinkedIn]:
    """A simulator of a small account whose clock begins at NOW."""
    with closing(SimulatorThread("--now", NOW.isoformat(), *SMALL, *arguments)) as simulator:
        yield simulator.linkedin(credentials)


def lab_of(cloud: InProcessAws, linkedin: LinkedIn, settings: Mapping[str, str] | None = None) -> Lab:
    """An empty stack that collects from a simulator, whose faults and requests are forgotten."""
    cloud.reset()
    cloud.set_linkedin_secret(linkedin.secret)
    urls = {"LINKEDIN_API_URL": linkedin.api_url, "LINKEDIN_OAUTH_URL": linkedin.oauth_url}
    control = SimulatorControl(linkedin.api_url)
    control.clear_faults()
    control.set_clock(NOW)
    control.forget_requests()
    return Lab(cloud, control, settings={**urls, **(settings or {})})


@contextmanager
def logs_of_functions() -> Iterator[io.StringIO]:
    """Collect what the functions that are invoked in this process write to their logs, metrics included."""
    written = io.StringIO()
    with redirect_stdout(written):
        _log_to(written)
        try:
            yield written
        finally:
            _log_to(sys.__stdout__)


def _log_to(stream: Any) -> None:
    for module in _modules.values():
        for handler in module.logger.handlers:
            handler.setStream(stream)


_make_client = clients._client.__wrapped__
# Reading the descriptions of the services anew for each session would take 0.1 s a client.
_loader = botocore.loaders.Loader(include_default_search_paths=True)
_clients: dict[str, Any] = {}
_modules: dict[Path, ModuleType] = {}


def _own_client(service: str) -> Any:
    """Make a client with the credentials of the present environment, not those that boto3 found first."""
    session = botocore.session.get_session()
    session.register_component("data_loader", _loader)
    boto3.setup_default_session(botocore_session=session)
    return _make_client(service)


def _handler(folder: Path) -> Callable[[Json, Context], Any]:
    """Return the handler of a function; each folder's `app` is a module of its own."""
    if folder not in _modules:
        spec = importlib.util.spec_from_file_location(f"handler_of_{folder.name}", folder / "app.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        _modules[folder] = module
    handler: Callable[[Json, Context], Any] = _modules[folder].handler
    return handler
