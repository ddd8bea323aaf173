"""What a row of the user CSV does, and why it is refused (API reference §9.1, §9.2, §9.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from local.simulator.org_sync.users import User, UserTable

EMAIL_COLUMNS = ("invited_email_address", "primary_email_address")
_NAMES = ("preferred_first_name", "preferred_last_name", "work_title")
_IDENTIFIERS = (*EMAIL_COLUMNS, "existing_email_address", "unique_user_id", "new_unique_user_id")
_GROUP_LISTS = ("groups", "add_to_groups", "remove_from_groups")
_KNOWN = frozenset((*_IDENTIFIERS, *_NAMES, *_GROUP_LISTS))
_PERMISSIONS = (
    "permission_create_other_sub_admins_with_same_permissions",
    "permission_manage_custom_content",
    "permission_curate_content",
    "permission_manage_IT_settings",
)
_GROUP_PERMISSIONS = (
    "group_permission_edit_groups",
    "group_permission_manage_users_licenses",
    "group_permission_recommend_content",
    "group_permission_view_reports",
)
_LICENCE = re.compile(r"(?:.+_)?license_[a-z0-9]+_status")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+")


class RowError(Exception):
    """The row is refused with this message; nothing of it is applied."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the header line means: its known columns, and those nobody knows."""

    header: list[str]
    licences: list[str]
    attributes: list[str]
    permissions: list[str]
    group_columns: list[str]
    in_groups: bool
    unknown: list[str] = field(default_factory=list)

    @property
    def identifying(self) -> bool:
        return any(name in self.header for name in (*EMAIL_COLUMNS, "unique_user_id"))


def read_columns(header: list[str], groups: set[str]) -> Columns:
    """Headers are lower case and case-sensitive; a column may bear the name of a group (§9.1)."""
    columns = Columns(header, [], [], [], [], any(name in groups or name in _GROUP_LISTS for name in header))
    for name in header:
        if _LICENCE.fullmatch(name):
            columns.licences.append(name)
        elif name.startswith("attribute_"):
            columns.attributes.append(name)
        elif name.startswith(("permission_", "group_permission_")):
            columns.permissions.append(name)
        elif name in groups:
            columns.group_columns.append(name)
        elif name not in _KNOWN:
            columns.unknown.append(name)
    return columns


class RowApplier:
    """Applies rows to the table one by one; ``free`` licences of each kind, 0 is without limit."""

    def __init__(self, users: UserTable, columns: Columns, job: int, free: int) -> None:
        self._users = users
        self._columns = columns
        self._job = job
        self._free = free

    def apply(self, row: dict[str, str]) -> None:
        """Create or change the row's user.

        Raises:
            RowError: the row is refused.
        """
        user = self._identify(row)
        if user.job == self._job:
            raise RowError("Duplicate identifier: an earlier row of this file has the same user")
        user.names |= {name: row[name] for name in _NAMES if row.get(name)}
        user.attributes |= {name: row[name] for name in self._columns.attributes if row.get(name)}
        self._permissions(user, row)
        groups = self._groups(user, row) if self._columns.in_groups else user.groups
        before = dict(user.licences)
        self._licences(user, row)
        user.groups = groups
        user.job = self._job
        self._users.groups.update(groups)
        for column, status in user.licences.items():
            self._users.active[column] += (status == "active") - (before.get(column) == "active")
        self._users.save(user)

    def _identify(self, row: dict[str, str]) -> User:
        email = next((row[name] for name in EMAIL_COLUMNS if row.get(name)), "")
        existing, unique = row.get("existing_email_address", ""), row.get("unique_user_id", "")
        if not (email or existing or unique):
            raise RowError("Missing identifier: invited_email_address or unique_user_id is needed")
        if not all(_EMAIL.fullmatch(address) for address in (email, existing) if address):
            raise RowError("Invalid email address")
        # Each of the two is looked up once: this is where a file of millions of rows spends its time.
        by_email = self._users.by_email(email) if email else None
        by_unique = self._users.by_unique_user_id(unique) if unique else None
        if existing:
            user = self._users.by_email(existing)
            if user is None:
                raise RowError("No user has this existing_email_address")
        else:
            user = by_unique or by_email or User()
        if email:
            if by_email is not None and by_email.id != user.id:
                raise RowError("This email address belongs to another user")
            user.email = email
        if unique and user.unique_user_id not in {None, unique}:
            raise RowError("This email address belongs to another unique_user_id")
        if by_unique is not None and by_unique.id != user.id:
            raise RowError("Duplicate unique_user_id")
        user.unique_user_id = unique or user.unique_user_id
        self._replace_unique_user_id(user, row.get("new_unique_user_id", ""))
        return user

    def _replace_unique_user_id(self, user: User, wanted: str) -> None:
        if wanted:
            owner = self._users.by_unique_user_id(wanted)
            if owner is not None and owner.id != user.id:
                raise RowError("Duplicate unique_user_id")
            user.unique_user_id = wanted

    def _licences(self, user: User, row: dict[str, str]) -> None:
        for column in self._columns.licences:
            status = row.get(column, "").lower()
            if not status:
                continue
            if status not in {"active", "inactive"}:
                raise RowError(f"{column} must be active or inactive")
            granted = status == "active" and user.licences.get(column) != "active"
            if granted and self._free and self._users.active[column] >= self._free:
                raise RowError("No licenses available")
            user.licences[column] = status

    def _groups(self, user: User, row: dict[str, str]) -> list[str]:
        groups = dict.fromkeys(_listed(row["groups"]) if row.get("groups") else user.groups)
        groups |= dict.fromkeys(_listed(row.get("add_to_groups", "")))
        for name in _listed(row.get("remove_from_groups", "")):
            groups.pop(name, None)
        for name in self._columns.group_columns:
            answer = row.get(name, "").lower()
            if answer == "yes":
                groups[name] = None
            elif answer == "no":
                groups.pop(name, None)
        return list(groups)

    def _permissions(self, user: User, row: dict[str, str]) -> None:
        for name in self._columns.permissions:
            value = row.get(name)
            if not value:
                continue
            if name in _PERMISSIONS:
                if value.lower() != "yes":
                    raise RowError(f"{name} must be yes or blank")
            elif name not in _GROUP_PERMISSIONS:
                raise RowError(f"Unknown permission {name}")
            elif not value.startswith("group:") or value.removeprefix("group:") not in self._users.groups:
                raise RowError(f"{name} names an unknown group")
            user.permissions[name] = value


def _listed(cell: str) -> list[str]:
    return [name for part in cell.split(",") if (name := part.strip())]
