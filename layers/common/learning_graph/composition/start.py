"""Builds start_run."""

from __future__ import annotations

import os
from collections.abc import Mapping

from learning_graph.aws.bucket import Bucket
from learning_graph.composition.linkedin import credentials_of
from learning_graph.composition.queues import queue_of
from learning_graph.composition.settings import StartRunSettings
from learning_graph.runs.messages import read_start_request
from learning_graph.runs.start_run import RunSettings, start_run
from learning_graph.values import clock
from learning_graph.values.plan import Plan


def start(event: Mapping[str, object], environment: Mapping[str, str] = os.environ) -> Plan:
    """Start the run of an event."""
    settings = StartRunSettings.read(environment)
    request = read_start_request(event, clock.utc_now())
    return start_run(
        request,
        RunSettings(
            account_name=settings.account_name,
            tag_account_name=settings.tag_account_name,
            lookback_days=settings.activity_lookback_days,
            locales=settings.catalog_locales,
            licensed_only=settings.licensed_only,
            deadline_hours=settings.run_deadline_hours,
            full_refresh_days=settings.catalog_full_refresh_days,
        ),
        bucket=Bucket(settings.graph_bucket),
        queue_of=queue_of(settings),
        credentials=credentials_of(settings.linkedin_secret_arn),
        clock=clock.utc_now,
    )
