"""The content and classifications of the snapshot: read now, carried over, or named by activity only."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from learning_graph.graph.assembly.database import column_list
from learning_graph.graph.text import LONGEST_TEXT
from learning_graph.model import schema
from learning_graph.values.steps import AssetType

# The columns that come from LinkedIn; `_class`, `_key`, `_type` and the tag are added when files are written.
_CONTENT_COLUMNS = column_list(
    prop
    for prop in schema.ENTITIES[schema.COURSE].properties
    if not prop.name.startswith("_") and prop.name != schema.TAG_ACCOUNT_NAME
)
_CLASSIFICATION_COLUMNS = column_list(
    prop
    for prop in schema.ENTITIES[schema.CLASSIFICATION].properties
    if not prop.name.startswith("_") and prop.name != schema.TAG_ACCOUNT_NAME
)

_CONTENT_RECORD = (
    "{" + ", ".join(f"'{name}': \"{name}\"" for name in _CONTENT_COLUMNS.replace('"', "").split(", ")) + "}"
)

# Of several records of a URN the one updated last is used; ties are resolved by comparing the records.
_READ = f"""
create table content_read as
with asset as (select {_CONTENT_COLUMNS}, classifications from catalog_row where t = 'asset'),
several as (select urn from asset group by urn having count(*) > 1)
select * from asset where urn not in (from several)
union all
select * from (from asset where urn in (from several))
qualify row_number() over (
    partition by urn order by "lastUpdatedOn" desc nulls last, to_json({_CONTENT_RECORD})::varchar) = 1
"""

# A record without any of these instants and states was never in the catalogue, but only named by activity.
_KNOWN = """
create table content_known as
select *, availability is null and "lastUpdatedOn" is null and "publishedOn" is null as is_unlisted
from ({bases}) qualify row_number() over (partition by urn order by age) = 1
"""

_ENGAGED = """
create table content_engaged as
select content, min(asset_type) as asset_type, newest(window_end, name) as name, newest(window_end, locale) as locale
from content_of_part group by content
"""

# The `_type` of all content with engagement: from the catalogue, else from the report or an earlier
# snapshot.
_TYPES = """
create table content_type as
select content, coalesce(content_type_of(read.asset_type), content_type_of(engaged.asset_type), known.type) as type
from content_key
left join (select urn, "assetType" as asset_type from content_read) read on read.urn = key
left join content_engaged engaged using (content)
left join (select urn, content_type_of("assetType") as type from content_known) known on known.urn = key
"""

_MISSING = """
select asset_type, key from content_engaged join content_key using (content)
where key not in (select urn from content_read)
  and (list_contains(?, asset_type) or key not in (select urn from content_known))
  and list_contains(?, asset_type)
order by asset_type, key
"""

# `source`, best first: 0 read now, 1 from an earlier snapshot, 2 named by activity only, 3 the same, earlier.
_CONTENT = f"""
create table content as
with referenced as (select distinct key from assigned join content_key using (content)),
candidate as (
    select {_CONTENT_COLUMNS}, 0 as source from content_read
    union all
    select {_CONTENT_COLUMNS}, case when is_unlisted then 3 else 1 end from content_known
    where urn in (from referenced) or list_contains($kept_types, "assetType")
    union all by name
    select key as urn, asset_type as "assetType", left(coalesce(name, key), {LONGEST_TEXT}) as name,
           left(coalesce(name, key), {LONGEST_TEXT}) as "displayName", locale as "titleLocale", 2 as source
    from content_engaged join content_key using (content) where key in (from referenced))
select *, content_type_of("assetType") as type from candidate
qualify row_number() over (partition by urn order by source) = 1
"""

# Tags of content that was read now; of other content, those in the newest snapshot that has it.
_TAGGED = """
create table tagged as
select distinct content.urn as content_urn, type, unnest(classifications) as classification_urn
from content_read join content using (urn)
union
select content.urn, content.type, known."_toEntityKey"
from content
join (select "_fromEntityKey" as urn, min(age) as age from ({tags}) group by all) newest using (urn)
join ({tags}) known on known.age = newest.age and known."_fromEntityKey" = content.urn
where content.source in (1, 3)
"""

_CLASSIFICATIONS = f"""
create table classification as
select * from (
    select {_CLASSIFICATION_COLUMNS}, rank, false as carried from catalog_row where t = 'classification'
    union all
    select {_CLASSIFICATION_COLUMNS}, 1000 + age, true from base_{schema.CLASSIFICATION}
    where $keep_all or urn in (select classification_urn from tagged))
