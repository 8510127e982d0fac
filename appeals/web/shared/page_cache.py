"""A cache of rendered pages, in the memory of each process."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import Cache, LRUCache, TTLCache

Entry = TypeVar("Entry")


class PageCache(Generic[Entry]):
    """A thread-safe LRU cache that makes what it does not hold."""

    def __init__(self, max_entries: int, seconds: float | None = None) -> None:
        """Hold at most `max_entries` entries, each for `seconds` at most where they are given."""
        self._entries: Cache[Hashable, Entry] = (
            LRUCache(max_entries) if seconds is None else TTLCache(max_entries, seconds)
        )
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Entry]) -> Entry:
        """Return the entry of a key, made now where there is none; two threads may both make it."""
        with self._lock:
            found = self._entries.get(key)  # it may expire between a check and a look-up
            if found is not None:
                return found
        entry = make()
        with self._lock:
            self._entries[key] = entry
        return entry
