"""Each function may do what it does, and nothing else: every action, resource and key use of its role is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

import pytest

from local.deployment import Deployment
from local.place import ACCOUNT, REGION
from tests.integration.recorded_aws import KEY, Recorded, RecordedAws
from tests.integration.support import MARKS, lab_of, running_cloud, running_simulator
from tests.integration.whole_life import PARAMETERS, SIMULATOR, WholeLife

pytestmark = MARKS
RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
# How many parts of an object's key tell of what kind it is; of all others the first one.
DEPTHS = {"runs": 3, "graph": 3, "config": 2, "state": 2, "alerts": 2, "publishing": 2, "config/accepted": 3}
# Nobody's: of other stacks, other accounts, other applications.
FOREIGN = {
    "s3": ["arn:aws:s3:::other", "arn:aws:s3:::other/graph/latest.json", "arn:aws:s3:::other/incoming/people.csv"],
    "sqs": [f"arn:aws:sqs:{REGION}:{ACCOUNT}:other", f"arn:aws:sqs:{REGION}:999999999999:learning-graph-ActivityQueue"],
    "secretsmanager": [f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:other-AbCdEf"],
    "events": [f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/other"],
    "sns": [f"arn:aws:sns:{REGION}:{ACCOUNT}:other"],
    "glue": [f"arn:aws:glue:{REGION}:{ACCOUNT}:database/other", f"arn:aws:glue:{REGION}:{ACCOUNT}:table/other/people"],
    "kms": [f"arn:aws:kms:{REGION}:{ACCOUNT}:key/other"],
    "logs": [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/other:log-stream:one"],
    "xray": [],
}


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource that a statement of a function's role allows; `via` is the service it is bound to."""

    function: str
    statement: str
    action: str
    resource: str
    via: str = ""

    def allows(self, done: Recorded) -> bool:
        return (
            (self.function, self.action) == (done.function, done.action)
            and fnmatchcase(done.resource, self.resource)
            and self.via in {"", done.via}
        )


@dataclass(frozen=True)
class Life:
    """What the roles grant, and what was done in a stack's life."""

    grants: set[Grant]
    done: set[Recorded]

    def granted(self, done: Recorded) -> list[Grant]:
        return [grant for grant in self.grants if grant.allows(done)]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def grants_of(deployment: Deployment) -> Iterator[Grant]:
    """Yield what the roles grant; a statement of another form than is understood here is an error."""
    for function in deployment.wiring.functions.values():
        for statement in function.statements:
            assert statement["Effect"] == "Allow"
            assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}
            services = [""]
            if "Condition" in statement:
                [(operator, condition)] = statement["Condition"].items()
                [(name, services)] = condition.items()
                assert (operator, name) == ("StringEquals", "kms:ViaService")
            for action, resource, via in product(
                as_list(statement["Action"]), as_list(statement["Resource"]), services
            ):
                yield Grant(function.name, statement["Sid"], action, resource, via)


def note_what_lambda_does(deployment: Deployment, aws: RecordedAws) -> None:
    """Note what Lambda itself does by a function's role, which moto does not show (AWS Lambda Developer Guide).

    "Using Lambda with Amazon SQS": it reads and deletes messages. "Capturing records of Lambda asynchronous
    invocations": it sends to the destination. "Sending Lambda function logs to CloudWatch Logs". "Visualize Lambda
    function invocations using AWS X-Ray".
    """
    template = deployment.template
    resolve = template.resolver(deployment._attribute, "learning-graph")
    for mapping in map(resolve, template.of_type("AWS::Lambda::EventSourceMapping").values()):
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
            aws.note(mapping["FunctionName"], f"sqs:{action}", mapping["EventSourceArn"])
    for config in map(resolve, template.of_type("AWS::Lambda::EventInvokeConfig").values()):
        destination = config["DestinationConfig"]["OnFailure"]["Destination"]
        aws.note(config["FunctionName"], "sqs:SendMessage", destination)
    for name, function in template.of_type("AWS::Lambda::Function").items():
        group = deployment._attribute(function["LoggingConfig"]["LogGroup"]["Ref"], "Arn")
        for action in ("CreateLogStream", "PutLogEvents"):
            aws.note(name, f"logs:{action}", group.removesuffix("*") + "log-stream:one")
        if function["TracingConfig"] == {"Mode": "Active"}:
            for action in ("PutTraceSegments", "PutTelemetryRecords"):
                aws.note(name, f"xray:{action}", "*")


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    aws, folder = RecordedAws(), tmp_path_factory.mktemp("life")
    with (
        running_simulator(*SIMULATOR, credentials="two") as linkedin,
        running_cloud(PARAMETERS, aws) as cloud,
    ):
        WholeLife(lab_of(cloud, linkedin), aws, linkedin, folder).live()
        note_what_lambda_does(cloud.deployment, aws)
        return Life(set(grants_of(cloud.deployment)), aws.seen)


