"""The JSON of the validate call: request, answer, and problem."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from learning_graph.values.steps import KeyType

PairLabel = Literal["content", "report"]
Endpoint = Literal["learningAssets", "learningClassifications", "learningActivityReports"]
LONGEST_CREDENTIAL = 512
# Surrounding white space is accepted on purpose: LinkedIn refuses it, and the answer then points it out.
PRINTABLE_ASCII = r"^[\t\n\r -~]*[!-~][\t\n\r -~]*$"
PROBLEM_TYPE = "urn:learning-graph:problem:"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


def _without_default(schema: dict[str, Any]) -> None:
    """Remove the default from the schema: a member may be absent, but not null."""
    schema.pop("default", None)


_Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_CREDENTIAL, pattern=PRINTABLE_ASCII)]


def _member(description: str) -> Any:
    return Field(default=None, description=description, repr=False, json_schema_extra=_without_default)


class ValidateRequest(_Message):
    """The pairs to check, each whole or absent; without any pair the stored secret is checked."""

    model_config = ConfigDict(
        strict=True,
        title="ValidateRequest",
        json_schema_extra={
            "dependentRequired": {
                "contentClientId": ["contentClientSecret"],
                "contentClientSecret": ["contentClientId"],
                "reportClientId": ["reportClientSecret"],
                "reportClientSecret": ["reportClientId"],
            }
        },
    )

    content_client_id: _Text | SkipJsonSchema[None] = _member("Client ID of the application with Content keys.")
    content_client_secret: _Text | SkipJsonSchema[None] = _member("Its Client Secret; neither stored nor logged.")
    report_client_id: _Text | SkipJsonSchema[None] = _member("Client ID of the application with Report keys.")
    report_client_secret: _Text | SkipJsonSchema[None] = _member("Its Client Secret; neither stored nor logged.")
    probe: bool = Field(
        default=False, description="Also ask each endpoint family for one record, to learn what each pair may read."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise PydanticCustomError("null", "is null")
        return value


class ProbeResult(_Message):
    """The answer of one endpoint family to one pair."""

    endpoint: Endpoint
    key_type: KeyType
    allowed: bool | None = Field(description="null: LinkedIn gave no verdict.")
    detail: str | None = Field(description="LinkedIn's words where it did not answer with a record.")


class MayRead(BaseModel):
    """What a pair may read, by key type; null where LinkedIn's answer does not show it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    Content: bool | None
    Report: bool | None


class PairResult(_Message):
    """The verdict on one credential pair."""

    pair: PairLabel
    valid: bool | None = Field(description="null: LinkedIn gave no verdict.")
    error: str | None = Field(description="LinkedIn's `error` where it refused the pair.")
    error_description: str | None = Field(
        alias="error_description", description="LinkedIn's `error_description`, or why there is no verdict."
    )
    resolution: str | None = Field(description="What to do about it.")
    may_read: MayRead | None = Field(description="Only with `probe`, and only for a valid pair.")
    probes: tuple[ProbeResult, ...]


class KeyTypeResult(_Message):
    """The pair that a run uses for a key type, and whether it is allowed to."""

    key_type: KeyType
    pair: PairLabel
    allowed: bool | None
    resolution: str | None


class ValidateAnswer(_Message):
    """Every pair is valid."""

    valid: Literal[True] = True
    checked: Literal["body", "secret"] = Field(description="Where the pairs came from.")
    pairs: tuple[PairResult, ...]
    key_types: tuple[KeyTypeResult, ...] = Field(description="Only with `probe`.")


class FieldProblem(_Message):
    """One member that is wrong; its value is never quoted."""

    field: str
    problem: str
    resolution: str


class Problem(_Message):
    """The body of every answer other than 200 (after RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldProblem, ...] = ()
    pairs: tuple[PairResult, ...] = ()
    key_types: tuple[KeyTypeResult, ...] = ()


class ProblemFound(Exception):
    """Ends a validate call with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem


def problem(slug: str, title: str, status: int, detail: str, **details: Any) -> ProblemFound:
    """Make the exception that answers with a problem of the type `urn:learning-graph:problem:<slug>`."""
    return ProblemFound(Problem(type=PROBLEM_TYPE + slug, title=title, status=status, detail=detail, **details))
