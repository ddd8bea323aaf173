"""What of the template a local run needs: functions, and what invokes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.template import Template

# The units of an EventBridge rate, in seconds.
_UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")


@dataclass(frozen=True)
class Function:
    """A Lambda function: `timeout` in seconds, `memory` in MB, `environment` as the template gives it.

    `statements` are those of its own policies.
    """

    name: str
    code: Path
    handler: str
    timeout: int
    memory: int
    environment: dict[str, str]
    statements: list[dict[str, Any]]

    @property
    def access_key(self) -> str:
        """The access key that the function signs with, by which its policy is found."""
        return f"local-{self.name}"


@dataclass(frozen=True)
class QueueTrigger:
    """An event source mapping of a queue to a function; `concurrency` is its ScalingConfig.MaximumConcurrency."""

    function: str
    queue_arn: str
    batch_size: int
    concurrency: int
    reports_items: bool

    @property
    def queue_name(self) -> str:
        return self.queue_arn.rpartition(":")[2]


@dataclass(frozen=True)
class Schedule:
    """An EventBridge rule with a schedule; `seconds` is the interval of a rate, None for a cron expression."""

    rule: str
    function: str
    expression: str
    enabled: bool

    @property
    def seconds(self) -> float | None:
        match = _RATE.fullmatch(self.expression)
        return int(match[1]) * _UNITS[match[2]] if match else None


@dataclass(frozen=True)
class EventRule:
    """An EventBridge rule that sends the events of a pattern to a queue."""

    rule: str
    pattern: dict[str, Any]
    queue_arn: str


@dataclass(frozen=True)
class BucketTrigger:
    """A bucket notification to a queue, for created objects whose keys begin and end so."""

    bucket: str
    queue_arn: str
    prefix: str
    suffix: str


@dataclass(frozen=True)
class Wiring:
    """Functions by logical id, and everything that invokes them."""

    functions: dict[str, Function]
    queue_triggers: list[QueueTrigger]
    bucket_triggers: list[BucketTrigger]
    schedules: list[Schedule]
    event_rules: list[EventRule]


def read_wiring(template: Template, resolve: Callable[[Any], Any]) -> Wiring:
    """Return what a template wires together; `resolve` replaces the intrinsic functions of a structure."""
    functions = {name: resolve(found) for name, found in template.of_type("AWS::Lambda::Function").items()}
    rules = template.of_type("AWS::Events::Rule").items()
    return Wiring(
        functions={
            name: Function(
                name=name,
                code=template.code[name],
                handler=found["Handler"],
                timeout=int(found["Timeout"]),
                memory=int(found["MemorySize"]),
                environment={key: str(value) for key, value in found["Environment"]["Variables"].items()},
                statements=resolve(_statements(template, name)),
            )
            for name, found in functions.items()
        },
        queue_triggers=[
            QueueTrigger(
                function=found["FunctionName"],
                queue_arn=found["EventSourceArn"],
                batch_size=int(found["BatchSize"]),
                concurrency=int(found["ScalingConfig"]["MaximumConcurrency"]),
                reports_items="ReportBatchItemFailures" in found.get("FunctionResponseTypes", []),
            )
            for found in map(resolve, template.of_type("AWS::Lambda::EventSourceMapping").values())
        ],
        bucket_triggers=[
            _bucket_trigger(resolve({"Bucket": {"Ref": name}, **configuration}))
            for name, bucket in template.of_type("AWS::S3::Bucket").items()
            for configuration in bucket.get("NotificationConfiguration", {}).get("QueueConfigurations", [])
        ],
        schedules=[
            Schedule(
                rule=name,
                function=found["Targets"][0]["Arn"],
                expression=found["ScheduleExpression"],
                enabled=found.get("State", "ENABLED") == "ENABLED",
            )
            for name, found in ((name, resolve(found)) for name, found in rules if "ScheduleExpression" in found)
        ],
        event_rules=[
            EventRule(name, found["EventPattern"], found["Targets"][0]["Arn"])
            for name, found in ((name, resolve(found)) for name, found in rules if "EventPattern" in found)
            if ":sqs:" in found["Targets"][0]["Arn"]
        ],
    )


def _statements(template: Template, function: str) -> list[dict[str, Any]]:
    policies = template.resources[f"{function}Role"]["Properties"].get("Policies", [])
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def _bucket_trigger(found: dict[str, Any]) -> BucketTrigger:
    rules = {rule["Name"]: rule["Value"] for rule in found.get("Filter", {}).get("S3Key", {}).get("Rules", ())}
    return BucketTrigger(found["Bucket"], found["Queue"], rules.get("prefix", ""), rules.get("suffix", ""))
