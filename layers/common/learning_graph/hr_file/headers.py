"""Headers: which columns of a dropped file LinkedIn knows, and how it spells them (API reference §9.1)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import Final

from learning_graph.hr_file.invisible import remove_invisible
from learning_graph.hr_file.problems import FileRefused
from learning_graph.values.errors import ConfigurationError

COLUMN_MAP: Final = "ORG_SYNC_COLUMN_MAP"
GROUP_TARGET: Final = "group:"
LEAVE_OUT: Final = ""  # target of the map


class Kind(Enum):
    """The kind of a column, which decides how its cells are checked."""

    EMAIL = "email"
    OLD_EMAIL = "old email"
    ID = "id"
    NEW_ID = "new id"
    LICENSE = "license"
    YES = "yes"
    GROUP_SCOPE = "group scope"
    TEXT = "text"


_KNOWN: Final[dict[str, Kind]] = {
    "invited_email_address": Kind.EMAIL,
    "primary_email_address": Kind.EMAIL,  # first generation (2016-2018)
    "existing_email_address": Kind.OLD_EMAIL,
    "unique_user_id": Kind.ID,
    "new_unique_user_id": Kind.NEW_ID,
    "preferred_first_name": Kind.TEXT,
    "preferred_last_name": Kind.TEXT,
    "work_title": Kind.TEXT,
    "groups": Kind.TEXT,
    "add_to_groups": Kind.TEXT,
    "remove_from_groups": Kind.TEXT,
    "permission_create_other_sub_admins_with_same_permissions": Kind.YES,
    "permission_manage_custom_content": Kind.YES,
    "permission_curate_content": Kind.YES,
    "permission_manage_IT_settings": Kind.YES,  # the one header with capitals
    "group_permission_edit_groups": Kind.GROUP_SCOPE,
    "group_permission_manage_users_licenses": Kind.GROUP_SCOPE,
    "group_permission_recommend_content": Kind.GROUP_SCOPE,
    "group_permission_view_reports": Kind.GROUP_SCOPE,
}
_SPELLING: Final = {name.lower(): name for name in _KNOWN}
_LICENSE = re.compile(r"(?:.+_)?license_(.+)_status")
_LICENSE_TYPES: Final = ("learning", "english")  # the known ones; others are sent as they are
_LICENSE_EXAMPLE: Final = "license_learning_status"
_LICENSE_LETTERS = re.compile("licen[cs]e.*(?:learning|status)|learning.*licen[cs]e")
# An address of somebody else, such as a manager's, is another column.
_OWN_EMAIL = re.compile(
    "(?:work|business|company|corporate|primary|official|employee|user)?e?mail(?:add?ress?e?|adres)?"
)
# Between the words of a header such as InvitedEmailAddress.
CAMEL_CASE: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ATTRIBUTE = re.compile(r"attribute_.+")
_ATTRIBUTE_EXAMPLE: Final = "attribute_<name>"
_NEARLY: Final = 0.83  # of difflib's ratio: one or two letters of a word
_SHARE_OF_HEADER: Final = 0.6  # of a header's letters, from its start or its end


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is sent.

    Args:
        index: its place in the dropped file, from 0.
        label: its header in the dropped file, without invisible characters.
        header: its header as LinkedIn spells it.
    """

    index: int
    label: str
    header: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """The plan for the columns of a dropped file.

    Args:
        columns: those that are sent, in this order.
        labels: the headers of all columns.
        left_out: the headers of the columns that are not sent.
        notes: sentences about changes to the headers.
    """

    columns: tuple[Column, ...]
    labels: tuple[str, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...] = ()


