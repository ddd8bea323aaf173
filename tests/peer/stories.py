"""What single entities of the peer must look like: per property the values that are right.

Where the documents allow more than one answer, all of them stand here.
"""

from typing import Any, Final

from tests.peer import catalogue, people

Allowed = tuple[Any, ...]
NONE: Final[Allowed] = (None,)
NOTHING: Final[Allowed] = (None, [])

_NOTHING_KNOWN: Final[dict[str, Allowed]] = {
    "availability": NONE,
    "availableLanguages": NOTHING,
    "contributorNames": NOTHING,
    "contributorUrns": NOTHING,
    "durationSeconds": NONE,
    "isRetired": (None, False),
    "lastUpdatedOn": NONE,
    "level": NONE,
    "primaryImageUrl": NONE,
    "publishedOn": NONE,
    "retiredOn": NONE,
    "shortDescription": NONE,
    "ssoLaunchUrl": NONE,
    "webLaunchUrl": NONE,
}

ENTITY_STORIES: Final[dict[str, dict[str, Allowed]]] = {
    catalogue.PLAIN: {
        "name": ("Plain",),
        "titleLocale": ("en_US",),
        "availability": ("AVAILABLE",),
        "availableLanguages": (["de", "en"],),
        "contributorNames": (["Grace Peer"],),
        "contributorUrns": (["urn:li:lyndaAuthor:88"],),
        "durationSeconds": (600,),
        "isRetired": (False,),
        "level": ("BEGINNER",),
        "primaryImageUrl": ("https://media.example.com/plain.png",),
        "shortDescription": ("In short: Plain",),
        "ssoLaunchUrl": NONE,
        "webLaunchUrl": ("https://www.linkedin.com/learning/plain",),
    },
    catalogue.BARE: {"name": ("Bare",), "titleLocale": NONE, **_NOTHING_KNOWN},
    catalogue.RETIRED: {
        "availability": ("RETIRED",),
        "isRetired": (True,),
        "retiredOn": NONE,
        "level": NONE,
        "webLaunchUrl": NONE,
        "primaryImageUrl": NONE,
    },
    catalogue.ODD_VALUES: {
        "level": ("EXPERT",),
        "availability": ("PREVIEW",),
        "isRetired": (False,),
        "durationSeconds": NONE,
        "contributorNames": NOTHING,
        "contributorUrns": (["urn:li:lyndaAuthor:89"],),
    },
    catalogue.SWEDISH: {"titleLocale": ("sv_SE",), "availableLanguages": (["sv"],)},
    catalogue.HOURS_PATH: {"durationSeconds": (7200,), "assetType": ("LEARNING_PATH",)},
    catalogue.MINUTES_VIDEO: {"durationSeconds": (420,), "assetType": ("VIDEO",)},
    catalogue.CURATED_VIDEO: {"isCuratedForLms": (True,)},
    catalogue.FETCHED: {"name": ("Fetched by its URN",), "durationSeconds": NONE, "level": ("BEGINNER",)},
    catalogue.CUSTOM_COURSE: {"name": ("Our own fire drill",), "titleLocale": NONE, "assetType": ("COURSE",)},
    catalogue.GONE_VIDEO: {"name": ("A video long gone",), "titleLocale": ("en_US",), **_NOTHING_KNOWN},
    catalogue.TWO_NAMES: {"name": ("Leadership", "Führung"), "classificationType": ("SUBJECT",)},
    catalogue.LANGUAGE_ONLY: {"locale": ("en",), "ownerName": ("LinkedIn",)},
    catalogue.OWNERLESS: {"ownerName": NONE, "ownerUrn": NONE, "classificationType": ("LIBRARY",)},
    catalogue.SKILL: {"classificationType": ("SKILL",), "name": ("Batch Processing",)},
    catalogue.PROGRAM: {"classificationType": ("CREDENTIALING_PROGRAM",)},
    catalogue.ODD_TAG: {
        "classificationType": ("FIELD_OF_STUDY",),
        "ownerUrn": ("urn:li:organization:7", "urn:li:organization:8"),
    },
    str(people.ROBIN.profile): {
        "name": ("Robin Peer",),
        "email": (["robin@peer.example"], ["ROBIN@PEER.EXAMPLE"], ["ROBIN@PEER.EXAMPLE", "robin@peer.example"]),
        "uniqueUserId": ("E1",),
        "profileUrn": (people.ROBIN.profile,),
        "enterpriseGroupNames": (["Peers"],),
    },
    str(people.KIM.profile): {"email": NONE, "uniqueUserId": (None, "")},
    "linkedin_learning_user:E3": {"profileUrn": NONE, "uniqueUserId": ("E3",), "email": (["lee@peer.example"],)},
    "linkedin_learning_user:SAM.ONLYMAIL@PEER.EXAMPLE": {
        "profileUrn": NONE,
        "uniqueUserId": NONE,
        "email": (["SAM.ONLYMAIL@PEER.EXAMPLE"], ["sam.onlymail@peer.example"]),
    },
    str(people.ALEX.profile): {
        "profileUrn": (people.ALEX.profile,),
        "uniqueUserId": ("E5",),
        "email": (["alex@peer.example"],),
    },
    str(people.BADMAIL.profile): {"email": NONE, "uniqueUserId": ("E6",)},
    str(people.ZOE.profile): {"email": NONE, "name": ("Zoë Ünïcode",)},
    str(people.NAMELESS.profile): {"email": (["nameless@peer.example"],), "enterpriseGroupNames": NOTHING},
    str(people.IDLE.profile): {"email": (["o'brien+idle@peer.example"],)},
}
