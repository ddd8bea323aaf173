"""A snapshot of any size as DuckDB tables, one per `_type`: the same arguments make the same rows."""

# ruff: noqa: RUF001 - names as people bear them

from __future__ import annotations

from dataclasses import dataclass

import duckdb

START = 1_795_276_800_000  # 2026-11-21 16:00 UTC, the start of the run
DAY = 86_400_000

_FIRST = "Ada Ángel Asha Bjørn Chen Dmitri Elif Fatima Grace Hugo Ines José Kim Lena Mehmet Nadia Oluwaseun Priya Quentin Rosa Søren Tomás Uwe Vera Wei Ximena Yuki Zoë"
_LAST = "Abe Becker Castillo Duarte Eriksson Farah Größer Haddad Ito Jansen Köhler Lindqvist Mbeki Nakamura O'Brien Patel Quinn Ramírez Schäfer Tanaka Usman Volkov Wagner Xu Yıldız Zhang"
_GROUPS = "Engineering|Sales|Finance|Legal|People|Support|Vertrieb Süd|Operations|Research & Development|Marketing"
_SKILLS = "Python|Security Awareness|Data Protection|Leadership|Negotiation|Accessibility|Cloud Architecture|SQL|Incident Response|Risk Management"
_TITLES = "Learning|Advanced|Essentials of|Becoming productive with|Managing|Foundations of|Hands-on|What everyone should know about"


@dataclass(frozen=True)
class Size:
    """How many of each a made snapshot has; `edges` are ASSIGNED relationships before duplicates are dropped."""

    learners: int = 10
    groups: int = 2
    courses: int = 12
    paths: int = 3
    videos: int = 20
    skills: int = 10
    edges: int = 60


LARGE = Size(learners=50_000, groups=120, courses=8_000, paths=400, videos=16_000, skills=1_200, edges=1_000_000)


def make_snapshot(db: duckdb.DuckDBPyConnection, size: Size) -> None:
    """Create the tables of a snapshot in `db`: entities first, then who was assigned what."""
    words = {
        "first": _FIRST.split(),
        "last": _LAST.split(),
        "groups": _GROUPS.split("|"),
        "skills": _SKILLS.split("|"),
        "titles": _TITLES.split("|"),
    }
    for name, values in words.items():
        db.execute(f"SET VARIABLE {name} = ?", [values])
    db.execute("""
        CREATE OR REPLACE MACRO group_name(i) AS
        getvariable('groups')[1 + (i % 10)::INT] || CASE WHEN i < 10 THEN '' ELSE ' ' || (i // 10 + 1) END
    """)
    db.execute("CREATE OR REPLACE MACRO draw(i, word) AS (hash(i, word) // 2)::BIGINT")
    _account(db)
    _classifications(db, size)
    _content(db, "course", "COURSE", size.courses)
    _content(db, "learning_path", "LEARNING_PATH", size.paths)
    _content(db, "video", "VIDEO", size.videos)
    _users(db, size)
    for kind, share, count in (
        ("course", 0.3, size.courses),
        ("learning_path", 0.05, size.paths),
        ("video", 0.65, size.videos),
    ):
        _assigned(db, kind, int(size.edges * share), count, size.learners)
        _tags(db, kind)


