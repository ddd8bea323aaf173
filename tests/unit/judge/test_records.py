"""The judge accepts a correct snapshot and finds each kind of violation: a judge that cannot fail proves nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.judge.__main__ import main
from tests.judge.snapshot import judge_folder
from tests.unit.judge.tiny import (
    ACCOUNT_KEY,
    COURSE_KEY,
    KIM_KEY,
    LOOKBACK,
    ROBIN_KEY,
    Records,
    assigned,
    correct_records,
    relationship,
    training,
    write,
)

ACCOUNT = "entities/linkedin_learning_account"
TOPIC = "entities/linkedin_learning_classification"
COURSE = "entities/linkedin_learning_course"
PATH = "entities/linkedin_learning_learning_path"
USERS = "entities/linkedin_learning_user"
HAS_COURSE = "relationships/linkedin_learning_account_has_course"
HAS_USER = "relationships/linkedin_learning_account_has_user"
DID_COURSE = "relationships/linkedin_learning_user_assigned_course"

Spoil = Callable[[Records], object]


def change(folder: str, **changes: Any) -> Spoil:
    """Set properties of the folder's last record (for users and courses done: Robin, whose key sorts last)."""
    return lambda records: records[folder][-1].update(changes)


def without(folder: str, name: str) -> Spoil:
    return lambda records: records[folder][-1].pop(name)


