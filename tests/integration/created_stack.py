"""The translated template, created by moto's CloudFormation."""

from __future__ import annotations

import ast
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from moto.backends import get_backend
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel

from local.deployment import STACK, Deployment
from local.place import ACCOUNT, REGION
from local.template import translate
from local.wiring import Wiring, read_wiring

Json = dict[str, Any]
# What moto's CloudFormation does not create ("No Moto CloudFormation support for …"); a stand-in takes the resolved
# properties, and has a name and an ARN.
NOT_SUPPORTED = {
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::Stage",
    "AWS::Athena::NamedQuery",
    "AWS::Athena::WorkGroup",
    "AWS::CloudWatch::Alarm",
    "AWS::Glue::Database",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::Secret",
}
# "The REST API doesn't contain any methods": moto takes none from an OpenAPI body.
NOT_WORKING = {"AWS::ApiGateway::Deployment"}


@dataclass(frozen=True)
class CreatedStack:
    """A stack; `resources` are physical ids by logical id."""

    status: str
    resources: dict[str, str]
    outputs: dict[str, str]


def create_stack(client: Callable[[str], Any], name: str, parameters: Mapping[str, str]) -> CreatedStack:
    """Create the template's stack.

    Args:
        client: makes a boto3 client of a service.
        name: of the stack.
        parameters: values of template parameters.

    Raises:
        ClientError: a resource was refused.
    """
    _register_stand_ins()
    _upload_code(client("s3"))
    cloudformation = client("cloudformation")
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(_for_moto(translate(parameters).body)),
        Parameters=given,
        Capabilities=["CAPABILITY_IAM"],
    )
    [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    # One whose condition does not hold is listed without a name.
    found = [one for page in pages for one in page["StackResourceSummaries"] if one["LogicalResourceId"]]
    return CreatedStack(
        status=stack["StackStatus"],
        resources={one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found},
        outputs={one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]},
    )


class CreatedDeployment(Deployment):
    """A deployment whose names, settings and policies are those of a stack that CloudFormation has created."""

    def _make_resources(self) -> None:
        parameters = {**self.template.parameters, "AwsEndpointUrl": self.endpoint}
        self.stack = create_stack(self.client, STACK, parameters)
        for logical_id in self._names:
            self._names[logical_id] = self.stack.resources[logical_id].rpartition("/")[2]
        self._unplug_functions()

    def _unplug_functions(self) -> None:
        """Let messages and events wait for the test: moto would invoke functions in containers."""
        for queue in get_backend("sqs")[ACCOUNT][REGION].queues.values():
            queue.lambda_event_source_mappings.clear()
        events = self.client("events")
        for rule in map(self.stack.resources.__getitem__, self.template.of_type("AWS::Events::Rule")):
            targets = events.list_targets_by_rule(Rule=rule)["Targets"]
            if functions := [one["Id"] for one in targets if ":lambda:" in one["Arn"]]:
                events.remove_targets(Rule=rule, Ids=functions)

    def _read_wiring(self) -> Wiring:
        wiring = read_wiring(self.template, self._resolve)
        functions, iam = self.client("lambda"), self.client("iam")
        for name, function in wiring.functions.items():
            found = functions.get_function_configuration(FunctionName=self.stack.resources[name])
            role = found["Role"].rpartition("/")[2]
            [policy] = iam.list_role_policies(RoleName=role)["PolicyNames"]
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            # moto shows what CloudFormation gave it as Python writes it.
            statements = ast.literal_eval(document)["Statement"]
            wiring.functions[name] = replace(
                function,
                environment={key: str(value) for key, value in found["Environment"]["Variables"].items()},
                statements=statements,
            )
        return wiring


class StandIn(CloudFormationModel):
    """A resource of a type that moto cannot create."""

    def __init__(self, physical_id: str, arn: str) -> None:
        self._physical_id, self._arn = physical_id, arn

    @property
    def physical_resource_id(self) -> str:
        return self._physical_id

    def get_cfn_attribute(self, attribute_name: str) -> str:
        return self._arn if attribute_name == "Arn" else f"{self._physical_id}.{attribute_name}"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr == "Arn"

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Json, account_id: str, region_name: str, **_more: Any
    ) -> StandIn:
        properties = cloudformation_json["Properties"]
        service = cls.cloudformation_type().split("::")[1].lower()
        arn = f"arn:aws:{service}:{region_name}:{account_id}:{resource_name}"
        make = _MADE.get(cls.cloudformation_type())
        return cls(make(resource_name, properties) if make else resource_name, arn)


def _make_secret(name: str, properties: Json) -> str:
    generated = properties.get("GenerateSecretString")
    text = json.dumps({generated["GenerateStringKey"]: "00" * 32}) if generated else properties["SecretString"]
    backend = get_backend("secretsmanager")[ACCOUNT][REGION]
    answer = backend.create_secret(
        name=name,
        secret_string=text,
        secret_binary=None,
        description=None,
        tags=[],
        kms_key_id=properties["KmsKeyId"],
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )
    arn: str = json.loads(answer)["ARN"]
    return arn


def _make_database(_name: str, properties: Json) -> str:
    given = properties["DatabaseInput"]
    get_backend("glue")[ACCOUNT][REGION].create_database(given["Name"], given)
    name: str = given["Name"]
    return name


# What the functions use is made all the same; a work group is called as the template says.
_MADE: dict[str, Callable[[str, Json], str]] = {
    "AWS::SecretsManager::Secret": _make_secret,
    "AWS::Glue::Database": _make_database,
    "AWS::Athena::WorkGroup": lambda _name, properties: str(properties["Name"]),
}


@cache
def _register_stand_ins() -> None:
    """Let moto's CloudFormation find the stand-ins among its models."""
    models = parsing.get_model_list()
    for resource_type in sorted(NOT_SUPPORTED | NOT_WORKING):
        models.append(
            type(
                "StandIn",
                (StandIn, CloudFormationModel),
                {"cloudformation_type": staticmethod(lambda t=resource_type: t)},
            )
        )
    parsing.get_model_map.cache_clear()
    parsing.get_name_type_map.cache_clear()


def _for_moto(body: Json) -> Json:
    """Name what CloudFormation names by itself and moto does not."""
    for logical_id, resource in body["Resources"].items():
        properties = resource.setdefault("Properties", {})
        if properties.get("FifoQueue"):
            properties["QueueName"] = {"Fn::Sub": f"${{AWS::StackName}}-{logical_id}.fifo"}
        elif resource["Type"] == "AWS::ApiGateway::RestApi":
            properties["Name"] = {"Ref": "AWS::StackName"}
    return body


def _upload_code(s3: Any) -> None:
    """Put an empty function where the translation says that the code is."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", "")
    if not any(bucket["Name"] == "local" for bucket in s3.list_buckets()["Buckets"]):
        s3.create_bucket(Bucket="local", CreateBucketConfiguration={"LocationConstraint": REGION})
    for key in ("code", "layer"):
        s3.put_object(Bucket="local", Key=key, Body=archive.getvalue())
