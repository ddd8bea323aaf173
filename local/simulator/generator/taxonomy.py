"""The classifications of a generated account: a tree per locale, skills, credentialing programmes."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from local.simulator.generator import vocabulary
from local.simulator.model import EN_US, Classification, Locale

_TOPICS = ("Basics", "Tools", "Methods", "Careers", "Analysis")


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """``topics`` per locale lead to their subjects and libraries through ``parent``."""

    everything: list[Classification]
    topics: dict[Locale, list[Classification]]
    skills: list[Classification]
    credentials: list[Classification]


def make_taxonomy(random: Random, locales: tuple[Locale, ...]) -> Taxonomy:
    everything: list[Classification] = []
    topics: dict[Locale, list[Classification]] = {}
    number = 7100
    for locale in locales:
        libraries = vocabulary.LIBRARIES.get(locale.language, vocabulary.LIBRARIES["en"])
        subjects = vocabulary.SUBJECTS.get(locale.language, vocabulary.SUBJECTS["en"])
        topics[locale] = []
        for library_name in libraries:
            number += random.randint(1, 9)
            library = _category(number, "LIBRARY", library_name, locale, None)
            everything.append(library)
            for subject_name in random.sample(subjects, min(3 if locale != EN_US else 5, len(subjects))):
                number += random.randint(1, 9)
                subject = _category(number, "SUBJECT", f"{subject_name} · {library_name}", locale, library)
                everything.append(subject)
                for topic_name in random.sample(_TOPICS, 2 if locale != EN_US else 4):
                    number += random.randint(1, 9)
                    topic = _category(number, "TOPIC", f"{subject_name} {topic_name}", locale, subject)
                    everything.append(topic)
                    topics[locale].append(topic)
    skills = [
        Classification(f"urn:li:skill:{160 + 7 * place}", "SKILL", name, EN_US)
        for place, name in enumerate(vocabulary.SKILLS)
    ]
    credentials = [
        Classification(
            f"urn:li:lyndaCredentialingProgram:(urn:li:lyndaCredentialingAgency:{10 + place},{10 + place})",
            "CREDENTIALING_PROGRAM",
            name,
            EN_US,
        )
        for place, name in enumerate(vocabulary.CREDENTIALS)
    ]
    return Taxonomy([*everything, *skills, *credentials], topics, skills, credentials)


def _category(number: int, kind: str, name: str, locale: Locale, parent: Classification | None) -> Classification:
    return Classification(f"urn:li:lyndaCategory:{number}", kind, name, locale, parent)
