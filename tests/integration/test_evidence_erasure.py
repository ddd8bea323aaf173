"""Erasing a learner: nothing of theirs is left in the bucket, and no later run brings them back."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest

from local import verify
from local.event_source_mappings import Json
from tests.integration.support import MARKS, NOW, Lab, RunNeverEnded

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
        assert (kind, detail) == ("Learner Erased", erased)
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


def test_a_learner_erased_while_a_run_collects_is_in_no_part_and_no_snapshot(lab: Lab) -> None:
    first = lab.run(42, lookbackDays=14)
    learner = learners(lab, lab.run(43, lookbackDays=30)["runId"])[0]
    words = (learner["profileUrn"], learner["uniqueUserId"], learner["email"][0])
    assert first["status"] == "SUCCEEDED"
    run_id = lab.start(44, lookbackDays=30)
    turns = iter(range(4))
    lab.pump(until=lambda: next(turns, None) is None)
    lab.invoke("EraseLearnerFunction", {"profileUrn": learner["profileUrn"]})
    lab.pump()
    assert lab.manifest(run_id)["status"] == "SUCCEEDED"
    assert traces(lab, *words) == {}


def test_a_learner_erased_between_collecting_and_assembling_is_in_no_snapshot(lab: Lab) -> None:
    run_id = lab.start(45, lookbackDays=30)
    lab.pump(until=lambda: bool(lab.cloud.bodies("AssemblyQueue")))
    with pytest.raises(RunNeverEnded):
        lab.manifest(run_id)
    person = next(p for p in lab.linkedin.lines("learners") if p["identities"][-1]["email"])
    lab.invoke("EraseLearnerFunction", {"profileUrn": person["profileUrn"]})
    lab.pump()
    assert lab.manifest(run_id)["status"] == "SUCCEEDED"
    assert traces(lab, person["profileUrn"], person["identities"][-1]["email"]) == {}


def test_an_erasure_that_was_interrupted_finishes_when_it_is_sent_again(lab: Lab, tmp_path: Path) -> None:
    first = lab.run(46, lookbackDays=14)
    person = next(p for p in lab.linkedin.lines("learners") if p["identities"][-1]["email"])
    words = (person["profileUrn"], person["identities"][-1]["email"])
    written = lab.cloud.objects()
    lab.invoke("EraseLearnerFunction", {"profileUrn": words[0]})
    cleaned = lab.cloud.objects()
    rewritten = sorted(key for key in cleaned if written.get(key) not in (None, cleaned[key]))
    assert rewritten
    notes = {key: data.replace(b'"done":true', b'"done":false') for key, data in cleaned.items() if "erasures/" in key}
    # Files are written before the manifest that names them, parts before their outcome.
    order = [key for key in rewritten if "manifest" not in key and "/outcomes/" not in key]
    files = len(order)
    order += [key for key in rewritten if key not in order]
    for last in (1, files // 2, files, files + 1, len(order)):
        done = {key: cleaned[key] for key in order[:last]}
        lab.cloud.reset({**written, **done, **notes})
        lab.invoke("EraseLearnerFunction", {"profileUrn": words[0]})
        assert traces(lab, *words) == {}
        assert verify.main([str(lab.save(tmp_path / str(last)))]) == 0
    lab.set_time(NOW + timedelta(days=1))
    second = lab.run(47, lookbackDays=14)
    assert second["status"] == "SUCCEEDED"
    assert second["counts"]["entities"][USER] == first["counts"]["entities"][USER] - 1
