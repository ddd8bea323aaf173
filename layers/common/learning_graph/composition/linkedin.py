"""What reaches LinkedIn."""

from __future__ import annotations

from learning_graph.aws.secrets import read_secret
from learning_graph.linkedin.credentials import Credentials, read_credentials


def credentials_of(secret_arn: str) -> Credentials:
    """Return the credential pairs of the stored secret."""
    return read_credentials(read_secret(secret_arn))
