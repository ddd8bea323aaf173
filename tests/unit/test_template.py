"""template.yaml keeps its promises: wiring that loses nothing, encryption, alarms that somebody hears.

What the roles allow is checked by what the functions do: `tests/integration/test_least_privilege.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from learning_graph.org_sync.queue_handlers import LAST_RECEIVE
from learning_graph.runs.publish_to_jupiterone import LAST_DELIVERY
from local.deployment import EVENT_SOURCE, STACK
from local.place import ROOT
from local.template import ParameterRefused, Template, checked_parameters, read_template

FUNCTIONS = {
    "StartRunFunction": "start_run",
    "CollectCatalogFunction": "collect_catalog",
    "CollectActivityFunction": "collect_activity",
    "AssembleGraphFunction": "assemble_graph",
    "RecordDeadLettersFunction": "record_dead_letters",
    "CloseRunsFunction": "close_runs",
    "PruneSnapshotsFunction": "prune_snapshots",
    "EraseLearnerFunction": "erase_learner",
    "ReportSnapshotFunction": "report_snapshot",
    "ValidateCredentialsFunction": "validate_credentials",
    "UploadOrgSyncFunction": "upload_org_sync",
    "TrackOrgSyncFunction": "track_org_sync",
    "PublishToJupiterOneFunction": "publish_to_jupiterone",
}
THE_KEY = {"Fn::If": ["CreateKey", {"Fn::GetAtt": ["Key", "Arn"]}, {"Ref": "KmsKeyArn"}]}
# What is off by default is looked at as well.
EVERYTHING = {"JupiterOneScope": "linkedin-learning"}


@pytest.fixture(scope="module")
def template() -> Template:
    return read_template(EVERYTHING)


def as_list(value: str | list[Any]) -> list[Any]:
    return value if isinstance(value, list) else [value]


def only_value(found: dict[str, Any]) -> Any:
    [value] = found.values()
    return value


def mappings(template: Template) -> list[dict[str, Any]]:
    return list(template.of_type("AWS::Lambda::EventSourceMapping").values())


def statements(template: Template, function: str) -> Iterator[dict[str, Any]]:
    """Return the statements of a function's role, also those that a parameter adds."""
    for policy in template.resources[f"{function}Role"]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def test_every_function_has_its_folder_time_out_and_kept_logs(template: Template) -> None:
    functions = template.of_type("AWS::Lambda::Function")
    assert {name: folder.name for name, folder in template.code.items()} == FUNCTIONS
    for name, function in functions.items():
        group = template.resources[function["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
        assert function["Handler"] == "app.handler"
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert 0 < function["Timeout"] <= 900


def test_messages_are_invisible_long_enough_and_end_in_a_dead_letter_queue(template: Template) -> None:
    functions, queues = template.of_type("AWS::Lambda::Function"), template.of_type("AWS::SQS::Queue")
    for mapping in mappings(template):
        name = mapping["EventSourceArn"]["Fn::GetAtt"][0]
        # Six times the function's time-out (AWS's advice); but a killed assembly comes back as soon as it can.
        times = 1 if name == "AssemblyQueue" else 6
        assert queues[name]["VisibilityTimeout"] >= times * functions[mapping["FunctionName"]["Ref"]]["Timeout"], name
        # A dead letter that cannot be recorded fails the whole invocation, for DeadLetterRecordingAlarm to count.
        reports = [] if name.endswith("DeadLetterQueue") else ["ReportBatchItemFailures"]
        assert mapping.get("FunctionResponseTypes", []) == reports, name
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2, name
        # The shards of a batch are read side by side; everything else is handled one at a time.
        assert mapping["BatchSize"] == (10 if name in {"CatalogQueue", "ActivityQueue"} else 1), name
        if not name.endswith("DeadLetterQueue"):
            dead = name.removesuffix("Queue") + "DeadLetterQueue"
            assert queues[name]["RedrivePolicy"] == {
                "deadLetterTargetArn": {"Fn::GetAtt": [dead, "Arn"]},
                "maxReceiveCount": 10 if name.startswith(("OrgSync", "JupiterOne")) else 5,
            }
            # A drop is ended before its message is given up, with deliveries to spare for that.
            assert not name.startswith("OrgSync") or queues[name]["RedrivePolicy"]["maxReceiveCount"] > LAST_RECEIVE
            assert not name.startswith("JupiterOne") or queues[name]["RedrivePolicy"]["maxReceiveCount"] > LAST_DELIVERY
            assert queues[name].get("FifoQueue") == queues[dead].get("FifoQueue")


def test_lambda_lets_those_go_on_whose_messages_come_back_to_them(template: Template) -> None:
    """Lambda stops a function after 16 rounds through a queue unless it says that they are meant."""
    reader = {m["EventSourceArn"]["Fn::GetAtt"][0]: m["FunctionName"]["Ref"] for m in mappings(template)}
    sends_to = {
        function: {
            reader[queue]
            for found in statements(template, function)
            if "sqs:SendMessage" in found["Action"]
            for queue in re.findall(r"\w+Queue\b", json.dumps(found["Resource"]))
            if queue in reader
        }
        for function in FUNCTIONS
    }

    def reached(function: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        for following in sends_to[function] - seen:
            seen = reached(following, seen | {following})
        return seen

    functions = template.of_type("AWS::Lambda::Function")
    allowed = {name for name, function in functions.items() if function.get("RecursiveLoop") == "Allow"}
    assert allowed == {function for function in FUNCTIONS if function in reached(function)}
    assert {"CollectActivityFunction", "TrackOrgSyncFunction"} <= allowed


def test_every_dead_letter_queue_is_kept_for_two_weeks_and_raises_an_alarm(template: Template) -> None:
    queues = template.of_type("AWS::SQS::Queue")
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "QueueName"
    }
    dead = {name for name in queues if "DeadLetter" in name}
    assert len(dead) == 6
    assert dead <= watched
    assert all(queues[name]["MessageRetentionPeriod"] == 14 * 86_400 for name in dead)


def test_a_failed_asynchronous_invocation_is_kept(template: Template) -> None:
    configured = {
        config["FunctionName"]["Ref"]: config["DestinationConfig"]["OnFailure"]["Destination"]
        for config in template.of_type("AWS::Lambda::EventInvokeConfig").values()
    }
    queue = {"Fn::GetAtt": ["FailedInvocationsQueue", "Arn"]}
    invoked = ("StartRunFunction", "CloseRunsFunction", "PruneSnapshotsFunction", "ReportSnapshotFunction")
    assert configured == dict.fromkeys(invoked, queue)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_a_role_of_its_own_for_lambda_alone(template: Template, function: str) -> None:
    functions = template.of_type("AWS::Lambda::Function")
    users = [name for name, found in functions.items() if found["Role"] == {"Fn::GetAtt": [f"{function}Role", "Arn"]}]
    assert users == [function]
    role = template.resources[f"{function}Role"]["Properties"]
    assert "ManagedPolicyArns" not in role
    assert [one["Principal"] for one in role["AssumeRolePolicyDocument"]["Statement"]] == [
        {"Service": "lambda.amazonaws.com"}
    ]


def test_one_key_encrypts_queues_secrets_logs_and_the_topic(template: Template) -> None:
    names = {
        "AWS::SQS::Queue": "KmsMasterKeyId",
        "AWS::SecretsManager::Secret": "KmsKeyId",
        "AWS::Logs::LogGroup": "KmsKeyId",
        "AWS::SNS::Topic": "KmsMasterKeyId",
    }
    for resource_type, property_name in names.items():
        found = template.of_type(resource_type)
        assert found
        assert [name for name, one in found.items() if one.get(property_name) != THE_KEY] == []


def test_the_key_is_made_rotated_and_kept_or_given(template: Template) -> None:
    key = template.resources["Key"]
    assert key["Properties"]["EnableKeyRotation"] is True
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("Retain", "Retain")
    given = read_template({"KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/0123-ab"})
    assert not {"Key", "KeyAlias"} & set(given.resources)


def test_services_that_deliver_to_encrypted_targets_may_use_the_key(template: Template) -> None:
    policy = template.resources["Key"]["Properties"]["KeyPolicy"]["Statement"]
    allowed = {
        service
        for found in policy
        if found["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
        for service in as_list(found["Principal"]["Service"])
    }
    assert allowed == {"s3.amazonaws.com", "events.amazonaws.com", "cloudwatch.amazonaws.com"}
    [logs] = [found for found in policy if found["Sid"] == "LogGroups"]
    patterns = [found["Fn::Sub"].rpartition("log-group:")[2] for found in only_value(only_value(logs["Condition"]))]
    groups = [found["LogGroupName"]["Fn::Sub"] for found in template.of_type("AWS::Logs::LogGroup").values()]
    assert all(any(fnmatchcase(group, pattern) for pattern in patterns) for group in groups)


def test_buckets_are_private_encrypted_and_reached_by_tls_alone(template: Template) -> None:
    policies = {policy["Bucket"]["Ref"]: policy for policy in template.of_type("AWS::S3::BucketPolicy").values()}
    for name, bucket in template.of_type("AWS::S3::Bucket").items():
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": THE_KEY}
        assert rule["BucketKeyEnabled"] is True
        [statement] = policies[name]["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_what_holds_evidence_and_what_others_may_use_stays_when_the_stack_goes(template: Template) -> None:
    policies = {
        name: {resource.get(policy) for policy in ("DeletionPolicy", "UpdateReplacePolicy")}
        for name, resource in template.resources.items()
    }
    kept = {name for name, found in policies.items() if "Retain" in found}
    assert kept == {
        *{"GraphBucket", "OrgSyncBucket", "Key", "PseudonymSecret"},
        *{"ApiLoggingAccount", "ApiLoggingRole"},
    }
    assert all(policies[name] == {"Retain"} for name in kept), "removed or replaced"
    outputs = json.dumps(template.body["Outputs"])
    assert all(f'"{name}"' in outputs for name in ("GraphBucket", "OrgSyncBucket", "Key", "PseudonymSecret"))


def test_the_work_of_a_run_expires_and_drops_are_versioned(template: Template) -> None:
    graph, org_sync = (template.resources[name]["Properties"] for name in ("GraphBucket", "OrgSyncBucket"))
    rules = {rule["Id"]: rule for rule in graph["LifecycleConfiguration"]["Rules"]}
    assert (rules["runs"]["Prefix"], rules["runs"]["ExpirationInDays"]) == ("runs/", 30)
    assert org_sync["VersioningConfiguration"] == {"Status": "Enabled"}


def test_nothing_goes_to_jupiterone_unless_a_scope_is_named(template: Template) -> None:
    plain = read_template({})
    extra = {name for name in template.resources if name not in plain.resources}
    assert extra == {
        "JupiterOneDeadLetterAlarm",
        "JupiterOneDeadLetterQueue",
        "JupiterOneDeadLetterQueuePolicy",
        "JupiterOnePublicationFailedAlarm",
        "JupiterOneQueue",
        "JupiterOneQueuePolicy",
        "JupiterOneSecret",
        "PublishToJupiterOneFunction",
        "PublishToJupiterOneFunctionRole",
        "PublishToJupiterOneLogGroup",
        "PublishToJupiterOneMapping",
        "PublishToJupiterOneRule",
    }
    given = read_template(
        {**EVERYTHING, "JupiterOneSecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a"}
    )
    assert "JupiterOneSecret" not in given.resources


def test_snapshots_and_erasures_of_this_stack_reach_the_publishing_queue(template: Template) -> None:
    rule = template.of_type("AWS::Events::Rule")["PublishToJupiterOneRule"]
    assert rule["EventPattern"] == {
        "source": [EVENT_SOURCE],
        "detail-type": ["Graph Snapshot Ready", "Learner Erased"],
        "detail": {"bucket": [{"Ref": "GraphBucket"}]},
    }
    assert rule["EventBusName"] == {"Ref": "EventBusName"}
    [statement, _] = template.resources["JupiterOneQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["PublishToJupiterOneRule", "Arn"]}}
    }


def test_no_secret_is_a_parameter(template: Template) -> None:
    assert [name for name in template.parameters if "Secret" in name] == [
        "LinkedInSecretArn",
        "OrgSyncSecretArn",
        "PseudonymSecretArn",
        "JupiterOneSecretArn",
    ]
    for name in ("LinkedInSecret", "OrgSyncSecret", "JupiterOneSecret"):
        assert template.resources[name]["Properties"]["SecretString"] == "{}"


def test_only_who_merges_or_reads_tables_gets_the_engine(template: Template) -> None:
    functions = template.of_type("AWS::Lambda::Function")
    with_engine = {name for name, found in functions.items() if "DuckDB" in json.dumps(found["Layers"])}
    assert with_engine == {
        "AssembleGraphFunction",
        "EraseLearnerFunction",
        "ReportSnapshotFunction",
        "TrackOrgSyncFunction",
        "UploadOrgSyncFunction",
    }
    assert all("Dependencies" in json.dumps(found["Layers"]) for found in functions.values())


def test_the_api_asks_for_an_iam_identity_and_hands_on_every_method(template: Template) -> None:
    [api] = template.of_type("AWS::ApiGateway::RestApi").values()
    assert list(api["Body"]["paths"]) == ["/validate"]
    [(method, operation)] = api["Body"]["paths"]["/validate"].items()
    assert method == "x-amazon-apigateway-any-method"
    assert api["Body"]["x-amazon-apigateway-binary-media-types"] == ["*/*"]
    assert operation["security"] == [{"AWS_IAM": []}]


def test_one_schedule_starts_a_run_and_can_be_disabled(template: Template) -> None:
    rules = template.of_type("AWS::Events::Rule")
    [rule] = [rule for rule in rules.values() if "StartRunFunction" in json.dumps(rule["Targets"])]
    assert rule["ScheduleExpression"] == {"Ref": "ScheduleExpression"}
    assert rule["State"] == {"Ref": "ScheduleState"}


def test_every_parameter_is_described_labelled_and_guarded(template: Template) -> None:
    groups = template.body["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in groups["ParameterGroups"] for name in group["Parameters"]]
    declared = template.body["Parameters"]
    assert sorted(grouped) == sorted(declared)
    assert sorted(groups["ParameterLabels"]) == sorted(declared)
    for name, rule in declared.items():
        assert rule["Description"], name
        assert rule.keys() & {"AllowedValues", "AllowedPattern", "MinValue"}, name


def test_what_is_worth_a_thought_is_asked_first_and_explained(template: Template) -> None:
    """`sam deploy --guided` asks by name alone, in the template's order."""
    guide = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    explained = re.findall(
        r"^\| `(\w+)` \| .* \| .* \|$", guide.partition("sam deploy --guided")[2].partition("**3.")[0], re.MULTILINE
    )
    assert list(template.body["Parameters"])[: len(explained)] == explained
    assert explained[0] == "AlarmEmail"
    first = template.body["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"][0]
    assert first["Parameters"] == explained


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("ActivityLookbackDays", ["14", "365"], ["15", "", "all"]),
        ("CatalogLocales", ["all", "en_US", "en_US,de_DE"], ["", "en-US", "en_US, de_DE", "EN_us"]),
        (
            "SnapshotsKept",
            ["all", "daily:7", "daily:400,monthly:84"],
            ["", "daily:0", "monthly:3", "daily:7, monthly:3"],
        ),
        ("ScheduleExpression", ["rate(6 hours)", "cron(0 4 * * ? *)"], ["daily", "rate()"]),
        ("MaxConcurrentRequests", ["1", "32"], ["0", "33", "many"]),
        ("AccountName", ["Ünïversity of X"], [" x", "x ", ""]),
        ("ReportTimeZone", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"], ["", "/x", "a b"]),
        ("AthenaDatabase", ["", "learning_graph"], ["Learning", "a-b"]),
        ("LinkedInSecretArn", ["", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b-AbCdEf"], ["my-secret"]),
        ("OrgSyncMaxRevocations", ["0", "10", "100", "2.5"], ["101", "-1", "ten"]),
        ("JupiterOneScope", ["", "linkedin-learning", "acme:learning"], ["two words", "x" * 129]),
        ("KmsKeyArn", ["", "arn:aws:kms:eu-west-1:123456789012:key/0123-ab"], ["alias/mine", "0123-ab"]),
        ("AlarmEmail", ["", "on-call@example.com"], ["on call@example.com", "nobody"]),
        ("LinkedInApiUrl", ["https://api.linkedin.com", "http://127.0.0.1:8080"], ["api.linkedin.com", "ftp://x"]),
    ],
)
def test_parameters_take_what_is_right_and_refuse_what_is_wrong(
    template: Template, name: str, good: list[str], bad: list[str]
) -> None:
    for value in good:
        checked_parameters(template.body["Parameters"], {name: value})
    for value in bad:
        with pytest.raises(ParameterRefused, match=name):
            checked_parameters(template.body["Parameters"], {name: value})


def test_a_snapshot_of_this_stack_is_reported_on(template: Template) -> None:
    [rule] = [
        rule
        for rule in template.of_type("AWS::Events::Rule").values()
        if "ReportSnapshotFunction" in json.dumps(rule["Targets"])
    ]
    assert rule["EventPattern"] == {
        "source": ["learning-graph"],
        "detail-type": ["Graph Snapshot Ready", "Graph Snapshot Cleaned"],
        "detail": {"bucket": [{"Ref": "GraphBucket"}]},
    }


def test_athena_reads_the_tables_that_the_function_moves_and_no_more_than_its_limit(template: Template) -> None:
    assert list(template.of_type("AWS::Glue::Database")) == ["SnapshotDatabase"]
    environment = template.of_type("AWS::Lambda::Function")["ReportSnapshotFunction"]["Environment"]["Variables"]
    assert environment["ATHENA_DATABASE"] == {"Ref": "SnapshotDatabase"}
    assert not template.of_type("AWS::Glue::Table"), "an update of the stack would reset their location"
    [group] = template.of_type("AWS::Athena::WorkGroup").values()
    configuration = group["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["ResultConfiguration"]["EncryptionConfiguration"] == {
        "EncryptionOption": "SSE_KMS",
        "KmsKey": THE_KEY,
    }
    assert "AthenaScanLimitMegabytes" in json.dumps(configuration["BytesScannedCutoffPerQuery"])


def test_outputs_name_what_a_person_needs(template: Template) -> None:
    values = json.dumps(template.body["Outputs"])
    for needed in (
        "GraphBucket",
        "OrgSyncBucket",
        "LinkedInSecret",
        "OrgSyncSecret",
        "JupiterOneSecret",
        "ValidationApi",
        "StartRunFunction",
    ):
        assert needed in values
    for queue in template.of_type("AWS::SQS::Queue"):
        assert f'"{queue}"' in values


def test_the_documentation_reads_outputs_that_there_are(template: Template) -> None:
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")]
    read = {name for text in pages for name in re.findall(r"\$\(output (\w+)\)", text)}
    assert {"LinkedInSecretArn", "ValidateUrl", "StartRunFunctionName", "GraphBucketName"} <= read
    assert read <= set(template.body["Outputs"])
    assert f"--stack-name {STACK} " in (ROOT / "docs/deploy.md").read_text(encoding="utf-8")


def test_the_runbook_has_a_section_for_every_alarm_and_no_other(template: Template) -> None:
    runbook = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### (\w+Alarm)$", runbook, re.MULTILINE)
    assert sorted(sections) == sorted(template.of_type("AWS::CloudWatch::Alarm"))


def test_the_runbook_names_the_log_group_of_every_function(template: Template) -> None:
    runbook = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    groups = [group["LogGroupName"]["Fn::Sub"] for group in template.of_type("AWS::Logs::LogGroup").values()]
    for group in groups:
        assert f"`{group.rpartition('/')[2]}`" in runbook or "aws/lambda" not in group, group


def test_a_lock_names_no_host() -> None:
    locks = [*ROOT.glob("requirements/*.txt"), *ROOT.glob("layers/*/requirements.txt")]
    assert len(locks) >= 4
    for lock in locks:
        assert not re.search(r"://|index-url|find-links", lock.read_text()), lock.name


def test_the_dashboard_shows_every_alarm_that_is_always_there(template: Template) -> None:
    [dashboard] = template.of_type("AWS::CloudWatch::Dashboard").values()
    text = dashboard["DashboardBody"]["Fn::Sub"]
    body = json.loads(re.sub(r": \$\{(\w+)\}", ": 1", text))
    always = read_template({}).of_type("AWS::CloudWatch::Alarm")
    [shown] = [widget["properties"]["alarms"] for widget in body["widgets"] if widget["type"] == "alarm"]
    assert sorted(shown) == sorted(f"${{{name}.Arn}}" for name in always)


def test_every_alarm_tells_the_topic_and_names_its_section_of_the_runbook(template: Template) -> None:
    for name, alarm in template.of_type("AWS::CloudWatch::Alarm").items():
        topic = {"Fn::If": ["CreateAlarmTopic", {"Ref": "AlarmTopic"}, {"Ref": "AlarmTopicArn"}]}
        assert alarm["AlarmActions"] == [topic], name
        assert alarm["AlarmDescription"].endswith(f"(docs/runbook.md#{name.lower()})"), name


def test_whoever_is_on_call_is_subscribed_unless_a_topic_is_given() -> None:
    given = {"AlarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:on-call"}
    email = {"AlarmEmail": "on-call@example.com"}
    made = [
        {name for name in read_template(parameters).resources if name in {"AlarmTopic", "AlarmSubscription"}}
        for parameters in ({}, email, given | email)
    ]
    assert made == [{"AlarmTopic"}, {"AlarmTopic", "AlarmSubscription"}, set()]


def test_queues_are_reached_by_tls_alone(template: Template) -> None:
    protected = [
        queue["Ref"]
        for policy in template.of_type("AWS::SQS::QueuePolicy").values()
        for queue in policy["Queues"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    ]
    assert sorted(protected) == sorted(template.of_type("AWS::SQS::Queue")), "a queue has one policy"


def test_what_a_rule_cannot_deliver_is_kept(template: Template) -> None:
    rules = template.of_type("AWS::Events::Rule")
    queue = {"Fn::GetAtt": ["FailedInvocationsQueue", "Arn"]}
    assert {name: rule["Targets"][0]["DeadLetterConfig"]["Arn"] for name, rule in rules.items()} == dict.fromkeys(
        rules, queue
    )
    policy = template.resources["FailedInvocationsQueuePolicy"]["Properties"]["PolicyDocument"]
    named = json.dumps(policy["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"])
    assert all(f'"{name}"' in named for name in rules)


def test_calls_of_the_api_are_throttled_and_logged(template: Template) -> None:
    [stage] = template.of_type("AWS::ApiGateway::Stage").values()
    assert stage["AccessLogSetting"]["DestinationArn"] == {"Fn::GetAtt": ["ValidationApiLogGroup", "Arn"]}
    assert json.loads(stage["AccessLogSetting"]["Format"])["caller"] == "$context.identity.userArn"
    [settings] = stage["MethodSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (2, 5)
    assert "ApiLoggingAccount" in json.dumps(stage["Variables"]), "it is made before the stage"