def _account(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("""
        CREATE OR REPLACE TABLE linkedin_learning_account AS
        SELECT 'linkedin_learning_account:made' AS _key, 'linkedin_learning_account' AS _type,
               'Example Corporation' AS displayName, 'Example Corporation' AS name, 'made' AS accountKeyRef
    """)


def _classifications(db: duckdb.DuckDBPyConnection, size: Size) -> None:
    db.execute(
        """
        CREATE OR REPLACE TABLE linkedin_learning_classification AS
        SELECT _key, 'linkedin_learning_classification' AS _type, name, name AS displayName, classificationType, _key AS urn
        FROM (
            SELECT 'urn:li:skill:' || i AS _key, 'SKILL' AS classificationType,
                   getvariable('skills')[1 + i % 10] || CASE WHEN i < 10 THEN '' ELSE ' ' || (i // 10) END AS name
            FROM range($skills) r(i)
            UNION ALL
            SELECT 'urn:li:lyndaCategory:' || (7000 + i), CASE i % 3 WHEN 0 THEN 'LIBRARY' WHEN 1 THEN 'SUBJECT' ELSE 'TOPIC' END,
                   CASE i % 3 WHEN 0 THEN 'Library ' WHEN 1 THEN 'Subject ' ELSE 'Topic ' END || (i // 3 + 1)
            FROM range(greatest(3, $skills // 4)) r(i)
        )
        """,
        {"skills": size.skills},
    )


def _content(db: duckdb.DuckDBPyConnection, kind: str, asset_type: str, count: int) -> None:
    urn = {
        "course": "'urn:li:lyndaCourse:' || (2800000 + i * 113 + draw(i, '') % 113)",
        "learning_path": "'urn:li:lyndaLearningPath:' || left(md5(i::VARCHAR), 24)",
        "video": "'urn:li:lyndaVideo:(urn:li:lyndaCourse:' || (2500000 + i // 20) || ',' || (500000 + i) || ')'",
    }[kind]
    db.execute(
        f"""
        CREATE OR REPLACE TABLE linkedin_learning_{kind} AS
        SELECT _key, 'linkedin_learning_{kind}' AS _type, name, name AS displayName, '{asset_type}' AS assetType, _key AS urn,
               ['BEGINNER', 'INTERMEDIATE', 'ADVANCED', NULL][1 + h % 4] AS level,
               CASE WHEN h % 17 = 0 THEN NULL ELSE 300 + h % 9000 END AS durationSeconds,
               h % 23 = 0 AS isRetired, CASE WHEN h % 23 = 0 THEN 'RETIRED' ELSE 'AVAILABLE' END AS availability,
               i AS number
        FROM (
            SELECT i, draw(i, '{kind}') AS h, {urn} AS _key,
                   CASE WHEN '{kind}' = 'video' THEN 'Tip ' || (i + 1) || ': ' ELSE '' END
                   || getvariable('titles')[1 + (draw(i, '{kind}') % 8)::INT] || ' '
                   || getvariable('skills')[1 + (draw(i, '{kind}') // 8 % 10)::INT]
                   || CASE WHEN i < 8 THEN '' ELSE ' ' || (1 + i // 8) END AS name
            FROM range($count) r(i)
        )
        """,
        {"count": count},
    )


def _users(db: duckdb.DuckDBPyConnection, size: Size) -> None:
    db.execute(
        """
        CREATE OR REPLACE TABLE linkedin_learning_user AS
        SELECT _key, 'linkedin_learning_user' AS _type, name, name AS displayName, _key AS profileUrn, _key AS id,
               uniqueUserId, [email] AS email, [uniqueUserId] AS username, enterpriseGroupNames, i AS number
        FROM (
            SELECT i, first || ' ' || last AS name, 'E' || (10000 + i) AS uniqueUserId,
                   lower(strip_accents(first)) || '.' || lower(replace(strip_accents(last), '''', '')) || '.' || i || '@example.com' AS email,
                   'urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,' || (12000 + i * 7 + draw(i, '') % 7) || ')' AS _key,
                   CASE WHEN i % 10 = 9 THEN NULL ELSE list_distinct([
                       group_name(draw(i, 'a') % $groups), group_name(draw(i, 'b') % $groups)
                   ][1:1 + (i % 3 = 0)::INT]) END AS enterpriseGroupNames
            FROM (
                SELECT i, getvariable('first')[1 + (draw(i, 'first') % 28)::INT] AS first,
                       getvariable('last')[1 + (draw(i, 'last') % 26)::INT] AS last
                FROM range($learners) r(i)
            )
        )
        """,
        {"groups": size.groups, "learners": size.learners},
    )


def _assigned(db: duckdb.DuckDBPyConnection, kind: str, edges: int, count: int, learners: int) -> None:
    """Popular content and busy learners: both are drawn with a square, so that few have most."""
    db.execute(
        f"""
        CREATE OR REPLACE TABLE linkedin_learning_user_assigned_{kind} AS
        SELECT u._key || '|assigned|' || c._key AS _key, 'linkedin_learning_user_assigned_{kind}' AS _type,
               u._key AS _fromEntityKey, c._key AS _toEntityKey,
               h % 5 < 3 AS completed,
               CASE WHEN h % 5 < 3 THEN last END AS completedOn,
               CASE WHEN h % 5 < 3 THEN 1 ELSE 0 END AS completions, 1 + h % 4 AS views, 60 + h % 5000 AS secondsViewed,
               CASE WHEN h % 5 < 3 THEN 100 ELSE h % 100 END AS progressPercentage,
               last - (h % 40) * $day AS firstEngagedOn, last AS lastEngagedOn,
               until - 14 * $day AS lookbackStart, until AS lookbackEnd
        FROM (
            SELECT *, CASE WHEN last < $start - 14 * $day THEN last + $day ELSE $start END AS until FROM (
            SELECT DISTINCT ON (learner, content) learner, content, draw(i, '{kind}h') // 7 AS h,
                   $start - ((draw(i, 'd') % 1000000)::DOUBLE ** 2 * 700 / 1e12 * $day)::BIGINT AS last
            FROM (
                SELECT i, ((draw(i, '{kind}l') % 1000000) / 1e6) ** 1.6 * $learners AS l,
                       ((draw(i, '{kind}c') % 1000000) / 1e6) ** 3 * $count AS c,
                       floor(l)::BIGINT AS learner, floor(c)::BIGINT AS content
                FROM range($edges) r(i)
            )
            ORDER BY learner, content, i
        )) e
        JOIN linkedin_learning_user u ON u.number = e.learner
        JOIN linkedin_learning_{kind} c ON c.number = e.content
        """,
        {"edges": edges, "count": count, "learners": learners, "start": START, "day": DAY},
    )


def _tags(db: duckdb.DuckDBPyConnection, kind: str) -> None:
    db.execute(f"""
        CREATE OR REPLACE TABLE linkedin_learning_{kind}_has_classification AS
        WITH tags AS (SELECT _key, row_number() OVER (ORDER BY _key) - 1 AS number FROM linkedin_learning_classification)
        SELECT DISTINCT c._key || '|has|' || t._key AS _key, 'linkedin_learning_{kind}_has_classification' AS _type,
               c._key AS _fromEntityKey, t._key AS _toEntityKey
        FROM linkedin_learning_{kind} c, range(5) r(n)
        JOIN tags t ON t.number = draw(c.number * 7 + r.n, '{kind}') % (SELECT count(*) FROM tags)
    """)
