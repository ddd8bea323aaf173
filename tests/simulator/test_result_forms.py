"""Other forms of the result file."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.simulator.org_sync.result_forms import NAMES, write_in_form

RESULT = "invited_email_address,unique_user_id,Messages\na@example.com,1,\nb@example.com,2,No licenses available\n"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("documented", RESULT.encode()),
        (
            "title-case",
            RESULT.replace("invited_email_address,unique_user_id", "Invited Email Address,Unique User Id").encode(),
        ),
        ("utf-16", RESULT.encode("utf-16")),
        ("semicolons", RESULT.replace(",", ";").encode()),
        ("no-messages", b"invited_email_address,unique_user_id\na@example.com,1\nb@example.com,2\n"),
        ("short", RESULT.encode()[: RESULT.index("b@")]),
        ("blank-line", b"\n" + RESULT.encode()),
        (
            "critical-message",
            RESULT.replace("1,\n", "1,Critical error: the file was not processed to its end\n").encode(),
        ),
        (
            "critical-row",
            RESULT.replace("a@", ",,Critical error: the file was not processed to its end\na@").encode(),
        ),
        ("empty", b""),
    ],
)
def test_a_result_is_written_in_the_chosen_form(tmp_path: Path, form: str, expected: bytes) -> None:
    path = tmp_path / "result.csv"
    path.write_text(RESULT, encoding="utf-8")
    write_in_form(path, form)
    assert path.read_bytes() == expected


@pytest.mark.parametrize("form", NAMES)
def test_every_form_can_be_written(tmp_path: Path, form: str) -> None:
    path = tmp_path / "result.csv"
    path.write_text(RESULT, encoding="utf-8")
    write_in_form(path, form)
    assert (path.read_bytes() == RESULT.encode()) == (form == "documented")
