"""The settings of each function, read once from its environment; an error names the variable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AliasGenerator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
)

from learning_graph.hr_file.decode import UTF8, check_encoding
from learning_graph.store.run import JSON_LINES_FORMAT
from learning_graph.values.errors import ConfigurationError
from learning_graph.values.locales import read_locales
from learning_graph.values.retention import ALL, read_retention
from learning_graph.values.windows import Lookback

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


def _whole_number(text: object) -> object:
    """Convert digits to a number: `Literal` does not, and environment variables are text."""
    return int(text) if isinstance(text, str) and text.isdecimal() else text


def _checked_locales(text: str) -> str:
    read_locales(text)
    return text


class Settings(BaseModel):
    """A field's name in capitals is its environment variable."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=AliasGenerator(alias=str.upper))

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings of an environment.

        Raises:
            ConfigurationError: a variable is missing or wrong; names it.
        """
        try:
            return cls.model_validate(dict(environment))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            variable = str(first["loc"][0])
            given = environment.get(variable)
            raise ConfigurationError(
                variable,
                f"{first['msg']}" + ("" if given is None else f" (it is {given!r})"),
                resolution=f"Set {variable} in the function's environment: a parameter of the stack.",
            ) from error


class LinkedInSettings(Settings):
    """How to reach LinkedIn."""

    linkedin_api_url: HttpUrl = HttpUrl("https://api.linkedin.com")
    linkedin_oauth_url: HttpUrl = HttpUrl("https://www.linkedin.com/oauth/v2/accessToken")
    linkedin_secret_arn: Text
    max_concurrent_requests: int = Field(default=16, ge=1, le=32)


class GraphSettings(Settings):
    """The graph bucket and the queue that asks for an assembly."""

    graph_bucket: Text
    assembly_queue_url: Text


class QueueSettings(Settings):
    """The graph bucket and the queues of shards."""

    graph_bucket: Text
    catalog_queue_url: Text
    activity_queue_url: Text


class StartRunSettings(QueueSettings):
    """start_run."""

    linkedin_secret_arn: Text
    account_name: Text
    tag_account_name: bool = True
    activity_lookback_days: Annotated[Lookback, BeforeValidator(_whole_number)] = 14
    catalog_locales: Annotated[str, Field(min_length=1)] = "all"
    licensed_only: bool = True
    run_deadline_hours: int = Field(default=26, ge=1, le=96)
    catalog_full_refresh_days: int = Field(default=7, ge=0, le=365)


class CollectSettings(LinkedInSettings, GraphSettings):
    """A function that reads shards; a failed shard is retried after `retry_delay_seconds`, then after twice that, …"""

    retry_delay_seconds: int = Field(default=30, ge=0, le=900)


class CollectCatalogSettings(CollectSettings):
    """collect_catalog."""

    catalog_queue_url: Text


class CollectActivitySettings(CollectSettings):
    """collect_activity."""

    activity_queue_url: Text
    pseudonym_secret_arn: Text


def _listed(text: object) -> object:
    return [item for item in text.split(",") if item] if isinstance(text, str) else text


class AssembleSettings(QueueSettings):
    """assemble_graph; Lambda itself sets its memory."""

    assembly_queue_url: Text
    event_bus_name: Text = "default"
    evidence_retention_days: int = Field(default=0, ge=0)
    reconciliation_tolerance_percent: float = Field(default=1, ge=0, le=100)
    pseudonym_secret_arn: Text
    export_formats: Annotated[tuple[str, ...], BeforeValidator(_listed)] = (JSON_LINES_FORMAT,)
    aws_lambda_function_memory_size: int = Field(default=1024, ge=512)


class ReportSettings(Settings):
    """report_snapshot; with an empty topic no messages are sent, with an empty database Athena has no tables."""

    graph_bucket: Text
    event_bus_name: Text = "default"
    report_time_zone: Text = "UTC"
    report_people: Literal["names", "ids"] = "names"
    alert_topic_arn: str = ""
    athena_database: str = ""
    aws_lambda_function_memory_size: int = Field(default=1024, ge=512)


def _checked_retention(text: str) -> str:
    read_retention(text)
    return text


class PruneSettings(Settings):
    """prune_snapshots."""

    graph_bucket: Text
    athena_database: Text
    report_time_zone: Text = "UTC"
    snapshots_kept: Annotated[str, AfterValidator(_checked_retention)] = ALL


class EraseSettings(Settings):
    """erase_learner."""

    graph_bucket: Text
    pseudonym_secret_arn: Text
    event_bus_name: Text = "default"


class CloseSettings(GraphSettings):
    """close_runs and record_dead_letters."""

    event_bus_name: Text = "default"


class PublishToJupiterOneSettings(Settings):
    """publish_to_jupiterone; each snapshot replaces what `jupiterone_scope` holds in the JupiterOne account."""

    graph_bucket: Text
    event_bus_name: Text = "default"
    jupiterone_api_url: HttpUrl = HttpUrl("https://api.us.jupiterone.io")
    jupiterone_secret_arn: Text
    jupiterone_scope: Text
    jupiterone_queue_url: Text


def _json_object(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text or "{}")
    except ValueError as error:
        raise ValueError('is not a JSON object like {"E-Mail": "invited_email_address"}') from error


class OrgSyncSettings(Settings):
    """What both org-sync functions need; all of track_org_sync."""

    linkedin_api_url: HttpUrl = HttpUrl("https://api.linkedin.com")
    org_sync_secret_arn: Text
    org_sync_bucket: Text
    org_sync_tracking_queue_url: Text
    pseudonym_secret_arn: Text
    event_bus_name: Text = "default"
    aws_lambda_function_memory_size: int = Field(default=1769, ge=512)


class UploadSettings(OrgSyncSettings):
    """upload_org_sync."""

    org_sync_upload_queue_url: Text
    org_sync_mode: Literal["manual", "automatic"] = "manual"
    org_sync_encoding: Annotated[Text, AfterValidator(check_encoding)] = UTF8
    org_sync_column_map: Annotated[dict[str, str], BeforeValidator(_json_object)] = Field(default_factory=dict)
    org_sync_on_bad_rows: Literal["refuse", "skip"] = "refuse"
    org_sync_max_revocations: float = Field(default=10, ge=0, le=100)
    org_sync_allow_first_revocations: bool = False
    org_sync_dry_run: bool = False
