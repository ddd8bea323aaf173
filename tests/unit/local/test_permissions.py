"""Every request the functions make is held against their policies as AWS would."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest

from local.permissions import Permissions, accesses

QUEUE = "http://127.0.0.1:4566/123456789012/work"


def request(
    service: str, method: str = "POST", path: str = "/", query: str = "", body: object = None, **headers: str
) -> dict[str, Any]:
    data = b"" if body is None else json.dumps(body).encode()
    scope = f"20261121/eu-central-1/{service}/aws4_request"
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.input": BytesIO(data),
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=local-Work/{scope}, SignedHeaders=host, Signature=0",
        **headers,
    }


@pytest.mark.parametrize(
    ("method", "path", "query", "action", "resource"),
    [
        ("GET", "/b/a/ü.json", "", "GetObject", "b/a/ü.json"),
        ("HEAD", "/b/a", "", "GetObject", "b/a"),
        ("GET", "/b/a", "versionId=1", "GetObjectVersion", "b/a"),
        ("GET", "/b/a", "tagging", "GetObjectTagging", "b/a"),
        ("GET", "/b/a", "tagging&versionId=1", "GetObjectVersionTagging", "b/a"),
        ("PUT", "/b/a", "", "PutObject", "b/a"),
        ("POST", "/b/a", "uploads", "PutObject", "b/a"),
        ("PUT", "/b/a", "partNumber=1&uploadId=x", "PutObject", "b/a"),
        ("DELETE", "/b/a", "", "DeleteObject", "b/a"),
        ("DELETE", "/b/a", "versionId=1", "DeleteObjectVersion", "b/a"),
        ("DELETE", "/b/a", "uploadId=x", "AbortMultipartUpload", "b/a"),
        ("GET", "/b", "list-type=2&prefix=runs%2F", "ListBucket", "b"),
        ("GET", "/b", "versions&prefix=x", "ListBucketVersions", "b"),
    ],
)
def test_a_bucket_request_is_the_action_that_aws_asks_for(
    method: str, path: str, query: str, action: str, resource: str
) -> None:
    [access] = accesses("s3", request("s3", method, path, query))
    assert (access.action, access.resource) == (f"s3:{action}", f"arn:aws:s3:::{resource}")


def test_a_copy_reads_its_source() -> None:
    found = list(accesses("s3", request("s3", "PUT", "/b/new", HTTP_X_AMZ_COPY_SOURCE="b/old%20one?versionId=1")))
    assert [access.action for access in found] == ["s3:PutObject", "s3:GetObject"]
    assert found[1].resource == "arn:aws:s3:::b/old one"


@pytest.mark.parametrize(
    ("service", "target", "body", "action", "resource"),
    [
        (
            "sqs",
            "AmazonSQS.SendMessageBatch",
            {"QueueUrl": QUEUE},
            "sqs:SendMessage",
            "sqs:eu-central-1:123456789012:work",
        ),
        (
            "events",
            "AWSEvents.PutEvents",
            {"Entries": [{"EventBusName": "x"}]},
            "events:PutEvents",
            "events:eu-central-1:123456789012:event-bus/x",
        ),
        (
            "secretsmanager",
            "secretsmanager.GetSecretValue",
            {"SecretId": "arn:aws:s"},
            "secretsmanager:GetSecretValue",
            "s",
        ),
    ],
)
def test_a_call_of_another_service_too_and_its_body_is_left_for_the_service(
    service: str, target: str, body: dict[str, Any], action: str, resource: str
) -> None:
    environ = request(service, body=body, HTTP_X_AMZ_TARGET=target)
    [access] = accesses(service, environ)
    assert (access.action, access.resource) == (action, f"arn:aws:{resource}")
    assert json.loads(environ["wsgi.input"].read()) == body


def test_what_no_statement_allows_is_denied_and_strangers_are_not_judged() -> None:
    permissions = Permissions()
    assert permissions.refuse(request("s3", "GET", "/b/a")) is None
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::b/runs/*"}
    permissions.set({"local-Work": [statement]})
    assert permissions.refuse(request("s3", "GET", "/b/runs/x/y")) is None
    denied = permissions.refuse(request("s3", "GET", "/b/graph/x"))
    assert denied is not None
    assert b"<Code>AccessDenied</Code>" in denied.body
    assert permissions.refuse(request("s3", "PUT", "/b/runs/x")) is not None
