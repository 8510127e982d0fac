"""What people keep on their desk: a filter of the list under a name of one's own."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.domain.refusals import not_now, not_valid
from appeals.models.desk import SavedFilter

NAME_MOST = 30
FILTERS_MOST = 12


def keep_filter(act: Act, name: str, query: str) -> None:
    """Keep the list's address under the name; one of the same name is replaced.

    Raises Refused: not valid, for no name or a long one; not now, for one filter too many.
    """
    name = name.strip()
    if not 1 <= len(name) <= NAME_MOST:
        raise not_valid(
            "name",
            f"请给这个筛选起个名字，最多{NAME_MOST}个字符。",
            f"Give the filter a name of at most {NAME_MOST} characters.",
        )
    mine = sa.select(SavedFilter.name).where(SavedFilter.staff_id == act.actor.staff_id)
    names = set(act.session.scalars(mine))
    if name not in names and len(names) >= FILTERS_MOST:
        raise not_now(
            f"最多保存{FILTERS_MOST}个筛选，请先删除一个。",
            f"At most {FILTERS_MOST} filters are kept. Remove one first.",
        )
    new = insert(SavedFilter).values(staff_id=act.actor.staff_id, name=name, query=query)
    act.session.execute(
        new.on_conflict_do_update(constraint="one_filter_per_name", set_={"query": query})
    )


def drop_filter(act: Act, filter_id: int) -> None:
    """Forget one of the actor's own filters."""
    act.session.execute(
        sa.delete(SavedFilter).where(
            SavedFilter.staff_id == act.actor.staff_id,
            sa.cast(SavedFilter.id, sa.Text) == str(filter_id),  # any number can be asked
        )
    )
