"""What the learners of a generated account did: sessions in which courses, videos and paths move on."""

# ruff: noqa: PLR2004 - chances and places are what this file is made of

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import accumulate
from random import Random

from local.simulator.clock import DAY, MINUTE, WEEK, pacific_day, pacific_midnight
from local.simulator.event_log import Event, EventLog
from local.simulator.generator.catalogue import seconds_of
from local.simulator.model import Content, Learner

# Share of learners and their sessions a week, as multiples of the account's mean.
_HABITS = ((0.12, 0.0), (0.28, 0.15), (0.45, 1.0), (0.15, 3.0))


class PacificDays:
    """Finds the Pacific day of an instant fast: midnights of all days of a span."""

    def __init__(self, start: int, end: int) -> None:
        day = pacific_day(start)
        self._first = day.toordinal()
        self._midnights: list[int] = []
        while not self._midnights or self._midnights[-1] <= end:
            self._midnights.append(pacific_midnight(day))
            day += timedelta(days=1)

    def ordinal(self, instant: int) -> int:
        return self._first + bisect_right(self._midnights, instant) - 1

    def clear_of_midnight(self, instant: int) -> int:
        """The instant, moved out of a day's last minute: latestDataAt is 23:59:00, and nothing lies behind it."""
        place = bisect_right(self._midnights, instant)
        if place < len(self._midnights) and self._midnights[place] - instant <= MINUTE:
            return instant - 2 * MINUTE
        return instant


@dataclass(slots=True)
class Shelf:
    """The content learners choose from. ``videos_of`` and ``courses_of`` give the parts by content index."""

    courses: list[Content]
    lone_videos: list[Content]
    paths: list[Content]
    others: list[Content]
    videos_of: dict[int, list[Content]] = field(default_factory=dict)
    courses_of: dict[int, list[Content]] = field(default_factory=dict)
    paths_with: dict[int, list[Content]] = field(default_factory=dict)
    seconds: dict[int, int] = field(default_factory=dict)
    course_weights: list[float] = field(default_factory=list)

    def finish(self) -> None:
        """Popularity falls with the place on the shelf, as it does everywhere."""
        self.course_weights = list(accumulate(1 / (place + 8) for place in range(len(self.courses))))
        for path, courses in self.courses_of.items():
            owner = next(content for content in self.paths if content.index == path)
            for course in courses:
                self.paths_with.setdefault(course.index, []).append(owner)
        for content in [*self.courses, *self.lone_videos, *self.paths]:
            if content.asset is not None:
                self.seconds[content.index] = seconds_of(content.asset)


@dataclass(slots=True)
class _Life:
    """A learner's chance, and what the learner has done so far."""

    learner: int
    random: Random
    progress: dict[int, int] = field(default_factory=dict)
    last_view: dict[int, int] = field(default_factory=dict)
    watched: dict[int, int] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    current: Content | None = None
    path: Content | None = None


