"""The validate call: checks whether credential pairs work, and what they may read."""
