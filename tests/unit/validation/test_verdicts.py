"""What an administrator is told: the seed's "Outcomes by setup" and "Troubleshooting", row by row."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import requests

from learning_graph.linkedin.auth import CredentialPair
from learning_graph.values.errors import ConfigurationError
from tests.fakes.linkedin import COMBINED, CONTENT, REPORT, Call, FakeLinkedIn, Reply
from tests.unit.validation.calling import Context, app_on, call, event

SEED_RECOPY = (
    "The Client ID or Client Secret was copied incorrectly. Re-copy both values from the LinkedIn admin console. "
    "Pay particular attention to trailing whitespace."
)
SEED_ENABLE = (
    "The application has not been granted permission to use 2-legged OAuth on the LinkedIn side. "
    "Contact your LinkedIn Relationship Manager or Business Development team to enable the application."
)


def body_of(content: CredentialPair | None = None, report: CredentialPair | None = None, **more: Any) -> str:
    members: dict[str, Any] = dict(more)
    for label, pair in (("content", content), ("report", report)):
        if pair is not None:
            members |= {f"{label}ClientId": pair.client_id, f"{label}ClientSecret": pair.client_secret}
    return json.dumps(members)


def valid(label: str, may_read: dict[str, bool] | None = None, probes: list[Any] | None = None) -> dict[str, Any]:
    none = {"error": None, "error_description": None, "resolution": None}
    return {"pair": label, "valid": True, **none, "mayRead": may_read, "probes": probes or []}


# What is minted.


@pytest.mark.parametrize(
    ("content", "report", "minted"),
    [(COMBINED, None, 1), (None, COMBINED, 1), (CONTENT, REPORT, 2), (COMBINED, COMBINED, 1)],
)
def test_exactly_the_pairs_given_are_minted_once_each(content: Any, report: Any, minted: int) -> None:
    fake = FakeLinkedIn()
    reply = call(app_on(fake), event(body_of(content, report)))
    labels = [label for label, pair in (("content", content), ("report", report)) if pair is not None]
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.body == {"valid": True, "checked": "body", "pairs": [valid(label) for label in labels], "keyTypes": []}
    assert len(fake.mints) == minted
    assert fake.calls == []


@pytest.mark.parametrize("body", [None, "", "{}", '{"probe": false}'])
def test_without_pairs_the_stored_secret_is_checked(body: str | None) -> None:
    fake = FakeLinkedIn()
    reply = call(app_on(fake, secret_text=lambda: body_of(CONTENT, REPORT)), event(body))
    assert reply.status == 200
    assert reply.body["checked"] == "secret"
    assert [pair["pair"] for pair in reply.body["pairs"]] == ["content", "report"]
    assert len(fake.mints) == 2


def test_with_pairs_the_stored_secret_is_not_even_read() -> None:
    def untouched() -> str:
        raise AssertionError

    assert call(app_on(FakeLinkedIn(), secret_text=untouched), event(body_of(COMBINED))).status == 200


# What may be read: the seed's "Outcomes by setup".


def probe(endpoint: str, key_type: str, allowed: bool) -> dict[str, Any]:
    said = f"/v2/{endpoint}: LinkedIn answered 403: Not enough permissions to access: x.FINDER-criteria"
    return {"endpoint": endpoint, "keyType": key_type, "allowed": allowed, "detail": None if allowed else said}


def probes(content: bool, report: bool) -> list[dict[str, Any]]:
    return [
        probe("learningAssets", "Content", content),
        probe("learningClassifications", "Content", content),
        probe("learningActivityReports", "Report", report),
    ]


def expected_resolution(pair: str, key_type: str, steps: str) -> str:
    return (
        f"The {pair} pair does not authorize the {key_type} scope: {steps} steps would end with 403 Forbidden. "
        f"Add a separate {key_type} key pair (or create a single combined application with both keys checked)."
    )


@pytest.mark.parametrize(
    ("content", "report", "may_read", "key_types"),
    [
        (COMBINED, None, [("content", True, True)], [("Content", "content", None), ("Report", "content", None)]),
        (
            CONTENT,
            None,
            [("content", True, False)],
            [
                ("Content", "content", None),
                ("Report", "content", expected_resolution("content", "Report", "users and activity")),
            ],
        ),
        (
            None,
            REPORT,
            [("report", False, True)],
            [
                ("Content", "report", expected_resolution("report", "Content", "asset and classification")),
                ("Report", "report", None),
            ],
        ),
        (
            CONTENT,
            REPORT,
            [("content", True, False), ("report", False, True)],
            [("Content", "content", None), ("Report", "report", None)],
        ),
    ],
    ids=["combined", "content-only", "report-only", "two-applications"],
)
def test_a_probe_tells_the_403_of_a_first_run_before_it(
    content: Any, report: Any, may_read: Any, key_types: Any
) -> None:
    fake = FakeLinkedIn([1])
    reply = call(app_on(fake), event(body_of(content, report, probe=True)))
    assert reply.status == 200
    assert reply.body["pairs"] == [
        valid(label, {"Content": of_content, "Report": of_report}, probes(of_content, of_report))
        for label, of_content, of_report in may_read
    ]
    assert reply.body["keyTypes"] == [
        {"keyType": key_type, "pair": pair, "allowed": said is None, "resolution": said}
        for key_type, pair, said in key_types
    ]
    assert len(fake.mints) == len(may_read)
    assert {call.query["count"] for call in fake.calls} == {"1"}
    assert len(fake.calls) == 3 * len(may_read)


def test_pairs_under_each_others_label_are_told_to_change_places() -> None:
    reply = call(app_on(FakeLinkedIn([1])), event(body_of(REPORT, CONTENT, probe=True)))
    told = "The {} pair does not authorize the {} scope: {} steps would end with 403 Forbidden. The {} pair does: {}"
    assert [key["resolution"] for key in reply.body["keyTypes"]] == [
        told.format("content", "Content", "asset and classification", "report", "give that one as the Content pair."),
        told.format("report", "Report", "users and activity", "content", "give that one as the Report pair."),
    ]


# Refusals: the seed's "Troubleshooting".


@pytest.mark.parametrize(
    ("status", "error", "description", "resolution"),
    [
        (401, "invalid_client_id", "Client authentication failed", SEED_RECOPY),
        (400, "invalid_client_id", 'The passed in client_id is invalid "86combined"', SEED_RECOPY),
        (401, "invalid_client", "Client authentication failed", SEED_RECOPY),
        (401, "access_denied", "This application is not allowed to create application tokens", SEED_ENABLE),
    ],
)
def test_a_refused_pair_is_reported_in_linkedins_words_with_the_seeds_hint(
    status: int, error: str, description: str, resolution: str
) -> None:
    fake = FakeLinkedIn()
    fake.token_faults = [Reply(status, {"error": error, "error_description": description})]
    reply = call(app_on(fake), event(body_of(COMBINED)))
    refused = {
        "pair": "content",
        "valid": False,
        "error": error,
        "error_description": description,
        "resolution": resolution,
    }
    assert reply.body == {
        "type": "urn:learning-graph:problem:pair-refused",
        "title": "A credential pair is refused",
        "status": 422,
        "detail": "LinkedIn refused the content pair.",
        "errors": [],
        "pairs": [{**refused, "mayRead": None, "probes": []}],
        "keyTypes": [],
    }
    assert len(fake.mints) == 1


def test_white_space_around_a_refused_value_is_pointed_out() -> None:
    reply = call(app_on(FakeLinkedIn()), event(body_of(CredentialPair("86combined", "se+cr/et= "))))
    assert reply.status == 422
    assert reply.body["pairs"][0]["error"] == "invalid_client_id"
    assert reply.body["pairs"][0]["resolution"] == (
        f"The Client Secret begins or ends with white space: copy it again without. {SEED_RECOPY}"
    )


def test_white_space_that_linkedin_overlooked_is_pointed_out_too() -> None:
    fake = FakeLinkedIn()
    padded = CredentialPair("86combined\n", "se+cr/et=")
    fake.pairs[padded] = {"Content"}
    (pair,) = call(app_on(fake), event(body_of(padded))).body["pairs"]
    assert pair["valid"] is True
    assert pair["resolution"] == (
        "The Client ID begins or ends with white space: copy it again without. "
        "LinkedIn accepted it all the same, but a run refuses a stored value with white space around."
    )


def test_a_good_pair_is_reported_beside_a_refused_one() -> None:
    reply = call(app_on(FakeLinkedIn()), event(body_of(CONTENT, CredentialPair("86report", "wrong"), probe=True)))
    assert reply.status == 422
    assert [pair["valid"] for pair in reply.body["pairs"]] == [True, False]
    assert reply.body["detail"] == "LinkedIn refused the report pair."
    assert reply.body["pairs"][0]["mayRead"] == {"Content": True, "Report": False}


@pytest.mark.parametrize(
    ("secret", "field"),
    [
        ("hush", "LINKEDIN_SECRET_ARN"),
        ('{"contentClientId": "86c"}', "contentClientSecret"),
        (body_of(CredentialPair("86c", "hush ")), "contentClientSecret"),
    ],
)
def test_a_stored_secret_that_cannot_be_used_is_reported_by_its_member(secret: str, field: str) -> None:
    reply = call(app_on(FakeLinkedIn(), secret_text=lambda: secret), event())
    assert (reply.status, reply.body["type"]) == (422, "urn:learning-graph:problem:stored-secret")
    assert [error["field"] for error in reply.body["errors"]] == [field]
    assert "hush" not in reply.text


# LinkedIn broken or silent.

SILENT = Reply(error=requests.ReadTimeout())


@pytest.mark.parametrize(
    ("fault", "status", "slug"),
    [
        (Reply(500, {"message": "Internal Server Error"}), 502, "linkedin-broken"),
        (Reply(502, b"<html>Bad gateway</html>"), 502, "linkedin-broken"),
        (Reply(200, b"<html>Sign in</html>"), 502, "linkedin-broken"),
        (Reply(200, b""), 502, "linkedin-broken"),
        (Reply(404, b"<html>Not found</html>"), 502, "linkedin-broken"),
        (Reply(302, b""), 502, "linkedin-broken"),
        (Reply(429, {"message": "Too many requests"}), 502, "linkedin-broken"),
        (Reply(error=requests.ConnectionError()), 502, "linkedin-broken"),
        (SILENT, 504, "linkedin-timeout"),
    ],
)
@pytest.mark.parametrize("at", ["token", "probe"])
def test_linkedin_broken_or_silent_is_distinguished(fault: Reply, status: int, slug: str, at: str) -> None:
    fake = FakeLinkedIn([1])
    if at == "token":
        fake.token_faults = [fault] * 2
    else:
        fake.fault = lambda call: fault if "Reports" in call.path else None
    reply = call(app_on(fake), event(body_of(COMBINED, probe=True)))
    assert (reply.status, reply.body["type"]) == (status, f"urn:learning-graph:problem:{slug}")
    (pair,) = reply.body["pairs"]
    assert pair["valid"] is (None if at == "token" else True)
    assert pair["mayRead"] == (None if at == "token" else {"Content": True, "Report": None})


def test_a_refusal_counts_more_than_an_unknown() -> None:
    fake = FakeLinkedIn([1])
    fake.fault = lambda call: SILENT
    reply = call(app_on(fake), event(body_of(CONTENT, CredentialPair("86report", "wrong"), probe=True)))
    assert reply.status == 422


def test_a_token_refused_at_the_resource_makes_the_pair_invalid() -> None:
    fake = FakeLinkedIn([1])
    fake.fault = lambda call: Reply(401, {"message": "Invalid access token"})
    reply = call(app_on(fake), event(body_of(COMBINED, probe=True)))
    (pair,) = reply.body["pairs"]
    assert (reply.status, pair["valid"], pair["error"]) == (422, False, None)
    assert "Invalid access token" in pair["error_description"]


def test_no_time_left_is_answered_504() -> None:
    assert call(app_on(FakeLinkedIn(), time_left=0), event(body_of(COMBINED))).status == 504


# Our own faults.


def raising(error: Exception) -> Callable[[], str]:
    def secret_text() -> str:
        raise error

    return secret_text


def test_a_defect_is_answered_500_without_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    reply = call(app_on(FakeLinkedIn(), secret_text=raising(ZeroDivisionError("hush"))), event())
    assert (reply.status, reply.body["type"]) == (500, "urn:learning-graph:problem:internal-error")
    assert "hush" not in reply.text + "".join(str(record.__dict__) for record in caplog.records)
    assert [record.message for record in caplog.records] == ["internal error"]


def test_a_missing_secret_is_answered_by_its_setting() -> None:
    missing = ConfigurationError("LINKEDIN_SECRET_ARN", "there is no secret", resolution="Create it.")
    reply = call(app_on(FakeLinkedIn(), secret_text=raising(missing)), event())
    assert reply.status == 422
    assert reply.body["errors"] == [
        {"field": "LINKEDIN_SECRET_ARN", "problem": "there is no secret", "resolution": "Create it."}
    ]


# Secrecy.


def test_no_secret_and_no_token_is_in_any_answer_or_log_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    texts = []
    for fault in (
        None,
        Reply(400, {"error": "invalid_request", "error_description": "se+cr/et= and se%2Bcr%2Fet%3D"}),
        Reply(400, {"error": "se+cr/et=", "error_description": "x"}),
        Reply(500, b"se+cr/et="),
    ):
        fake = FakeLinkedIn([1])
        fake.token_faults = [fault] * 2 if fault else []
        fake.fault = lambda call: Reply(400, {"message": f"bad {call.headers['Authorization']}"})
        texts.append(call(app_on(fake), event(body_of(COMBINED, probe=True))).text)
    told = "\n".join([*texts, caplog.text, *(str(record.__dict__) for record in caplog.records)])
    assert "credentials checked" in told
    for hidden in ("se+cr/et=", "se%2Bcr%2Fet%3D", "token-1"):
        assert hidden not in told


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("escaped", [("/", "\\/"), ("=", "\\u003d"), ("A", "\\u0041")])
def test_a_token_that_linkedin_quotes_with_escapes_is_hidden_too(status: int, escaped: tuple[str, str]) -> None:
    def quote(call: Call) -> Reply:
        token = call.headers["Authorization"].removeprefix("Bearer ")
        return Reply(status, json.dumps({"message": f"bad {token}"}).replace(*escaped).encode())

    fake = FakeLinkedIn([1])
    fake.token_faults = [Reply(200, {"access_token": f"AQX/{n}=="}) for n in range(9)]
    fake.fault = quote
    told = call(app_on(fake), event(body_of(COMBINED, probe=True))).text
    assert "bad [token]" in told
    assert "AQX/" not in told


def test_a_call_keeps_within_the_time_of_its_function() -> None:
    reply = call(app_on(FakeLinkedIn()), event(body_of(COMBINED)), Context(milliseconds=500))
    assert reply.status in (200, 504)
