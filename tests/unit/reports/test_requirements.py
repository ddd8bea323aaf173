"""requirements.yaml: what is refused, with line, field and resolution."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_graph.reports.report_problems import ConfigurationRefused
from learning_graph.reports.requirements import json_schema, read_requirements
from local.place import ROOT

ONCE = "LinkedIn records one completion per person and content and sends none for a retake"
BASE = """requirements:
  - id: r
    title: R
    owner: o@example.com
    content: {anyOf: [urn:li:lyndaCourse:1]}
    who: {everyone: true}
"""


def refused(text: str | bytes) -> list[str]:
    with pytest.raises(ConfigurationRefused) as refusal:
        read_requirements(text if isinstance(text, bytes) else text.encode(), "f.yaml")
    assert all(problem.resolution.endswith(".") for problem in refusal.value.problems)
    return [f"{problem.place}: {problem.problem}" for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("requirements: [", "f.yaml, line 1: is not YAML: expected the node content, but found '<stream end>'"),
        ("a: 1\na: 2", "f.yaml, line 2: a name stands here a second time: 'a'"),
        ("- 1", "f.yaml, line 1: is not a mapping"),
        (b"\xff\xfe", "f.yaml: is not UTF-8"),
        ("requirement: []", "f.yaml, line 1, requirement: there is no such member"),
        (BASE.replace("id: r", "id: A b"), "f.yaml, line 2, requirements[0].id: has another form: 'A b'"),
        (BASE + BASE.partition("\n")[2], "f.yaml, line 7, requirements[1].id: 'r' is the id of line 2 already"),
        (BASE.replace("    owner: o@example.com\n", ""), "f.yaml, line 2, requirements[0].owner: is missing"),
        (
            BASE.replace("urn:li:lyndaCourse:1", "course 1"),
            "line 5, requirements[0].content.anyOf[0]: has another form: 'course 1'",
        ),
        (
            BASE.replace("anyOf: [urn:li:lyndaCourse:1]", "anyOf: []"),
            "requirements[0].content.anyOf: Tuple should have at least 1",
        ),
        (BASE.replace("[urn:li:lyndaCourse:1]", "[urn:li:a:1, urn:li:a:1]"), "content: one stands twice: urn:li:a:1"),
        (BASE.replace("{everyone: true}", "{}"), "line 6, requirements[0].who: nobody is in scope"),
        (
            BASE.replace("{everyone: true}", "{everyone: true, groups: [A]}"),
            "who: everyone contradicts groups and attributes",
        ),
        (BASE + "    how: finished\n", "f.yaml, line 7, requirements[0].how: is no condition: 'finished'"),
        (
            BASE + "    how: {minimumProgress: 101}\n",
            "how.minimumProgress: Input should be less than or equal to 100 (it is 101)",
        ),
        (
            BASE + "    how: {minimumProgress: 9, minimumSeconds: 9}\n",
            "how: has 2 of completed, minimumProgress and minimumSeconds",
        ),
        (
            BASE + "    due: {date: 2026-02-30}\n",
            "f.yaml, line 7, requirements[0].due.date: can't be read: '2026-02-30'",
        ),
        (BASE + "    due: {date: 2026-02-01, everyMonths: 3}\n", "due: has 2 of date, daysAfterStart and everyMonths"),
        (
            BASE + "    due: {everyMonths: 12}\n",
            f"f.yaml, line 2, requirements[0]: can be met once, not every 12 months: {ONCE}",
        ),
        (
            BASE + "    exemptions: [{person: p, reason: r, decidedBy: d, from: 2026-02-01, until: 2026-01-01}]\n",
            "exemptions[0]: until 2026-01-01 lies before from 2026-02-01",
        ),
        (BASE + "    cycles: []\n", "requirements[0].cycles: Tuple should have at least 1"),
        ("alerts: [{id: a, query: q}]", "alerts[0]: has none of above and below"),
        ("skills: [{skill: s, groups: [g], share: 0.5, people: 3}]", "skills[0]: share contradicts people"),
    ],
)
def test_an_error_names_its_line_and_field(text: str | bytes, problem: str) -> None:
    assert any(problem in told for told in refused(text)), refused(text)


def test_every_error_is_reported_at_once() -> None:
    text = BASE.replace("id: r", "id: A").replace("{everyone: true}", "{}")
    assert len(refused(text)) == 2


@pytest.mark.parametrize(
    "content",
    ["{allOf: [urn:li:a:1, urn:li:a:2]}", "{anyOf: [urn:li:a:1]}"],
)
def test_what_can_be_met_once_cannot_recur_unless_it_asks_for_engagement(content: str) -> None:
    text = BASE.replace("{anyOf: [urn:li:lyndaCourse:1]}", content) + "    due: {everyMonths: 12}\n"
    assert ONCE in refused(text)[0]
    assert read_requirements((text + "    how: {minimumSeconds: 600}\n").encode()).requirements


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        ("{from: 2027-01-01, due: 2027-03-31, content: {anyOf: [urn:li:a:1]}}", "repeats content of an earlier one"),
        ("{from: 2025-01-01, due: 2027-03-31, content: {anyOf: [urn:li:a:2]}}", "does not follow its predecessor"),
        ("{from: 2026-03-01, due: 2027-03-31, content: {anyOf: [urn:li:a:2]}}", "when the next has begun"),
        ("{from: 2027-01-01, due: 2027-03-31, content: {anyOf: [urn:li:a:1, urn:li:a:2]}}", None),
        ("{from: 2027-01-01, due: 2027-03-31, content: {allOf: [urn:li:a:1, urn:li:a:2]}}", "repeats content"),
    ],
)
def test_cycles_follow_one_another_and_each_can_be_met(second: str, problem: str | None) -> None:
    first = "{from: 2026-01-01, due: 2026-03-31, content: {anyOf: [urn:li:a:1]}}"
    text = BASE.replace("    content: {anyOf: [urn:li:lyndaCourse:1]}\n", "") + f"    cycles: [{first}, {second}]\n"
    if problem is None:
        assert read_requirements(text.encode()).requirements
    else:
        assert problem in refused(text)[0]
    # Seconds can be met again by the same content; the order of cycles matters all the same.
    engagement = text + "    how: {minimumSeconds: 600}\n"
    if problem is None or problem.startswith("repeats"):
        assert read_requirements(engagement.encode()).requirements
    else:
        assert problem in refused(engagement)[0]


def test_a_definition_stays_the_same_however_it_is_worded() -> None:
    [first] = read_requirements(BASE.encode()).requirements
    [renamed] = read_requirements(BASE.replace("title: R", "title: Other").encode()).requirements
    [other] = read_requirements((BASE + "    due: {date: 2026-01-01}\n").encode()).requirements
    assert first.definition_sha256(None) == renamed.definition_sha256(None) != other.definition_sha256(None)


def test_the_template_is_good_by_the_models_and_by_the_schema() -> None:
    path = ROOT / "config" / "requirements.template.yaml"
    assert len(read_requirements(path.read_bytes()).requirements) >= 6
    kept = json.loads((ROOT / "docs" / "requirements.schema.json").read_text(encoding="utf-8"))
    assert kept == json_schema(), "write it anew: python -m local report-documents"
    values = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))
    jsonschema.Draft202012Validator(kept).validate(values)


def test_documents_are_current() -> None:
    from local.report_documents import documents

    for path, text in documents().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: python -m local report-documents"


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.dates(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["requirements", "skills", "alerts", "id", "who", "content", "due", "cycles", "how", "x"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_stands_in_it_is_read_or_refused_with_a_place(values: object) -> None:
    with suppress(_Refused):
        _read_or_refused(yaml.safe_dump(values).encode())


class _Refused(Exception):
    pass


def _read_or_refused(data: bytes) -> None:
    try:
        read_requirements(data, "f.yaml")
    except ConfigurationRefused as refusal:
        if not all(problem.place.startswith("f.yaml") for problem in refusal.problems):
            raise
        raise _Refused from refusal


def test_aliases_of_aliases_do_not_grow_without_end(tmp_path: Path) -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert "too many values" in refused("\n".join(lines))[0]
