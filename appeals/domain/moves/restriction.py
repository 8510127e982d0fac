"""Restricted appeals are never sent to the department that they are about.

An appeal becomes restricted when its category is a restricted one, and stays so (Rules 3). Who may
see it is decided in `appeals/cases/access.py`.
"""

from appeals.domain.messages import message
from appeals.domain.moves.context import IMPORTED, MoveContext
from appeals.domain.refusals import not_now, not_valid

ABOVE = "above"
"""Set on a move that names a department for a restricted appeal: the codes of the units above
that department, so that a replay does not depend on today's tree."""


def refuse_complained_department(move: MoveContext) -> None:
    """Refuse to send a restricted appeal to the department complained about or one below it.

    As long as that department is not named, the appeal cannot be dispatched at all, except by an
    import whose source does not name it.
    """
    if not move.case.restricted:
        return
    complained = move.case.complained_department
    if complained is None:
        if IMPORTED in move.given:
            return
        raise not_now(
            message("First name the department complained about, under “Correct”. Then dispatch.")
        )
    if complained in {move.given["department"], *move.given.get(ABOVE, "").split()}:
        raise not_valid(
            "department",
            message(
                "The appeal is about this department or one above it, and cannot be sent there."
            ),
        )
