"""Drops through the real functions, over moto and the simulator: what HR drops is what LinkedIn's user table says."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from learning_graph.store.org_sync_bucket import Drop, state_key
from local.linkedin_side import LinkedIn
from local.org_sync import BUCKET, drop_file, read_json, wait_for_end
from local.place import ROOT
from local.stack import ORG_SYNC_SECRET, LocalStack
from tests.integration.disclosure import disclosed, local_run
from tests.simulator_thread import SimulatorThread

pytestmark = pytest.mark.integration
COLUMN_MAP = {"E-Mail": "invited_email_address", "Nr": "unique_user_id", "Lizenz": "license_learning_status"}
SIMULATOR = ["--learners=1", "--courses=1", "--videos=1", "--job-seconds=0.2", "--org-sync-licences=200"]
HEADER = "invited_email_address,unique_user_id,license_learning_status\n"


@pytest.fixture(scope="module")
def linkedin() -> Iterator[LinkedIn]:
    with contextlib.closing(SimulatorThread(*SIMULATOR)) as simulator:
        yield simulator.linkedin()


@pytest.fixture(scope="module")
def stack(linkedin: LinkedIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with LocalStack(
        tmp_path_factory.mktemp("out"),
        parameters={
            "LinkedInApiUrl": linkedin.api_url,
            "OrgSyncOnBadRows": "skip",
            "OrgSyncEncoding": "windows-1252",
            "OrgSyncColumnMap": json.dumps(COLUMN_MAP),
            "LogLevel": "DEBUG",
        },
        secrets={ORG_SYNC_SECRET: linkedin.org_sync_secret},
        visibility_timeout=2,
        longest_delay=1,
    ) as started:
        yield started


def run(stack: LocalStack, path: Path, text: str | bytes, tags: dict[str, str] | None = None) -> dict[str, Any]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return wait_for_end(stack, drop_file(stack, path, tags=tags), lambda _: None, seconds=400)


def users(linkedin: LinkedIn) -> dict[str, dict[str, Any]]:
    with urllib.request.urlopen(f"{linkedin.api_url}/_simulator/users", timeout=30) as answer:
        found = [json.loads(line) for line in answer.read().splitlines() if line]
    return {user["email"]: user for user in found}


def test_an_export_with_its_own_headers_and_letters_arrives(
    stack: LocalStack, linkedin: LinkedIn, tmp_path: Path
) -> None:
    rows = "jörg@example.com;11;aktiv\nrené@example.com;12;active\nnobody;13;active\n"
    data = f"E-Mail;Nr;Lizenz;Gehalt\n{rows}zoë@example.com;14;;\n".replace("active\n", "active;1\n")
    summary = run(stack, tmp_path / "HR export+Ü 1.csv", data.replace("aktiv\n", "active;90000\n").encode("cp1252"))
    assert summary["outcome"] == "converted"
    assert summary["source"]["encoding"] == "windows-1252"
    assert summary["columns"]["leftOut"] == ["Gehalt"]
    assert summary["rows"] == {"read": 4, "blank": 0, "refused": 1, "sendable": 3, "sent": 3}
    assert {"jörg@example.com", "rené@example.com", "zoë@example.com"} <= set(users(linkedin))
    assert read_json(stack, f"results/HR export+Ü 1.csv/{summary['jobId']}/summary.json") == summary


def test_a_file_that_revokes_too_much_is_held_and_released_with_its_command(
    stack: LocalStack, linkedin: LinkedIn, tmp_path: Path
) -> None:
    everyone = [f"held{number}@example.com,held{number},active\n" for number in range(30)]
    name = "Leavers + Übertritte 100%.csv"
    assert run(stack, tmp_path / name, HEADER + "".join(everyone))["outcome"] == "accepted"
    leavers = HEADER + "".join(everyone).replace("active", "inactive")
    held = run(stack, tmp_path / name, leavers)
    assert held["outcome"] == "held"
    assert "held0@example.com" in users(linkedin)
    words = shlex.split(held["release"])
    said = dict(zip(words[3::2], words[4::2], strict=False))
    stack.s3.copy_object(
        Bucket=said["--bucket"],
        Key=said["--key"],
        CopySource=said["--copy-source"],  # encoded by botocore, which the AWS CLI is made of
        TaggingDirective=said["--tagging-directive"],
        Tagging=said["--tagging"],
    )
    newest = stack.s3.head_object(Bucket=stack.bucket(BUCKET), Key=f"incoming/{name}")["VersionId"]
    released = wait_for_end(stack, Drop(f"incoming/{name}", newest), lambda _: None, seconds=400)
    assert (released["outcome"], released["releasedFrom"]) == ("accepted", held["versionId"])


SOMEBODY = "Wilhelmina,Krähenbühl"
ADDRESS = "wilhelmina.kraehenbuehl@example.com"
NAMES = "invited_email_address,preferred_first_name,preferred_last_name,unique_user_id,license_learning_status\n"
ROW = f"{ADDRESS},{SOMEBODY},{ADDRESS},active\n"
HOSTILE: dict[str, str | bytes] = {
    "good.csv": NAMES + ROW,
    "twice.csv": NAMES + ROW + ROW,
    "wrong cells.csv": NAMES + f"{ADDRESS}@,{SOMEBODY},{ADDRESS},{ADDRESS}\n",
    "refused by LinkedIn.csv": NAMES + f"{ADDRESS},{SOMEBODY},w1,active\nother.{ADDRESS},{SOMEBODY},{ADDRESS},active\n",
    "formulas.csv": NAMES + f'=HYPERLINK("mailto:{ADDRESS}"),{SOMEBODY},"+{ADDRESS}",active\n',
    "no header.csv": ROW,
    "people as headers.csv": f"invited_email_address,{SOMEBODY},{ADDRESS},unique_user_id\n{ROW}",
    "nearly a header.csv": NAMES.replace("address", "adress") + ROW,
    "open quote.csv": NAMES + f'"{ADDRESS},{SOMEBODY}\n{ROW}',
    "long cell.csv": NAMES + ROW.replace("active", f"{ADDRESS} " * 40_000),
    "more cells than headers.csv": NAMES + ROW.replace("active", f"active,{ADDRESS},{SOMEBODY}"),
    "nothing.csv": b"",
    "page.csv": f"<html><title>{ADDRESS}</title>{SOMEBODY}</html>",
    "not text.csv": b"\x00\x81PK\x03\x04" + ROW.encode(),
    "half of UTF-16.csv": ROW.encode("utf-16")[:-1],
    'quotes";"outcome":"forged".csv': NAMES + ROW,
}


def test_whatever_is_dropped_no_log_metric_or_event_names_a_person_or_a_secret(
    stack: LocalStack, tmp_path: Path
) -> None:
    drops = {}
    for name, data in HOSTILE.items():
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        drops[name] = drop_file(stack, path)
    outcomes = {name: wait_for_end(stack, drop, lambda _: None, seconds=400)["outcome"] for name, drop in drops.items()}
    stack.pump_until(lambda: (stack.out / "events.jsonl").read_text().count("Org Sync Finished") >= len(drops))
    assert {outcomes["good.csv"], outcomes["no header.csv"]} == {"accepted", "rejected"}
    assert disclosed(local_run(stack.out), [SOMEBODY, "Krähenbühl", "Kraehenbuehl"]) == []


def test_every_row_is_accounted_for_whenever_workers_are_killed(
    stack: LocalStack, linkedin: LinkedIn, tmp_path: Path
) -> None:
    chance = random.Random(4)
    expected: dict[str, str] = {}
    drops, refused = [], 0
    for file in range(4):
        path = tmp_path / f"killed-{file % 2}.csv"
        rows = [
            (f"k{number}@example.com", f"k{number}", f"G{file}")
            for number in range(file % 2 * 100, file % 2 * 100 + 40)
        ]
        path.write_text(
            HEADER.replace("license_learning_status", "groups")
            + "".join(f"{email},{uid},{group}\n" for email, uid, group in rows)
            + f"broken{file},x{file},G\n"
        )
        expected |= {email: group for email, _, group in rows}
        drops.append(drop_file(stack, path))
        refused += 1
    kills = 3  # a message that is received eight times is given up, so fewer than that
    end = time.monotonic() + 400
    while not all((read_json(stack, state_key(drop)) or {}).get("stage") == "ended" for drop in drops):
        assert time.monotonic() < end, [read_json(stack, state_key(drop)) for drop in drops]
        stack.pump_until(lambda: True)
        time.sleep(chance.uniform(0.5, 3))
        pids = stack.environments.pids()
        victims = [pid for name in ("UploadOrgSyncFunction", "TrackOrgSyncFunction") for pid in pids.get(name, [])]
        if victims and kills:
            with contextlib.suppress(ProcessLookupError):  # it can have ended since it was listed
                os.kill(chance.choice(victims), signal.SIGKILL)
                kills -= 1
    table = users(linkedin)
    # Versions of one name are applied in the order in which they were written.
    assert {email: table[email]["groups"] for email in expected} == {
        email: [group] for email, group in expected.items()
    }
    states = [read_json(stack, state_key(drop)) for drop in drops]
    assert [state["outcome"] for state in states] == ["converted"] * 4
    summaries = [read_json(stack, state["event"]["summary"]) for state in states]
    assert sum(summary["rows"]["refused"] for summary in summaries) == refused
    all_applied = {"rows": 40, "applied": 40, "refused": 0, "undecided": 0, "missing": 0}
    assert [summary["result"] for summary in summaries] == [all_applied] * 4


def test_the_command_runs_drops_in_order_and_tells_whether_all_were_sent(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(HEADER + "a@example.com,1,active\n")
    bad.write_text(HEADER + "nobody,2,active\n")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "local", "org-sync", str(good), str(bad), "--out", str(out)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert ended.returncode == 1, ended.stderr
    assert "good.csv: ACCEPTED" in ended.stdout
    assert "bad.csv: REJECTED" in ended.stdout
    assert (out / "org-sync-bucket" / "incoming" / "good.csv").read_text() == good.read_text()
    assert (out / "org-sync-bucket" / "rejected" / "bad.csv.errors.csv").is_file()
    assert list((out / "org-sync-bucket" / "results" / "good.csv").glob("*/result.csv"))
