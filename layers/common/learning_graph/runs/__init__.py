"""A collection run: start it, read its shards, assemble the snapshot, publish it, close it."""