SPOILED: dict[str, list[Spoil]] = {
    "property-missing": [
        without(ACCOUNT, "accountKeyRef"),
        without(ACCOUNT, "vendor"),
        without(TOPIC, "ownerUrn"),
        without(COURSE, "isCuratedForLms"),
        without(COURSE, "displayName"),
        without(USERS, "shortLoginId"),
        without(USERS, "enterpriseGroupNames"),
        without(DID_COURSE, "completedOn"),
        without(DID_COURSE, "lookbackStart"),
    ],
    "null-not-allowed": [
        change(COURSE, assetType=None),
        change(COURSE, name=None),
        change(COURSE, webLink=None),
        change(COURSE, createdOn=None),
        change(TOPIC, description=None),
        change(USERS, active=None),
        change(DID_COURSE, completed=None),
        change(DID_COURSE, secondsViewed=None),
    ],
    "property-kind": [
        change(COURSE, durationSeconds="6332"),
        change(COURSE, isRetired="false"),
        change(COURSE, availableLanguages="en"),
        change(COURSE, contributorNames=["Ada", None]),
        change(COURSE, publishedOn=True),
        change(USERS, email="robin@example.com"),
        change(USERS, displayName=7),
        change(DID_COURSE, completed=1),
        change(DID_COURSE, views="3"),
    ],
    "extra-property-kind": [change(COURSE, extra={"a": 1}), change(USERS, extra=[{"a": 1}])],
    "property-name": [change(USERS, cost_centre="A"), change(USERS, **{"attribute:office": "A"})],
    "tag-value": [change(COURSE, **{"tag.Thing": None})],
    "raw-data": [change(COURSE, _rawData={"a": 1})],
    "text-too-long": [change(COURSE, shortDescription="x" * 4097), change(USERS, enterpriseGroupNames=["x" * 4097])],
    "entity-class": [change(COURSE, _class="Training"), change(COURSE, _class=["Record"])],
    "relationship-class": [change(HAS_COURSE, _class=["HAS"]), change(DID_COURSE, _class="HAS")],
    "relationship-display-name": [change(HAS_COURSE, displayName="has")],
    "relationship-array-or-object": [change(DID_COURSE, views=[3]), change(HAS_COURSE, extra={})],
    "relationship-key": [change(HAS_COURSE, _key=f"{ACCOUNT_KEY}|HAS|{COURSE_KEY}")],
    "type-not-folder": [change(COURSE, _type="linkedin_learning_video")],
    "key-missing": [without(COURSE, "_key")],
    "key-too-short": [change(TOPIC, _key="urn:li:1")],
    "key-not-urn": [change(COURSE, urn="urn:li:lyndaCourse:1")],
    "account-key": [change(ACCOUNT, accountKeyRef="another")],
    "user-key": [change(USERS, profileUrn="urn:li:other"), change(USERS, profileUrn=None)],
    "web-link": [
        change(COURSE, webLink="https://example.com/größe"),
        change(COURSE, webLink="https://example.com/a b"),
        change(COURSE, webLink="https://example.com/100%"),
        change(COURSE, webLink="no link"),
    ],
    "email-form": [
        change(USERS, email=["zoë@example.com"]),
        change(USERS, email=["user@localhost"]),
        change(USERS, email=["a@my_host.example.com"]),
        change(USERS, email=[""]),
    ],
    "list-not-unique": [change(USERS, username=["robin", "robin"])],
    "empty-list-for-null": [change(USERS, email=[])],
    "locale-form": [change(COURSE, titleLocale="en-US"), change(TOPIC, locale="_US")],
    "language-code": [change(COURSE, availableLanguages=["en_US"])],
    "asset-type": [change(COURSE, assetType="VIDEO")],
    "retired-inconsistent": [
        change(COURSE, availability="RETIRED"),
        change(PATH, isRetired=None),
        change(COURSE, isRetired=True),
        change(COURSE, retiredOn=1_700_000_000_000),
    ],
    "duration": [change(COURSE, durationSeconds=-1), change(COURSE, durationSeconds=0.5)],
    "epoch-ms": [
        change(COURSE, publishedOn=1_664_841_600),
        change(COURSE, lastUpdatedOn=0),
        change(DID_COURSE, lookbackEnd=1_795_276_800_000_000),
        change(DID_COURSE, completedOn=1_795_000_000_000.5),
    ],
    "count-not-natural": [change(DID_COURSE, views=-1), change(DID_COURSE, completions=0.5)],
    "not-a-number": [change(COURSE, durationSeconds=float("nan"))],
    "progress-range": [change(DID_COURSE, progressPercentage=101)],
    "completed-inconsistent": [
        change(DID_COURSE, completed=False, completions=0, progressPercentage=50),
        change(DID_COURSE, completed=False, completedOn=None, progressPercentage=50),
        change(DID_COURSE, completed=False, completedOn=None, completions=0),
    ],
    "first-after-last": [change(DID_COURSE, firstEngagedOn=1_795_000_000_001)],
    "lookback-order": [change(DID_COURSE, lookbackStart=1_795_276_800_000)],
    "key-twice": [
        lambda records: records[DID_COURSE].append(records[DID_COURSE][-1]),
        lambda records: records[PATH].append(training(COURSE_KEY, "LEARNING_PATH")),
        lambda records: records[TOPIC].append(records[TOPIC][0] | {"_key": records[HAS_COURSE][0]["_key"]}),
    ],
    "not-sorted": [lambda records: records[USERS].reverse()],
    "end-missing": [
        lambda records: records[DID_COURSE].append(assigned(ROBIN_KEY, "urn:li:lyndaCourse:9", "course")),
        lambda records: records[USERS].pop(0),
    ],
    "end-type": [
        lambda records: records[DID_COURSE].append(assigned(COURSE_KEY, COURSE_KEY, "course")),
        lambda records: records[HAS_COURSE].append(
            relationship(ACCOUNT_KEY, "HAS", ROBIN_KEY, "linkedin_learning_account_has_course")
        ),
    ],
    "account-edge": [lambda records: records[HAS_USER].pop()],
    "account-number": [
        lambda records: records[ACCOUNT].append(
            records[ACCOUNT][0] | {"_key": "linkedin_learning_account:other", "accountKeyRef": "other"}
        ),
        lambda records: records[ACCOUNT].clear(),
    ],
    "account-name-tag": [change(COURSE, **{"tag.AccountName": "Other"}), without(USERS, "tag.AccountName")],
    "entity-type-unknown": [lambda records: records.update({"entities/linkedin_learning_audio": []})],
    "relationship-type-unknown": [lambda records: records.update({"relationships/linkedin_learning_x_has_y": []})],
}
# An unknown folder is found by its name already, so its test needs a record in it.
_RECORD_FOR_UNKNOWN = {
    "entity-type-unknown": "entities/linkedin_learning_audio",
    "relationship-type-unknown": "relationships/linkedin_learning_x_has_y",
}


