"""The engagement of learners with content: this run's windows, merged with earlier snapshots.

The rules are those of docs/data-model.md, "Engagement"; ADR 0005 says what is carried over. People and contents are
numbered here (`person`, `content_key`): numbers are faster to group and to join than keys.
"""

from __future__ import annotations

import duckdb

from learning_graph.graph.assembly.database import drop
from learning_graph.model import schema

_CONTENT_KEYS = """
create table content_key as
select key, row_number() over (order by key) as content from (
    select distinct urn as key from content_row
    union select "_toEntityKey" from base_linkedin_learning_user_assigned_course
    union select "_toEntityKey" from base_linkedin_learning_user_assigned_learning_path
    union select "_toEntityKey" from base_linkedin_learning_user_assigned_video)
"""

_CONTENTS_OF_PARTS = """
create table content_of_part as
select part, content_row.content as number, content_key.content, asset_type, window_end, name, locale
from content_row join content_key on key = urn
"""

# Within one window, content and identity, the larger of two values of a metric counts; different metrics are
# combined: LinkedIn may list one learner and content in several records (API reference §3.4, §6.6).
_WINDOWS = """
create table engagement_window as
select window_start, content_of_part.content, identity, min(person) as person,
       max(views) as views, max(secondsViewed) as seconds_viewed, max(completions) as completions,
       max(progressPercentage) as progress_percentage,
       case when max(completions) >= 1 then min(completedOn)
            when max(progressPercentage) >= 100 then min(fullProgressOn) end as completed_on,
       min(firstEngagedOn) as first_engaged_on, max(lastEngagedOn) as last_engaged_on
from engagement_row
join person_of_learner using (part, learner)
join content_of_part on content_of_part.part = engagement_row.part and content_of_part.number = engagement_row.content
group by window_start, content_of_part.content, identity
"""

# Over windows, and over the identities of one person, counts and seconds add up.
_NOW = """
create table assigned_now as
select person, content,
       bool_or(completions >= 1 or progress_percentage >= 100) as completed, min(completed_on) as completed_on,
       sum(completions)::bigint as completions, sum(views)::bigint as views,
       sum(seconds_viewed)::bigint as seconds_viewed,
       max(progress_percentage) as progress_percentage,
       min(first_engaged_on) as first_engaged_on, max(last_engaged_on) as last_engaged_on
from engagement_window group by person, content
"""

_KNOWN_ROWS = """
create table assigned_known_row as
select person_of_key.person, content_key.content, age, completed,
       case when keeps_completion_dates then "completedOn" end as completed_on, completions, views,
       "secondsViewed" as seconds_viewed, "progressPercentage" as progress_percentage,
       "firstEngagedOn" as first_engaged_on, "lastEngagedOn" as last_engaged_on,
       "lookbackStart" as lookback_start, "lookbackEnd" as lookback_end
from ({assigned}) known
join person_of_key on old_key = "_fromEntityKey" join content_key on key = "_toEntityKey"
"""

# Of several snapshots (or of two users found to be one) the newest values are used, and any completion counts.
# Otherwise there is one row for each person and content: grouping those as well would take longer than all the rest.
_KNOWN = """
create table assigned_known as
with known as (
    select person, content, completed, case when completed then completed_on end as completed_on,
           {'until': lookback_end, 'newness': -age, 'since': lookback_start, 'views': views, 'completions': completions,
            'seconds_viewed': seconds_viewed, 'progress_percentage': progress_percentage,
            'first_engaged_on': first_engaged_on, 'last_engaged_on': last_engaged_on} as newest
    from assigned_known_row),
several as (
    select person from person_of_key group by person
    having count(*) > 1 or (select max(age) from assigned_known_row) > 0)
select person, content, completed, completed_on, newest from known where person not in (from several)
union all
select person, content, bool_or(completed), min(completed_on), max(newest)
from known where person in (from several) group by person, content
"""