qualify row_number() over (
    partition by urn order by rank, name, locale, "classificationType", "ownerName", "ownerUrn") = 1
"""


@dataclass(frozen=True)
class CatalogRules:
    """What was read of the catalogue, per asset type.

    `kept_types`: asset types not read in full (changed-only, or failed), for which earlier snapshots' content is kept.
    `keep_classifications`: some catalogue step was not read in full.
    `curated_known`: the curated listing was read.
    """

    kept_types: frozenset[AssetType]
    keep_classifications: bool
    curated_known: bool


def read_content(db: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of content that was read, is in earlier snapshots, or is named by activity."""
    db.execute(_READ)
    db.execute(_KNOWN.format(bases=" union all ".join(f"select * from base_{name}" for name in schema.CONTENT_TYPES)))
    db.execute(_ENGAGED)
    db.execute(_TYPES)


def missing_content(
    db: duckdb.DuckDBPyConnection, *, read_in_full: list[AssetType], looked_up: list[AssetType]
) -> dict[AssetType, list[str]]:
    """Return the URNs that activity names and the catalogue lacks, by asset type.

    Args:
        db: holds the tables of `read_content`.
        read_in_full: types whose earlier entities do not count, since the whole listing was read now.
        looked_up: types whose URNs may be looked up.
    """
    missing: dict[AssetType, list[str]] = {}
    for asset_type, key in db.execute(_MISSING, [read_in_full, looked_up]).fetchall():
        missing.setdefault(asset_type, []).append(key)
    return missing


def merge_catalog(db: duckdb.DuckDBPyConnection, rules: CatalogRules) -> None:
    """Make the tables `content`, `tagged` and `classification` of the snapshot; needs `assigned`."""
    db.execute(_CONTENT, {"kept_types": sorted(rules.kept_types)})
    tags = " union all ".join(f"select * from base_{name}" for name in tag_types().values())
    db.execute(_TAGGED.format(tags=tags))
    db.execute(_CLASSIFICATIONS, {"keep_all": rules.keep_classifications})
    if rules.curated_known and _names_curated_videos(db):
        db.execute(
            f"""update content set "isCuratedForLms" = urn in (select urn from catalog_row where t = 'curated')
                where type = '{schema.VIDEO}'"""
        )


def tag_types() -> dict[str, str]:
    """Return the `_type` of HAS relationships to classifications by the `_type` of the content."""
    return {
        content_type: schema.relationship_type(content_type, "HAS", schema.CLASSIFICATION)
        for content_type in schema.CONTENT_TYPES
    }


def create_views(db: duckdb.DuckDBPyConnection) -> None:
    """Make views of the catalogue's entities and relationships with the columns of the model."""
    for content_type, tag_type in tag_types().items():
        db.execute(
            f'create view entity_{content_type} as select * exclude (source, type), urn as "_key"'
            f" from content where type = '{content_type}'"
        )
        db.execute(
            f'create view relationship_{tag_type} as select content_urn as "_fromEntityKey",'
            f" classification_urn as \"_toEntityKey\" from tagged where type = '{content_type}'"
        )
    db.execute(
        f'create view entity_{schema.CLASSIFICATION} as select * exclude (rank, carried), urn as "_key"'
        " from classification"
    )


def _names_curated_videos(db: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the curated listing says which videos are curated.

    A server that does not support the filter ignores it and lists every video (API reference §3.4): a listing with all
    videos of the catalogue is assumed to be unfiltered. A video with engagement may be in no listing: it was looked up,
    or is gone.
    """
    found = db.execute(
        """
        with curated as (select urn from catalog_row where t = 'curated')
        select not exists (from curated) or exists (
            from content where type = ? and source <= 1 and urn not in (from curated)
            and urn not in (select key from assigned join content_key using (content)))
        """,
        [schema.VIDEO],
    ).fetchone()
    return bool(found and found[0])
