"""Skill gaps, computed by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.reports.world import World, ms, rows


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Sales has six learners: two covered, one of them long ago, one who has begun; Legal has four."""
    made = World(tmp_path)
    made.course("1", "python", durationSeconds=600.0, level="BEGINNER", webLaunchUrl="https://example.com/1")
    made.course("2", "python", isRetired=True, availability="RETIRED")
    made.course("3")
    for number in range(6):
        made.learner(f"s{number}", "Sales")
    for number in range(4):
        made.learner(f"l{number}", "Legal")
    made.did("s0", "1", "2026-03-20T10:00:00", secondsViewed=600)
    made.did("s1", "1", "2024-03-20T10:00:00", secondsViewed=200)
    begun: dict[str, Any] = {"firstEngagedOn": ms("2026-03-01T10:00:00"), "lastEngagedOn": ms("2026-03-02T10:00:00")}
    made.did("s2", "1", progressPercentage=40.0, **begun)
    made.did("l0", "1", "2026-03-20T10:00:00")
    return made


def target(**members: Any) -> str:
    return json.dumps({"skills": [{"skill": "Python", "groups": ["Sales", "Legal"], **members}]})


def test_coverage_gap_and_people_to_train(world: World) -> None:
    report = world.report(target(share=0.75, withinMonths=12))
    [sales] = rows(report.db, "select * exclude (name) from skills where groupName = 'Sales' and asked")
    assert sales == {
        "groupName": "Sales",
        "skill": "python",
        "skillKey": "urn:li:skill:python",
        "asked": True,
        "groupSize": 6,
        "covered": 2,
        "coverage": pytest.approx(2 / 6),
        "coveredRecently": 1,
        "recentCoverage": pytest.approx(1 / 6),
        "withinMonths": 12,
        "engaged": 3,
        "engagedShare": 0.5,
        "target": 0.75,
        "gap": pytest.approx(0.75 - 2 / 6),
        "peopleToTrain": 3,  # ceil(4.5) - 2
        "recentGap": pytest.approx(0.75 - 1 / 6),
        "peopleToTrainRecently": 4,
        "medianSeconds": 400.0,
        "withheld": False,
    }


def test_a_number_of_people_instead_of_a_share(world: World) -> None:
    [sales] = rows(world.report(target(people=3)).db, "select * from skills where groupName = 'Sales' and asked")
    assert (sales["target"], sales["peopleToTrain"], sales["gap"]) == (0.5, 1, pytest.approx(0.5 - 2 / 6))


def test_nothing_is_said_of_a_group_of_four(world: World) -> None:
    [legal] = rows(world.report(target()).db, "select * from skills where groupName = 'Legal'")
    figures = {name for name, value in legal.items() if value is not None}
    assert figures == {"groupName", "skill", "skillKey", "asked", "withinMonths", "target", "withheld", "name"}
    assert legal["withheld"] is True


def test_a_smaller_minimum_can_be_set(world: World) -> None:
    asked = json.loads(target()) | {"minimumGroupSize": 4}
    [legal] = rows(world.report(json.dumps(asked)).db, "select * from skills where groupName = 'Legal'")
    assert (legal["groupSize"], legal["covered"]) == (4, 1)


def test_available_content_that_would_close_the_gap_with_who_has_begun_it(world: World) -> None:
    found = rows(world.report(target()).db, "select * from skill_contents where groupName = 'Sales'")
    assert found == [
        {
            "groupName": "Sales",
            "skill": "python",
            "rank": 1,
            "contentKey": "urn:li:lyndaCourse:1",
            "contentTitle": "Course 1",
            "assetType": "COURSE",
            "level": "BEGINNER",
            "durationSeconds": 600.0,
            "webLaunchUrl": "https://example.com/1",
            "learners": 4,
            "started": 1,
            "startedBy": ["S2"],
        }
    ]


def test_skills_that_nobody_asked_for_and_five_have(world: World) -> None:
    for number in range(2, 6):
        world.did(f"s{number}", "2", "2026-03-20T10:00:00")
    world.report("{}")
    [found] = rows(world.report("{}").db, "select groupName, skill, asked, covered, gap from skills")
    assert found == {"groupName": "Sales", "skill": "python", "asked": False, "covered": 6, "gap": None}


def test_a_skill_that_does_not_exist_and_a_group_without_members(world: World) -> None:
    asked = json.dumps({"skills": [{"skill": "Cobol", "groups": ["Sales"]}, {"skill": "python", "groups": ["Nobody"]}]})
    report = world.report(asked)
    found = {row["skill"]: row for row in rows(report.db, "select * from skills where asked")}
    assert (found["Cobol"]["covered"], found["Cobol"]["gap"], found["Cobol"]["skillKey"]) == (0, 1.0, None)
    assert found["python"]["withheld"] is True
    assert [one.problem for one in report.problems if "Cobol" in one.problem] == [
        "Cobol is no skill, topic or subject of the catalogue"
    ]
