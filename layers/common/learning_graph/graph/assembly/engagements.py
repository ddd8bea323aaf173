"""Every learner's engagement with every content: this run's windows added up, and what earlier snapshots knew.

The rules are the design's, "The graph": counts and seconds add up over a run's windows; progress is the maximum; first
is the minimum, last the maximum; completions are evidence and never forgotten. See ADR 0005 for the carry-over.
"""

from __future__ import annotations

import duckdb

_ROWS = """
create view engagement_row as
select rows.* exclude (profileUrn, uniqueUserId, email), profileUrn, uniqueUserId, plain_case(email) as email_id,
       identity.user_key
from report_rows rows
join identity on identity.profile_urn is not distinct from profileUrn
             and identity.unique_user_id is not distinct from uniqueUserId
             and identity.email_id is not distinct from plain_case(email)
where t = 'engagement'
"""

# LinkedIn may list a row twice (API reference §3.4): it counts once, the fuller one if they differ. Rows that
# name the learner differently count apart, since LinkedIn may split a window where a learner's details changed (§10);
# unless all their numbers and instants are the same: then the learner was renamed between two looks at one row.
_COUNTED = """
create table engagement as
from (
    from engagement_row
    qualify row_number() over (
        partition by window_start, contentUrn, profileUrn, uniqueUserId, email_id, name
        order by completed desc, completions desc, secondsViewed desc, views desc,
                 progressPercentage desc nulls last, completedOn nulls last,
                 lastEngagedOn desc nulls last, asset_type
    ) = 1
)
qualify row_number() over (
    partition by window_start, contentUrn, coalesce(profileUrn, uniqueUserId, email_id),
                 views, secondsViewed, completions, progressPercentage, firstEngagedOn, lastEngagedOn
    order by name, uniqueUserId, email_id, asset_type
) = 1
"""

# Sums need each row once. What a row twice does not change is taken from all of them: none of its evidence is lost.
_SEEN_NOW = """
create table assigned_now as
with seen as (
    select user_key, contentUrn, min(asset_type) as asset_type, bool_or(completed) as completed,
           case when bool_or(completed) then coalesce(min(completedOn), min(fullProgressOn)) end as completed_on,
           max(progressPercentage) as progress_percentage,
           min(firstEngagedOn) as first_engaged_on, max(lastEngagedOn) as last_engaged_on
    from engagement_row group by user_key, contentUrn),
counted as (
    select user_key, contentUrn, cast(sum(completions) as bigint) as completions, cast(sum(views) as bigint) as views,
           cast(sum(secondsViewed) as bigint) as seconds_viewed
    from engagement group by user_key, contentUrn)
select user_key, contentUrn as content_key, asset_type, completed, completed_on, completions, views, seconds_viewed,
       progress_percentage, first_engaged_on, last_engaged_on,
       $lookback_start::bigint as lookback_start, $lookback_end::bigint as lookback_end
from seen join counted using (user_key, contentUrn)
"""

_KNOWN_ROWS = """
create table assigned_known_rows as
select coalesce(moved.user_key, record->>'$._fromEntityKey') as user_key, record->>'$._toEntityKey' as content_key,
       type as relationship_type, age,
       (record->'$.completed')::boolean as completed, (record->'$.completedOn')::bigint as completed_on,
       (record->'$.completions')::bigint as completions, (record->'$.views')::bigint as views,
       (record->'$.secondsViewed')::bigint as seconds_viewed,
       (record->'$.progressPercentage')::double as progress_percentage,
       (record->'$.firstEngagedOn')::bigint as first_engaged_on, (record->'$.lastEngagedOn')::bigint as last_engaged_on,
       (record->'$.lookbackStart')::bigint as lookback_start, (record->'$.lookbackEnd')::bigint as lookback_end
from base_relationship left join moved_user moved on moved.old_key = record->>'$._fromEntityKey'
where type in ('linkedin_learning_user_assigned_course', 'linkedin_learning_user_assigned_learning_path',
               'linkedin_learning_user_assigned_video')
"""

