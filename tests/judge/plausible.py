"""Judges whether a record's values make sense: links, addresses, times, and values that must agree with one another."""

import re
from collections.abc import Mapping
from typing import Any, Final

from tests.judge.findings import Findings
from tests.judge.model import EPOCH_MS_MAX, EPOCH_MS_MIN, KNOWN_VALUES, EntityModel

Record = Mapping[str, Any]

# RFC 3986 characters, every % followed by two hexadecimal digits; brackets only belong to IPv6 hosts.
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
# The address JupiterOne's validator accepts; a dotted domain, no underscore in it.
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")
_LOCALE: Final = re.compile(r"[A-Za-z]{2,8}(?:_[A-Za-z0-9]{2,8})*")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}")


def is_email(text: str) -> bool:
    """Whether JupiterOne accepts this as an e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def judge_entity_values(record: Record, model: EntityModel, where: str, found: Findings, remarks: Findings) -> None:
    judge_times(record, where, found)
    _judge_texts(record, where, found, remarks)
    if model.entity_class == "Training":
        _judge_training(record, model, where, found, remarks)
    if model.entity_class == "User":
        _judge_emails(record, where, found)
        _judge_identity(record, where, found, remarks)
    if "urn" in {item.name for item in model.properties} and record.get("urn") != record.get("_key"):
        found.add("key-not-urn", where, f"urn {record.get('urn')!r}")
    if model.entity_class == "Account" and record.get("_key") != f"{model.type}:{record.get('accountKeyRef')}":
        found.add("account-key", where, f"accountKeyRef {record.get('accountKeyRef')!r}")


def judge_times(record: Record, where: str, found: Findings) -> None:
    """Every time is a whole number of milliseconds in this century's range."""
    for name, value in record.items():
        is_time = name.endswith("On") or name in {"lookbackStart", "lookbackEnd"}
        if is_time and _is_number(value) and not (EPOCH_MS_MIN <= value < EPOCH_MS_MAX and value % 1 == 0):
            found.add("epoch-ms", where, f"{name} {value}")


def judge_assigned(record: Record, where: str, found: Findings, remarks: Findings) -> None:
    """The engagement on one ASSIGNED relationship agrees with itself."""
    numbers = {name: value for name, value in record.items() if _is_number(value)}
    for name in ("completions", "views", "secondsViewed"):
        value = numbers.get(name, 0)
        if not (value >= 0 and value % 1 == 0):
            found.add("count-not-natural", where, f"{name} {value}")
    if not 0 <= numbers.get("progressPercentage", 0) <= 100:
        found.add("progress-range", where, numbers["progressPercentage"])
    _judge_completion(record, numbers, where, found, remarks)
    first, last = numbers.get("firstEngagedOn"), numbers.get("lastEngagedOn")
    if first is not None and last is not None and first > last:
        found.add("first-after-last", where, f"{first} > {last}")
    start, end = numbers.get("lookbackStart"), numbers.get("lookbackEnd")
    if start is not None and end is not None and start >= end:
        found.add("lookback-order", where, f"{start} .. {end}")
    if last is not None and end is not None and last > end:
        remarks.add("engaged-after-lookback", where, f"{last} > {end}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _judge_completion(
    record: Record, numbers: Mapping[str, float], where: str, found: Findings, remarks: Findings
) -> None:
    told = record.get("completed")
    in_numbers = numbers.get("completions", 0) >= 1 or numbers.get("progressPercentage", 0) == 100
    if told is False and record.get("completedOn") is not None:
        found.add("completed-inconsistent", where, "completedOn without completed")
    if told is False and in_numbers:
        found.add("completed-inconsistent", where, "completions or full progress, yet not completed")
    if told is True and not in_numbers:
        remarks.add("completed-from-earlier", where, "completed by no number here: right only as earlier evidence")


def _judge_texts(record: Record, where: str, found: Findings, remarks: Findings) -> None:
    for name in ("webLink", "accessURL"):
        link = record.get(name)
        if isinstance(link, str) and not _URI.fullmatch(link):
            found.add("web-link", where, f"{name} {link!r:.120}")
    for name in ("titleLocale", "locale"):
        locale = record.get(name)
        if isinstance(locale, str) and not _LOCALE.fullmatch(locale):
            found.add("locale-form", where, f"{name} {locale!r}")
    for name, values in KNOWN_VALUES.items():
        if isinstance(record.get(name), str) and record[name] not in values:
            remarks.add("value-not-in-table", where, f"{name} {record[name]!r}")
    for name in ("name", "displayName", "urn", "profileUrn", "uniqueUserId"):
        if record.get(name) == "":
            remarks.add("text-empty", where, name)


def _judge_training(record: Record, model: EntityModel, where: str, found: Findings, remarks: Findings) -> None:
    if record.get("assetType") != model.asset_type:
        found.add("asset-type", where, f"{record.get('assetType')!r}, wanted {model.asset_type!r}")
    retired = record.get("availability") == "RETIRED" or record.get("retiredOn") is not None
    if (record.get("isRetired") is True) != retired:
        availability, retired_on = record.get("availability"), record.get("retiredOn")
        told = f"isRetired {record.get('isRetired')!r}, availability {availability!r}, retiredOn {retired_on!r}"
        found.add("retired-inconsistent", where, told)
    seconds = record.get("durationSeconds")
    if isinstance(seconds, int | float) and not (seconds >= 0 and seconds % 1 == 0):
        found.add("duration", where, seconds)
    languages = record.get("availableLanguages")
    for language in languages if isinstance(languages, list) else ():
        if not (isinstance(language, str) and _LANGUAGE.fullmatch(language)):
            found.add("language-code", where, language)
    for name in ("availableLanguages", "contributorUrns"):
        values = record.get(name)
        if isinstance(values, list) and len({str(value) for value in values}) != len(values):
            remarks.add("list-repeats", where, f"{name} {values!r:.80}")


def _judge_emails(record: Record, where: str, found: Findings) -> None:
    emails = record.get("email")
    for email in emails if isinstance(emails, list) else ():
        if not (isinstance(email, str) and is_email(email)):
            found.add("email-form", where, f"{email!r:.80}")
    for name in ("email", "shortLoginId", "username", "emailDomain"):
        if record.get(name) == []:
            found.add("empty-list-for-null", where, name)


def _judge_identity(record: Record, where: str, found: Findings, remarks: Findings) -> None:
    """A user's key is the profile URN, else is made of the unique user id, else of the e-mail address."""
    key, profile, unique_id = record.get("_key"), record.get("profileUrn"), record.get("uniqueUserId")
    if isinstance(profile, str):
        wanted = profile
    elif isinstance(unique_id, str) and unique_id:
        wanted = f"linkedin_learning_user:{unique_id}"
    else:
        wanted = str(key) if str(key).startswith("linkedin_learning_user:") else "linkedin_learning_user:<email>"
    if key != wanted:
        found.add("user-key", where, f"wanted {wanted}")
    if unique_id is None and profile is None and record.get("email") is None:
        remarks.add("user-without-identity", where, "neither profile URN, unique id nor a valid e-mail address")
