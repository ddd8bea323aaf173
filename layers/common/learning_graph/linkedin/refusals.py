"""What a person does about a refused credential pair (seed, "Troubleshooting")."""

from __future__ import annotations

from typing import Final

from learning_graph.linkedin.credentials import CredentialPair

COPIED_WRONGLY: Final = (
    "The Client ID or Client Secret was copied incorrectly. Re-copy both values from the LinkedIn admin console. "
    "Pay particular attention to trailing whitespace."
)
WHITE_SPACE: Final = "The {} begins or ends with white space: copy it again without."
NOT_ALLOWED: Final = (
    "The application has not been granted permission to use 2-legged OAuth on the LinkedIn side. "
    "Contact your LinkedIn Relationship Manager or Business Development team to enable the application."
)
_NOT_ALLOWED_ERRORS: Final = frozenset({"access_denied", "unauthorized_client"})


def resolution_of(error: str, pair: CredentialPair) -> str:
    """Return the resolution of the seed's table for LinkedIn's `error` code."""
    if error in _NOT_ALLOWED_ERRORS:
        return NOT_ALLOWED
    return " ".join(part for part in (white_space_in(pair), COPIED_WRONGLY) if part)


def white_space_in(pair: CredentialPair) -> str:
    """Return a sentence naming what has white space around it, or nothing."""
    values = (("Client ID", pair.client_id), ("Client Secret", pair.client_secret))
    return " ".join(WHITE_SPACE.format(name) for name, value in values if value != value.strip())
