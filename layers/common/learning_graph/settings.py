"""The settings of each function, read once from its environment; an error names the variable."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from learning_graph.store.run import JSON_LINES_FORMAT
from learning_graph.values.errors import ConfigurationError
from learning_graph.values.fields import FieldError, read_fields
from learning_graph.values.retention import ALL, read_retention
from learning_graph.values.windows import Lookback

Text = Annotated[str, Meta(pattern=r"\S")]
_SPACE = re.compile(r"\s")
Percent = Annotated[float, Meta(ge=0, le=100)]
Count = Annotated[int, Meta(ge=0)]
Megabytes = Annotated[int, Meta(ge=512)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename=str.upper):
    """A field's name in capitals is its environment variable."""

    converters: ClassVar[dict[str, Callable[[str], object]]] = {}  # from the text of a variable; may raise ValueError

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings of an environment.

        Raises:
            ConfigurationError: a variable is missing or wrong; names it.
        """
        given: dict[str, object] = dict(environment)
        for variable, convert in cls.converters.items():
            if variable in environment:
                try:
                    given[variable] = convert(environment[variable])
                except ValueError as error:
                    raise _refusal(variable, str(error), environment) from error
        try:
            return read_fields(cls, given, of_text=True)
        except FieldError as error:
            raise _refusal(error.name, error.problem, environment) from None


def _url(text: str) -> str:
    """Return the URL; its port is read because that raises a ValueError for one that cannot be."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0 or _SPACE.search(text):
        raise ValueError("is no URL like https://api.linkedin.com")
    return text


def _refusal(variable: str, problem: str, environment: Mapping[str, str]) -> ConfigurationError:
    given = f" (it is {environment[variable]!r})" if variable in environment else ""
    return ConfigurationError(
        variable,
        problem + given,
        resolution=f"Set {variable} in the function's environment: a parameter of the stack.",
    )


class LinkedInSettings(Settings, frozen=True, kw_only=True):
    """How to reach LinkedIn."""

    converters = {"LINKEDIN_API_URL": _url, "LINKEDIN_OAUTH_URL": _url}

    linkedin_api_url: str = "https://api.linkedin.com"
    linkedin_oauth_url: str = "https://www.linkedin.com/oauth/v2/accessToken"
    linkedin_secret_arn: Text
    max_concurrent_requests: Annotated[int, Meta(ge=1, le=32)] = 16


class QueueSettings(Settings, frozen=True, kw_only=True):
    """The graph bucket and the queues of shards."""

    graph_bucket: Text
    catalog_queue_url: Text
    activity_queue_url: Text


class StartRunSettings(QueueSettings, frozen=True, kw_only=True):
    """start_run."""

    linkedin_secret_arn: Text
    account_name: Text
    tag_account_name: bool = True
    activity_lookback_days: Lookback = 14
    catalog_locales: Text = "all"
    licensed_only: bool = True
    run_deadline_hours: Annotated[int, Meta(ge=1, le=96)] = 26
    catalog_full_refresh_days: Annotated[int, Meta(ge=0, le=365)] = 7


class CollectSettings(LinkedInSettings, frozen=True, kw_only=True):
    """A function that reads shards; a failed shard is retried after `retry_delay_seconds`, then after twice that, …"""

    graph_bucket: Text
    assembly_queue_url: Text
    retry_delay_seconds: Annotated[int, Meta(ge=0, le=900)] = 30


class CollectCatalogSettings(CollectSettings, frozen=True, kw_only=True):
    """collect_catalog."""

    catalog_queue_url: Text


class CollectActivitySettings(CollectSettings, frozen=True, kw_only=True):
    """collect_activity."""

    activity_queue_url: Text
    pseudonym_secret_arn: Text


def _listed(text: str) -> list[str]:
    return [item for item in text.split(",") if item]


class AssembleSettings(QueueSettings, frozen=True, kw_only=True):
    """assemble_graph; Lambda itself sets its memory."""

    converters = {"EXPORT_FORMATS": _listed}

    assembly_queue_url: Text
    event_bus_name: Text = "default"
    evidence_retention_days: Count = 0
    reconciliation_tolerance_percent: Percent = 1
    pseudonym_secret_arn: Text
    export_formats: tuple[str, ...] = (JSON_LINES_FORMAT,)
    aws_lambda_function_memory_size: Megabytes = 1024


class ReportSettings(Settings, frozen=True, kw_only=True):
    """report_snapshot; with an empty topic no messages are sent, with an empty database Athena has no tables."""

    graph_bucket: Text
    event_bus_name: Text = "default"
    report_time_zone: Text = "UTC"
    report_people: Literal["names", "ids"] = "names"
    alert_topic_arn: str = ""
    athena_database: str = ""
    aws_lambda_function_memory_size: Megabytes = 1024


def _checked_retention(text: str) -> str:
    read_retention(text)
    return text


class PruneSettings(Settings, frozen=True, kw_only=True):
    """prune_snapshots."""

    converters = {"SNAPSHOTS_KEPT": _checked_retention}

    graph_bucket: Text
    athena_database: Text
    report_time_zone: Text = "UTC"
    snapshots_kept: str = ALL


class EraseSettings(Settings, frozen=True, kw_only=True):
    """erase_learner."""

    graph_bucket: Text
    pseudonym_secret_arn: Text
    event_bus_name: Text = "default"


class CloseSettings(Settings, frozen=True, kw_only=True):
    """close_runs and record_dead_letters."""

    graph_bucket: Text
    assembly_queue_url: Text
    event_bus_name: Text = "default"


class PublishToJupiterOneSettings(Settings, frozen=True, kw_only=True):
    """publish_to_jupiterone; each snapshot replaces what `jupiterone_scope` holds in the JupiterOne account."""

    converters = {"JUPITERONE_API_URL": _url}

    graph_bucket: Text
    event_bus_name: Text = "default"
    jupiterone_api_url: str = "https://api.us.jupiterone.io"
    jupiterone_secret_arn: Text
    jupiterone_scope: Text
    jupiterone_queue_url: Text


def _json_object(text: str) -> object:
    try:
        return json.loads(text or "{}")
    except ValueError as error:
        raise ValueError('is not a JSON object like {"E-Mail": "invited_email_address"}') from error


class OrgSyncSettings(Settings, frozen=True, kw_only=True):
    """What both org-sync functions need; all of track_org_sync."""

    converters = {"LINKEDIN_API_URL": _url}

    linkedin_api_url: str = "https://api.linkedin.com"
    org_sync_secret_arn: Text
    org_sync_bucket: Text
    org_sync_tracking_queue_url: Text
    pseudonym_secret_arn: Text
    event_bus_name: Text = "default"
    aws_lambda_function_memory_size: Megabytes = 1769


class UploadSettings(OrgSyncSettings, frozen=True, kw_only=True):
    """upload_org_sync."""

    converters = {**OrgSyncSettings.converters, "ORG_SYNC_COLUMN_MAP": _json_object}

    org_sync_upload_queue_url: Text
    org_sync_mode: Literal["manual", "automatic"] = "manual"
    org_sync_encoding: Text = "utf-8"
    org_sync_column_map: dict[str, str] = {}
    org_sync_on_bad_rows: Literal["refuse", "skip"] = "refuse"
    org_sync_max_revocations: Percent = 10
    org_sync_allow_first_revocations: bool = False
    org_sync_dry_run: bool = False
