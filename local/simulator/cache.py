"""Keeps the newest answers within a bound."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Cache(Generic[T]):
    """Least recently used goes first; ``weigh`` gives the weight of a value against ``limit`` (default 1 each)."""

    def __init__(self, limit: int, weigh: Callable[[T], int] = lambda _: 1) -> None:
        self._limit = limit
        self._weigh = weigh
        self._weight = 0
        self._values: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The kept value, or a newly made one (kept unless it alone is over the limit)."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = make()
        weight = self._weigh(value)
        if weight <= self._limit:
            self._values[key] = value
            self._weight += weight
            while self._weight > self._limit:
                _, dropped = self._values.popitem(last=False)
                self._weight -= self._weigh(dropped)
        return value
