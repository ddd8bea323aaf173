"""The graph: LinkedIn's records are converted to JupiterOne's, and parts are merged into a snapshot."""
