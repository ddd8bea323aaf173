"""Reports on a snapshot: compliance, skills, alerts, queries and evidence packages (docs/reports.md)."""