def rules(out: Path) -> set[str]:
    return judge_folder(out).violations.rules


def test_a_correct_snapshot_has_no_violation(tmp_path: Path) -> None:
    write(tmp_path, correct_records())
    verdict = judge_folder(tmp_path)
    assert verdict.violations.examples == []
    assert verdict.counts["linkedin_learning_user"] == 2
    assert verdict.sums["completed"] == 3
    assert main([str(tmp_path)]) == 0


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        pytest.param(rule, spoil, id=f"{rule}-{number}")
        for rule, spoils in SPOILED.items()
        for number, spoil in enumerate(spoils)
    ],
)
def test_a_spoiled_record_is_found(rule: str, spoil: Spoil, tmp_path: Path) -> None:
    records = correct_records()
    spoil(records)
    if rule in _RECORD_FOR_UNKNOWN:
        records[_RECORD_FOR_UNKNOWN[rule]].append(training("urn:li:audio:1", "AUDIO"))
    write(tmp_path, records)
    assert rule in rules(tmp_path)
    assert main([str(tmp_path)]) == 1


def test_the_email_addresses_jupiterone_accepts_are_no_violation(tmp_path: Path) -> None:
    records = correct_records()
    records[USERS][-1]["email"] = ["o'brien@x.com", "a+b@x.com"]
    write(tmp_path, records)
    assert rules(tmp_path) == set()


def test_custom_attributes_are_no_violation(tmp_path: Path) -> None:
    records = correct_records()
    records[USERS][-1].update(attributeDepartment=["Finance"], costCentre="7", emailDomain=None)
    write(tmp_path, records)
    assert rules(tmp_path) == set()


def test_a_completion_known_only_from_earlier_is_a_remark(tmp_path: Path) -> None:
    records = correct_records()
    records[DID_COURSE][-1].update(completions=0, progressPercentage=40)
    write(tmp_path, records)
    verdict = judge_folder(tmp_path)
    assert (verdict.violations.rules, verdict.remarks.rules) == (set(), {"completed-from-earlier"})


@pytest.mark.parametrize(
    ("remark", "spoil"),
    [
        pytest.param("value-not-in-table", change(COURSE, level="EXPERT"), id="new-level"),
        pytest.param("value-not-in-table", change(TOPIC, classificationType="FIELD_OF_STUDY"), id="new-kind"),
        pytest.param("text-empty", change(COURSE, name=""), id="no-name"),
        pytest.param("list-repeats", change(COURSE, availableLanguages=["en", "en"]), id="language-twice"),
        pytest.param("engaged-after-lookback", change(DID_COURSE, lastEngagedOn=LOOKBACK[1] + 1), id="later"),
        pytest.param("several-lookbacks", change(DID_COURSE, lookbackStart=LOOKBACK[0] - 1), id="lookbacks"),
    ],
)
def test_what_the_documents_leave_open_is_a_remark(remark: str, spoil: Spoil, tmp_path: Path) -> None:
    records = correct_records()
    spoil(records)
    write(tmp_path, records)
    verdict = judge_folder(tmp_path)
    assert (verdict.violations.rules, verdict.remarks.rules) == (set(), {remark})


def test_a_user_known_by_email_alone_is_no_violation(tmp_path: Path) -> None:
    records = correct_records()
    kim = next(record for record in records[USERS] if record["_key"] == KIM_KEY)
    edges = [edge for edge in records[HAS_USER] + records[DID_COURSE] if KIM_KEY in edge["_key"]]
    key = "linkedin_learning_user:kim@example.com"
    kim.update(_key=key, uniqueUserId=None, email=["kim@example.com"])
    for edge in edges:
        for name in ("_key", "_fromEntityKey", "_toEntityKey"):
            edge[name] = edge[name].replace(KIM_KEY, key)
    write(tmp_path, records)
    assert rules(tmp_path) == set()
