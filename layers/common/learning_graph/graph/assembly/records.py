"""The snapshot's records, in the order of their keys, from the merged tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import msgspec

from learning_graph.graph.assembly.files import record_line
from learning_graph.graph.entities import Entity, account_entity, unlisted_content_entity, user_entity
from learning_graph.model import schema
from learning_graph.model.keys import account_key, relationship_key
from learning_graph.values.steps import AssetType

_FETCH = 10_000
_ASSET_TYPE_OF: dict[str, AssetType] = {name: kind for kind, name in schema.CONTENT_TYPE_OF.items()}


@dataclass(frozen=True)
class Account:
    """The one account of the snapshot: its key reference, its name, and the tags that every entity carries."""

    key_ref: str
    name: str
    tags: Entity

    @property
    def key(self) -> str:
        return account_key(self.key_ref)


def entity_lines(
    db: duckdb.DuckDBPyConnection, entity_type: str, account: Account, curated: frozenset[str] | None
) -> Iterator[bytes]:
    """Yield the JSON of every entity of one `_type`, sorted by `_key`."""
    if entity_type == schema.ACCOUNT:
        yield record_line(account_entity(account.key_ref, account.name, account.tags))
    elif entity_type == schema.CLASSIFICATION:
        for _, record in _rows(db, "select key, record from classification order by key"):
            yield _entity_line(record, account, {})
    elif entity_type == schema.USER:
        yield from _users(db, account)
    else:
        yield from _contents(db, entity_type, account, curated if entity_type == schema.VIDEO else None)


def relationship_lines(db: duckdb.DuckDBPyConnection, relationship_type: str, account: Account) -> Iterator[bytes]:
    """Yield the JSON of every relationship of one `_type`, sorted by `_key`."""
    source, verb, target = schema.RELATIONSHIPS[relationship_type]
    if verb == "ASSIGNED":
        yield from _assigned(db, relationship_type, target)
        return
    if source == schema.ACCOUNT:
        pairs: Iterator[tuple[str, str]] = ((account.key, key) for (key,) in _rows(db, *_keys_of(target)))
    else:
        pairs = _rows(
            db,
            "select content_key, classification_key from tagged where type = ?"
            " order by content_key || '|has|' || classification_key",
            [source],
        )
    for from_key, to_key in pairs:
        yield record_line(_relationship(relationship_type, verb, from_key, to_key, {}))


def _contents(
    db: duckdb.DuckDBPyConnection, entity_type: str, account: Account, curated: frozenset[str] | None
) -> Iterator[bytes]:
    asset_type = _ASSET_TYPE_OF[entity_type]
    query = "select key, record, name, locale from content where type = ? order by key"
    for key, record, name, locale in _rows(db, query, [entity_type]):
        if record is None:
            yield record_line(unlisted_content_entity(key, asset_type, name, locale, account.tags))
        else:
            yield _entity_line(record, account, {} if curated is None else {"isCuratedForLms": key in curated})


def _entity_line(record: str, account: Account, properties: Entity) -> bytes:
    """An entity of an earlier snapshot may carry another account name, or none: today's setting holds for all."""
    entity = msgspec.json.decode(record)
    entity.pop("tag.AccountName", None)
    return record_line(dict(sorted({**entity, **account.tags, **properties}.items())))


def _users(db: duckdb.DuckDBPyConnection, account: Account) -> Iterator[bytes]:
    query = "select user_key, profile_urn, unique_user_id, email, name, groups from user_now order by user_key"
    for key, profile_urn, unique_user_id, email, name, groups in _rows(db, query):
        yield record_line(
            user_entity(
                key,
                profile_urn=profile_urn,
                unique_user_id=unique_user_id,
                email=email,
                name=name,
                groups=groups,
                tags=account.tags,
            )
        )


_ASSIGNED = """
select user_key, content_key, completed, completed_on, completions, views, seconds_viewed, progress_percentage,
       first_engaged_on, last_engaged_on, lookback_start, lookback_end
from assigned join content on content.key = assigned.content_key
where content.type = ? order by user_key || '|assigned|' || content_key
"""
_ASSIGNED_NAMES = tuple(name for name, _, _ in schema.ENGAGEMENT)  # in the order of the columns above


def _assigned(db: duckdb.DuckDBPyConnection, relationship_type: str, target: str) -> Iterator[bytes]:
    for user_key, content_key, *values in _rows(db, _ASSIGNED, [target]):
        properties = dict(zip(_ASSIGNED_NAMES, values, strict=True))
        progress = properties["progressPercentage"]
        if progress is not None and progress.is_integer():
            properties["progressPercentage"] = int(progress)
        yield record_line(_relationship(relationship_type, "ASSIGNED", user_key, content_key, properties))


def _relationship(kind: str, verb: str, from_key: str, to_key: str, properties: Entity) -> Entity:
    record = {
        "_key": relationship_key(from_key, verb, to_key),
        "_type": kind,
        "_class": verb,
        "_fromEntityKey": from_key,
        "_toEntityKey": to_key,
        "displayName": verb,
        **properties,
    }
    return dict(sorted(record.items()))


def _keys_of(entity_type: str) -> tuple[str, list[Any]]:
    if entity_type == schema.CLASSIFICATION:
        return "select key from classification order by key", []
    if entity_type == schema.USER:
        return "select user_key from user_now order by user_key", []
    return "select key from content where type = ? order by key", [entity_type]


def _rows(db: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None) -> Iterator[Any]:
    cursor = db.cursor().execute(query, parameters or [])
    while rows := cursor.fetchmany(_FETCH):
        yield from rows
