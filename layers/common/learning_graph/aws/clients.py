"""boto3 clients with time-outs and retries of their own."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

# At DEBUG botocore logs bodies, and with them secrets.
logging.getLogger("botocore").setLevel(logging.INFO)

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "max_attempts": 5},
    max_pool_connections=32,
)
# An AWS emulator has no host name for each bucket.
_ONE_HOST = Config(s3={"addressing_style": "path"})


@cache
def _client(service: Any) -> Any:
    stands_in = bool(os.environ.get("AWS_ENDPOINT_URL"))
    return boto3.client(service, config=_CONFIG.merge(_ONE_HOST) if stands_in else _CONFIG)


def s3() -> S3Client:
    client: S3Client = _client("s3")
    return client


def sqs() -> SQSClient:
    client: SQSClient = _client("sqs")
    return client


def secretsmanager() -> SecretsManagerClient:
    client: SecretsManagerClient = _client("secretsmanager")
    return client


def events() -> EventBridgeClient:
    client: EventBridgeClient = _client("events")
    return client


def glue() -> GlueClient:
    client: GlueClient = _client("glue")
    return client


def sns() -> SNSClient:
    client: SNSClient = _client("sns")
    return client
