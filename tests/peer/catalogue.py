"""The peer's catalogue: classifications and assets as they go over the wire, with every habit the API reference allows.

Times are milliseconds before or at `base`, the instant the server calls now when it starts.
"""

from typing import Any, Final

Json = dict[str, Any]

DAY: Final = 86_400_000
LINKEDIN: Final = {"urn": "urn:li:organization:7", "name": {"value": "LinkedIn", "locale": {"language": "en"}}}

TECHNOLOGY: Final = "urn:li:lyndaCategory:7001"
DATA: Final = "urn:li:lyndaCategory:7010"
TOPICS: Final = tuple(f"urn:li:lyndaCategory:{7100 + number}" for number in range(120))
TWO_NAMES: Final = "urn:li:lyndaCategory:7900"
LANGUAGE_ONLY: Final = "urn:li:lyndaCategory:7901"
OWNERLESS: Final = "urn:li:lyndaCategory:7902"
SKILL: Final = "urn:li:skill:501"
PROGRAM: Final = "urn:li:lyndaCredentialingProgram:(urn:li:lyndaCredentialingAgency:3,3)"
ODD_TAG: Final = "urn:li:somethingNew:77"

ENGLISH: Final = {"language": "en", "country": "US"}
GERMAN: Final = {"language": "de", "country": "DE"}


def text(value: str, locale: Json | None = None) -> Json:
    """A LocaleString; this maker leaves the country out now and then, and the locale too."""
    return {"value": value, "locale": locale or ENGLISH, "rawLocale": "ignored"}


def classification(urn: str, kind: str, name: str, locale: Json = ENGLISH, owner: Json | None = LINKEDIN) -> Json:
    found: Json = {"type": kind, "urn": urn, "name": text(name, locale), "trackingId": "x9"}
    return found | ({"owner": owner} if owner else {})


def listed_classifications() -> list[Json]:
    """What `localeAndType` lists, in no useful order."""
    topics = [classification(urn, "TOPIC", f"Peer Topic {number}") for number, urn in enumerate(TOPICS)]
    return [
        *reversed(topics),
        classification(TWO_NAMES, "SUBJECT", "Leadership"),
        classification(TWO_NAMES, "SUBJECT", "Führung", GERMAN),
        classification(DATA, "SUBJECT", "Data Practice"),
        classification(LANGUAGE_ONLY, "SUBJECT", "Only a Language", {"language": "en"}),
        classification(OWNERLESS, "LIBRARY", "Nobody's Library", ENGLISH, None),
        classification(TECHNOLOGY, "LIBRARY", "Technology"),
        {"type": "LIBRARY", "name": text("A library without its URN")},
    ]


def tag(urn: str, kind: str, name: str, *path: Json) -> Json:
    """A classification as it stands on an asset; the assigner may be missing."""
    return {"associatedClassification": classification(urn, kind, name), "path": list(path), "since": 3}


def tags(topic: int) -> list[Json]:
    library = classification(TECHNOLOGY, "LIBRARY", "Technology")
    subject = classification(DATA, "SUBJECT", "Data Practice")
    return [
        tag(TOPICS[topic], "TOPIC", f"Peer Topic {topic}", subject, library),
        tag(DATA, "SUBJECT", "Data Practice", library),
        tag(TECHNOLOGY, "LIBRARY", "Technology"),
    ]


def asset(kind: str, urn: str, title: str, base: int, **details: Any) -> Json:
    """A full asset; `details` replace members, and a member set to None is left out."""
    slug = title.lower().replace(" ", "-")
    told: Json = {
        "availability": "AVAILABLE",
        "availableLocales": [GERMAN, ENGLISH, {"language": "en", "country": "GB"}],
        "classifications": [],
        "contributors": [{"urn": "urn:li:lyndaAuthor:88", "contributionType": "AUTHOR", "name": text("Grace Peer")}],
        "description": text(f"About {title}"),
        "images": {"primary": f"https://media.example.com/{slug}.png", "secondary": None},
        "lastUpdatedAt": base - 40 * DAY,
        "publishedAt": base - 400 * DAY,
        "level": "BEGINNER",
        "relationships": [{"unknown": True}],
        "shortDescription": text(f"In short: {title}"),
        "timeToComplete": {"unit": "SECOND", "duration": 600},
        "urls": {"webLaunch": f"https://www.linkedin.com/learning/{slug}"},
        "newMember": {"of": ["another", "maker"]},
    } | details
    told = {name: value for name, value in told.items() if value is not None}
    return {"contents": [], "details": told, "title": text(title), "type": kind, "urn": urn, "version": "2"}