class ColumnMap:
    """`ORG_SYNC_COLUMN_MAP`: HR's headers to LinkedIn's, compared without regard to case and blanks.

    A header that is mapped to an empty text is left out.

    Raises:
        ConfigurationError: a target is not one of LinkedIn's headers, or two keys are the same header.
    """

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self._targets: dict[str, tuple[str, Kind] | None] = {}
        for label, target in mapping.items():
            found = _group_target(target) or linkedin_header(target)
            if found is None and target != LEAVE_OUT:
                resolution = (
                    "Use a header of LinkedIn's template, attribute_<name>, …license_…_status or group:<group name>; an"
                    " empty text leaves the column out."
                )
                raise ConfigurationError(
                    COLUMN_MAP, f"{label!r} is mapped to the unknown header {target!r}", resolution=resolution
                )
            if self._targets.setdefault(_comparable(label), found) != found:
                raise ConfigurationError(
                    COLUMN_MAP,
                    f"{label!r} is mapped twice",
                    resolution="Case and blanks do not count: keep one of them.",
                )

    def find(self, label: str) -> tuple[str, Kind] | None:
        """Return LinkedIn's header for a header of the dropped file, None where it is neither mapped nor known.

        A licence column whose type nearly is a known one is not known, unless it is mapped to itself.
        """
        if self.has(label):
            return self._targets[_comparable(label)]
        found = linkedin_header(label)
        return None if found and _has_misspelt_type(found[0]) else found

    def has(self, label: str) -> bool:
        """Tell whether a header of the dropped file is mapped."""
        return _comparable(label) in self._targets

    def similar(self, label: str, labels: Sequence[str]) -> str | None:
        """Return the mapped header that a file with these headers lacks, and that one of them probably means."""
        absent = {key for key, target in self._targets.items() if target} - set(map(_comparable, labels))
        return next((key for key in sorted(absent) if _is_nearly(_comparable(label), key)), None)


def linkedin_header(label: str) -> tuple[str, Kind] | None:
    """Return a header in LinkedIn's spelling (lower case, underscores), and its kind; None where it is unknown."""
    name = re.sub(r"\s+", "_", label.strip()).lower()
    if name in _SPELLING:
        return _SPELLING[name], _KNOWN[_SPELLING[name]]
    if _LICENSE.fullmatch(name):
        return name, Kind.LICENSE
    if _ATTRIBUTE.fullmatch(name):
        return name, Kind.TEXT
    return None


def similar_header(label: str) -> str | None:
    """Return the header of LinkedIn that an unknown one is probably a misspelling of, None where there is none."""
    words = re.findall(r"[^\W_]+", CAMEL_CASE.sub(" ", unicodedata.normalize("NFKC", label)).casefold())
    letters = "".join(words)
    if not letters or "@" in label:  # an address: the line is data
        return None
    if _OWN_EMAIL.fullmatch(letters):
        return "invited_email_address"
    is_license = _has_word(words, "license") or _has_word(words, "licence")
    is_of_linkedin = len(words) == 1 or any(_has_word(words, word) for word in ("status", "learning", "linkedin"))
    if (is_license and is_of_linkedin) or _LICENSE_LETTERS.search(letters):
        return _LICENSE_EXAMPLE
    if len(words) > 1 and _is_nearly(words[0], "attribute"):
        return _ATTRIBUTE_EXAMPLE
    # One name is a part of another (unique_user_id, new_unique_user_id): of two that match, the more alike is meant.
    nearest = max(
        [*_KNOWN, _LICENSE_EXAMPLE],
        key=lambda header: (_similarity(letters, header), _ratio(letters, _letters(header))),
    )
    is_permission = words[0] == "permission" or words[:2] == ["group", "permission"]
    return nearest if is_permission or _similarity(letters, nearest) >= _NEARLY else None


def plan_columns(labels: Sequence[str], column_map: ColumnMap, *, line: int) -> ColumnPlan:
    """Decide which columns of a file with these headers are sent.

    Raises:
        FileRefused: an unknown header is similar to a known one, no header is known, nothing identifies a person, or
            two columns are the same header.
    """
    columns: dict[str, Column] = {}
    cleaned, notes = _without_invisible(labels)
    left_out = []
    for index, label in enumerate(cleaned):
        found = column_map.find(label)
        if found is None:
            left_out.append(label)
            continue
        header, kind = found
        if header in columns:
            raise FileRefused(
                f"{columns[header].label!r} and {label!r} are both {header}",
                resolution=f"Keep one of the columns, or correct {COLUMN_MAP}.",
                line=line,
                column=label,
            )
        columns[header] = Column(index, label, header, kind)
    _refuse_similar(
        {label: column_map.similar(label, cleaned) for label in left_out if not column_map.has(label)}, columns, line
    )
    _require_identifier(columns, cleaned, line)
    return ColumnPlan(tuple(columns.values()), tuple(cleaned), tuple(left_out), tuple(notes))


