"""Settings of each function: a wrong one is refused by its variable's name, with the resolution."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from learning_graph.settings import (
    AssembleSettings,
    CloseSettings,
    CollectActivitySettings,
    CollectCatalogSettings,
    EraseSettings,
    LinkedInSettings,
    PublishToJupiterOneSettings,
    Settings,
    StartRunSettings,
)
from learning_graph.store.run import Shard
from learning_graph.values.errors import ConfigurationError
from learning_graph.wiring import queue_of
from tests.unit.wiring.environment import ENVIRONMENT

EVERY_MODEL: list[type[Settings]] = [
    AssembleSettings,
    CloseSettings,
    CollectActivitySettings,
    CollectCatalogSettings,
    EraseSettings,
    LinkedInSettings,
    PublishToJupiterOneSettings,
    StartRunSettings,
]


def refusal_of(model: type[Settings], **changes: str | None) -> ConfigurationError:
    environment = {name: value for name, value in {**ENVIRONMENT, **changes}.items() if value is not None}
    with pytest.raises(ConfigurationError) as refusal:
        model.read(environment)
    return refusal.value


def test_start_run_reads_the_contracts_defaults() -> None:
    assert msgspec.structs.asdict(StartRunSettings.read(ENVIRONMENT)) == {
        "graph_bucket": "graph-bucket",
        "catalog_queue_url": "https://sqs.test/1/catalog",
        "activity_queue_url": "https://sqs.test/1/activity",
        "linkedin_secret_arn": "arn:aws:secretsmanager:eu-west-1:1:secret:linkedin",
        "account_name": "Acme",
        "tag_account_name": True,
        "activity_lookback_days": 14,
        "catalog_locales": "all",
        "licensed_only": True,
        "run_deadline_hours": 26,
        "catalog_full_refresh_days": 7,
    }


def test_start_run_reads_every_setting() -> None:
    settings = StartRunSettings.read(
        ENVIRONMENT
        | {
            "TAG_ACCOUNT_NAME": "false",
            "ACTIVITY_LOOKBACK_DAYS": "365",
            "CATALOG_LOCALES": "en_US,de_DE",
            "LICENSED_ONLY": "false",
            "RUN_DEADLINE_HOURS": "48",
            "CATALOG_FULL_REFRESH_DAYS": "0",
        }
    )

    assert (settings.tag_account_name, settings.licensed_only) == (False, False)
    assert (settings.activity_lookback_days, settings.catalog_locales) == (365, "en_US,de_DE")
    assert (settings.run_deadline_hours, settings.catalog_full_refresh_days) == (48, 0)


@pytest.mark.parametrize("days", ["14", "30", "90", "180", "365"])
def test_each_lookback_of_the_seed_is_a_setting(days: str) -> None:
    assert StartRunSettings.read({**ENVIRONMENT, "ACTIVITY_LOOKBACK_DAYS": days}).activity_lookback_days == int(days)


def test_collecting_functions_reach_linkedin_by_default_and_a_test_server_by_setting() -> None:
    default = CollectActivitySettings.read(ENVIRONMENT)
    other = CollectCatalogSettings.read(
        ENVIRONMENT
        | {
            "LINKEDIN_API_URL": "http://127.0.0.1:8080/base",
            "LINKEDIN_OAUTH_URL": "http://127.0.0.1:8080/oauth/v2/accessToken",
            "MAX_CONCURRENT_REQUESTS": "4",
        }
    )

    assert default.linkedin_api_url == "https://api.linkedin.com"
    assert default.linkedin_oauth_url == "https://www.linkedin.com/oauth/v2/accessToken"
    assert default.max_concurrent_requests == 16
    assert other.linkedin_api_url == "http://127.0.0.1:8080/base"
    assert (other.linkedin_oauth_url, other.max_concurrent_requests) == (
        "http://127.0.0.1:8080/oauth/v2/accessToken",
        4,
    )


def test_the_assembly_keeps_evidence_for_ever_and_tolerates_one_percent_unless_told() -> None:
    default = AssembleSettings.read(ENVIRONMENT)
    told = AssembleSettings.read(
        ENVIRONMENT
        | {
            "EVIDENCE_RETENTION_DAYS": "730",
            "RECONCILIATION_TOLERANCE_PERCENT": "2.5",
            "EVENT_BUS_NAME": "x",
        }
    )

    assert (default.evidence_retention_days, default.reconciliation_tolerance_percent) == (0, 1)
    assert default.event_bus_name == "default"
    assert (told.evidence_retention_days, told.reconciliation_tolerance_percent, told.event_bus_name) == (730, 2.5, "x")


WRONG: list[tuple[type[Settings], str, str]] = [
    (StartRunSettings, "ACTIVITY_LOOKBACK_DAYS", "15"),
    (StartRunSettings, "ACTIVITY_LOOKBACK_DAYS", "0"),
    (StartRunSettings, "ACTIVITY_LOOKBACK_DAYS", "two weeks"),
    (StartRunSettings, "ACTIVITY_LOOKBACK_DAYS", "14.5"),
    (StartRunSettings, "ACTIVITY_LOOKBACK_DAYS", ""),
    (StartRunSettings, "TAG_ACCOUNT_NAME", "maybe"),
    (StartRunSettings, "LICENSED_ONLY", "2"),
    (StartRunSettings, "ACCOUNT_NAME", ""),
    (StartRunSettings, "GRAPH_BUCKET", ""),
    (StartRunSettings, "CATALOG_LOCALES", ""),
    (StartRunSettings, "RUN_DEADLINE_HOURS", "0"),
    (StartRunSettings, "RUN_DEADLINE_HOURS", "a day"),
    (StartRunSettings, "CATALOG_FULL_REFRESH_DAYS", "-1"),
    (LinkedInSettings, "LINKEDIN_API_URL", "api.linkedin.com"),
    (LinkedInSettings, "LINKEDIN_API_URL", "ftp://api.linkedin.com"),
    (LinkedInSettings, "LINKEDIN_OAUTH_URL", "not a url"),
    (LinkedInSettings, "LINKEDIN_OAUTH_URL", "https://api.linkedin.com/a b"),
    (LinkedInSettings, "LINKEDIN_API_URL", "https://"),
    (LinkedInSettings, "LINKEDIN_API_URL", "https://:443"),
    (LinkedInSettings, "LINKEDIN_API_URL", "https://[::1"),
    (LinkedInSettings, "LINKEDIN_API_URL", "https://api.linkedin.com:99999"),
    (PublishToJupiterOneSettings, "JUPITERONE_API_URL", "https://?a"),
    (LinkedInSettings, "MAX_CONCURRENT_REQUESTS", "0"),
    (LinkedInSettings, "MAX_CONCURRENT_REQUESTS", "1000"),
    (LinkedInSettings, "MAX_CONCURRENT_REQUESTS", "many"),
    (AssembleSettings, "EVIDENCE_RETENTION_DAYS", "-1"),
    (AssembleSettings, "RECONCILIATION_TOLERANCE_PERCENT", "101"),
    (AssembleSettings, "RECONCILIATION_TOLERANCE_PERCENT", "nan"),
    (AssembleSettings, "EVENT_BUS_NAME", ""),
]


@pytest.mark.parametrize(("model", "variable", "value"), WRONG)
def test_a_wrong_setting_is_refused_by_name_with_what_it_is_and_where_to_correct_it(
    model: type[Settings], variable: str, value: str
) -> None:
    refusal = refusal_of(model, **{variable: value})

    assert refusal.field == variable
    assert variable in refusal.resolution
    assert repr(value) in str(refusal)
    assert refusal.resolution in str(refusal)


@pytest.mark.parametrize("value", ["15", "0", "two weeks", "14.5", ""])
def test_a_wrong_lookback_is_answered_with_the_choices(value: str) -> None:
    text = str(refusal_of(StartRunSettings, ACTIVITY_LOOKBACK_DAYS=value))

    assert all(days in text for days in ("14", "30", "90", "180", "365"))


@pytest.mark.parametrize("value", [" ", "\t"])
def test_an_account_without_a_name_is_refused(value: str) -> None:
    assert refusal_of(StartRunSettings, ACCOUNT_NAME=value).field == "ACCOUNT_NAME"


@pytest.mark.parametrize("model", EVERY_MODEL)
def test_a_missing_setting_is_named(model: type[Settings]) -> None:
    required = [field.encode_name for field in msgspec.structs.fields(model) if field.required]
    assert required
    for variable in required:
        assert refusal_of(model, **{variable: None}).field == variable


@pytest.mark.parametrize("model", EVERY_MODEL)
def test_settings_of_others_do_not_matter_and_settings_cannot_be_changed(model: type[Settings]) -> None:
    settings: Any = model.read(ENVIRONMENT | {"PATH": "/bin", "graph_bucket": "lower-case"})

    name = model.__struct_fields__[0]
    with pytest.raises(AttributeError, match="immutable"):
        setattr(settings, name, "other")


def test_shards_of_content_and_of_reports_go_to_queues_of_their_own() -> None:
    queue = queue_of(StartRunSettings.read(ENVIRONMENT))
    courses = Shard(step="courses", name="x", kind="assets", asset_type="COURSE")
    videos = Shard(step="videos", name="x", kind="curated")
    users = Shard(step="users", name="x", kind="learners")

    assert queue(courses) is queue(videos)
    assert queue(courses) is not queue(users)
