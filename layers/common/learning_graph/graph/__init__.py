"""The graph room: LinkedIn's records become JupiterOne's, parts become a snapshot."""
