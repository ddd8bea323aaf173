"""The template's resources in a moto server.

moto's CloudFormation makes the queues and buckets and resolves every reference; it can't make secrets and bucket
notifications, and its Lambda would need containers. So secrets are made first and handed in as the parameters the
template has for existing ones, and functions, mappings, notifications and schedules are served by `local` itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.config import Config

from local.place import ACCOUNT, PERMISSIONS_PATH, REGION
from local.template import TEMPLATE, Template, read_template
from local.wiring import Wiring, read_wiring, wiring_source

STACK = "learning-graph"
# moto takes any.
ACCESS_KEY = "local"
EVENT_SOURCE = "learning-graph"
_CAPTURE_QUEUE = f"{STACK}-captured-events"


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
        arns = {parameter: self._make_secret(parameter, text) for parameter, text in secrets.items()}
        self.template = read_template({**parameters, **arns, "AwsEndpointUrl": endpoint}, template_path)
        self._resources = _resources(self.template, visibility_timeout)
        self.wiring = self._deploy()
        self._version_buckets()
        self._enforce_policies()
        self.captured_events_url = self._capture_events()
        for rule in self.wiring.event_rules:
            self._put_rule(rule.rule, rule.pattern, rule.queue_arn)

    def client(self, service: Any) -> Any:
        """Return a boto3 client of the moto server."""
        session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
        config = Config(max_pool_connections=64, s3={"addressing_style": "path"})
        return session.client(service, endpoint_url=self.endpoint, config=config)

    def name_of(self, logical_id: str) -> str:
        """Return the name of the bucket or queue with that logical id."""
        properties = self._resources[logical_id]["Properties"]
        name: str = properties.get("BucketName") or properties["QueueName"]
        return name

    def queue_url(self, queue_name: str) -> str:
        """Return the URL of a queue on the moto server."""
        return f"{self.endpoint}/{ACCOUNT}/{queue_name}"

    def _make_secret(self, parameter: str, text: str) -> str:
        made = self.client("secretsmanager").create_secret(Name=f"{STACK}/{parameter}", SecretString=text)
        arn: str = made["ARN"]
        return arn

    def _deploy(self) -> Wiring:
        references = _References(self.template.code)
        source = references.numbered(wiring_source(self.template))
        body = {**self.template.body, "Resources": self._resources, "Outputs": references.outputs}
        values = [{"ParameterKey": key, "ParameterValue": value} for key, value in self.template.parameters.items()]
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(body), Parameters=values)
        outputs = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
        # moto's queues call themselves by their names at AWS.
        at_aws = f"https://sqs.{REGION}.amazonaws.com/"
        answers = {found["OutputKey"]: found["OutputValue"].replace(at_aws, f"{self.endpoint}/") for found in outputs}
        return read_wiring(references.answered(source, answers), self.template.code)

    def _version_buckets(self) -> None:
        """Switch versioning on where the template does; moto's CloudFormation leaves it out."""
        for name, properties in self.template.of_type("AWS::S3::Bucket").items():
            if versioning := properties.get("VersioningConfiguration"):
                self.client("s3").put_bucket_versioning(Bucket=self.name_of(name), VersioningConfiguration=versioning)

    def _enforce_policies(self) -> None:
        statements = {function.access_key: function.statements for function in self.wiring.functions.values()}
        requests.put(self.endpoint + PERMISSIONS_PATH, json=statements, timeout=30).raise_for_status()

    def _capture_events(self) -> str:
        """Let a queue receive every event the functions put on the bus."""
        queue = self.client("sqs").create_queue(QueueName=_CAPTURE_QUEUE)
        if self._bus != "default":
            self.client("events").create_event_bus(Name=self._bus)
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{_CAPTURE_QUEUE}"
        self._put_rule(_CAPTURE_QUEUE, {"source": [EVENT_SOURCE]}, arn)
        url: str = queue["QueueUrl"]
        return url

    def _put_rule(self, name: str, pattern: dict[str, Any], queue_arn: str) -> None:
        """Let a queue receive the events of a pattern; in the form of EventBridge's own."""
        events = self.client("events")
        events.put_rule(Name=name, EventBusName=self._bus, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, EventBusName=self._bus, Targets=[{"Id": "queue", "Arn": queue_arn}])

    @property
    def _bus(self) -> str:
        return self.template.parameters.get("EventBusName", "default")


class _References:
    """Intrinsic functions in a structure, numbered, so that CloudFormation answers them as the outputs of a stack."""

    def __init__(self, functions: Mapping[str, Any]) -> None:
        self.outputs: dict[str, Any] = {}
        self._functions = functions

    def numbered(self, value: Any) -> Any:
        """Return the structure with the number of an output in place of each intrinsic function."""
        if isinstance(value, list):
            return [self.numbered(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            target = argument[0] if name == "Fn::GetAtt" else argument
            if name in {"Ref", "Fn::GetAtt"} and target in self._functions:
                return target
            if name == "Ref" or name.startswith("Fn::"):
                number = _Number(f"Reference{len(self.outputs)}")
                self.outputs[number] = {"Value": value}
                return number
        return {key: self.numbered(item) for key, item in value.items()}

    def answered(self, value: Any, answers: Mapping[str, str]) -> Any:
        """Return the structure with the answer in place of each number."""
        if isinstance(value, list):
            return [self.answered(item, answers) for item in value]
        if isinstance(value, dict):
            return {key: self.answered(item, answers) for key, item in value.items()}
        return answers[value] if isinstance(value, _Number) else value


class _Number(str):
    """The name of an output."""

    __slots__ = ()


def _resources(template: Template, visibility_timeout: int | None) -> dict[str, Any]:
    """Return the queues and buckets, with names that are the same on every run: they may appear in what is written."""
    found: dict[str, Any] = {}
    for name, properties in template.of_type("AWS::SQS::Queue").items():
        ending = ".fifo" if properties.get("FifoQueue") else ""
        override = {} if visibility_timeout is None else {"VisibilityTimeout": visibility_timeout}
        found[name] = {
            "Type": "AWS::SQS::Queue",
            "Properties": {**properties, "QueueName": f"{STACK}-{name}{ending}", **override},
        }
    for name in template.of_type("AWS::S3::Bucket"):
        found[name] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{STACK}-{name.lower()}"}}
    return found
