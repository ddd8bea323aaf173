"""The environment of a deployed function, as far as settings are required."""

from __future__ import annotations

ENVIRONMENT = {
    "LINKEDIN_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:1:secret:linkedin",
    "PSEUDONYM_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:1:secret:pseudonyms",
    "GRAPH_BUCKET": "graph-bucket",
    "ACCOUNT_NAME": "Acme",
    "CATALOG_QUEUE_URL": "https://sqs.test/1/catalog",
    "ACTIVITY_QUEUE_URL": "https://sqs.test/1/activity",
    "ASSEMBLY_QUEUE_URL": "https://sqs.test/1/assembly.fifo",
    "JUPITERONE_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:1:secret:jupiterone",
    "JUPITERONE_SCOPE": "linkedin-learning",
    "JUPITERONE_QUEUE_URL": "https://sqs.test/1/jupiterone",
}
