"""AWS and LinkedIn in memory: what they hold is state, and what is asked of them happens as the real ones do it."""
