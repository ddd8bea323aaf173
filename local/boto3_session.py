"""boto3's default session after it has made a client of each service.

Imported by the process that workers are forked from: reading the services' descriptions takes each environment 0.1 s
of processor time.
"""

from __future__ import annotations

import boto3

from local.place import REGION

for service in ("s3", "sqs", "secretsmanager", "events"):
    # With values of its own, so that the session remembers none; a worker's client takes those of its environment.
    boto3.client(service, region_name=REGION, aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106
