"""The least that DuckDB does to merge the parts of a run: `python -m benchmarks.bare_merge FOLDER RUN [EARLIER_RUN]`.

Learners and pairs of learner and content, each once, with sums and dates, joined with an earlier merge, as Parquet.
No identities are resolved, no checks made, no catalogue written.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from benchmarks.product import MEMORY_MEGABYTES, THREADS

_COLUMNS = {
    "t": "VARCHAR", "learner": "INTEGER", "content": "INTEGER", "profileUrn": "VARCHAR", "email": "VARCHAR",
    "name": "VARCHAR", "urn": "VARCHAR", "views": "BIGINT", "secondsViewed": "BIGINT", "completions": "BIGINT",
    "progressPercentage": "DOUBLE", "completedOn": "BIGINT", "firstEngagedOn": "BIGINT", "lastEngagedOn": "BIGINT",
}  # fmt: skip
_MERGE = """
create table row as select * from read_json(?, format = 'newline_delimited', columns = {columns}, filename = 'part');
create table learner as
    select part, learner, profileUrn as user, name, email from row where t = 'learner';
create table pair as
    select user, content.urn as content, sum(views)::bigint as views, sum(secondsViewed)::bigint as seconds,
           sum(completions)::bigint as completions, max(progressPercentage) as progress,
           min(completedOn) as completed_on, min(firstEngagedOn) as first_on, max(lastEngagedOn) as last_on
    from (select * from row where t = 'engagement') as engagement
    join learner using (part, learner)
    join (select part, content, urn from row where t = 'content') as content using (part, content)
    group by all;
"""
_CARRY_OVER = """
create table merged as
    select coalesce(pair.user, earlier.user) as user, coalesce(pair.content, earlier.content) as content,
           coalesce(pair.views, earlier.views) as views, coalesce(pair.seconds, earlier.seconds) as seconds,
           coalesce(pair.completions, earlier.completions) as completions,
           greatest(pair.progress, earlier.progress) as progress,
           least(pair.completed_on, earlier.completed_on) as completed_on,
           least(pair.first_on, earlier.first_on) as first_on, greatest(pair.last_on, earlier.last_on) as last_on
    from pair full join read_parquet(?) as earlier using (user, content);
"""


def main(folder: Path, run_id: str, earlier: str | None = None) -> None:
    out = folder / "bare" / run_id
    out.mkdir(parents=True)
    db = duckdb.connect(
        config={
            "memory_limit": f"{MEMORY_MEGABYTES}MB",
            "threads": THREADS,
            "temp_directory": str(out / "spill"),
            "preserve_insertion_order": False,
        }
    )
    parts = [str(path) for path in (folder / "runs" / run_id / "parts").glob("*-activity/*/*.gz")]
    columns = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in _COLUMNS.items()) + "}"
    first, *others = _MERGE.replace("{columns}", columns).split(";\n")
    db.execute(first, [parts])
    for statement in others:
        if statement.strip():
            db.execute(statement)
    result = "pair"
    if earlier is not None:
        db.execute(_CARRY_OVER, [str(folder / "bare" / earlier / "pairs.parquet")])
        result = "merged"
    for query, name in ((f"from {result}", "pairs"), ("select distinct user, name, email from learner", "learners")):
        db.execute(f"copy ({query}) to '{out / name}.parquet' (format parquet, compression zstd)")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
