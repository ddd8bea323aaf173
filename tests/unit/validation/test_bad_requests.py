"""Every body that is not ours, with the exact answer."""

import base64
import json
from typing import Any

import pytest

from tests.fakes.linkedin import FakeLinkedIn
from tests.unit.validation.calling import app_on, call, event

COPY = "Copy the Client ID and the Client Secret again from LinkedIn's admin console."
BODY = 'Send a JSON object such as {"probe": true}, or nothing at all.'
MEMBERS = "Use only contentClientId, contentClientSecret, reportClientId, reportClientSecret, probe."
NOT_ASCII = "holds a character that is not printable ASCII"


def pair(**members: Any) -> str:
    return json.dumps({"contentClientId": "86c", "contentClientSecret": "hush"} | members)


def problem(
    slug: str, title: str, status: int, detail: str, errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    return {
        "type": f"urn:learning-graph:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": errors or [],
        "pairs": [],
        "keyTypes": [],
    }


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ("not json", [("body", "is not JSON", BODY)]),
        (" \r\n", [("body", "is not JSON", BODY)]),
        ('{"probe": true', [("body", "is not JSON", BODY)]),
        ("[" * 10_000, [("body", "is not JSON", BODY)]),
        ("\ud800", [("body", "is not JSON", BODY)]),
        ("[]", [("body", "is not a JSON object", BODY)]),
        ("null", [("body", "is not a JSON object", BODY)]),
        ('"text"', [("body", "is not a JSON object", BODY)]),
        ('{"surprise": 1}', [("surprise", "is not a member of the request", MEMBERS)]),
        (json.dumps({"x" * 100: 1}), [("x" * 64, "is not a member of the request", MEMBERS)]),
        (pair(contentClientID="86c"), [("contentClientID", "is not a member of the request", MEMBERS)]),
        (
            '{"contentClientId": "86c"}',
            [
                (
                    "contentClientSecret",
                    "is missing although contentClientId is given",
                    "Add contentClientSecret, or take contentClientId away.",
                )
            ],
        ),
        (
            pair(reportClientSecret="hush"),
            [
                (
                    "reportClientId",
                    "is missing although reportClientSecret is given",
                    "Add reportClientId, or take reportClientSecret away.",
                )
            ],
        ),
        (
            pair(contentClientId=""),
            [("contentClientId", "is empty", f"{COPY} Leave the whole pair out if there is none.")],
        ),
        (
            pair(contentClientSecret="  "),
            [("contentClientSecret", "is empty", f"{COPY} Leave the whole pair out if there is none.")],
        ),
        (pair(contentClientId=None), [("contentClientId", "is null", "Leave it out, or give a value.")]),
        (pair(contentClientSecret=7), [("contentClientSecret", "is not a text", COPY)]),
        (pair(contentClientSecret=["hush"]), [("contentClientSecret", "is not a text", COPY)]),
        (pair(contentClientId="86ü"), [("contentClientId", NOT_ASCII, COPY)]),
        (pair(contentClientSecret="hush\u00a0"), [("contentClientSecret", NOT_ASCII, COPY)]),
        (pair(contentClientSecret="hu\x00sh"), [("contentClientSecret", NOT_ASCII, COPY)]),
        ('{"contentClientId": "\\ud800", "contentClientSecret": "hush"}', [("body", "is not JSON", BODY)]),
        (pair(contentClientId="8" * 513), [("contentClientId", "is longer than 512 characters", COPY)]),
        (pair(probe="yes"), [("probe", "is neither true nor false", "Write true or false, without quotes.")]),
        (pair(probe=None), [("probe", "is null", "Leave it out, or give a value.")]),
        (
            pair(contentClientId="", probe=1),
            [
                ("contentClientId", "is empty", f"{COPY} Leave the whole pair out if there is none."),
                ("probe", "is neither true nor false", "Write true or false, without quotes."),
            ],
        ),
    ],
)
def test_a_body_that_is_not_ours_is_answered_400_with_the_field_and_the_resolution(
    body: str, errors: list[tuple[str, str, str]]
) -> None:
    fake = FakeLinkedIn()
    reply = call(app_on(fake), event(body))
    detail = " ".join(f"{field} {said}." for field, said, _ in errors)
    told = [{"field": field, "problem": said, "resolution": resolution} for field, said, resolution in errors]
    assert reply.body == problem("body", "The body is not one of ours", 400, detail, told)
    assert (reply.status, reply.headers["Content-Type"]) == (400, "application/problem+json")
    assert "hush" not in reply.text
    assert fake.mints == []


def test_one_megabyte_is_answered_413() -> None:
    reply = call(app_on(FakeLinkedIn()), event("x" * 1_000_000))
    assert reply.body == problem("body-too-large", "The body is too large", 413, "Send at most 16384 bytes.")
    assert reply.status == 413


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", "application/xml"],
)
def test_another_content_type_is_answered_415(content_type: str) -> None:
    reply = call(app_on(FakeLinkedIn()), event(pair(), content_type=content_type))
    assert reply.body == problem(
        "content-type", "The body has a wrong content type", 415, "Send the body as application/json."
    )
    assert reply.status == 415


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
def test_another_method_is_answered_405(method: str) -> None:
    reply = call(app_on(FakeLinkedIn()), event(method=method))
    assert reply.body == problem("method", "This method is not allowed", 405, "Send POST to /validate.")
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")


def test_another_path_is_answered_404() -> None:
    reply = call(app_on(FakeLinkedIn()), event(path="/elsewhere"))
    assert reply.body == problem("path", "There is nothing here", 404, "Send POST to /validate.")
    assert reply.status == 404


def test_a_body_that_claims_to_be_base64_must_be() -> None:
    reply = call(app_on(FakeLinkedIn()), event("no base64!", base64=True))
    error = {"field": "body", "problem": "is not base64", "resolution": "Send the body as it is."}
    assert reply.body == problem("body", "The body is not one of ours", 400, "body is not base64.", [error])


@pytest.mark.parametrize("content_type", [None, "application/json", "Application/JSON; charset=utf-8"])
@pytest.mark.parametrize("encoded", [False, True])
def test_a_good_body_is_understood_however_it_is_sent(content_type: str | None, encoded: bool) -> None:
    body = json.dumps({"contentClientId": "86combined", "contentClientSecret": "se+cr/et="})
    if encoded:
        body = base64.b64encode(body.encode()).decode()
    reply = call(app_on(FakeLinkedIn()), event(body, content_type=content_type, base64=encoded))
    assert reply.status == 200
