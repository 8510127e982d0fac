"""The database tables as typed mapped classes with their constraints; no behaviour."""

from appeals.models import (
    access_log,
    appeal,
    append_only,
    attachment,
    citizen,
    configuration,
    desk,
    erasure,
    handling,
    integrity,
    notice,
    organisation,
    report,
    search,
    staff,
    tasks,
)

__all__ = [
    "access_log",
    "appeal",
    "append_only",
    "attachment",
    "citizen",
    "configuration",
    "desk",
    "erasure",
    "handling",
    "integrity",
    "notice",
    "organisation",
    "report",
    "search",
    "staff",
    "tasks",
]
