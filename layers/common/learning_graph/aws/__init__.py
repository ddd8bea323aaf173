"""The AWS room: the only one that imports boto3."""
