"""Constants of a local run: this checkout, and the account and region of moto."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parent.parent
PACKAGE_FOLDER = ROOT / "layers" / "common"
ACCOUNT = "123456789012"
REGION: Final = "eu-central-1"
# Path at which the moto server receives the functions' policies.
PERMISSIONS_PATH = "/_local/permissions"
# Path of the numbers of messages in its queues.
QUEUES_PATH = "/_local/queues"
