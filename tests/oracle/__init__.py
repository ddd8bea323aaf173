"""What the graph must be, computed from a simulator's event log with plain dictionaries over single events."""
