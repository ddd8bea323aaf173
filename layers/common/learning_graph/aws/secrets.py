"""Secrets Manager."""

from __future__ import annotations

from botocore.exceptions import ClientError

from learning_graph.aws import clients
from learning_graph.values.errors import ConfigurationError

_MISSING = {"ResourceNotFoundException", "InvalidRequestException"}


def read_secret(arn: str, *, field: str = "LINKEDIN_SECRET_ARN") -> str:
    """Return the text of a secret.

    Args:
        arn: the secret's ARN or name.
        field: the setting that named it, for the error message.

    Raises:
        ConfigurationError: there is no such secret, it is being deleted, or it holds no text.
    """
    try:
        text = clients.secretsmanager().get_secret_value(SecretId=arn).get("SecretString")
    except ClientError as error:
        if error.response["Error"]["Code"] not in _MISSING:
            raise
        raise ConfigurationError(
            field, f"there is no readable secret {arn}", resolution="Create the secret, or correct the setting."
        ) from error
    if not text:
        raise ConfigurationError(
            field, f"the secret {arn} holds no text", resolution="Put the JSON as the secret's text."
        )
    return text
