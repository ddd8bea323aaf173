"""Settings of the two org-sync functions: read once, a wrong one is named."""

from __future__ import annotations

import pytest

from learning_graph.settings import OrgSyncSettings, UploadSettings
from learning_graph.values.errors import ConfigurationError

NEEDED = {
    "ORG_SYNC_SECRET_ARN": "arn",
    "ORG_SYNC_BUCKET": "bucket",
    "ORG_SYNC_UPLOAD_QUEUE_URL": "https://sqs/upload",
    "ORG_SYNC_TRACKING_QUEUE_URL": "https://sqs/tracking",
    "PSEUDONYM_SECRET_ARN": "arn:key",
}


def test_what_is_not_said_has_its_documented_default() -> None:
    settings = UploadSettings.read(NEEDED)
    assert (settings.org_sync_mode, settings.org_sync_on_bad_rows) == ("manual", "refuse")
    assert (settings.org_sync_max_revocations, settings.org_sync_dry_run) == (10, False)
    assert settings.org_sync_encoding == "utf-8"
    assert settings.org_sync_column_map == {}
    assert settings.linkedin_api_url == "https://api.linkedin.com"
    assert UploadSettings.read({**NEEDED, "ORG_SYNC_COLUMN_MAP": ""}).org_sync_column_map == {}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ORG_SYNC_MODE", "sometimes"),
        ("ORG_SYNC_ON_BAD_ROWS", "ignore"),
        ("ORG_SYNC_MAX_REVOCATIONS", "101"),
        ("ORG_SYNC_MAX_REVOCATIONS", "many"),
        ("ORG_SYNC_DRY_RUN", "perhaps"),
        ("ORG_SYNC_ALLOW_FIRST_REVOCATIONS", "perhaps"),
        ("ORG_SYNC_COLUMN_MAP", "{"),
        ("ORG_SYNC_COLUMN_MAP", '["a"]'),
        ("ORG_SYNC_COLUMN_MAP", '{"a": 1}'),
        ("LINKEDIN_API_URL", "linkedin"),
        ("ORG_SYNC_BUCKET", ""),
    ],
)
def test_a_wrong_value_is_named(variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=variable):
        UploadSettings.read({**NEEDED, variable: value})


@pytest.mark.parametrize(
    "variable", ["ORG_SYNC_SECRET_ARN", "ORG_SYNC_BUCKET", "ORG_SYNC_TRACKING_QUEUE_URL", "PSEUDONYM_SECRET_ARN"]
)
def test_a_missing_variable_is_named(variable: str) -> None:
    with pytest.raises(ConfigurationError, match=variable):
        OrgSyncSettings.read({name: value for name, value in NEEDED.items() if name != variable})
