"""The record of erasures, for administrators."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.domain.vocabulary import ErasedBy
from appeals.models.appeal import Appeal
from appeals.models.erasure import Erasure

PAGE_ROWS = 50


@dataclass(frozen=True)
class ListedErasure:
    """One erasure: the appeal, when, and by which decision."""

    number: str
    erased_at: datetime
    erased_by: ErasedBy
    request_id: int | None


def list_erasures(act: Act, page: int = 1) -> tuple[list[ListedErasure], bool]:
    """Return a page of erasures, the newest first, and whether there are older ones.

    Those of appeals that the actor may not see are left out.
    """
    rows = act.session.execute(
        sa.select(Appeal.number, Erasure.erased_at, Erasure.erased_by, Erasure.request_id)
        .join(Erasure, Erasure.appeal_id == Appeal.id)
        .where(visible_to(act.actor))
        .order_by(Erasure.erased_at.desc(), Erasure.appeal_id.desc())
        .offset((page - 1) * PAGE_ROWS)
        .limit(PAGE_ROWS + 1)
    )
    found = [ListedErasure(*row) for row in rows]
    return found[:PAGE_ROWS], len(found) > PAGE_ROWS
