"""An LRU cache of rendered pages, in the memory of each process."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache

Entry = TypeVar("Entry")


class PageCache(Generic[Entry]):
    """A thread-safe LRU cache that makes what it does not hold."""

    def __init__(self, max_entries: int) -> None:
        """Hold at most `max_entries` entries."""
        self._entries = LRUCache[Hashable, Entry](maxsize=max_entries)
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Entry]) -> Entry:
        """Return the entry of a key, made now where there is none; two threads may both make it."""
        with self._lock:
            if key in self._entries:
                return self._entries[key]
        entry = make()
        with self._lock:
            self._entries[key] = entry
        return entry
