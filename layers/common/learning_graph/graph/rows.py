"""The rows of a part: what a worker has read, ready for the assembly. One JSON line each; `t` tells them apart.

Members with no value are null rather than absent, so that DuckDB reads every part with one fixed list of columns.
"""

from __future__ import annotations

from typing import Any

import msgspec


class _Row(msgspec.Struct, frozen=True, rename="camel", tag_field="t", gc=False):
    """A row; the tag is the class's name in lower case."""


class AssetRow(_Row, frozen=True, tag="asset", gc=False):
    """A course, learning path or video. `entity` is the finished record; `tags` are the URNs of its classifications."""

    key: str
    type: str
    updated: int
    entity: dict[str, Any]
    tags: list[str]


class ClassificationRow(_Row, frozen=True, tag="classification", gc=False):
    """A classification; the one with the lowest `rank` gives a URN its name."""

    key: str
    rank: int
    entity: dict[str, Any]


class CuratedRow(_Row, frozen=True, tag="curated", gc=False):
    """A video that an administrator curated for LMS use."""

    key: str


class LearnerRow(_Row, frozen=True, tag="learner", gc=False):
    """A learner as one window's report shows them."""

    profile_urn: str | None
    unique_user_id: str | None
    email: str | None
    name: str | None
    groups: list[str] | None


class EngagementRow(_Row, frozen=True, tag="engagement", gc=False):
    """A learner's engagement with one content in one window; instants in epoch milliseconds.

    `completed_on` comes from COMPLETIONS of at least 1, `full_progress_on` from a progress of 100; the assembly lets
    the second count only where no window has the first (design, "The graph").
    """

    profile_urn: str | None
    unique_user_id: str | None
    email: str | None
    name: str | None
    groups: list[str] | None
    content_urn: str
    content_name: str | None
    content_locale: str | None
    views: int
    seconds_viewed: int
    completions: int
    progress_percentage: int | float | None
    completed: bool
    completed_on: int | None
    full_progress_on: int | None
    first_engaged_on: int | None
    last_engaged_on: int | None


Row = AssetRow | ClassificationRow | CuratedRow | LearnerRow | EngagementRow
