"""Erasing a learner: nothing of theirs is left in the bucket, and no later run brings them back.

Erasures in the middle of other work, and those that are killed, are in `tests/unit/runs_lifecycle`.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from local import verify
from local.event_source_mappings import Json
from tests.integration.support import MARKS, Lab

pytestmark = MARKS
USER = "linkedin_learning_user"
ENGAGED = "linkedin_learning_user_assigned_course"


def readable(data: bytes) -> bytes:
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def traces(lab: Lab, *words: str) -> dict[str, str]:
    """Which object of the bucket holds which of the words, in its bytes or in its key."""
    return {
        key: word
        for key, data in lab.cloud.objects().items()
        for word in words
        if word and (word.encode() in readable(data) or word in key)
    }


def learners(lab: Lab, run_id: str) -> list[Json]:
    """The learners who completed a course and have every identifier."""
    edges = lab.records(run_id, ENGAGED).values()
    users = lab.records(run_id, USER)
    busy = dict.fromkeys(edge["_fromEntityKey"] for edge in edges if edge["completed"])
    return [user for user in map(users.__getitem__, busy) if user["email"] and user["uniqueUserId"]]


def test_nothing_of_the_learners_is_left_and_no_run_brings_them_back(lab: Lab, tmp_path: Path) -> None:
    """Three learners, each erased by another identifier."""
    first = lab.run(40, lookbackDays=30)
    lab.events()
    events: list[Json] = []
    words: list[str] = []
    for named_by, learner in zip(("profileUrn", "email", "uniqueUserId"), learners(lab, first["runId"]), strict=False):
        own = (learner["profileUrn"], learner["uniqueUserId"], learner["email"][0])
        assert traces(lab, *own)
        event = {"email": learner["email"][0].upper()} if named_by == "email" else {named_by: learner[named_by]}
        erased = lab.invoke("EraseLearnerFunction", event)
        assert traces(lab, *own) == {}
        assert erased["users"] == 1
        assert erased["relationships"] > 1
        assert erased["partRows"] > 1
        assert erased["snapshots"] == [first["runId"]]
        (kind, detail), *cleaned = lab.events()
        assert (kind, detail) == ("Learner Erased", {"bucket": lab.cloud.deployment.name_of("GraphBucket"), **erased})
        assert [(kind, about["runId"]) for kind, about in cleaned] == [("Graph Snapshot Cleaned", first["runId"])]
        assert not any(word in json.dumps(detail) for word in own)
        events.append(event)
        words += own
    assert verify.main([str(lab.save(tmp_path))]) == 0
    second = lab.run(41, lookbackDays=30)
    assert second["status"] == "SUCCEEDED"
    assert traces(lab, *words) == {}
    assert second["counts"]["entities"][USER] == first["counts"]["entities"][USER] - 3
    assert second["totals"]["completed"] < first["totals"]["completed"]
    assert [lab.invoke("EraseLearnerFunction", event)["users"] for event in events] == [0, 0, 0]
