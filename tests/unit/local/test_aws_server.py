"""The moto server: large objects pass through it."""

from __future__ import annotations

import copy

import pytest
from moto.s3.models import FakeKey

from local.aws_server import list_versions_without_content


def test_listing_versions_copies_no_content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeKey, "__deepcopy__", None, raising=False)  # so that the patch ends with the test
    list_versions_without_content()
    key = FakeKey(name="a.csv", value=b"content", account_id="1", region_name="eu-central-1")
    [copied] = copy.deepcopy([key])  # what moto does with each key's versions
    assert copied._value_buffer is key._value_buffer
    key.dispose()
