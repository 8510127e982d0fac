"""What is remembered: typed mapped classes with their constraints, and no behaviour."""

from appeals.models import (
    appeal,
    attachment,
    configuration,
    desk,
    handling,
    integrity,
    notice,
    organisation,
    report,
    staff,
    tasks,
)

__all__ = [
    "appeal",
    "attachment",
    "configuration",
    "desk",
    "handling",
    "integrity",
    "notice",
    "organisation",
    "report",
    "staff",
    "tasks",
]
