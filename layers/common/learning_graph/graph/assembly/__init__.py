"""The assembly: parts of a run and earlier snapshots become one snapshot. The only place that imports DuckDB."""
