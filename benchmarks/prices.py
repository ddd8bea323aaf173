"""What AWS charges: list prices of us-east-1 in US dollars, without the free tier, as published in November 2025.

Other regions differ by some per cent (eu-central-1: Lambda the same, S3 requests 8 % more, Fargate 15 % more).
"""

from __future__ import annotations

from dataclasses import dataclass

AS_OF = "November 2025"
HOURS_A_MONTH = 730


@dataclass(frozen=True)
class Price:
    """One price; `per` says how many of `unit` it buys."""

    name: str
    dollars: float
    per: float
    unit: str

    def of(self, quantity: float) -> float:
        """Return the dollars for a quantity."""
        return quantity * self.dollars / self.per


LAMBDA_GB_SECONDS = Price("Lambda, arm64, memory", 0.0000133334, 1, "GB-second")
LAMBDA_REQUESTS = Price("Lambda, requests", 0.20, 1_000_000, "request")
LAMBDA_DISK = Price("Lambda, disk beyond 512 MB", 0.0000000309, 1, "GB-second")
SQS = Price("SQS, requests", 0.40, 1_000_000, "request")
S3_WRITES = Price("S3, PUT and LIST", 0.005, 1000, "request")
S3_READS = Price("S3, GET and HEAD", 0.0004, 1000, "request")
S3_STORAGE = Price("S3, standard storage", 0.023, 1, "GB-month")
EVENTS = Price("EventBridge, events", 1.00, 1_000_000, "event")
SECRETS = Price("Secrets Manager, secrets", 0.40, 1, "secret and month")
SECRET_CALLS = Price("Secrets Manager, calls", 0.05, 10_000, "call")
KEYS = Price("KMS, keys", 1.00, 1, "key and month")
KEY_CALLS = Price("KMS, requests", 0.03, 10_000, "request")
LOGS = Price("CloudWatch Logs, ingestion", 0.50, 1, "GB")
METRICS = Price("CloudWatch, metrics", 0.30 / HOURS_A_MONTH, 1, "metric and hour")
ALARMS = Price("CloudWatch, alarms", 0.10, 1, "alarm and month")
TRACES = Price("X-Ray, traces", 5.00, 1_000_000, "trace")
FARGATE_CPU = Price("Fargate, Linux on arm64, processor", 0.03238, 1, "vCPU-hour")
FARGATE_MEMORY = Price("Fargate, Linux on arm64, memory", 0.00356, 1, "GB-hour")
PUBLIC_IP = Price("public IPv4 address", 0.005, 1, "hour")

PRICES = (
    LAMBDA_GB_SECONDS, LAMBDA_REQUESTS, LAMBDA_DISK, SQS, S3_WRITES, S3_READS, S3_STORAGE, EVENTS, SECRETS,
    SECRET_CALLS, KEYS, KEY_CALLS, LOGS, METRICS, ALARMS, TRACES, FARGATE_CPU, FARGATE_MEMORY, PUBLIC_IP,
)  # fmt: skip
