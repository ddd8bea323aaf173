"""JupiterOne's synchronization API: its client, its credentials, and records in batches."""