class ActivityMaker:
    """Writes the sessions of one learner after the other into the log."""

    def __init__(self, log: EventLog, shelf: Shelf, days: PacificDays, seed: int, rate: float) -> None:
        self._log = log
        self._shelf = shelf
        self._days = days
        self._seed = seed
        self._rate = rate

    def live(self, learner: Learner, end: int) -> None:
        """Everything a learner does from joining until an instant."""
        random = Random(f"{self._seed}/activity/{learner.index}")
        shares, habits = zip(*_HABITS, strict=True)
        habit = random.choices(habits, shares)[0]
        if not habit or not self._rate or not (self._shelf.courses or self._shelf.lone_videos):
            return
        life = _Life(learner.index, random)
        for instant in self._sessions(random, learner.joined_at, end, habit * self._rate):
            self._session(life, instant)

    def _sessions(self, random: Random, start: int, end: int, per_week: float) -> Iterator[int]:
        instant = float(start)
        while True:
            instant += random.expovariate(per_week / WEEK)
            # Now and then somebody takes weeks off, so that windows without activity occur.
            if random.random() < 0.03:
                instant += random.randint(10, 60) * DAY
            if instant >= end:
                return
            yield int(instant)

    def _session(self, life: _Life, instant: int) -> None:
        random = life.random
        draw = random.random()
        shelf = self._shelf
        if draw < 0.12 and shelf.others:
            self._other(life, instant, random.choice(shelf.others))
        elif (draw < 0.26 and shelf.lone_videos) or not shelf.courses:
            video = random.choice(shelf.lone_videos)
            self._video(life, instant, video, shelf.seconds[video.index])
        else:
            self._course(life, instant)

    def _course(self, life: _Life, instant: int) -> None:
        random = life.random
        course = self._choose(life)
        videos = self._shelf.videos_of.get(course.index, [])
        whole = max(60, self._shelf.seconds[course.index])
        seen = life.watched.get(course.index, 0)
        if course.index in life.finished:
            seen = 0 if random.random() < 0.5 else max(0, len(videos) - 1)
        if not videos:
            seconds = max(20, int(whole * random.uniform(0.1, 0.7)))
            progress = min(100, life.progress.get(course.index, 0) + max(1, 100 * seconds // whole))
            self._record(life, course, instant, seconds, progress)
            return
        seconds = 0
        for video in videos[seen : seen + random.randint(1, 6)]:
            length = seconds_of(video.asset) if video.asset is not None else 60
            watched = self._video(life, instant, video, length)
            instant = self._days.clear_of_midnight(instant + watched * 1000 + random.randint(1, 90_000))
            seconds += watched
            seen += 1
        if seen > life.watched.get(course.index, 0):
            life.watched[course.index] = seen
        progress = max(life.progress.get(course.index, 0), 100 * life.watched.get(course.index, 0) // len(videos))
        self._record(life, course, instant, seconds, progress)
        self._follow_path(life, course, instant, seconds)

    def _follow_path(self, life: _Life, course: Content, instant: int, seconds: int) -> None:
        path = life.path
        if path is None or course not in self._shelf.courses_of[path.index]:
            return
        parts = self._shelf.courses_of[path.index]
        progress = sum(life.progress.get(part.index, 0) for part in parts) // len(parts)
        self._record(life, path, instant, seconds, progress)
        if progress == 100:
            life.path = None

    def _choose(self, life: _Life) -> Content:
        random = life.random
        current = life.current
        if current is not None and current.index not in life.finished and random.random() < 0.75:
            return current
        if life.path is not None:
            left = [c for c in self._shelf.courses_of[life.path.index] if c.index not in life.finished]
            if left and random.random() < 0.8:
                life.current = left[0]
                return left[0]
        chosen = random.choices(self._shelf.courses, cum_weights=self._shelf.course_weights)[0]
        paths = self._shelf.paths_with.get(chosen.index)
        if paths and life.path is None and random.random() < 0.5:
            life.path = random.choice(paths)
        life.current = chosen
        return chosen

    def _video(self, life: _Life, instant: int, video: Content, length: int) -> int:
        """Returns the seconds watched."""
        random = life.random
        share = 1.0 if random.random() < 0.85 else random.uniform(0.1, 0.95)
        seconds = max(1, int(length * share))
        progress = max(life.progress.get(video.index, 0), 100 if share == 1 else int(100 * share))
        self._record(life, video, instant, seconds, progress)
        return seconds

    def _other(self, life: _Life, instant: int, content: Content) -> None:
        random = life.random
        done = random.random() < 0.4
        progress = 100 if done else life.progress.get(content.index, random.randint(1, 60))
        seconds = 0 if content.type in {"ARTICLE", "BOOK", "DOCUMENT"} else random.randint(30, 1800)
        marked = int(done and content.source != "LINKEDIN_LEARNING" and random.random() < 0.6)
        self._record(life, content, instant, seconds, progress, marked=marked)

    def _record(
        self, life: _Life, content: Content, instant: int, seconds: int, progress: int, *, marked: int = 0
    ) -> None:
        random = life.random
        instant = self._days.clear_of_midnight(instant)
        key = content.index
        day = self._days.ordinal(instant)
        view = int(life.last_view.get(key) != day)
        life.last_view[key] = day
        before = life.progress.get(key, 0)
        life.progress[key] = progress
        completed = 0
        if progress == 100:
            # A few reach the end without a completion being counted; a few complete a second time.
            if key not in life.finished:
                completed = int(random.random() >= 0.03)
            elif seconds and random.random() < 0.05:
                completed = 1
            life.finished.add(key)
        event = Event(instant, life.learner, key, view, seconds, progress, progress - before, completed, marked)
        self._log.append(content.type, content.source, event)
