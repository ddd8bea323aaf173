"""The OpenAPI document: current, valid, and without a gap between it and the answers."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate as validate_openapi

from learning_graph.linkedin.http import VERSION
from learning_graph.validation.api import openapi_document
from tests.fakes.linkedin import COMBINED, FakeLinkedIn
from tests.fakes.linkedin import Reply as Wire
from tests.unit.validation.calling import Reply, app_on, call, event

DOCUMENT = openapi_document(version=VERSION)
ROOT = Path(__file__).parents[3]
KEPT = ROOT / "docs/openapi.json"
RESPONSES = DOCUMENT["paths"]["/validate"]["post"]["responses"]


def assert_documented(reply: Reply) -> None:
    content = RESPONSES[str(reply.status)]["content"][reply.headers["Content-Type"]]
    schema = {**content["schema"], "components": DOCUMENT["components"]}
    jsonschema.validate(reply.body, schema)


def test_the_kept_document_is_current() -> None:
    assert json.loads(KEPT.read_text()) == DOCUMENT, "write it anew: python -m local openapi"


def test_the_client_names_the_projects_version() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_the_document_is_valid_openapi() -> None:
    validate_openapi(DOCUMENT)


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    text = json.dumps(DOCUMENT)
    used = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert used == set(DOCUMENT["components"]["schemas"])


def test_every_status_that_the_code_can_answer_is_in_the_document() -> None:
    source = "".join(path.read_text() for path in (ROOT / "layers/common/learning_graph/validation").glob("*.py"))
    raised = set(re.findall(r"problem\(\s*\"[\w-]+\",\s*\"[^\"]+\",\s*(\d{3})", source))
    assert raised == {"400", "404", "405", "413", "415", "422", "500", "502", "504"}
    assert raised | {"200", "403", "429"} == set(RESPONSES)


_names = st.sampled_from(
    ["contentClientId", "contentClientSecret", "reportClientId", "reportClientSecret", "probe", "surprise"]
)
_good = st.sampled_from([COMBINED.client_id, COMBINED.client_secret, "86report", "report-secret"])
_values = _good | st.text(max_size=20) | st.none() | st.booleans() | st.integers() | st.lists(st.text(), max_size=2)
_bodies = st.dictionaries(_names, _values, max_size=6).map(json.dumps) | st.text(max_size=50)
_faults = st.sampled_from(
    [None, Wire(500), Wire(200, b"<html>"), Wire(401, {"error": "access_denied"}), Wire(403, b""), Wire(429)]
)


@settings(deadline=None, max_examples=100)
@given(_bodies, _faults, _faults, st.sampled_from(["application/json", "text/plain", "application/json; charset=x"]))
def test_no_request_gets_an_answer_outside_the_document(body: str, token: Any, api: Any, content_type: str) -> None:
    fake = FakeLinkedIn([1])
    fake.token_faults = [token] * 2 if token else []
    fake.fault = lambda call: api
    reply = call(app_on(fake), event(body, content_type=content_type))
    assert_documented(reply)
    assert reply.status != 500


_request_schema = {"$ref": "#/components/schemas/ValidateRequest", "components": DOCUMENT["components"]}


@settings(deadline=None, max_examples=80)
@given(st.dictionaries(_names, _values, min_size=1, max_size=6))
def test_what_the_document_allows_is_accepted_and_the_rest_is_not(body: dict[str, Any]) -> None:
    allowed = jsonschema.Draft202012Validator(_request_schema).is_valid(body)
    reply = call(app_on(FakeLinkedIn()), event(json.dumps(body)))
    assert (reply.status != 400) == allowed


@pytest.mark.parametrize(
    "sent", [event(method="GET"), event(path="/x"), event("x" * 20_000), event("x", content_type="text/x")]
)
def test_refusals_before_the_body_is_read_are_documented(sent: dict[str, Any]) -> None:
    assert_documented(call(app_on(FakeLinkedIn()), sent))
