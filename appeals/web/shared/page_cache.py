"""An LRU cache of rendered pages, in the memory of each process."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


class PageCache(Generic[Entry]):
    """A thread-safe LRU cache: beyond its size the least recently used entry is evicted."""

    def __init__(self, most: int) -> None:
        """Hold at most `most` entries."""
        self.most, self._made, self._lock = most, OrderedDict[Hashable, Entry](), Lock()

    def get(self, key: Hashable, make: Callable[[], Entry]) -> Entry:
        """Return the entry of a key, made now where there is none; two threads may both make it."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        made = make()
        with self._lock:
            self._made[key] = made
            while len(self._made) > self.most:
                self._made.popitem(last=False)
        return made
