"""Chaos: random faults in the local run, and what must be true afterwards."""
