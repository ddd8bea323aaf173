"""The JupiterOne secret is read, or refused by the member that is wrong, without a word of what it holds."""

from __future__ import annotations

import json

import pytest

from learning_graph.jupiterone.credentials import JupiterOneCredentials, read_credentials
from learning_graph.values.errors import ConfigurationError

GOOD = {"accountId": "acme", "accessToken": "token-7"}


def test_a_secret_is_read_and_its_token_is_not_shown() -> None:
    credentials = read_credentials(json.dumps(GOOD))
    assert credentials == JupiterOneCredentials("acme", "token-7")
    assert read_credentials("\ufeff" + json.dumps(GOOD)) == credentials
    assert "token-7" not in repr(credentials)


@pytest.mark.parametrize(
    ("secret", "field"),
    [
        ("token-7", "JupiterOne secret"),
        ('["token-7"]', "JupiterOne secret"),
        ("{}", "accountId"),
        ('{"accountId": "acme"}', "accessToken"),
        ('{"accountId": "acme", "accessToken": 7}', "accessToken"),
        ('{"accountId": "acme", "accessToken": "token-7 "}', "accessToken"),
        ('{"accountId": "acme\\n", "accessToken": "token-7"}', "accountId"),
        ('{"accountId": "acme", "accessToken": "token-7\\u200b"}', "accessToken"),
    ],
)
def test_a_wrong_secret_is_refused_by_its_member(secret: str, field: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_credentials(secret)
    assert refused.value.field == field
    assert "accessToken" in refused.value.resolution
    assert "token-7" not in str(refused.value)