# Where windows of a step are missing, its sums are too small: the greater of new and known is used until then.
_ASSIGNED = """
create table assigned as
select person, content, content_type, now.person is null as carried,
       coalesce(now.completed, false) or coalesce(known.completed, false) as completed,
       least(now.completed_on, known.completed_on) as completed_on,
       coalesce(case when incomplete then greatest(now.completions, newest.completions) else now.completions end,
                case when now.person is null then newest.completions end, 0) as completions,
       coalesce(case when incomplete then greatest(now.views, newest.views) else now.views end,
                case when now.person is null then newest.views end, 0) as views,
       coalesce(case when incomplete then greatest(now.seconds_viewed, newest.seconds_viewed)
                     else now.seconds_viewed end,
                case when now.person is null then newest.seconds_viewed end, 0) as seconds_viewed,
       case when now.person is null then newest.progress_percentage
            when incomplete then greatest(now.progress_percentage, newest.progress_percentage)
            else now.progress_percentage end as progress_percentage,
       case when now.person is null then newest.first_engaged_on
            when incomplete then least(now.first_engaged_on, newest.first_engaged_on)
            else now.first_engaged_on end as first_engaged_on,
       case when now.person is null then newest.last_engaged_on
            when incomplete then greatest(now.last_engaged_on, newest.last_engaged_on)
            else now.last_engaged_on end as last_engaged_on,
       case when now.person is null then newest.since else $lookback_start end as lookback_start,
       case when now.person is null then newest.until else $lookback_end end as lookback_end
from assigned_now now
full join assigned_known known using (person, content)
join (select content, type as content_type, list_contains($incomplete_types, type) as incomplete
      from content_type) using (content)
"""

_RETENTION = """
delete from assigned where carried and coalesce(last_engaged_on, completed_on, lookback_end) < ?
"""


def assigned_types() -> dict[str, str]:
    """Return the `_type` of ASSIGNED relationships by the `_type` of the content they lead to."""
    return {
        content_type: schema.relationship_type(schema.USER, "ASSIGNED", content_type)
        for content_type in schema.CONTENT_TYPES
    }


def read_contents(db: duckdb.DuckDBPyConnection) -> None:
    """Make the tables `content_key` and `content_of_part` of the loaded parts and bases."""
    db.execute(_CONTENT_KEYS)
    db.execute(_CONTENTS_OF_PARTS)
    drop(db, "content_row")


def merge_engagements(
    db: duckdb.DuckDBPyConnection, *, lookback: tuple[int, int], incomplete_types: list[str], keep_since: int | None
) -> None:
    """Make the tables `engagement_window` and `assigned`, the latter with one row per person and content.

    Args:
        db: holds the parts, the bases, and the tables of `people` and `content_type`.
        lookback: start and end of the run's lookback, epoch milliseconds.
        incomplete_types: content `_type`s of which some window could not be read.
        keep_since: forget carried-over engagement older than this instant; None keeps all.
    """
    known = " union all ".join(f"select * from base_{name}" for name in assigned_types().values())
    db.execute(_WINDOWS)
    drop(db, "engagement_row", "person_of_learner")
    db.execute(_NOW)
    db.execute(_KNOWN_ROWS.format(assigned=known))
    db.execute(_KNOWN)
    drop(db, "assigned_known_row")
    db.execute(
        _ASSIGNED,
        {"lookback_start": lookback[0], "lookback_end": lookback[1], "incomplete_types": incomplete_types},
    )
    drop(db, "assigned_now", "assigned_known")
    if keep_since is not None:
        db.execute(_RETENTION, [keep_since])


def create_views(db: duckdb.DuckDBPyConnection) -> None:
    """Make a view of each ASSIGNED relationship with the columns of the model."""
    for content_type, name in assigned_types().items():
        db.execute(
            f"""
            create view relationship_{name} as
            select user_key as "_fromEntityKey", key as "_toEntityKey", completed,
                   completed_on as "completedOn", completions, first_engaged_on as "firstEngagedOn",
                   last_engaged_on as "lastEngagedOn", lookback_end as "lookbackEnd", lookback_start as "lookbackStart",
                   progress_percentage as "progressPercentage", seconds_viewed as "secondsViewed", views
            from assigned join person using (person) join content_key using (content)
            where content_type = '{content_type}'
            """
        )


def learner_totals(db: duckdb.DuckDBPyConnection) -> list[tuple[int, str, int, int, int]]:
    """Return (window start, asset type, views, completions, seconds) of this run, summed over learners."""
    return db.execute(
        "select window_start, asset_type, coalesce(sum(views), 0)::bigint, coalesce(sum(completions), 0)::bigint,"
        " coalesce(sum(seconds_viewed), 0)::bigint"
        " from engagement_window join content_engaged using (content) group by all order by all"
    ).fetchall()