# Of several snapshots (or of two users who turned out to be one) the newest values stand, and any completion counts.
_KNOWN = """
create table assigned_known as
select user_key, content_key, max(relationship_type) as relationship_type,
       bool_or(completed) as completed, min(completed_on) filter (where completed) as completed_on,
       last(completions order by lookback_end, age desc, lookback_start desc, views) as completions,
       last(views order by lookback_end, age desc, lookback_start desc, views) as views,
       last(seconds_viewed order by lookback_end, age desc, lookback_start desc, views) as seconds_viewed,
       last(progress_percentage order by lookback_end, age desc, lookback_start desc, views) as progress_percentage,
       last(first_engaged_on order by lookback_end, age desc, lookback_start desc, views) as first_engaged_on,
       last(last_engaged_on order by lookback_end, age desc, lookback_start desc, views) as last_engaged_on,
       last(lookback_start order by lookback_end, age desc, lookback_start desc, views) as lookback_start,
       max(lookback_end) as lookback_end
from assigned_known_rows group by user_key, content_key
"""

# Where a step missed windows, its sums are too small: the greater of new and known stands until it is read again.
_ASSIGNED = """
create table assigned as
select coalesce(now.user_key, known.user_key) as user_key, coalesce(now.content_key, known.content_key) as content_key,
       now.asset_type, known.relationship_type, now.user_key is null as carried,
       coalesce(now.completed, false) or coalesce(known.completed, false) as completed,
       least(now.completed_on, known.completed_on) as completed_on,
       case when incomplete then greatest(now.completions, known.completions)
            else coalesce(now.completions, known.completions) end as completions,
       case when incomplete then greatest(now.views, known.views) else coalesce(now.views, known.views) end as views,
       case when incomplete then greatest(now.seconds_viewed, known.seconds_viewed)
            else coalesce(now.seconds_viewed, known.seconds_viewed) end as seconds_viewed,
       case when incomplete then greatest(now.progress_percentage, known.progress_percentage)
            when now.user_key is null then known.progress_percentage else now.progress_percentage
            end as progress_percentage,
       case when incomplete then least(now.first_engaged_on, known.first_engaged_on)
            when now.user_key is null then known.first_engaged_on else now.first_engaged_on end as first_engaged_on,
       case when incomplete then greatest(now.last_engaged_on, known.last_engaged_on)
            when now.user_key is null then known.last_engaged_on else now.last_engaged_on end as last_engaged_on,
       coalesce(now.lookback_start, known.lookback_start) as lookback_start,
       coalesce(now.lookback_end, known.lookback_end) as lookback_end
from (select *, list_contains($incomplete_types, asset_type) as incomplete from assigned_now) now
full join assigned_known known using (user_key, content_key)
"""

_RETENTION = """
delete from assigned where carried and coalesce(last_engaged_on, completed_on, lookback_end) < ?
"""


def merge_engagements(
    db: duckdb.DuckDBPyConnection,
    *,
    lookback: tuple[int, int],
    incomplete_types: list[str],
    keep_since: int | None,
) -> None:
    """Make the table `assigned`: one row per user and content.

    Args:
        db: holds `report_rows`, `base_relationship` and the people tables.
        lookback: start and end of the run's lookback, epoch milliseconds.
        incomplete_types: asset types of which some window could not be read.
        keep_since: forget carried-over engagement older than this instant; None keeps all.
    """
    db.execute(_ROWS)
    db.execute(_COUNTED)
    db.execute(_SEEN_NOW, {"lookback_start": lookback[0], "lookback_end": lookback[1]})
    db.execute(_KNOWN_ROWS)
    db.execute(_KNOWN)
    db.execute(_ASSIGNED, {"incomplete_types": incomplete_types})
    if keep_since is not None:
        db.execute(_RETENTION, [keep_since])


def learner_totals(db: duckdb.DuckDBPyConnection) -> list[tuple[int, str, int, int, int]]:
    """Return (window start, asset type, views, completions, seconds) of this run, summed over learners."""
    return db.execute(
        "select window_start, asset_type, cast(sum(views) as bigint), cast(sum(completions) as bigint),"
        " cast(sum(secondsViewed) as bigint) from engagement group by all order by all"
    ).fetchall()
