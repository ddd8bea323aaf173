"""Where a local run takes place: this checkout, and the account and region that moto plays."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE_FOLDER = ROOT / "layers" / "common"
ACCOUNT = "123456789012"
REGION = "eu-central-1"
# Where the moto server takes the functions' policies.
PERMISSIONS_PATH = "/_local/permissions"
# Where it tells how many messages its queues hold.
QUEUES_PATH = "/_local/queues"