def kind_of(resource: str) -> str:
    """Return what kind of object, table or log stream a resource is; of anything else there is one of its kind."""
    bucket, _, key = RUN.sub("RUN", resource).partition("/")
    if not bucket.startswith("arn:aws:s3:::"):
        return re.sub(r"(?<=:table/)(.+)/.+", r"\1/table", resource)
    # In a policy `*` goes over slashes: who may read or write a run's manifest, may do so with that of its reports.
    parts = key.replace("/reports/manifest.json", "/manifest.json").split("/")
    depth = DEPTHS.get("/".join(parts[:2])) or DEPTHS.get(parts[0], 1)
    return "/".join([bucket, *parts[:depth]])


def test_every_function_did_something(life: Life) -> None:
    assert {done.function for done in life.done} == {grant.function for grant in life.grants}


def test_whatever_a_function_does_is_allowed_by_its_own_role(life: Life) -> None:
    assert sorted(done for done in life.done if not life.granted(done)) == []


# A statement for the key lists actions and services; a data key for a secret could be used only with
# secretsmanager:PutSecretValue, which no role has.
UNUSED = ("kms:GenerateDataKey", f"secretsmanager.{REGION}.amazonaws.com")


def test_without_any_one_action_and_resource_of_a_statement_something_is_denied(life: Life) -> None:
    needed = {granted[0] for done in life.done if len(granted := life.granted(done)) == 1}
    assert sorted(grant for grant in life.grants - needed if (grant.action, grant.via) != UNUSED) == []
    assert not [grant for grant in life.grants if grant.action == "secretsmanager:PutSecretValue"]


# An erasure goes through every object of a snapshot; an assembly removes whatever lies in its snapshot's place; a
# pruning removes all of it.
WHOLE_SNAPSHOTS = {
    "AssembleGraphFunction": {"s3:DeleteObject"},
    "PruneSnapshotsFunction": {"s3:DeleteObject"},
    "EraseLearnerFunction": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"},
}


def test_a_role_allows_no_kind_of_access_that_its_function_never_makes(life: Life) -> None:
    examples = {kind_of(done.resource): done.resource for done in sorted(life.done)}
    # Beside every object lies one that no function knows of.
    others = {f"{kind.rpartition('/')[0]}/other" for kind in examples if ":s3:" in kind}
    examples |= {other: other for other in others}
    actions = {(done.action, done.via) for done in life.done}
    made = {(done.function, done.action, kind_of(done.resource), done.via) for done in life.done}
    wider = [
        (function, action, kind, via)
        for function in {grant.function for grant in life.grants}
        for (action, via), (kind, resource) in product(actions, examples.items())
        if resource.startswith(f"arn:aws:{action.partition(':')[0]}:")
        and (function, action, kind, via) not in made
        and life.granted(Recorded(function, action, resource, via))
        and not ("/graph/RUN/" in kind and action in WHOLE_SNAPSHOTS.get(function, ()))
    ]
    assert sorted(wider) == []


def test_nothing_of_others_is_reached(life: Life) -> None:
    actions = {(done.function, done.action, done.via) for done in life.done}
    reached = [
        found
        for function, action, via in actions
        for resource in FOREIGN[action.partition(":")[0]]
        if life.granted(found := Recorded(function, action, resource, via))
    ]
    assert sorted(reached) == []


def test_the_key_is_used_through_services_alone(life: Life) -> None:
    uses = {(done.function, done.action) for done in life.done if done.action.startswith("kms:")}
    assert uses
    assert not [use for use in uses if life.granted(Recorded(*use, KEY))]
    assert not [use for use in uses if life.granted(Recorded(*use, KEY, f"lambda.{REGION}.amazonaws.com"))]
