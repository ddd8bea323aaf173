"""Builds collect_catalog and collect_activity."""

from __future__ import annotations

from collections.abc import Callable

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.queues import Queue, name_of
from learning_graph.composition.linkedin import credentials_of
from learning_graph.composition.settings import CollectSettings
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.quota import DailyQuota
from learning_graph.runs.collect_shard import Collector
from learning_graph.runs.deliveries import Delivery, handle_delivery
from learning_graph.values import clock

# Seconds at the end of an invocation in which nothing is asked of LinkedIn any more: Lambda kills a worker without a
# word, and one that LinkedIn left hanging must still write what it has and hand the rest on.
_RESERVE = 15.0


def collect_record(
    record: SQSRecord, settings: CollectSettings, queue_url: str, context: LambdaContext, metrics: Metrics
) -> None:
    """Read the shard that a message of a shard queue names, and count what came of it.

    Raises:
        LearningGraphError: the message must come back, or end in the dead-letter queue.
    """
    queue = Queue(queue_url)
    delivery = Delivery(
        body=record.body,
        receipt_handle=record.receipt_handle,
        times=int(record.attributes.approximate_receive_count),
        queue_name=name_of(record.event_source_arn),
    )
    metrics.add_metric(name="Deliveries", unit=MetricUnit.Count, value=1)
    outcome = handle_delivery(
        delivery,
        collector(settings, queue, lambda: context.get_remaining_time_in_millis() / 1000),
        queue,
        retry_delay=settings.retry_delay_seconds,
    )
    if outcome:
        metrics.add_metric(name=f"Shards{outcome.status.capitalize()}", unit=MetricUnit.Count, value=1)
        metrics.add_metric(name="LinkedInRequests", unit=MetricUnit.Count, value=outcome.requests)
        metrics.add_metric(name="Rows", unit=MetricUnit.Count, value=outcome.rows)


def collector(settings: CollectSettings, queue: Queue, time_left: Callable[[], float]) -> Collector:
    """Return what reads the shards of a queue in one invocation; `time_left` is in seconds."""

    def client(quota: DailyQuota) -> LinkedInClient:
        return LinkedInClient(
            api_url=str(settings.linkedin_api_url),
            oauth_url=str(settings.linkedin_oauth_url),
            credentials=credentials_of(settings.linkedin_secret_arn),
            max_concurrent_requests=settings.max_concurrent_requests,
            time_left=lambda: time_left() - _RESERVE,
            now=clock.utc_now,
            quota=quota,
        )

    return Collector(
        bucket=Bucket(settings.graph_bucket),
        queue=queue,
        assembly_queue=Queue(settings.assembly_queue_url),
        client=client,
        time_left=time_left,
        clock=clock.utc_now,
    )
