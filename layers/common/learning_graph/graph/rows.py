"""The rows of a part, one JSON line each: records as the assembly reads them; `t` is the kind of row.

A part of a report names each learner and each content once, by a number that is valid within the part, and its
engagement rows refer to these numbers. A member without a value is left out; the assembly reads it as null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec


class _Row(msgspec.Struct, frozen=True, rename="camel", tag_field="t", omit_defaults=True, gc=False):
    """A row of a report."""


class LearnerRow(_Row, frozen=True, tag="learner", gc=False):
    """A learner as a report names them.

    The forms in which identifiers are compared (`values.identity`) are left out where they are the identifiers as given
    (`comparable_identifiers`): learners are most of a part's bytes.
    """

    learner: int
    profile_urn: str | None = None
    unique_user_id: str | None = None
    email: str | None = None
    comparable_profile_urn: str | None = None
    comparable_unique_user_id: str | None = None
    comparable_email: str | None = None
    name: str | None = None
    groups: list[str] | None = None
    attributes: dict[str, str | list[str]] | None = None


class ContentRow(_Row, frozen=True, tag="content", gc=False):
    """A content as a report names it."""

    content: int
    urn: str
    name: str | None = None
    locale: str | None = None


class EngagementRow(_Row, frozen=True, tag="engagement", gc=False):
    """The engagement of a learner with a content in one window, from one record; instants in epoch milliseconds.

    A metric that the record does not have is None. `completed_on` comes from a COMPLETIONS of at least 1,
    `full_progress_on` from a progress of 100 (docs/data-model.md, "Engagement").
    """

    learner: int
    content: int
    views: float | None = None
    seconds_viewed: float | None = None
    completions: float | None = None
    progress_percentage: float | None = None
    completed_on: int | None = None
    full_progress_on: int | None = None
    first_engaged_on: int | None = None
    last_engaged_on: int | None = None


# Rows of the catalogue have the columns of the model (`convert_catalog`), so they are plain dictionaries.
CatalogRow = dict[str, Any]
Row = LearnerRow | ContentRow | EngagementRow | CatalogRow


def comparable_identifiers(row: LearnerRow) -> tuple[str, str, str]:
    """Return the profile URN, uniqueUserId and e-mail by which a learner is compared; empty where there is none."""
    return (
        row.comparable_profile_urn or row.profile_urn or "",
        row.comparable_unique_user_id or row.unique_user_id or "",
        row.comparable_email or row.email or "",
    )


_report_decoder = msgspec.json.Decoder(LearnerRow | ContentRow | EngagementRow)


def decode_report_rows(lines: bytes) -> list[Row]:
    """Return the rows of a report's part from its JSON lines."""
    return _report_decoder.decode_lines(lines)


def without_learners(
    rows: Iterable[Row], is_erased: Callable[[LearnerRow], bool], erased: set[int] | None = None
) -> list[Row]:
    """Return the rows without those about learners for whom `is_erased` holds.

    Args:
        rows: the rows of one part, or some of them in their order.
        is_erased: called for each learner.
        erased: the numbers of learners left out so far, where `rows` are not the first of their part; it is added to.
    """
    kept: list[Row] = []
    erased = set() if erased is None else erased
    for row in rows:
        if isinstance(row, LearnerRow):
            if is_erased(row):
                erased.add(row.learner)
                continue
        elif isinstance(row, EngagementRow) and row.learner in erased:
            continue
        kept.append(row)
    return kept
