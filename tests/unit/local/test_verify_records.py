"""`local verify` finds each kind of fault in a record, and accepts what JupiterOne accepts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.verify import Verification, open_snapshot
from tests.snapshot_documents import relationship
from tests.unit.local.tiny import (
    ACCOUNT_KEY,
    COURSE_KEY,
    KIM_KEY,
    ROBIN_KEY,
    Records,
    assigned,
    correct_records,
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


SPOILED: list[tuple[str, list[Spoil]]] = [
    (
        "should be left out",
        [
            change(COURSE, webLink=None),
            change(COURSE, createdOn=None),
            change(TOPIC, description=None),
            change(USERS, active=None),
        ],
    ),
    (
        "is missing",
        [
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
    ),
    (
        " is None",
        [
            change(COURSE, assetType=None),
            change(COURSE, name=None),
            change(DID_COURSE, completed=None),
            change(DID_COURSE, secondsViewed=None),
        ],
    ),
    (
        "not ",
        [
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
    ),
    ("is an object", [change(COURSE, extra={"a": 1}), change(USERS, extra=[{"a": 1}])]),
    ("is no name for a property", [change(USERS, cost_centre="A"), change(USERS, **{"attribute:office": "A"})]),
    ("tag.Thing is None", [change(COURSE, **{"tag.Thing": None})]),
    ("_rawData is no list", [change(COURSE, _rawData={"a": 1})]),
    (
        "longer than 4096",
        [change(COURSE, shortDescription="x" * 4097), change(USERS, enterpriseGroupNames=["x" * 4097])],
    ),
    ("_type and _class are", [change(COURSE, _class="Training"), change(COURSE, _class=["Record"])]),
    ("_type, _class or displayName is wrong", [change(HAS_COURSE, _class=["HAS"]), change(DID_COURSE, _class="HAS")]),
    ("_type, _class or displayName is wrong", [change(HAS_COURSE, displayName="has")]),
    ("is a list or an object", [change(DID_COURSE, views=[3]), change(HAS_COURSE, extra={})]),
    ("is not made of its ends", [change(HAS_COURSE, _key=f"{ACCOUNT_KEY}|HAS|{COURSE_KEY}")]),
    ("_type and _class are", [change(COURSE, _type="linkedin_learning_video")]),
    ("is no text of at least 10", [without(COURSE, "_key")]),
    ("is no text of at least 10", [change(TOPIC, _key="urn:li:1")]),
    ("_key is not its urn", [change(COURSE, urn="urn:li:lyndaCourse:1")]),
    ("is not made of accountKeyRef", [change(ACCOUNT, accountKeyRef="another")]),
    (
        "is not made of profileUrn or uniqueUserId",
        [change(USERS, profileUrn="urn:li:other"), change(USERS, profileUrn=None)],
    ),
    (
        "webLink is no ASCII",
        [
            change(COURSE, webLink="https://example.com/größe"),
            change(COURSE, webLink="https://example.com/a b"),
            change(COURSE, webLink="https://example.com/100%"),
            change(COURSE, webLink="no link"),
        ],
    ),
    (
        "email holds what is no plain address",
        [
            change(USERS, email=["zoë@example.com"]),
            change(USERS, email=["user@localhost"]),
            change(USERS, email=["a@my_host.example.com"]),
            change(USERS, email=[""]),
        ],
    ),
    ("username is", [change(USERS, username=["robin", "robin"])]),
    ("email is empty", [change(USERS, email=[])]),
    ("is no locale", [change(COURSE, titleLocale="en-US"), change(TOPIC, locale="_US")]),
    ("availableLanguages holds", [change(COURSE, availableLanguages=["en_US"])]),
    ("is not of its _type", [change(COURSE, assetType="VIDEO")]),
    (
        "isRetired, availability and retiredOn",
        [
            change(COURSE, availability="RETIRED"),
            change(PATH, isRetired=None),
            change(COURSE, isRetired=True),
            change(COURSE, retiredOn=1_700_000_000_000),
        ],
    ),
    ("durationSeconds is", [change(COURSE, durationSeconds=-1), change(COURSE, durationSeconds=0.5)]),
    (
        "is no instant in epoch milliseconds",
        [
            change(COURSE, publishedOn=1_664_841_600),
            change(COURSE, lastUpdatedOn=0),
            change(DID_COURSE, lookbackEnd=1_795_276_800_000_000),
            change(DID_COURSE, completedOn=1_795_000_000_000.5),
        ],
    ),
    ("views is -1", [change(DID_COURSE, views=-1)]),
    ("completions is 0.5", [change(DID_COURSE, completions=0.5)]),
    ("durationSeconds is nan", [change(COURSE, durationSeconds=float("nan"))]),
    ("progressPercentage is 101", [change(DID_COURSE, progressPercentage=101)]),
    (
        "contradict each other",
        [
            change(DID_COURSE, completed=False, completions=0, progressPercentage=50),
            change(DID_COURSE, completed=False, completedOn=None, progressPercentage=50),
            change(DID_COURSE, completed=False, completedOn=None, completions=0),
        ],
    ),
    ("firstEngagedOn lies after", [change(DID_COURSE, firstEngagedOn=1_795_000_000_001)]),
    ("lookbackStart does not lie before", [change(DID_COURSE, lookbackStart=1_795_276_800_000)]),
    (
        "is not unique",
        [
            lambda records: records[DID_COURSE].append(records[DID_COURSE][-1]),
            lambda records: records[PATH].append(training(COURSE_KEY, "LEARNING_PATH")),
            lambda records: records[TOPIC].append(records[TOPIC][0] | {"_key": records[HAS_COURSE][0]["_key"]}),
        ],
    ),
    ("doubled or unsorted", [lambda records: records[USERS].reverse()]),
    (
        "of this snapshot",
        [
            lambda records: records[DID_COURSE].append(assigned(ROBIN_KEY, "urn:li:lyndaCourse:9", "course")),
            lambda records: records[USERS].pop(0),
        ],
    ),
    (
        "of this snapshot",
        [
            lambda records: records[DID_COURSE].append(assigned(COURSE_KEY, COURSE_KEY, "course")),
            lambda records: records[HAS_COURSE].append(
                relationship("linkedin_learning_account_has_course", ACCOUNT_KEY, ROBIN_KEY)
            ),
        ],
    ),
    ("the account has it 0 times", [lambda records: records[HAS_USER].pop()]),
    (
        "accounts, not one",
        [
            lambda records: records[ACCOUNT].append(
                records[ACCOUNT][0] | {"_key": "linkedin_learning_account:other", "accountKeyRef": "other"}
            ),
            lambda records: records[ACCOUNT].clear(),
        ],
    ),
    (
        "tag.AccountName has several values",
        [change(COURSE, **{"tag.AccountName": "Other"}), without(USERS, "tag.AccountName")],
    ),
    (
        "is no entity type of the model",
        [lambda records: records.update({"entities/linkedin_learning_audio": [training("urn:li:audio:1", "AUDIO")]})],
    ),
    (
        "is no relationship type of the model",
        [
            lambda records: records.update(
                {"relationships/linkedin_learning_x_has_y": [training("urn:li:audio:1", "AUDIO")]}
            )
        ],
    ),
]


def problems(out: Path) -> str:
    return "\n".join(Verification(open_snapshot(out)).run())


_CASES = [(problem, spoil) for problem, spoils in SPOILED for spoil in spoils]


@pytest.mark.parametrize(("problem", "spoil"), _CASES, ids=range(len(_CASES)))
def test_a_spoiled_record_is_found(problem: str, spoil: Spoil, tmp_path: Path) -> None:
    records = correct_records()
    spoil(records)
    write(tmp_path, records)
    assert problem in problems(tmp_path)


def test_the_email_addresses_jupiterone_accepts_are_no_problem(tmp_path: Path) -> None:
    records = correct_records()
    records[USERS][-1]["email"] = ["o'brien@x.com", "a+b@x.com"]
    write(tmp_path, records)
    assert problems(tmp_path) == ""


def test_custom_attributes_are_no_problem(tmp_path: Path) -> None:
    records = correct_records()
    records[USERS][-1].update(attributeDepartment=["Finance"], costCentre="7", emailDomain=None)
    write(tmp_path, records)
    assert problems(tmp_path) == ""


def test_a_completion_known_only_from_earlier_is_no_problem(tmp_path: Path) -> None:
    records = correct_records()
    records[DID_COURSE][-1].update(completions=0, progressPercentage=40)
    write(tmp_path, records)
    assert problems(tmp_path) == ""


def test_a_user_known_by_email_alone_is_no_problem(tmp_path: Path) -> None:
    records = correct_records()
    kim = next(record for record in records[USERS] if record["_key"] == KIM_KEY)
    edges = [edge for edge in records[HAS_USER] + records[DID_COURSE] if KIM_KEY in edge["_key"]]
    key = "linkedin_learning_user:kim@example.com"
    kim.update(_key=key, uniqueUserId=None, email=["kim@example.com"])
    for edge in edges:
        for name in ("_key", "_fromEntityKey", "_toEntityKey"):
            edge[name] = edge[name].replace(KIM_KEY, key)
    write(tmp_path, records)
    assert problems(tmp_path) == ""
