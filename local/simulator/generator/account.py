"""Puts a generated account together."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from random import Random

from local.simulator.account import Account
from local.simulator.clock import DAY
from local.simulator.event_log import EventLog
from local.simulator.generator import vocabulary
from local.simulator.generator.activity import ActivityMaker, PacificDays, Shelf
from local.simulator.generator.catalogue import CatalogueMaker, CatalogueSizes
from local.simulator.generator.people import make_groups, make_learners
from local.simulator.generator.taxonomy import make_taxonomy
from local.simulator.model import EN_US, LOCALES, Locale, locale

DEFAULT_LOCALES = "en_US,de_DE,fr_FR,es_ES,ja_JP,pt_BR,zh_CN,in_ID"


@dataclass(frozen=True, slots=True)
class AccountSizes:
    """Sizes of a generated account.

    ``others`` is the number of content items outside the catalogue, ``sessions_per_week`` the mean of an
    ordinary learner, ``shared_emails`` the number of pairs of profiles with one e-mail; events go on for
    ``future_days`` past the begin, to be seen when the clock gets there.
    """

    seed: int = 1
    learners: int = 200
    groups: int = 12
    courses: int = 120
    paths: int = 12
    videos: int = 600
    others: int = 30
    history_days: int = 400
    future_days: int = 30
    sessions_per_week: float = 1.0
    shared_emails: int = 0
    locales: str = DEFAULT_LOCALES


def generate(sizes: AccountSizes, now: int) -> Account:
    """An account as of ``now`` (epoch milliseconds).

    Raises:
        ValueError: a size makes no sense, or a locale is unknown.
    """
    for name, value in asdict(sizes).items():
        if not isinstance(value, str) and value < (1 if name == "history_days" else 0):
            raise ValueError(f"--{name.replace('_', '-')} cannot be {value}")
    locales: tuple[Locale, ...] = tuple(map(locale, sizes.locales.split(",")))
    if unknown := [str(one) for one in locales if one not in LOCALES]:
        raise ValueError(f"--locales: {', '.join(unknown)} is not a locale of the service")
    random = Random(f"{sizes.seed}/catalogue")
    taxonomy = make_taxonomy(random, locales)
    maker = CatalogueMaker(random, taxonomy, locales, now)
    assets = maker.make(CatalogueSizes(sizes.courses, sizes.paths, sizes.videos))
    start = now - sizes.history_days * DAY
    end = now + sizes.future_days * DAY
    groups = make_groups(sizes.groups)
    learners = make_learners(sizes.seed, sizes.learners, groups, start, now, shared_emails=sizes.shared_emails)
    account = Account(taxonomy.everything, assets, learners, EventLog())
    _add_other_content(account, sizes)
    shelf = _shelf(account)
    activity = ActivityMaker(account.log, shelf, PacificDays(start, end), sizes.seed, sizes.sessions_per_week)
    for learner in learners:
        activity.live(learner, end)
    account.log.settle()
    return account


def _add_other_content(account: Account, sizes: AccountSizes) -> None:
    patterns = vocabulary.OTHER_CONTENT
    for place in range(sizes.others):
        kind, source, urn, title, provider = patterns[place % len(patterns)]
        number = 501 + place
        website = f"https://intranet.example.com/learn/{number}" if source == "ORGANIZATION" else None
        content = account.add_content(urn.format(number), kind, source, title.format(number), EN_US)
        content.provider, content.website = provider, website


def _shelf(account: Account) -> Shelf:
    by_urn = account.content_by_urn
    catalogue = [content for content in account.contents if content.asset is not None]
    chapter_videos: set[str] = set()
    shelf = Shelf([], [], [], [content for content in account.contents if content.asset is None])
    for content in catalogue:
        if content.type == "COURSE" and content.asset is not None:
            shelf.courses.append(content)
            videos = [by_urn[video.urn] for chapter in content.asset.children for video in chapter.children]
            chapter_videos.update(video.urn for video in videos)
            shelf.videos_of[content.index] = videos
    for content in catalogue:
        if content.type == "LEARNING_PATH" and content.asset is not None:
            courses = [by_urn[child.urn] for child in content.asset.children if child.type == "COURSE"]
            if courses:
                shelf.paths.append(content)
                shelf.courses_of[content.index] = courses
        elif content.type == "VIDEO" and content.urn not in chapter_videos:
            shelf.lone_videos.append(content)
    shelf.finish()
    return shelf
