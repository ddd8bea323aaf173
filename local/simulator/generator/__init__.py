"""A seeded account of any size: the same seed, sizes and instant make the same account."""
