"""Org sync over HTTPS: media upload, processing jobs, and a user table that the rows really change (§8-§9)."""
