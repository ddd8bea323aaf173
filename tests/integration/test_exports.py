"""A run writes the formats that the stack asks for, and an erasure reaches every one of them."""

from __future__ import annotations

import gzip
import json

from tests.integration.support import MARKS, Lab

pytestmark = MARKS
FORMATS = ("graphml", "jsonl", "jupiterone", "opencypher")


def files_of(lab: Lab, run_id: str) -> dict[str, bytes]:
    """Return the bytes of a snapshot's files that the manifest lists, decompressed, by key."""
    listed = {file["key"] for file in lab.manifest(run_id)["files"]}
    prefix = f"graph/{run_id}/"
    found = {key: data for key, data in lab.cloud.objects(prefix).items() if "/" in key.removeprefix(prefix)}
    assert found.keys() == listed
    return {key: gzip.decompress(data) if key.endswith(".gz") else data for key, data in found.items()}


def test_every_format_is_written_and_listed_and_forgets_an_erased_learner(lab: Lab) -> None:
    lab.settings["EXPORT_FORMATS"] = ",".join(FORMATS)
    run_id = lab.start()
    lab.pump()
    before = files_of(lab, run_id)
    manifest = lab.manifest(run_id)
    assert {key.split("/")[2] for key in before} == {"parquet", *FORMATS}
    assert manifest["refusedExports"] == {}

    lines = before[f"graph/{run_id}/jsonl/entities/linkedin_learning_user/part-00000.jsonl.gz"].splitlines()
    learner = next(record for record in map(json.loads, lines) if record["profileUrn"] and record["email"])
    named = {learner["profileUrn"].encode(), learner["email"][0].encode()}
    plain = {key: data for key, data in before.items() if not key.endswith(".parquet")}
    assert {key.split("/")[2] for key, data in plain.items() if any(name in data for name in named)} == set(FORMATS)

    lab.invoke("EraseLearnerFunction", {"profileUrn": learner["profileUrn"]})

    after = {key: data for key, data in files_of(lab, run_id).items() if not key.endswith(".parquet")}
    assert [key for key, data in after.items() if any(name in data for name in named)] == []
    assert after.keys() == plain.keys()
    rows = {file["key"]: file["rows"] for file in lab.manifest(run_id)["files"]}
    users = f"graph/{run_id}/opencypher/nodes/linkedin_learning_user.csv.gz"
    assert rows[users] == len(lines) - 1 == after[users].count(b"User;linkedin_learning_user")
