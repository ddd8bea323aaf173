"""The template is created whole by CloudFormation, beside itself, and a run goes through on what was created."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.cloudformation import parsing

from local.aws_server import AwsServer, LocalAws
from local.deployment import ACCESS_KEY
from local.place import ACCOUNT, REGION
from local.template import read_template
from tests.integration.created_stack import NOT_SUPPORTED, CreatedDeployment, StandIn, create_stack
from tests.integration.support import MARKS, aws_of_its_own, lab_of, running_cloud, running_simulator

pytestmark = MARKS
ARN = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"
EVERYTHING_MADE = {"AlarmEmail": "on-call@example.com", "JupiterOneScope": "linkedin-learning"}
EVERYTHING_GIVEN = {
    "LinkedInSecretArn": f"{SECRET}linkedin-AbCdEf",
    "OrgSyncSecretArn": f"{SECRET}org-sync-AbCdEf",
    "PseudonymSecretArn": f"{SECRET}pseudonyms-AbCdEf",
    "JupiterOneSecretArn": f"{SECRET}jupiterone-AbCdEf",
    "KmsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0123-ab",
    "AlarmTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:on-call",
    "AlertTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:compliance",
    "JupiterOneScope": "linkedin-learning",
    "SetApiLoggingRole": "false",
    "ScheduleState": "DISABLED",
}


@pytest.fixture
def client() -> Iterator[Any]:
    """Makes clients of an empty AWS."""
    with aws_of_its_own():
        server = AwsServer(LocalAws())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
        yield lambda service: session.client(service, endpoint_url=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("parameters", [{}, EVERYTHING_MADE, EVERYTHING_GIVEN], ids=["default", "made", "given"])
def test_every_resource_is_created_and_every_output_resolves(client: Any, parameters: dict[str, str]) -> None:
    stack = create_stack(client, "one", parameters)
    expected = read_template(parameters)
    assert stack.status == "CREATE_COMPLETE"
    assert stack.resources.keys() == expected.resources.keys()
    assert stack.outputs.keys() == expected.body["Outputs"].keys()
    for text in stack.outputs.values():
        assert text
        assert "None" not in text
        assert "${" not in text


def test_a_second_stack_has_names_of_its_own(client: Any) -> None:
    first, second = (create_stack(client, name, EVERYTHING_MADE) for name in ("one", "two"))
    assert first.resources.keys() == second.resources.keys()
    # moto gives permissions no id.
    same = {name for name, physical_id in first.resources.items() if physical_id == second.resources[name] != ""}
    assert same == set()


def test_only_what_moto_cannot_create_is_stood_in_for() -> None:
    own = {model.cloudformation_type() for model in parsing.get_model_list() if not issubclass(model, StandIn)}
    assert NOT_SUPPORTED & own == set()


def test_a_run_goes_through_on_what_was_created() -> None:
    with running_simulator() as linkedin, running_cloud(deploy=CreatedDeployment) as cloud:
        lab = lab_of(cloud, linkedin)
        manifest = lab.run(lookbackDays=14)
        assert manifest["status"] == "SUCCEEDED"
        [(kind, detail)] = lab.events()
        assert (kind, detail["runId"]) == ("Graph Snapshot Ready", lab.latest())
        lab.invoke("ReportSnapshotFunction", detail)
        assert lab.cloud.keys(f"graph/{manifest['runId']}/page.html")