# The assets with a story; the tests know them by these names.
PLAIN: Final = "urn:li:lyndaCourse:9001"
BARE: Final = "urn:li:lyndaCourse:9002"
RETIRED: Final = "urn:li:lyndaCourse:9003"
ODD_VALUES: Final = "urn:li:lyndaCourse:9004"
UNLICENSED: Final = "urn:li:lyndaCourse:9005"
SWEDISH: Final = "urn:li:lyndaCourse:9006"
NON_ASCII: Final = "urn:li:lyndaCourse:9007"
WRONG_TYPE: Final = "urn:li:lyndaCourse:9666"
HOURS_PATH: Final = "urn:li:lyndaLearningPath:5f00000000000000000000aa"
MINUTES_VIDEO: Final = "urn:li:lyndaVideo:(urn:li:lyndaCourse:9001,11)"
CURATED_VIDEO: Final = "urn:li:lyndaVideo:(urn:li:lyndaCourse:9001,12)"
# Only activity names these: the first can be fetched by URN, the others cannot.
FETCHED: Final = "urn:li:lyndaCourse:9500"
CUSTOM_COURSE: Final = "urn:li:lmsContent:(peer,41)"
GONE_VIDEO: Final = "urn:li:lyndaVideo:(urn:li:lyndaCourse:9999,1)"
COURSES: Final = tuple(f"urn:li:lyndaCourse:{10_000 + number}" for number in range(130))
VIDEOS: Final = tuple(f"urn:li:lyndaVideo:(urn:li:lyndaCourse:10000,{number})" for number in range(160))
PATHS: Final = tuple(f"urn:li:lyndaLearningPath:5f00000000000000000{number:05x}" for number in range(8))


def special_assets(base: int) -> list[Json]:
    bare = {"urn": BARE, "type": "COURSE", "title": {"value": "Bare"}, "details": {}}
    swedish = asset("COURSE", SWEDISH, "Svensk kurs", base, availableLocales=[{"language": "sv", "country": "SE"}])
    swedish["title"]["locale"] = {"language": "sv", "country": "SE"}
    plain_tags = [*tags(1), tag(SKILL, "SKILL", "Batch Processing"), tag(PROGRAM, "CREDENTIALING_PROGRAM", "NASBA")]
    # An owner without a name, a tag twice, a kind nobody has heard of.
    odd_tags = [tag(ODD_TAG, "FIELD_OF_STUDY", "Accounting"), tag(ODD_TAG, "FIELD_OF_STUDY", "Accounting")]
    odd_tags[0]["associatedClassification"]["owner"] = {"urn": "urn:li:organization:8"}
    return [
        asset("COURSE", PLAIN, "Plain", base, classifications=plain_tags),
        bare,
        asset("COURSE", RETIRED, "Retired", base, availability="RETIRED", urls={}, images={}, level=None),
        asset(
            "COURSE",
            ODD_VALUES,
            "Odd Values",
            base,
            level="EXPERT",
            availability="PREVIEW",
            classifications=odd_tags,
            contributors=[{"contributionType": "TRANSLATOR"}, {"urn": "urn:li:lyndaAuthor:89"}],
            timeToComplete={"duration": 3, "unit": "FORTNIGHT"},
            shortDescription={"value": "x" * 5000},
            isCuratedForLms=True,
        ),
        swedish,
        asset("COURSE", NON_ASCII, "Größe", base, urls={"webLaunch": "https://www.linkedin.com/learning/größe und"}),
        asset("LEARNING_PATH", HOURS_PATH, "Hours", base, timeToComplete={"duration": 2, "unit": "HOUR"}),
        asset("VIDEO", MINUTES_VIDEO, "Minutes", base, timeToComplete={"unit": "MINUTE", "duration": 7}),
        asset("VIDEO", CURATED_VIDEO, "Curated", base),
        {"type": "COURSE", "title": text("A course without its URN"), "details": {}, "contents": []},
        {"urn": 9667, "type": "COURSE", "title": text("A URN of a wrong type"), "details": {}},
        {"urn": WRONG_TYPE, "type": "COURSE", "title": 5, "details": "none"},
    ]


def filler_assets(base: int) -> list[Json]:
    courses = [
        asset("COURSE", urn, f"Filler course {number}", base, classifications=tags(number % len(TOPICS)))
        for number, urn in enumerate(COURSES)
    ]
    videos = [asset("VIDEO", urn, f"Filler video {number}", base) for number, urn in enumerate(VIDEOS)]
    paths = [asset("LEARNING_PATH", urn, f"Filler path {number}", base) for number, urn in enumerate(PATHS)]
    return [*videos, *courses, *paths]


def unlisted_assets(base: int) -> list[Json]:
    """What a GET by URN finds although no listing shows it."""
    return [asset("COURSE", FETCHED, "Fetched by its URN", base, timeToComplete=None)]


def unlicensed_assets(base: int) -> list[Json]:
    return [asset("COURSE", UNLICENSED, "Not ours", base)]
