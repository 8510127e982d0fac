"""The place in a queue of the centre from which a move is made: the way back after it."""

from dataclasses import dataclass

from flask import request, url_for

from appeals.queries.queues import Queue, find_queue
from appeals.web.shared.return_page import PAGE_FIELD, QUEUE_FIELD


@dataclass(frozen=True)
class QueuePlace:
    """A page of a queue; `after` is its key, empty for the first page."""

    queue: Queue
    after: str = ""

    @property
    def address(self) -> str:
        """The address of the page."""
        page = self.after or None
        return url_for("centre.index", queue=self.queue.name, after=page, _anchor=QUEUE_FIELD)


def read_queue_place() -> QueuePlace | None:
    """Return the place that the request names; None outside the centre, or if it names none."""
    queue = find_queue(request.values.get(QUEUE_FIELD, ""))
    if queue is None or request.blueprint != "centre":
        return None
    return QueuePlace(queue, request.values.get(PAGE_FIELD, ""))
