"""Chaos: random mishaps through the local run, and what must be true afterwards."""