def _without_invisible(labels: Sequence[str]) -> tuple[list[str], list[str]]:
    cleaned, notes = [], []
    has_blanks = False
    for label in labels:
        text, removed = remove_invisible(label)
        cleaned.append(text.strip())
        has_blanks |= bool(text.strip()) and text != text.strip()
        if removed:
            notes.append(f"invisible characters of the header {text.strip()!r} are left out: {', '.join(removed)}")
    if has_blanks:
        notes.append("blanks around headers are left out")
    return cleaned, notes


def _refuse_similar(labels: Mapping[str, str | None], columns: Mapping[str, Column], line: int) -> None:
    """Refuse misspelt headers, except where the column that may be meant is in the file as well.

    Args:
        labels: the unknown headers, each with the mapped one that it is similar to.
        columns: the columns that are sent.
        line: of the headers.
    """
    kinds = {column.kind for column in columns.values()} & {Kind.EMAIL, Kind.ID}
    similar = {
        label: header
        for label in labels
        if (header := similar_header(label))
        # A file may have a column for each kind of licence, so one licence column does not replace another.
        and (header == _LICENSE_EXAMPLE or (header not in columns and _KNOWN.get(header) not in kinds))
    }
    similar |= {label: repr(mapped) for label, mapped in labels.items() if mapped}
    if similar:
        questions = "; ".join(f"{label!r} is unknown, did you mean {header}?" for label, header in similar.items())
        raise FileRefused(
            questions,
            resolution=f"Correct the header, or map it in {COLUMN_MAP}: to LinkedIn's header, or to an empty text to"
            " leave the column out.",
            line=line,
            column=next(iter(similar)),
        )


def _require_identifier(columns: Mapping[str, Column], labels: Sequence[str], line: int) -> None:
    if not columns:
        is_data = any("@" in label for label in labels)
        raise FileRefused(
            "the first line is data, not headers" if is_data else "no header of the first line is known",
            resolution="Start the file with LinkedIn's headers (invited_email_address, …),"
            f" or map yours with {COLUMN_MAP}.",
            line=line,
        )
    if not any(column.kind in {Kind.EMAIL, Kind.ID} for column in columns.values()):
        raise FileRefused(
            "no column identifies a person",
            resolution=f"Add invited_email_address or unique_user_id, or map your own column to it in {COLUMN_MAP}.",
            line=line,
        )
    if "invited_email_address" in columns and "primary_email_address" in columns:
        raise FileRefused(
            "invited_email_address and primary_email_address are the same thing in two generations of the template",
            resolution="Keep the one that your account's template has.",
            line=line,
        )


def _group_target(target: str) -> tuple[str, Kind] | None:
    name = target.removeprefix(GROUP_TARGET).strip()
    return (name, Kind.YES) if target.startswith(GROUP_TARGET) and name else None


def _comparable(label: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", label).casefold().split())


def _similarity(letters: str, header: str) -> float:
    """Return how similar letters are to a header: 1 where one contains the other, or most of its start or end."""
    known = _letters(header)
    is_most = len(letters) >= _SHARE_OF_HEADER * len(known) and len(known) > len("groups")
    if is_most and (known in letters or known.startswith(letters) or known.endswith(letters)):
        return 1
    return _ratio(letters, known)


def _letters(header: str) -> str:
    return header.replace("_", "").lower()


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _has_word(words: Sequence[str], wanted: str) -> bool:
    return any(_is_nearly(word, wanted) for word in words)


def _is_nearly(word: str, wanted: str) -> bool:
    return _ratio(word, wanted) >= _NEARLY


def _has_misspelt_type(header: str) -> bool:
    """Tell whether a header of a licence names a type that nearly is a known one: `license_learnig_status`."""
    found = _LICENSE.fullmatch(header)
    return bool(found and found[1] not in _LICENSE_TYPES and any(_is_nearly(found[1], name) for name in _LICENSE_TYPES))
