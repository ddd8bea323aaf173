"""The template's resources in a moto server.

Queues, buckets and secrets are made with AWS's own calls; functions, mappings, notifications and schedules are served
by `local` itself, since moto's Lambda would need containers. moto's CloudFormation is left out: importing it takes
longer than a whole demo's AWS calls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import urllib3
from botocore.config import Config

from local.place import ACCOUNT, PERMISSIONS_PATH, QUEUES_PATH, REGION
from local.template import TEMPLATE, read_template
from local.wiring import Wiring, read_wiring

STACK = "learning-graph"
# moto accepts any.
ACCESS_KEY = "local"
EVENT_SOURCE = "learning-graph"
_CAPTURE_QUEUE = f"{STACK}-captured-events"
_QUEUE_ATTRIBUTES = ("FifoQueue", "ContentBasedDeduplication", "VisibilityTimeout", "MessageRetentionPeriod")


class Deployment:
    """A deployed template: `wiring`, and clients of the moto server at `endpoint`.

    Args:
        endpoint: URL of the moto server.
        parameters: values of template parameters.
        secrets: by the template's parameter for an existing secret (`LinkedInSecretArn`), the secret's text.
        visibility_timeout: seconds for every queue in place of the template's, so that redelivery is quick.
        template_path: the template.

    Raises:
        ParameterRefused: a parameter has a value that the template does not allow.
    """

    def __init__(
        self,
        endpoint: str,
        parameters: Mapping[str, str],
        secrets: Mapping[str, str],
        *,
        visibility_timeout: int | None = None,
        template_path: Path = TEMPLATE,
    ) -> None:
        self.endpoint = endpoint
        self._session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
        self._http = urllib3.PoolManager(maxsize=4)
        self.s3, self.sqs = self.client("s3"), self.client("sqs")
        arns = {parameter: self._make_secret(parameter, text) for parameter, text in secrets.items()}
        self.template = read_template({**parameters, **arns, "AwsEndpointUrl": endpoint}, template_path)
        self._names = _names(self.template.resources)
        self._resolve = self.template.resolver(self._attribute, STACK)
        self._visibility_timeout = visibility_timeout
        self._make_resources()
        self.wiring = self._read_wiring()
        self._enforce_policies()
        self.captured_events_url = self._capture_events()
        for rule in self.wiring.event_rules:
            self._put_rule(rule.rule, rule.pattern, rule.queue_arn)

    def client(self, service: Any) -> Any:
        """Return a boto3 client of the moto server."""
        config = Config(max_pool_connections=64, s3={"addressing_style": "path"})
        return self._session.client(service, endpoint_url=self.endpoint, config=config)

    def name_of(self, logical_id: str) -> str:
        """Return the name of the bucket or queue with that logical id."""
        return self._names[logical_id]

    def queue_url(self, queue_name: str) -> str:
        """Return the URL of a queue on the moto server."""
        return f"{self.endpoint}/{ACCOUNT}/{queue_name}"

    def _make_secret(self, parameter: str, text: str) -> str:
        made = self.client("secretsmanager").create_secret(Name=f"{STACK}/{parameter}", SecretString=text)
        arn: str = made["ARN"]
        return arn

    def visibility_timeout(self, queue_name: str) -> int:
        """Return the seconds for which a received message of a queue stays hidden."""
        return self._visibility_timeouts[queue_name]

    def message_counts(self) -> dict[str, dict[str, int]]:
        """Return for each queue's name how many messages are `visible` and how many there are in all (`total`)."""
        answer = self._http.request("GET", self.endpoint + QUEUES_PATH)
        counts: dict[str, dict[str, int]] = answer.json()
        return counts

    @cached_property
    def _visibility_timeouts(self) -> dict[str, int]:
        return {
            self._names[name]: self._visibility_timeout or int(properties.get("VisibilityTimeout", 30))
            for name, properties in self.template.of_type("AWS::SQS::Queue").items()
        }

    def _attribute(self, logical_id: str, attribute: str | None) -> str:
        """Return what `Ref` (no attribute) or `Fn::GetAtt` of a resource stand for."""
        resource_type = self.template.resources[logical_id]["Type"]
        if resource_type in {"AWS::Lambda::Function", "AWS::Events::Rule"}:
            return logical_id
        name = self._names.get(logical_id, logical_id)
        if resource_type == "AWS::KMS::Key":
            return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}"
        if resource_type == "AWS::Logs::LogGroup":
            group = self._resolve(self.template.resources[logical_id]["Properties"]["LogGroupName"])
            return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*" if attribute == "Arn" else group
        if resource_type == "AWS::Glue::Database":
            return str(self._resolve(self.template.resources[logical_id]["Properties"]["DatabaseInput"]["Name"]))
        if resource_type == "AWS::SQS::Queue":
            return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}" if attribute == "Arn" else self.queue_url(name)
        return f"arn:aws:s3:::{name}" if attribute == "Arn" else name

    def _make_resources(self) -> None:
        """Make what the functions use; see `_names` for the names."""
        self._make_queues()
        self._make_buckets()
        self._make_databases()

    def _read_wiring(self) -> Wiring:
        return read_wiring(self.template, self._resolve)

    def _make_queues(self) -> None:
        # A dead-letter queue is there before the queue that names it.
        for name, found in sorted(
            self.template.of_type("AWS::SQS::Queue").items(), key=lambda item: "RedrivePolicy" in item[1]
        ):
            properties = self._resolve(found)
            attributes = {key: str(properties[key]).lower() for key in _QUEUE_ATTRIBUTES if key in properties}
            attributes["VisibilityTimeout"] = str(self.visibility_timeout(self._names[name]))
            if policy := properties.get("RedrivePolicy"):
                attributes["RedrivePolicy"] = json.dumps(policy)
            self.sqs.create_queue(QueueName=self._names[name], Attributes=attributes)

    def _make_buckets(self) -> None:
        for name, properties in self.template.of_type("AWS::S3::Bucket").items():
            bucket = self._names[name]
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
            if versioning := properties.get("VersioningConfiguration"):
                self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=versioning)

    def _make_databases(self) -> None:
        """Make the template's Glue databases."""
        glue = self.client("glue")
        for properties in self.template.of_type("AWS::Glue::Database").values():
            glue.create_database(DatabaseInput=self._resolve(properties["DatabaseInput"]))

    def _enforce_policies(self) -> None:
        statements = {function.access_key: function.statements for function in self.wiring.functions.values()}
        self._http.request("PUT", self.endpoint + PERMISSIONS_PATH, json=statements)

    def _capture_events(self) -> str:
        """Let a queue receive every event the functions put on the bus."""
        self.sqs.create_queue(QueueName=_CAPTURE_QUEUE)
        if self._bus != "default":
            self.client("events").create_event_bus(Name=self._bus)
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{_CAPTURE_QUEUE}"
        self._put_rule(_CAPTURE_QUEUE, {"source": [EVENT_SOURCE]}, arn)
        return self.queue_url(_CAPTURE_QUEUE)

    def _put_rule(self, name: str, pattern: dict[str, Any], queue_arn: str) -> None:
        """Let a queue receive the events of a pattern; in the form of EventBridge's own."""
        events = self.client("events")
        events.put_rule(Name=name, EventBusName=self._bus, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, EventBusName=self._bus, Targets=[{"Id": "queue", "Arn": queue_arn}])

    @property
    def _bus(self) -> str:
        return self.template.parameters.get("EventBusName", "default")


def _names(resources: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of queues and buckets, the same on every run: they may appear in what is written."""
    found = {}
    for logical_id, resource in resources.items():
        if resource["Type"] == "AWS::SQS::Queue":
            ending = ".fifo" if resource.get("Properties", {}).get("FifoQueue") else ""
            found[logical_id] = f"{STACK}-{logical_id}{ending}"
        elif resource["Type"] == "AWS::S3::Bucket":
            found[logical_id] = f"{STACK}-{logical_id.lower()}"
    return found
