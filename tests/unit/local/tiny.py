"""A tiny correct snapshot, made by hand, that the tests spoil in one place each."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from learning_graph.store.manifest import Lookback
from learning_graph.store.run import SnapshotFile
from tests.snapshot_documents import documents_of, json_lines_file, manifest_of, relationship

RUN = "20261121T160000Z-0123abcd"
ACCOUNT_KEY = "linkedin_learning_account:86tiny"
COURSE_KEY = "urn:li:lyndaCourse:800001"
PATH_KEY = "urn:li:lyndaLearningPath:5f0000000000000000000001"
VIDEO_KEY = "urn:li:lyndaVideo:(urn:li:lyndaCourse:800001,12)"
TOPIC_KEY = "urn:li:lyndaCategory:900100"
ROBIN_KEY = "urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,12345)"
KIM_KEY = "linkedin_learning_user:E1002"
LOOKBACK = (1_794_067_200_000, 1_795_276_800_000)

Records = dict[str, list[dict[str, Any]]]


def training(key: str, kind: str, **changes: Any) -> dict[str, Any]:
    record = {
        "_key": key,
        "_type": f"linkedin_learning_{kind.lower()}",
        "_class": ["Training"],
        "name": f"A {kind}",
        "displayName": f"A {kind}",
        "webLink": "https://www.linkedin.com/learning/a-thing",
        "tag.AccountName": "Acme",
        "assetType": kind,
        "availability": "AVAILABLE",
        "availableLanguages": ["en", "de"],
        "contributorNames": ["Ada Example"],
        "contributorUrns": ["urn:li:lyndaAuthor:501"],
        "durationSeconds": 6332,
        "isCuratedForLms": None,
        "isRetired": False,
        "lastUpdatedOn": 1_700_000_001_000,
        "level": "BEGINNER",
        "primaryImageUrl": "https://cdn.example.com/a.jpg",
        "publishedOn": 1_664_841_600_000,
        "retiredOn": None,
        "shortDescription": "Short.",
        "ssoLaunchUrl": None,
        "titleLocale": "en_US",
        "urn": key,
        "webLaunchUrl": "https://www.linkedin.com/learning/a-thing",
    }
    return record | changes


def user(key: str, **changes: Any) -> dict[str, Any]:
    record = {
        "_key": key,
        "_type": "linkedin_learning_user",
        "_class": ["User"],
        "name": "Robin Sample",
        "displayName": "Robin Sample",
        "tag.AccountName": "Acme",
        "firstName": "Robin",
        "lastName": "Sample",
        "email": ["robin@example.com"],
        "emailDomain": ["example.com"],
        "id": key,
        "shortLoginId": ["robin"],
        "username": ["robin@example.com"],
        "enterpriseGroupNames": ["Engineering"],
        "profileUrn": key,
        "uniqueUserId": "E1001",
    }
    return record | changes


def assigned(source: str, target: str, kind: str, **changes: Any) -> dict[str, Any]:
    engagement = {
        "completed": True,
        "completedOn": 1_795_000_000_000,
        "completions": 1,
        "views": 3,
        "secondsViewed": 6332,
        "progressPercentage": 100,
        "firstEngagedOn": 1_794_900_000_000,
        "lastEngagedOn": 1_795_000_000_000,
        "lookbackStart": LOOKBACK[0],
        "lookbackEnd": LOOKBACK[1],
    }
    return relationship(f"linkedin_learning_user_assigned_{kind}", source, target, **(engagement | changes))


def correct_records() -> Records:
    """A snapshot with every type, by the folder it belongs in: `entities/<type>` or `relationships/<type>`."""
    account = {
        "_key": ACCOUNT_KEY,
        "_type": "linkedin_learning_account",
        "_class": ["Account"],
        "name": "Acme",
        "displayName": "Acme",
        "vendor": "LinkedIn",
        "tag.AccountName": "Acme",
        "accountKeyRef": "86tiny",
    }
    topic = {
        "_key": TOPIC_KEY,
        "_type": "linkedin_learning_classification",
        "_class": ["Group"],
        "name": "Data Pipelines",
        "displayName": "Data Pipelines",
        "tag.AccountName": "Acme",
        "classificationType": "TOPIC",
        "id": TOPIC_KEY,
        "locale": "en_US",
        "ownerName": "LinkedIn",
        "ownerUrn": "urn:li:organization:1337",
        "urn": TOPIC_KEY,
    }
    kim = user(
        KIM_KEY,
        profileUrn=None,
        uniqueUserId="E1002",
        id="E1002",
        email=None,
        emailDomain=None,
        username=None,
        shortLoginId=None,
    )
    entities = [
        account,
        topic,
        training(COURSE_KEY, "COURSE"),
        training(PATH_KEY, "LEARNING_PATH", isRetired=True, availability="RETIRED", level=None, _class=["Training"]),
        training(VIDEO_KEY, "VIDEO"),
        user(ROBIN_KEY),
        kim,
    ]
    ends = {
        "classification": [TOPIC_KEY],
        "course": [COURSE_KEY],
        "learning_path": [PATH_KEY],
        "video": [VIDEO_KEY],
        "user": [ROBIN_KEY, KIM_KEY],
    }
    edges = [
        relationship(f"linkedin_learning_account_has_{kind}", ACCOUNT_KEY, key)
        for kind, keys in ends.items()
        for key in keys
    ]
    contents = (("course", COURSE_KEY), ("learning_path", PATH_KEY), ("video", VIDEO_KEY))
    for kind, key in contents:
        edges.append(relationship(f"linkedin_learning_{kind}_has_classification", key, TOPIC_KEY))
        edges.append(assigned(ROBIN_KEY, key, kind))
    open_course = {"completed": False, "completedOn": None, "completions": 0, "progressPercentage": None}
    edges.append(assigned(KIM_KEY, COURSE_KEY, "course", **open_course))
    records: Records = {}
    for section, items in (("entities", entities), ("relationships", edges)):
        for item in sorted(items, key=lambda record: str(record["_key"])):
            records.setdefault(f"{section}/{item['_type']}", []).append(deepcopy(item))
    return records


def write(out: Path, records: Records) -> Path:
    """Write the records as a demo leaves them under `out`, with a manifest that agrees; answers the run's folder."""
    bucket = out / "graph-bucket"
    files: list[SnapshotFile] = []
    counts: dict[str, dict[str, int]] = {"entities": {}, "relationships": {}}
    for folder, items in records.items():
        file, data = json_lines_file(RUN, folder.split("/")[1], items)
        path = bucket / file.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        files.append(file)
        counts[file.kind][file.type] = len(items)
    completed = sum(item.get("completed") is True for items in records.values() for item in items)
    manifest = manifest_of(
        RUN,
        account_key_ref="86tiny",
        started_at=LOOKBACK[1],
        lookback=Lookback(days=14, start=LOOKBACK[0], end=LOOKBACK[1]),
        counts=counts,
        totals={"completed": completed},
        merged_runs=(RUN,),
        files=tuple(files),
    )
    for key, data in documents_of(manifest).items():
        (bucket / key).write_bytes(data)
    return bucket / "graph" / RUN


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")
