"""What is remembered: typed mapped classes with their constraints, and no behaviour."""

from appeals.models import appeal, handling, notice, organisation, report, staff

__all__ = ["appeal", "handling", "notice", "organisation", "report", "staff"]
