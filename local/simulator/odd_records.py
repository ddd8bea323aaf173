"""Records that are legal JSON, or nearly, and unlike the reference: the fault ``odd-record`` puts them into a page.

Each oddity changes a decoded record in place. What JSON libraries would not write (a lone surrogate, a raw control
character, a byte that is not UTF-8, ``1.7e12``) is put in as a marker that ``encode`` replaces in the bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

Record = dict[str, Any]

_FAR_FUTURE = 4_102_444_800_000_000  # epoch microseconds where milliseconds belong
# Signs of a private-use area, and the bytes that stand in their place on the wire.
_RAW_TEXT = {"\ue001": b"\\ud83d", "\ue002": b"\x01", "\ue003": b"\xff"}
_RAW_NUMBER = {"\ue004": b"1.7e12"}


def encode(page: Any) -> bytes:
    """Return a page as bytes, with the raw bytes that the oddities ask for."""
    body = msgspec.json.encode(page)
    for marker, raw in _RAW_TEXT.items():
        body = body.replace(marker.encode(), raw)
    for marker, raw in _RAW_NUMBER.items():
        body = body.replace(b'"' + marker.encode() + b'"', raw)
    return body


def _in_name(marker: str) -> Callable[[Record], None]:
    """Append to the first name or title that a record has."""

    def change(record: Record) -> None:
        for member in ("learnerDetails", "title", "name"):
            if member in record:
                text = record[member]
                text["name" if member == "learnerDetails" else "value"] += marker
                return

    return change


def _instant(value: Any) -> Callable[[Record], None]:
    """Set every instant of a record's activities, or of an asset's details."""

    def change(record: Record) -> None:
        for activity in record.get("activities", ()):
            activity["firstEngagedAt"] = activity["lastEngagedAt"] = value
        if "details" in record:
            record["details"]["publishedAt"] = record["details"]["lastUpdatedAt"] = value

    return change


def _null_in_lists(record: Record) -> None:
    for holder in (record, record.get("details", {}), record.get("learnerDetails", {})):
        for member in holder.values():
            if isinstance(member, list):
                member.insert(0, None)


def _time_without_unit(record: Record) -> None:
    record.get("details", {})["timeToComplete"] = {"duration": 600}


def _contributor_without_name(record: Record) -> None:
    name = {"locale": {"country": "US", "language": "en"}}
    nameless = {"urn": "urn:li:lyndaAuthor:599", "contributionType": "AUTHOR", "name": name}
    record.get("details", {}).setdefault("contributors", []).insert(0, nameless)


def _number_as_id(record: Record) -> None:
    learner = record.get("learnerDetails", {})
    digits = "".join(sign for sign in str(learner.get("uniqueUserId", "")) if sign.isdigit())
    if digits:
        learner["uniqueUserId"] = int(digits)


def _values_as_text(record: Record) -> None:
    for activity in record.get("activities", ()):
        activity["engagementValue"] = str(activity["engagementValue"])


def _locale_without_language(record: Record) -> None:
    holder: Record = record.get("contentDetails") or record.get("title") or {}
    holder["locale"] = {"country": "US"}


ODDITIES: dict[str, Callable[[Record], None]] = {
    "lone-surrogate": _in_name("\ue001"),
    "control-character": _in_name("\ue002"),
    "invalid-utf8": _in_name("\ue003"),
    "instant-zero": _instant(0),
    "instant-negative": _instant(-1),
    "instant-future": _instant(_FAR_FUTURE),
    "instant-exponent": _instant("\ue004"),
    "instant-float": _instant(1_700_000_000_000.0),
    "null-in-lists": _null_in_lists,
    "time-without-unit": _time_without_unit,
    "contributor-without-name": _contributor_without_name,
    "number-as-id": _number_as_id,
    "values-as-text": _values_as_text,
    "locale-without-language": _locale_without_language,
}
