"""The numbers by which the page names people, contents and classifications, as temporary tables of the connection.

`page_person` (LinkedIn's learners, then whoever else a requirement is for), `page_content` (most used first) and
`page_tag`: column `i` counts from 0. `page_edge` holds every ASSIGNED relationship between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import duckdb

from learning_graph.values.sql import quoted

People = Literal["names", "ids"]
CONTENT_KINDS: Final = ("course", "learning_path", "video")

_PERSON = """
CREATE OR REPLACE TEMP TABLE page_person AS
WITH people AS (
    SELECT _key AS key, coalesce(displayName, _key) AS name, email[1] AS email, uniqueUserId AS uid,
           coalesce(enterpriseGroupNames, []) AS groups, true AS known
    FROM linkedin_learning_user
    UNION ALL
    SELECT personKey, coalesce(any_value(name), any_value(email), any_value(uniqueUserId), personKey),
           any_value(email), any_value(uniqueUserId), [], false
    FROM compliance WHERE personKey NOT IN (SELECT _key FROM linkedin_learning_user) GROUP BY personKey
)
SELECT row_number() OVER (ORDER BY NOT known, {order}, key) - 1 AS i, key, {public_key} AS public_key,
       {name} AS name, {email} AS email, {uid} AS uid, groups, known, coalesce(start, 0) AS start
FROM people
LEFT JOIN (
    SELECT personKey, mode(page_date(startDate)) AS start FROM compliance GROUP BY personKey
) s ON personKey = key
"""
# With ids only, nothing may identify a person: a key or id that is an e-mail address is replaced by its digest.
_IDS = {
    "order": "(key NOT LIKE 'urn:%' OR key LIKE '%@%')",
    "public_key": (
        "CASE WHEN key LIKE 'urn:%' AND key NOT LIKE '%@%' THEN key ELSE 'person:' || left(sha256(key), 16) END"
    ),
    "name": "NULL",
    "email": "NULL",
    "uid": "CASE WHEN uid NOT LIKE '%@%' THEN uid END",
}
_NAMES = {
    "order": "lower(strip_accents(name))",
    "public_key": "key",
    "name": "name",
    "email": "email",
    "uid": "uid",
}

# Views and seconds of another lookback, of pairs that the run did not see, are not those of this one.
_EDGE = """
CREATE OR REPLACE TEMP TABLE page_all_edges AS
SELECT _fromEntityKey AS person_key, _toEntityKey AS content_key, {kind} AS kind, completed, completedOn,
       CASE WHEN seen THEN views ELSE 0 END AS views, CASE WHEN seen THEN secondsViewed ELSE 0 END AS secondsViewed,
       progressPercentage, lastEngagedOn
FROM (SELECT *, lookbackStart = {start} AND lookbackEnd = {end} AS seen FROM linkedin_learning_user_assigned_{name})
"""

_CONTENT = """
CREATE OR REPLACE TEMP TABLE page_content AS
WITH used AS (
    SELECT content_key, count(*) AS learners, count(*) FILTER (completed) AS completed, sum(views) AS views,
           sum(secondsViewed) AS seconds, max(lastEngagedOn) AS last
    FROM page_all_edges GROUP BY content_key
)
SELECT row_number() OVER (ORDER BY coalesce(learners, 0) DESC, _key) - 1 AS i, _key AS key, kind,
       coalesce(displayName, _key) AS title, level, durationSeconds AS length, isRetired AS retired,
       coalesce(learners, 0) AS learners, coalesce(completed, 0) AS completed, coalesce(views, 0) AS views,
       coalesce(seconds, 0) AS seconds, last
FROM (
    SELECT 0 AS kind, _key, displayName, level, durationSeconds, isRetired FROM linkedin_learning_course
    UNION ALL
    SELECT 1, _key, displayName, level, durationSeconds, isRetired FROM linkedin_learning_learning_path
    UNION ALL
    SELECT 2, _key, displayName, level, durationSeconds, isRetired FROM linkedin_learning_video
) LEFT JOIN used ON content_key = _key
"""

_TAG = """
CREATE OR REPLACE TEMP TABLE page_tag AS
SELECT row_number() OVER (ORDER BY coalesce(classificationType, ''), coalesce(displayName, _key), _key) - 1 AS i,
       _key AS key, coalesce(displayName, _key) AS name, classificationType AS type
FROM linkedin_learning_classification
"""

_CONTENT_TAG = """
CREATE OR REPLACE TEMP TABLE page_content_tag AS
SELECT c.i AS content, t.i AS tag
FROM (
    SELECT _fromEntityKey, _toEntityKey FROM linkedin_learning_course_has_classification
    UNION ALL SELECT _fromEntityKey, _toEntityKey FROM linkedin_learning_learning_path_has_classification
    UNION ALL SELECT _fromEntityKey, _toEntityKey FROM linkedin_learning_video_has_classification
)
JOIN page_content c ON c.key = _fromEntityKey JOIN page_tag t ON t.key = _toEntityKey
ORDER BY 1, 2
"""


def build_index(db: duckdb.DuckDBPyConnection, *, lookback: Mapping[str, int], people: People, time_zone: str) -> None:
    """Create the temporary tables, and the macro `page_day`: the calendar day of an instant in the report's time zone.

    `page_day` gives days since 1970-01-01 plus one, and 0 where there is no instant.
    """
    db.execute("SET TimeZone = 'UTC'")
    db.execute(f"""
        CREATE OR REPLACE TEMP MACRO page_day(instant) AS coalesce(greatest(
            date_diff('day', DATE '1970-01-01',
                      timezone({quoted(time_zone)}, to_timestamp(instant / 1000))::DATE) + 1, 0), 0)
    """)
    db.execute("""
        CREATE OR REPLACE TEMP MACRO page_date(day) AS
        coalesce(greatest(date_diff('day', DATE '1970-01-01', day) + 1, 0), 0)
    """)
    # Signed numbers as unsigned ones: 0 is none, then 0, -1, 1, -2 and so on from 1.
    db.execute("""
        CREATE OR REPLACE TEMP MACRO page_signed(number) AS
        CASE WHEN number IS NULL THEN 0 WHEN number >= 0 THEN 2 * number + 1 ELSE -2 * number END
    """)
    db.execute(_PERSON.format(**(_NAMES if people == "names" else _IDS)))
    db.execute("DROP TABLE IF EXISTS page_all_edges")
    for kind, name in enumerate(CONTENT_KINDS):
        create = (
            _EDGE
            if kind == 0
            else _EDGE.replace("CREATE OR REPLACE TEMP TABLE page_all_edges AS", "INSERT INTO page_all_edges")
        )
        db.execute(create.format(kind=kind, name=name, start=int(lookback["start"]), end=int(lookback["end"])))
    db.execute(_CONTENT)
    db.execute(_TAG)
    db.execute(_CONTENT_TAG)
    db.execute("""
        CREATE OR REPLACE TEMP TABLE page_edge AS
        SELECT p.i AS person, c.i AS content, e.* EXCLUDE (person_key, content_key)
        FROM page_all_edges e JOIN page_person p ON p.key = person_key JOIN page_content c ON c.key = content_key
        ORDER BY person, content
    """)
    db.execute("DROP TABLE page_all_edges")
