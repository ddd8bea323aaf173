"""The steps of a run, in JupiterOne's sense: each collects one kind of data (design, "Run, step, shard")."""

from __future__ import annotations

from typing import Final, Literal

Step = Literal[
    "classifications",
    "courses",
    "learning-paths",
    "videos",
    "users",
    "course-activity",
    "learning-path-activity",
    "video-activity",
]
KeyType = Literal["Content", "Report"]
AssetType = Literal["COURSE", "LEARNING_PATH", "VIDEO"]

KEY_TYPES: Final[tuple[KeyType, ...]] = ("Content", "Report")
ASSET_TYPES: Final[tuple[AssetType, ...]] = ("COURSE", "LEARNING_PATH", "VIDEO")
CLASSIFICATION_TYPES: Final = ("LIBRARY", "SUBJECT", "TOPIC")

CATALOG_STEP_OF: Final[dict[AssetType, Step]] = {
    "COURSE": "courses",
    "LEARNING_PATH": "learning-paths",
    "VIDEO": "videos",
}
ACTIVITY_STEP_OF: Final[dict[AssetType, Step]] = {
    "COURSE": "course-activity",
    "LEARNING_PATH": "learning-path-activity",
    "VIDEO": "video-activity",
}
ASSET_TYPE_OF: Final[dict[Step, AssetType]] = {
    step: asset_type for steps in (CATALOG_STEP_OF, ACTIVITY_STEP_OF) for asset_type, step in steps.items()
}

CATALOG_STEPS: Final[tuple[Step, ...]] = ("classifications", *CATALOG_STEP_OF.values())
REPORT_STEPS: Final[tuple[Step, ...]] = ("users", *ACTIVITY_STEP_OF.values())
STEPS: Final[tuple[Step, ...]] = CATALOG_STEPS + REPORT_STEPS


def key_type_of(step: Step) -> KeyType:
    """Return the LinkedIn key type that authorizes a step (seed, "Why there are two credential pairs")."""
    return "Content" if step in CATALOG_STEPS else "Report"
