"""`config/requirements.yaml`: required learning, skills that groups need, and alert rules.

The JSON Schema in docs/requirements.schema.json is made from these models.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, Self

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from learning_graph.reports.report_problems import ConfigurationRefused, ReportProblem
from learning_graph.reports.yaml_document import YamlDocument

NAME: Final = "config/requirements.yaml"
_MOST_PROBLEMS: Final = 50
_IDENTIFIER: Final = r"^[a-z0-9][a-z0-9._-]{0,62}$"
_URN: Final = r"^urn:li:\S+$"
_DURATION: Final = r"^\d{1,4}[hd]$"
Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
Identifier = Annotated[str, Field(pattern=_IDENTIFIER)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]
Urn = Annotated[str, Field(pattern=_URN)]
Severity = Literal["info", "low", "medium", "high", "critical"]
Duration = Annotated[str, Field(pattern=_DURATION)]


class ConfigurationModel(BaseModel):
    """Members in camel case; an unknown one is an error, since it is usually misspelt."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=False, str_strip_whitespace=True
    )


class RequiredContent(ConfigurationModel):
    """The required content: exactly one of the three."""

    any_of: Annotated[tuple[Urn, ...], Field(min_length=1)] | None = Field(
        default=None, description="URNs of contents; one of them is enough."
    )
    all_of: Annotated[tuple[Urn, ...], Field(min_length=1)] | None = Field(
        default=None, description="URNs of contents; all of them are needed."
    )
    tagged: Texts | None = Field(
        default=None,
        description="Names or URNs of skills, topics, subjects or libraries; any content tagged so counts.",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        _exactly_one(self, ("any_of", "all_of", "tagged"))
        for urns in (self.any_of, self.all_of, self.tagged):
            if urns and (twice := [urn for urn, times in Counter(urns).items() if times > 1]):
                raise ValueError(f"one stands twice|Name each once.|: {twice[0]}")
        return self

    @property
    def urns(self) -> tuple[str, ...]:
        """The URNs of anyOf or allOf."""
        return self.any_of or self.all_of or ()


class Who(ConfigurationModel):
    """The people in scope: those in the population file, if one is named, who match every other member."""

    everyone: Literal[True] | None = Field(default=None, description="Everybody of the population file or LinkedIn.")
    groups: Texts | None = Field(default=None, description="Members of any of these groups.")
    attributes: dict[Text, Texts] | None = Field(
        default=None, description="LinkedIn's custom attributes: name, and the values of which the person has one."
    )
    population: Identifier | None = Field(
        default=None,
        description="Name of config/populations/<name>.csv. Without it only people whom LinkedIn knows are in scope.",
    )

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not (self.everyone or self.groups or self.attributes or self.population):
            raise ValueError("nobody is in scope|Write `everyone: true`, or name groups, attributes or a population.")
        if self.everyone and (self.groups or self.attributes):
            raise ValueError("everyone contradicts groups and attributes|Remove `everyone`, or the others.")
        return self


class How(ConfigurationModel):
    """When content counts as done: completed (also written `how: completed`), or a minimum of progress or seconds."""

    completed: Literal[True] | None = None
    minimum_progress: Annotated[float, Field(gt=0, le=100)] | None = Field(default=None, description="Per cent.")
    minimum_seconds: Annotated[int, Field(gt=0)] | None = Field(
        default=None, description="Seconds viewed; with anyOf or tagged over all of the content together."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        _exactly_one(self, ("completed", "minimum_progress", "minimum_seconds"))
        return self


def _spelled_out(how: object) -> object:
    if isinstance(how, str) and how != "completed":
        raise ValueError(f"is no condition|Write completed, {{minimumProgress: …}} or {{minimumSeconds: …}}.|: {how!r}")
    return {"completed": True} if isinstance(how, str) else how


class Due(ConfigurationModel):
    """The due date: exactly one of date, daysAfterStart and everyMonths; then a number of days of grace."""

    on: date | None = Field(default=None, alias="date", description="The last day on time.")
    days_after_start: Annotated[int, Field(ge=0, le=3650)] | None = Field(
        default=None, description="Days after the start date of the population file, else after the first sighting."
    )
    every_months: Annotated[int, Field(ge=1, le=120)] | None = Field(
        default=None, description="To be repeated so many months after the last time."
    )
    first_due_days: Annotated[int, Field(ge=0, le=3650)] | None = Field(
        default=None, description="With everyMonths: days after the start until the first time is due; 30 by default."
    )
    grace_days: Annotated[int, Field(ge=0, le=365)] = Field(
        default=0, description="Days after the due date in which nobody is overdue yet."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in ("on", "days_after_start", "every_months") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"has {len(given)} of date, daysAfterStart and everyMonths|Give exactly one of them.")
        if self.first_due_days is not None and self.every_months is None:
            raise ValueError("firstDueDays goes with everyMonths alone|Use daysAfterStart, or add everyMonths.")
        return self


class Cycle(ConfigurationModel):
    """One cycle of a requirement, with content of its own and a due date."""

    starts: date = Field(alias="from", description="First day of the cycle; it lasts until the next one begins.")
    due: date = Field(description="Last day on time.")
    content: RequiredContent

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.due < self.starts:
            raise ValueError(f"due {self.due} lies before from {self.starts}|Give a due date inside the cycle.")
        return self


class Exemption(ConfigurationModel):
    """A person who does not have to meet the requirement."""

    person: Text = Field(description="E-mail address, uniqueUserId or profile URN.")
    reason: Text
    decided_by: Text
    starts: date = Field(alias="from", description="First day of the exemption.")
    until: date | None = Field(default=None, description="Last day of the exemption; without it, until revoked.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.starts:
            raise ValueError(f"until {self.until} lies before from {self.starts}|Swap them, or correct one.")
        return self


class Requirement(ConfigurationModel):
    """A requirement: who must complete what by when."""

    id: Identifier
    title: Text
    owner: Text
    description: Text | None = None
    controls: tuple[Text, ...] = Field(default=(), description="Controls it serves, e.g. `SOC 2 CC1.4`.")
    content: RequiredContent | None = None
    cycles: tuple[Cycle, ...] | None = Field(
        default=None, min_length=1, description="Content and due date per cycle, in place of content and due."
    )
    who: Who
    how: Annotated[How, BeforeValidator(_spelled_out, json_schema_input_type=Literal["completed"] | How)] = Field(
        default_factory=lambda: How(completed=True), description="`completed` by default."
    )
    due: Due | None = Field(default=None, description="Without it nobody is ever overdue.")
    grace_days: Annotated[int, Field(ge=0, le=365)] | None = Field(default=None, description="Grace of every cycle.")
    exemptions: tuple[Exemption, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.content is None) == (self.cycles is None):
            raise ValueError("has both or neither of content and cycles|Give exactly one of them.")
        if self.cycles is not None and self.due is not None:
            raise ValueError("due contradicts cycles, which have due dates of their own|Remove `due`.")
        if self.grace_days is not None and self.cycles is None:
            raise ValueError("graceDays here goes with cycles alone|Write it below `due`.")
        self._cycles_in_order()
        self._can_be_repeated()
        return self

    def _cycles_in_order(self) -> None:
        for previous, cycle in pairwise(self.cycles or ()):
            if cycle.starts <= previous.starts:
                raise ValueError(f"the cycle from {cycle.starts} does not follow its predecessor|Sort them by `from`.")
            if previous.due >= cycle.starts:
                raise ValueError(
                    f"the cycle from {previous.starts} is due on {previous.due}, when the next has begun|"
                    "Let each cycle be due before the next begins."
                )

    def _can_be_repeated(self) -> None:
        if not self.how.completed:
            return
        once = "LinkedIn records one completion per person and content and sends none for a retake"
        resolution = (
            "Name other content per cycle (`cycles`), several contents of which any counts (`anyOf`, `tagged`),"
            " or ask for engagement (`how: {minimumSeconds: …}`)."
        )
        months = self.due.every_months if self.due else None
        content = self.content
        if months and content and (content.all_of is not None or len(content.any_of or ("", "")) == 1):
            raise ValueError(f"can be met once, not every {months} months: {once}|{resolution}")
        earlier: set[str] = set()
        for cycle in self.cycles or ():
            needed, optional = set(cycle.content.all_of or ()), set(cycle.content.any_of or ())
            if needed & earlier or (optional and optional <= earlier):
                raise ValueError(
                    f"the cycle from {cycle.starts} repeats content of an earlier one: {once}|{resolution}"
                )
            earlier |= needed | optional

    def definition_sha256(self, cycle: Cycle | None) -> str:
        """Return a digest of content, condition and due date, which decide when it is met."""
        decisive = self.model_dump(mode="json", by_alias=True, include={"content", "how", "due", "grace_days"})
        decisive["cycle"] = cycle and cycle.model_dump(mode="json", by_alias=True)
        return hashlib.sha256(msgspec.json.encode(decisive, order="deterministic")).hexdigest()

    def cycle_at(self, day: date) -> Cycle | None:
        """Return the cycle in which a day lies, None before the first and where there are none."""
        begun = [cycle for cycle in self.cycles or () if cycle.starts <= day]
        return begun[-1] if begun else None


class SkillTarget(ConfigurationModel):
    """A skill that a group needs."""

    skill: Text = Field(description="Name or URN of a skill, topic or subject.")
    groups: Texts
    share: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, description="Share of the group that should be covered; everybody by default."
    )
    people: Annotated[int, Field(gt=0)] | None = Field(default=None, description="Number of people, instead of share.")
    within_months: Annotated[int, Field(ge=1, le=120)] = Field(
        default=12, description="The variant with completions of so many months only."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.share is not None and self.people is not None:
            raise ValueError("share contradicts people|Remove one of them.")
        return self


class AlertRule(ConfigurationModel):
    """A rule: each row of its query has a `subject` and a `value`, which is compared with the threshold."""

    id: Identifier
    query: Identifier | None = Field(
        default=None, description="Name of a shipped query (`python -m local query --list`)."
    )
    sql: Annotated[str, Field(min_length=1, max_length=20_000)] | None = None
    above: float | None = Field(default=None, description="Fires where a value is larger.")
    below: float | None = Field(default=None, description="Fires where a value is smaller.")
    severity: Severity = "medium"
    message: Text | None = Field(default=None, description="May hold {subject}, {value} and {threshold}.")
    starts_after: Duration = Field(
        default="0h", alias="for", description="Pending so long before it fires, e.g. `48h` or `2d`."
    )
    keep_firing_for: Duration = Field(default="0h", description="Recovering so long before it is resolved.")
    enabled: bool = True

    @model_validator(mode="after")
    def _one(self) -> Self:
        if not self.enabled:
            return self
        _exactly_one(self, ("query", "sql"))
        _exactly_one(self, ("above", "below"))
        return self


class RequirementsFile(ConfigurationModel):
    """The whole file."""

    requirements: tuple[Requirement, ...] = ()
    skills: tuple[SkillTarget, ...] = ()
    alerts: tuple[AlertRule, ...] = Field(
        default=(), description="Rules beside the shipped ones; one with a shipped rule's id replaces that."
    )
    minimum_group_size: Annotated[int, Field(ge=1)] = Field(
        default=5, description="Skill figures are withheld for smaller groups."
    )


def read_requirements(data: bytes, name: str = NAME) -> RequirementsFile:
    """Return the content of a requirements file.

    Raises:
        ConfigurationRefused: something in it is wrong; every error has line, field and resolution.
    """
    document = YamlDocument(data, name)
    values = {} if document.values is None else document.values
    if not isinstance(values, dict):
        raise ConfigurationRefused((document.problem((), "is not a mapping", "Begin with `requirements:`."),))
    try:
        content = RequirementsFile.model_validate(values)
    except ValidationError as error:
        raise ConfigurationRefused(tuple(_problems(document, error))[:_MOST_PROBLEMS]) from error
    if problems := tuple(_repeated_ids(document, content)):
        raise ConfigurationRefused(problems)
    return content


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file."""
    schema = RequirementsFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": NAME}


def _exactly_one(model: ConfigurationModel, names: tuple[str, ...]) -> None:
    given = [name for name in names if getattr(model, name) is not None]
    if len(given) != 1:
        aliases = [type(model).model_fields[name].alias or name for name in names]
        listed = ", ".join(aliases[:-1]) + f" and {aliases[-1]}"
        raise ValueError(f"has {len(given) or 'none'} of {listed}|Give exactly one of them.")


def _problems(document: YamlDocument, error: ValidationError) -> Iterator[ReportProblem]:
    for found in error.errors(include_url=False):
        path = found["loc"]
        problem, resolution, quote = [*found["msg"].removeprefix("Value error, ").split("|", 2), "", ""][:3]
        if found["type"] == "extra_forbidden":
            problem, resolution = "there is no such member", f"Correct its spelling; {_SCHEMA} lists all members."
        elif found["type"] == "missing":
            problem, resolution = "is missing", "Add it."
        elif found["type"] == "string_pattern_mismatch" and found["ctx"]["pattern"] in _FORMS:
            problem, resolution = "has another form", _FORMS[found["ctx"]["pattern"]]
            quote = f": {found['input']!r}"
        elif not resolution:
            given = found["input"]
            quote = f" (it is {given!r})" if isinstance(given, str | int | float | date) else ""
            resolution = f"Correct it as {_SCHEMA} describes it."
        yield document.problem(path, problem, resolution, quote)


_SCHEMA: Final = "docs/requirements.schema.json"
_FORMS: Final = {
    _IDENTIFIER: "Use lower-case letters, digits, dots, hyphens and underscores.",
    _URN: "Write a URN, e.g. urn:li:lyndaCourse:2801020.",
    _DURATION: "Write hours or days, e.g. 48h or 2d.",
}


def _repeated_ids(document: YamlDocument, content: RequirementsFile) -> Iterator[ReportProblem]:
    for section, ids in (
        ("requirements", [one.id for one in content.requirements]),
        ("alerts", [one.id for one in content.alerts]),
    ):
        for number, name in enumerate(ids):
            if (first := ids.index(name)) < number:
                line = document.line_of((section, first, "id"))
                yield document.problem(
                    (section, number, "id"), f"{name!r} is the id of line {line} already", "Give each its own id."
                )
