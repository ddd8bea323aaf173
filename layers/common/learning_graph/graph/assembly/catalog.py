"""Which content and which classifications the snapshot has: read now, carried over, or known from activity alone."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from learning_graph.model import schema
from learning_graph.values.steps import AssetType

_READ = """
create table content_read as
select key, type as asset_type, entity::varchar as record, tags from catalog_rows where t = 'asset'
qualify row_number() over (partition by key order by updated desc, entity::varchar) = 1
"""

# A record without any of these instants and states was never in a catalogue: only activity named it.
_KNOWN = """
create table content_known as
select key, type, record::varchar as record,
       record->>'$.availability' is null and record->>'$.lastUpdatedOn' is null
           and record->>'$.publishedOn' is null as is_unlisted
from base_entity where list_contains(?, type)
qualify row_number() over (partition by key order by age) = 1
"""

_ENGAGED = """
create table content_engaged as
select contentUrn as key, min(asset_type) as asset_type,
       newest(window_end, contentName) as name, newest(window_end, contentLocale) as locale
from report_rows where t = 'engagement' group by contentUrn
"""

_MISSING = """
select asset_type, key from content_engaged
where key not in (select key from content_read)
  and (list_contains(?, asset_type) or key not in (select key from content_known))
  and list_contains(?, asset_type)
order by asset_type, key
"""

# `source`, best first: 0 read now, 1 known from an earlier snapshot, 2 named by activity alone, 3 known to be so.
_CONTENT = """
create table content as
with referenced as (select distinct content_key as key from assigned),
candidates as (
    select key, content_type_of(asset_type) as type, 0 as source, record, null as name, null as locale from content_read
    union all
    select key, type, case when is_unlisted then 3 else 1 end, record, null, null from content_known
    where key in (select key from referenced) or list_contains($kept_types, type)
    union all
    select key, content_type_of(asset_type), 2, null, name, locale from content_engaged
    where key in (select key from referenced))
select * from candidates qualify row_number() over (partition by key order by source) = 1
"""

# Tags of what was read now; of what was not, as the newest snapshot that knows the content had them.
_TAGGED = """
create table tagged as
select distinct content_read.key as content_key, type, unnest(tags) as classification_key
from content_read join content using (key)
union
select content.key, content.type, known.record->>'$._toEntityKey'
from content
join (select record->>'$._fromEntityKey' as key, min(age) as age from base_relationship
      where list_contains($tag_types, type) group by all) newest using (key)
join base_relationship known on known.age = newest.age and known.record->>'$._fromEntityKey' = content.key
     and list_contains($tag_types, known.type)
where content.source in (1, 3)
"""

_CLASSIFICATIONS = """
create table classification as
select key, record, carried from (
    select key, rank, entity::varchar as record, false as carried from catalog_rows where t = 'classification'
    union all
    select key, 1000 + age, record::varchar, true from base_entity
    where type = 'linkedin_learning_classification' and ($keep_all or key in (select classification_key from tagged)))
qualify row_number() over (partition by key order by rank, record) = 1
"""


@dataclass(frozen=True)
class CatalogRules:
    """What was read of the catalogue, per asset type.

    `kept_types`: asset types not read in full (changed-only, or failed), so that what earlier snapshots had stays.
    `keep_classifications`: some catalogue step was not read in full.
    """

    kept_types: frozenset[AssetType]
    keep_classifications: bool


def read_content(db: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of content that was read, known from earlier, and named by activity."""
    db.execute(_READ)
    db.execute(_KNOWN, [list(schema.CONTENT_TYPES)])
    db.execute(_ENGAGED)


def missing_content(
    db: duckdb.DuckDBPyConnection, *, read_in_full: list[AssetType], looked_up: list[AssetType]
) -> dict[AssetType, list[str]]:
    """Return the URNs that activity names and the catalogue lacks, by asset type.

    Args:
        db: holds the tables of `read_content`.
        read_in_full: types whose earlier entities are no answer, since the whole listing was read now.
        looked_up: types that may be asked for at all.
    """
    missing: dict[AssetType, list[str]] = {}
    for asset_type, key in db.execute(_MISSING, [read_in_full, looked_up]).fetchall():
        missing.setdefault(asset_type, []).append(key)
    return missing


def types_in_several_locales(db: duckdb.DuckDBPyConnection) -> frozenset[AssetType]:
    """Return the asset types whose records, read now, have titles in more than one locale."""
    found = db.execute(
        "select asset_type from content_read group by asset_type"
        " having count(distinct record::json->>'$.titleLocale') > 1"
    )
    return frozenset(asset_type for (asset_type,) in found.fetchall())


def merge_catalog(db: duckdb.DuckDBPyConnection, rules: CatalogRules) -> None:
    """Make the tables `content`, `tagged` and `classification` of the snapshot; needs `assigned`."""
    db.execute(
        _CONTENT, {"kept_types": [schema.CONTENT_TYPE_OF[asset_type] for asset_type in sorted(rules.kept_types)]}
    )
    tag_types = [
        schema.relationship_type(content_type, "HAS", schema.CLASSIFICATION) for content_type in schema.CONTENT_TYPES
    ]
    db.execute(_TAGGED, {"tag_types": tag_types})
    db.execute(_CLASSIFICATIONS, {"keep_all": rules.keep_classifications})


def curated_videos(db: duckdb.DuckDBPyConnection) -> frozenset[str] | None:
    """Return the URNs of the curated listing; None where it says nothing.

    A server that does not know the filter ignores it and lists every video (API reference §3.4): a listing that holds
    all the videos there are is taken for that.
    """
    urns = frozenset(
        key for (key,) in db.execute("select distinct key from catalog_rows where t = 'curated'").fetchall()
    )
    videos = db.execute("select count(*) from content where type = ? and source <= 1", [schema.VIDEO]).fetchone()
    return None if urns and videos and len(urns) >= videos[0] else urns
