"""Who is first is never decided by an answer that was lost, nor by two writes that met."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from learning_graph.aws import clients
from learning_graph.aws.bucket import Bucket

ETAG = '"1"'


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(clients, "s3", lambda: client)
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _seconds: None)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def refuse(s3: Stubber, code: str, status: int) -> None:
    s3.add_client_error("put_object", service_error_code=code, http_status_code=status)


def stands(s3: Stubber, data: bytes) -> None:
    answer: dict[str, Any] = {"Body": BytesIO(data), "ETag": ETAG}
    s3.add_response("get_object", answer)


def test_two_writes_that_met_are_repeated(s3: Stubber) -> None:
    refuse(s3, "ConditionalRequestConflict", 409)
    refuse(s3, "ConditionalRequestConflict", 409)
    s3.add_response("put_object", {"ETag": ETAG})

    assert Bucket("b").write_if_absent("plan.json", b"mine") == ETAG


def test_a_file_is_sent_whole_when_it_is_sent_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "courses.parquet"
    path.write_bytes(b"rows")
    sent: list[bytes] = []

    class _Busy:
        def put_object(self, **request: Any) -> dict[str, str]:
            sent.append(request["Body"].read())
            if len(sent) < 3:
                raise ClientError({"Error": {"Code": "ConditionalRequestConflict"}}, "PutObject")
            return {"ETag": ETAG}

    monkeypatch.setattr(clients, "s3", _Busy)
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _seconds: None)

    assert Bucket("b").upload_if_unchanged(path, "courses.parquet", ETAG)
    assert sent == [b"rows"] * 3


def test_a_write_that_never_gets_through_is_no_verdict(s3: Stubber) -> None:
    for _ in range(5):
        refuse(s3, "ConditionalRequestConflict", 409)

    with pytest.raises(clients.s3().exceptions.ClientError):
        Bucket("b").write_if_unchanged("latest.json", b"mine", ETAG)


@pytest.mark.parametrize(("there", "etag"), [(b"mine", ETAG), (b"another's", None)])
@pytest.mark.parametrize("before", [None, '"0"'], ids=["absent", "unchanged"])
def test_a_refusal_after_a_lost_answer_is_distinguished_from_another_s_write(
    s3: Stubber, there: bytes, etag: str | None, before: str | None
) -> None:
    refuse(s3, "PreconditionFailed", 412)
    stands(s3, there)

    bucket = Bucket("b")
    if before is None:
        assert bucket.write_if_absent("plan.json", b"mine") == etag
    else:
        assert bucket.write_if_unchanged("plan.json", b"mine", before) == etag
