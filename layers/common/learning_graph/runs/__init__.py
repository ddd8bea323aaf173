"""A collection run: start, read its shards, assemble the snapshot, end what did not end by itself."""
