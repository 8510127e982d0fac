"""An LRU cache of rendered pages, in the memory of each process."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


class PageCache(Generic[Entry]):
    """A thread-safe LRU cache: beyond its size the least recently used entry is evicted."""

    def __init__(self, max_entries: int) -> None:
        """Hold at most `max_entries` entries."""
        self.max_entries, self._entries, self._lock = (
            max_entries,
            OrderedDict[Hashable, Entry](),
            Lock(),
        )

    def get(self, key: Hashable, make: Callable[[], Entry]) -> Entry:
        """Return the entry of a key, made now where there is none; two threads may both make it."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key]
        entry = make()
        with self._lock:
            self._entries[key] = entry
            while len(self._entries) > self.max_entries:
                self._entries.popitem(last=False)
        return entry
