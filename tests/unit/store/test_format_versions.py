"""A newer stack reads an older one's buckets, or says what to do: no document of an unknown format is read."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest

import learning_graph
from learning_graph.store import org_sync_bucket
from learning_graph.store.documents import Document, DocumentDamaged, UnknownFormat, decode
from learning_graph.values.errors import ConfigurationError

KEY = "some/document.json"
UNKNOWN = (b'{"formatVersion": 99}', b'{"formatVersion": 0}', b'{"formatVersion": null}', b"{}")
# What the graph bucket holds; whoever adds a document finds it refused here.
DOCUMENTS = {
    *{"Plan", "SecondRound", "Outcome", "Progress", "Limits", "LastError", "Reread"},
    *{"Manifest", "Latest", "Ended", "ReportManifest", "AlertsDocument", "ErasureNote", "PublishingState"},
}


@pytest.fixture(scope="module")
def kinds() -> dict[str, type[Document]]:
    for module in pkgutil.walk_packages(learning_graph.__path__, "learning_graph."):
        importlib.import_module(module.name)
    return {kind.__name__: kind for kind in Document.__subclasses__()}


def test_these_are_the_documents_of_the_graph_bucket(kinds: dict[str, type[Document]]) -> None:
    assert kinds.keys() == DOCUMENTS


@pytest.mark.parametrize("data", UNKNOWN)
@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_document_of_an_unknown_format_is_refused_and_says_what_to_do(
    kinds: dict[str, type[Document]], name: str, data: bytes
) -> None:
    with pytest.raises(UnknownFormat, match=KEY) as refused:
        decode(data, kinds[name], KEY)
    assert "Deploy the release that wrote it" in refused.value.resolution
    assert "keep a copy" in refused.value.resolution


@pytest.mark.parametrize("data", UNKNOWN[:2])
@pytest.mark.parametrize("kind", [org_sync_bucket.DropState, org_sync_bucket.LedgerPointer])
def test_a_document_of_org_sync_too(kind: Any, data: bytes) -> None:
    with pytest.raises(ConfigurationError, match=KEY) as refused:
        org_sync_bucket.read_document(data, kind, key=KEY)
    assert refused.value.resolution.startswith("Deploy the release that wrote it")


@pytest.mark.parametrize("data", [b"", b'{"formatVersion', b"[]", b'"\xff"', b'{"formatVersion": "ann@example.com"}'])
@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_damaged_document_is_named_and_not_quoted(kinds: dict[str, type[Document]], name: str, data: bytes) -> None:
    with pytest.raises(DocumentDamaged, match=KEY) as refused:
        decode(data, kinds[name], KEY)
    assert "ann@" not in str(refused.value)


@pytest.mark.parametrize(
    "data", [b"", b'{"formatVersion": 1, "stage": "ann@example.com", "number": "ann@example.com"}']
)
@pytest.mark.parametrize("kind", [org_sync_bucket.DropState, org_sync_bucket.LedgerPointer])
def test_a_damaged_document_of_org_sync_too(kind: Any, data: bytes) -> None:
    with pytest.raises(ConfigurationError, match=KEY) as refused:
        org_sync_bucket.read_document(data, kind, key=KEY)
    assert "ann@" not in str(refused.value)
