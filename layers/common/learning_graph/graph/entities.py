"""The entities of the seed's tables, as JupiterOne takes them: plain dictionaries with sorted names."""

from __future__ import annotations

from typing import Any

from learning_graph.graph.text import cut, plain_email, plain_uri
from learning_graph.linkedin.records import Asset, Classification, Details
from learning_graph.model import schema
from learning_graph.model.keys import account_key, user_key
from learning_graph.values.steps import AssetType

Entity = dict[str, Any]

_SECONDS_IN = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600}
_RETIRED = "RETIRED"


def _entity(key: str, entity_type: str, name: str, properties: Entity, tags: Entity) -> Entity:
    record = {
        "_key": key,
        "_type": entity_type,
        "_class": [schema.CLASS_OF[entity_type]],
        "displayName": cut(name),
        "name": cut(name),
        **properties,
        **tags,
    }
    return dict(sorted(record.items()))


def _present(**properties: Any) -> Entity:
    """Class-level properties may not be null: leave out what has no value."""
    return {name: value for name, value in properties.items() if value is not None}


def account_tags(account_name: str, *, tag_account_name: bool) -> Entity:
    """Return `tag.AccountName` where the toggle is on (seed, "Configure the integration in JupiterOne")."""
    return {"tag.AccountName": account_name} if tag_account_name else {}


def account_entity(account_key_ref: str, account_name: str, tags: Entity) -> Entity:
    return _entity(
        account_key(account_key_ref),
        schema.ACCOUNT,
        account_name,
        {"accountKeyRef": account_key_ref, "vendor": "LinkedIn"},
        tags,
    )


def classification_entity(classification: Classification, tags: Entity) -> Entity:
    name, owner = classification.name, classification.owner
    return _entity(
        classification.urn,
        schema.CLASSIFICATION,
        name.value if name and name.value else classification.urn,
        {
            "id": classification.urn,
            "urn": classification.urn,
            "classificationType": classification.type,
            "locale": str(name.locale) if name and name.locale else None,
            "ownerName": owner.name.value if owner and owner.name else None,
            "ownerUrn": owner.urn if owner else None,
        },
        tags,
    )


def content_entity(asset: Asset, asset_type: AssetType, tags: Entity) -> Entity:
    """Return the Training entity of an asset; what LinkedIn left out is null (API reference §4.5)."""
    title, details = asset.title, asset.details or Details()
    urls = details.urls
    web_launch = urls.web_launch if urls else None
    return _entity(
        asset.urn,
        schema.CONTENT_TYPE_OF[asset_type],
        title.value if title and title.value else asset.urn,
        {
            "id": asset.urn,
            "urn": asset.urn,
            "assetType": asset_type,
            "titleLocale": str(title.locale) if title and title.locale else None,
            "availability": details.availability,
            "isRetired": _is_retired(details),
            "retiredOn": details.retired_at,
            "publishedOn": details.published_at,
            "lastUpdatedOn": details.last_updated_at,
            "level": details.level,
            "durationSeconds": _seconds(details),
            "isCuratedForLms": details.is_curated_for_lms,
            "availableLanguages": _languages(details),
            "shortDescription": cut(details.short_description.value) if details.short_description else None,
            "primaryImageUrl": details.images.primary if details.images else None,
            "ssoLaunchUrl": urls.sso_launch if urls else None,
            "webLaunchUrl": web_launch,
            **_contributors(details),
            **_present(
                description=cut(details.description.value) if details.description else None,
                webLink=plain_uri(web_launch),
                createdOn=details.published_at,
                updatedOn=details.last_updated_at,
            ),
        },
        tags,
    )


def unlisted_content_entity(
    urn: str, asset_type: AssetType, name: str | None, locale: str | None, tags: Entity
) -> Entity:
    """Return a minimal entity for content that only activity names, so that no engagement is lost (design)."""
    entity = content_entity(Asset(urn=urn), asset_type, tags)
    shown = cut(name or urn)
    return {**entity, "name": shown, "displayName": shown, "titleLocale": locale}


def user_entity(
    key: str,
    *,
    profile_urn: str | None,
    unique_user_id: str | None,
    email: str | None,
    name: str | None,
    groups: list[str] | None,
    tags: Entity,
) -> Entity:
    """Return the User entity of a learner.

    LinkedIn gives one full name; which word of it is the family name is not ours to guess, so first and last name are
    null. An address that JupiterOne would refuse is left out of the lists, never an error.
    """
    address = plain_email(email)
    emails = [address] if address else None
    login = unique_user_id or address
    return _entity(
        key,
        schema.USER,
        name or address or unique_user_id or key.removeprefix(user_key("")),
        {
            "id": profile_urn or unique_user_id or key,
            "firstName": None,
            "lastName": None,
            "email": emails,
            "emailDomain": [address.rpartition("@")[2].lower()] if address else None,
            "shortLoginId": None,
            "username": [login] if login else None,
            "enterpriseGroupNames": groups,
            "profileUrn": profile_urn,
            "uniqueUserId": unique_user_id,
        },
        tags,
    )


def _is_retired(details: Details) -> bool | None:
    if details.retired_at is not None:
        return True
    return details.availability == _RETIRED if details.availability else None


def _seconds(details: Details) -> int | float | None:
    time = details.time_to_complete
    factor = _SECONDS_IN.get(time.unit) if time else None
    return time.duration * factor if time and factor else None


def _languages(details: Details) -> list[str] | None:
    if details.available_locales is None:
        return None
    return list(dict.fromkeys(locale.language for locale in details.available_locales))


def _contributors(details: Details) -> Entity:
    contributors = details.contributors
    if contributors is None:
        return {"contributorNames": None, "contributorUrns": None}
    return {
        "contributorNames": list(dict.fromkeys(c.name.value for c in contributors if c.name)),
        "contributorUrns": list(dict.fromkeys(c.urn for c in contributors if c.urn)),
    }
