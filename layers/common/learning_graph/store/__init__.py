"""The key layout of the buckets, and the documents in them, each with a format version that is read."""
