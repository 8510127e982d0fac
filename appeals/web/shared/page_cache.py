"""Pages that cannot change, kept as they were made: so many per process, in memory."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


class PageCache(Generic[Entry]):
    """What was made for a key; where there are too many, the one not asked for longest goes."""

    def __init__(self, most: int) -> None:
        """Keep at most so many."""
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
