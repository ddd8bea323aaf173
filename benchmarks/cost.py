"""Writes docs/cost.md: `python -m benchmarks.cost`, from measured runs and AWS's prices.

Processor time, bytes and requests of LinkedIn are taken to grow in a straight line with the learners and with the
assets: three measured accounts give the three unknowns. Invocations and calls of AWS hardly grow, so the mean of the
measured accounts counts, and each part and file beyond. All of it is extrapolated far beyond the measured accounts.
"""

from __future__ import annotations

import json
import re
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks import prices
from benchmarks.cost_measured import (
    ACCOUNTS,
    ACTIVE,
    MEASURED,
    ROWS_A_LEARNER,
)
from local.place import ROOT
from local.template import TEMPLATE

DOCUMENT = ROOT / "docs" / "cost.md"
LEARNERS = (1000, 50_000, 1_000_000)
ASSETS = 256_000  # LinkedIn's whole catalogue in one language (API reference §4.6)
DAYS_A_MONTH = 30.4
KEPT_SNAPSHOTS = 7  # one keeps as many as one wants
KEPT_RUN_DAYS = 30  # the bucket's lifecycle rule
LINKEDIN_SECONDS = 0.5  # an answer of LinkedIn's; there is no published figure
AT_ONCE = 16  # MaxConcurrentRequests
AWS_SECONDS = 0.02  # an answer of S3 or SQS
COLD_START_CPU_SECONDS = 0.4  # importing a function (make bench, "import of …")
_VCPU_MEGABYTES = 1769  # memory that comes with one virtual CPU
_COLLECTING_MEGABYTES = 512
ROWS_A_PART = 25_000
POLLERS, POLL_SECONDS = 5, 20  # Lambda polls each queue so, whether or not there is a message
METRICS = 15  # that a run sends
STANDING_METRICS = 4  # that close_runs sends every 15 minutes
DISK_GIGABYTES = (4096 - 512) / 1024
CLOSE_RUNS_A_DAY, CLOSE_RUNS_CPU_SECONDS = 96, 0.05
_WRITES = ("PutObject", "ListObjectsV2", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload")
_READS = ("GetObject", "HeadObject")

_resources = Counter(re.findall(r"^    Type: (AWS::\S+)$", TEMPLATE.read_text(encoding="utf-8"), re.MULTILINE))
MAPPINGS = _resources["AWS::Lambda::EventSourceMapping"]
ALARMS = _resources["AWS::CloudWatch::Alarm"]
SECRETS = _resources["AWS::SecretsManager::Secret"]
KEYS = _resources["AWS::KMS::Key"]

Run = dict[str, Any]
Quantity = Callable[[Run], float]


@dataclass(frozen=True)
class Line:
    """`quantity` describes how much of what costs `dollars` a month."""

    name: str
    quantity: str
    dollars: float


class Month:
    """What a month of daily runs uses, of which one a week reads the whole catalogue."""

    def __init__(self, runs: list[Run], learners: int, assets: int) -> None:
        self._runs, self._learners, self._assets = runs, learners, assets

    def of(self, per_run: Callable[[str], float]) -> float:
        """Return a quantity of all runs of a month; `per_run` returns that of a daily and of a weekly one."""
        weekly = DAYS_A_MONTH / 7
        return (DAYS_A_MONTH - weekly) * per_run("daily") + weekly * per_run("weekly")

    def mean(self, quantity: Quantity, mode: str) -> float:
        """Return a quantity of a run that does not grow with the account."""
        return statistics.mean(quantity(run) for run in self._runs if run["mode"] == mode)

    def calls(self, quantity: Quantity, mode: str) -> float:
        """Return how many calls of S3 a run makes: one for each part of the account's rows beyond the measured ones."""
        return self.mean(quantity, mode) + self._learners * ROWS_A_LEARNER / ROWS_A_PART

    def gigabyte_seconds(self, mode: str) -> float:
        """Return Lambda's GB-seconds of a run.

        Processor time costs the same at any memory below that of one processor; a function that waits for LinkedIn or
        AWS is charged with its memory for as long.
        """
        cpu = self.grown(total("cpuSeconds"), mode) + self.mean(total("coldStarts"), mode) * COLD_START_CPU_SECONDS
        waiting = self.grown(linkedin_requests, mode) / AT_ONCE * LINKEDIN_SECONDS
        waiting += self.calls(service_calls("s3", "sqs", "secretsmanager"), mode) * AWS_SECONDS
        return cpu * _VCPU_MEGABYTES / 1024 + waiting * _COLLECTING_MEGABYTES / 1024

    def disk_gigabyte_seconds(self, mode: str) -> float:
        """Return the GB-seconds of disk that the assembly has beyond what is free."""
        return self.grown(assembly_seconds, mode) * DISK_GIGABYTES

    def grown(self, quantity: Quantity, mode: str) -> float:
        """Return a quantity of a run, on the plane through the three measured accounts."""
        few, more_learners, more_assets = (
            next(quantity(run) for run in self._runs if (run["learners"], run["assets"], run["mode"]) == (*place, mode))
            for place in ACCOUNTS
        )
        (learners, assets), (many_learners, _), (_, many_assets) = ACCOUNTS
        a_learner = max(0.0, (more_learners - few) / (many_learners - learners))
        an_asset = max(0.0, (more_assets - few) / (many_assets - assets))
        return float(few + a_learner * (self._learners - learners) + an_asset * (self._assets - assets))


def calls(*operations: str) -> Quantity:
    def count(run: Run) -> float:
        return float(sum(number for name, number in run["calls"].items() if name.partition(".")[2] in operations))

    return count


def service_calls(*services: str) -> Quantity:
    def count(run: Run) -> float:
        return float(sum(number for name, number in run["calls"].items() if name.partition(".")[0] in services))

    return count


def linkedin_requests(run: Run) -> float:
    return float(run["linkedInRequests"])


def snapshot_bytes(run: Run) -> float:
    return float(run["snapshotBytes"])


def run_bytes(run: Run) -> float:
    return float(run["runBytes"])


def log_bytes(run: Run) -> float:
    return float(run["logBytes"])


def total(name: str) -> Quantity:
    """Return a sum over the functions."""
    return lambda run: sum(used[name] for used in run["functions"].values())


def assembly_seconds(run: Run) -> float:
    return float(run["functions"]["AssembleGraphFunction"]["cpuSeconds"])


def bill(month: Month) -> list[Line]:
    """Return what a month costs, line by line."""
    p = prices
    compute = month.of(month.gigabyte_seconds)
    compute += DAYS_A_MONTH * CLOSE_RUNS_A_DAY * CLOSE_RUNS_CPU_SECONDS * _VCPU_MEGABYTES / 1024
    run_invocations = month.of(partial(month.mean, total("invocations")))
    invocations = run_invocations + DAYS_A_MONTH * CLOSE_RUNS_A_DAY
    polls = MAPPINGS * POLLERS * DAYS_A_MONTH * 86_400 / POLL_SECONDS
    # Each message is received and deleted by Lambda, beside what the functions send.
    messages = month.of(partial(month.mean, service_calls("sqs"))) + 2 * run_invocations
    writes, reads = (month.of(partial(month.calls, calls(*names))) for names in (_WRITES, _READS))
    stored = KEPT_SNAPSHOTS * month.grown(snapshot_bytes, "daily")
    stored += KEPT_RUN_DAYS / DAYS_A_MONTH * month.of(partial(month.grown, run_bytes))
    logs = month.of(partial(month.mean, log_bytes)) / 1e9
    secret_calls = month.of(partial(month.mean, calls("GetSecretValue")))
    standing_metric_hours = STANDING_METRICS * p.HOURS_A_MONTH
    # At most: a queue reuses its data key for 5 minutes, and a bucket key serves many objects.
    key_calls = secret_calls + messages + writes + reads
    disk = month.of(month.disk_gigabyte_seconds)
    events = month.of(partial(month.mean, service_calls("events")))
    return [
        Line("Lambda, memory", f"{compute:,.0f} GB-s", p.LAMBDA_GB_SECONDS.of(compute)),
        Line("Lambda, invocations", f"{invocations:,.0f}", p.LAMBDA_REQUESTS.of(invocations)),
        Line("Lambda, disk of the assembly", f"{disk:,.0f} GB-s", p.LAMBDA_DISK.of(disk)),
        Line("SQS, Lambda's polling of empty queues", f"{polls / 1e6:,.1f} M requests", p.SQS.of(polls)),
        Line("SQS, messages", f"{messages:,.0f} requests", p.SQS.of(messages)),
        Line("S3, writes and lists", f"{writes:,.0f}", p.S3_WRITES.of(writes)),
        Line("S3, reads", f"{reads:,.0f}", p.S3_READS.of(reads)),
        Line("S3, storage", f"{stored / 1e9:,.2f} GB", p.S3_STORAGE.of(stored / 1e9)),
        Line("EventBridge", f"{events:,.0f} events", p.EVENTS.of(events)),
        Line("Secrets Manager, secrets", f"{SECRETS}", p.SECRETS.of(SECRETS)),
        Line("Secrets Manager, calls", f"{secret_calls:,.0f}", p.SECRET_CALLS.of(secret_calls)),
        Line("KMS, keys", f"{KEYS}", p.KEYS.of(KEYS)),
        Line("KMS, requests", f"{key_calls:,.0f} at most", p.KEY_CALLS.of(key_calls)),
        Line("CloudWatch Logs", f"{logs:,.3f} GB", p.LOGS.of(logs)),
        Line("CloudWatch, metrics", f"{METRICS} for an hour a day", p.METRICS.of(METRICS * DAYS_A_MONTH)),
        Line("CloudWatch, metrics of close_runs", f"{STANDING_METRICS}", p.METRICS.of(standing_metric_hours)),
        Line("CloudWatch, alarms", f"{ALARMS}", p.ALARMS.of(ALARMS)),
        Line("X-Ray", f"{invocations:,.0f} traces at most", p.TRACES.of(invocations)),
    ]  # fmt: skip


def container(vcpus: float, gigabytes: float) -> float:
    """Return the dollars a month of a Fargate task that runs all day, with an address."""
    hourly = prices.FARGATE_CPU.of(vcpus) + prices.FARGATE_MEMORY.of(gigabytes) + prices.PUBLIC_IP.of(1)
    return hourly * prices.HOURS_A_MONTH


def document(runs: list[Run]) -> str:
    """Return docs/cost.md."""
    months = {learners: Month(runs, learners, ASSETS) for learners in LEARNERS}
    accounts = "; ".join(f"{learners:,} learners and {assets:,} assets" for learners, assets in ACCOUNTS)
    assumptions = _ASSUMPTIONS.format(
        accounts=accounts,
        rows=ROWS_A_LEARNER,
        active=ACTIVE * 100,
        linkedin=LINKEDIN_SECONDS,
        at_once=AT_ONCE,
        aws=AWS_SECONDS * 1000,
        cold=COLD_START_CPU_SECONDS,
        mappings=MAPPINGS,
        pollers=POLLERS,
        seconds=POLL_SECONDS,
        kept=KEPT_SNAPSHOTS,
    )
    price_rows = [(price.name, _decimal(price.dollars), _per(price)) for price in prices.PRICES]
    sections = (
        _INTRODUCTION,
        _bills([bill(month) for month in months.values()]),
        _CONTAINER.format(small=container(0.25, 0.5), large=container(1, 4)),
        "## What a run uses",
        _usage(months),
        assumptions,
        f"## Prices\n\nus-east-1, without the free tier, {prices.AS_OF}; `benchmarks/prices.py` is the input.",
        _table(("what", "US dollars", "per"), price_rows),
    )
    return "\n\n".join(sections) + "\n"


def _bills(bills: list[list[Line]]) -> str:
    rows = [(lines[0].name, *map(_cell, lines)) for lines in zip(*bills, strict=True)]
    totals = [sum(line.dollars for line in lines) for lines in bills]
    rows.append(("**in all**", *(f"**{dollars:.2f}**" for dollars in totals)))
    rows.append(
        ("a single run, without what is there anyway", *(f"{_of_runs(lines) / DAYS_A_MONTH:.4f}" for lines in bills))
    )
    return _table(("US dollars a month", *(f"{learners:,} learners" for learners in LEARNERS)), rows)


_INTRODUCTION = f"""# What it costs

A daily run with the default lookback of 14 days and the whole catalogue ({ASSETS:,} assets), which is read in full once
a week. Written by `python -m benchmarks.cost` from runs that were measured and from AWS's list prices; change
`benchmarks/prices.py` or measure again (`python -m benchmarks.cost_measured`), and write it anew. LinkedIn's API costs
nothing beyond the licence."""
_CONTAINER = """## Beside a container that runs all day

| Fargate on arm64, with a public address | US dollars a month |
|---|---|
| 0.25 vCPU, 0.5 GB: the size for waiting, too small for the assembly of a large account | {small:.2f} |
| 1 vCPU, 4 GB: with the memory of the assembling function | {large:.2f} |

The container's price does not depend on what it does, and it has no storage, queue, secret or alarm in it yet."""
_ASSUMPTIONS = """## How it is reckoned

- Measured: {accounts};
  a daily and a weekly run of each, over a snapshot of 90 days. Processor time, bytes and requests of LinkedIn are
  taken to grow in a straight line with learners and with assets; invocations and calls of AWS hardly grow, but for a
  write and a read of each part. 1,000,000 learners and the assets of the whole catalogue lie far beyond what was
  measured.
- A learner has {rows} rows of learner and content in 14 days, and {active:.0f} % of the learners are active then.
- GB-seconds: the functions' processor time at the share of a processor that their memory brings, and in the
  collecting functions the waiting: {linkedin} s for an answer of LinkedIn's, {at_once} at once, and {aws:.0f} ms for
  one of AWS's. A cold start takes {cold} s of processor. Processor time was measured on two shared x86_64
  processors: read it as an upper bound.
- Lambda polls each of the {mappings} queues with {pollers} connections that wait {seconds} s, also when nothing
  happens. This is the largest item of a small account; SQS's free tier of a million requests covers a part.
- Snapshots: {kept} are in it. `SnapshotsKept` says how many are kept; a year of daily ones is
  365 times the snapshot above. `runs/` expires after 30 days.
- Org sync, validation, the traffic out of AWS and whatever reads the snapshots (Athena, Neptune) are not in it."""


def _cell(line: Line) -> str:
    return f"{line.dollars:.2f} ({line.quantity})"


def _of_runs(lines: list[Line]) -> float:
    standing = (
        "SQS, Lambda's polling",
        "Secrets Manager, secrets",
        "KMS, keys",
        "CloudWatch, metrics of",
        "CloudWatch, alarms",
        "S3, storage",
    )
    return sum(line.dollars for line in lines if not line.name.startswith(standing))


def _usage(months: dict[int, Month]) -> str:
    rows: list[tuple[str, Callable[[Month, str], float], str]] = [
        ("requests of LinkedIn", lambda month, mode: month.grown(linkedin_requests, mode), ""),
        ("invocations", lambda month, mode: month.mean(total("invocations"), mode), ""),
        ("GB-seconds", Month.gigabyte_seconds, ""),
        ("processor time of the assembly", lambda month, mode: month.grown(assembly_seconds, mode), " s"),
        ("calls of S3", lambda month, mode: month.calls(service_calls("s3"), mode), ""),
        ("calls of SQS", lambda month, mode: month.mean(service_calls("sqs"), mode), ""),
        ("parts and outcomes", lambda month, mode: month.grown(run_bytes, mode) / 1e6, " MB"),
        ("snapshot", lambda month, mode: month.grown(snapshot_bytes, mode) / 1e6, " MB"),
    ]
    table = []
    for mode in ("daily", "weekly"):
        for name, quantity, suffix in rows:
            figures = (f"{quantity(month, mode):,.0f}{suffix}" for month in months.values())
            table.append((f"{mode}: {name}", *figures))
    return _table(("", *(f"{learners:,} learners" for learners in LEARNERS)), table)


def _decimal(dollars: float) -> str:
    return f"{dollars:.10f}".rstrip("0").rstrip(".")


def _per(price: prices.Price) -> str:
    return price.unit if price.per == 1 else f"{price.per:,.0f} {price.unit}s"


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Write the document."""
    DOCUMENT.write_text(document(json.loads(MEASURED.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
