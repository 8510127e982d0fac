"""Saved filters of the case list, saved searches, and a department's reply templates."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.domain.messages import message
from appeals.domain.people import Role
from appeals.domain.refusals import not_allowed, not_now, not_valid
from appeals.domain.text.cleaning import clean_line, clean_text, count_characters
from appeals.models.desk import ReplyTemplate, SavedFilter
from appeals.models.search import SavedSearch

MAX_NAME_CHARACTERS = 30
MAX_TEMPLATE_CHARACTERS = 2000
MAX_FILTERS = 12
"""How many filters, and how many searches, one person saves."""


def save_filter(act: Act, name: str, query: str) -> None:
    """Save the list's query string under a name, replacing an earlier filter of that name.

    Raises Refused: not valid, for an empty or too long name; not now, if there are too many
    filters.
    """
    name = _check_name(name)
    mine = sa.select(SavedFilter.name).where(SavedFilter.staff_id == act.actor.staff_id)
    if _is_one_too_many(name, act.session.scalars(mine).all()):
        raise not_now(
            message("At most %(most)s filters are kept. Remove one first.", most=MAX_FILTERS)
        )
    new = insert(SavedFilter).values(staff_id=act.actor.staff_id, name=name, query=query)
    act.session.execute(
        new.on_conflict_do_update(constraint="one_filter_per_name", set_={"query": query})
    )


def delete_filter(act: Act, filter_id: int) -> None:
    """Delete one of the actor's own filters."""
    act.session.execute(
        sa.delete(SavedFilter).where(
            SavedFilter.staff_id == act.actor.staff_id,
            sa.cast(SavedFilter.id, sa.Text) == str(filter_id),  # a URL may exceed bigint
        )
    )


def save_search(act: Act, name: str, query: str) -> None:
    """Save a search's query string under a name. Raises Refused as `save_filter` does."""
    name = _check_name(name)
    mine = sa.select(SavedSearch.name).where(SavedSearch.staff_id == act.actor.staff_id)
    if _is_one_too_many(name, act.session.scalars(mine).all()):
        raise not_now(
            message("At most %(most)s searches are saved. Delete one first.", most=MAX_FILTERS)
        )
    new = insert(SavedSearch).values(staff_id=act.actor.staff_id, name=name, query=query)
    act.session.execute(
        new.on_conflict_do_update(constraint="one_search_per_name", set_={"query": query})
    )


def delete_search(act: Act, search_id: int) -> None:
    """Delete one of the actor's own saved searches."""
    act.session.execute(
        sa.delete(SavedSearch).where(
            SavedSearch.staff_id == act.actor.staff_id,
            sa.cast(SavedSearch.id, sa.Text) == str(search_id),
        )
    )


def _is_one_too_many(name: str, names: Collection[str]) -> bool:
    """Return whether there are as many as may be, none of them of this name."""
    return name not in names and len(names) >= MAX_FILTERS


def save_template(act: Act, name: str, words: str) -> None:
    """Save a reply template of the department, replacing an earlier one of that name.

    Raises Refused: not allowed, for anybody but a leader; not valid, for an empty or too long name
    or text.
    """
    department = _led_department(act)
    name, words = _check_name(name), clean_text(words)
    if not 1 <= count_characters(words) <= MAX_TEMPLATE_CHARACTERS:
        raise not_valid(
            "words",
            message(
                "Enter the wording, at most %(most)s characters.", most=MAX_TEMPLATE_CHARACTERS
            ),
        )
    new = {"words": words, "changed_by": act.actor.staff_id, "changed_at": act.now}
    act.session.execute(
        insert(ReplyTemplate)
        .values(department_code=department, name=name, **new)
        .on_conflict_do_update(constraint="one_template_per_name", set_=new)
    )


def delete_template(act: Act, name: str) -> None:
    """Delete a template of the leader's department. Raises Refused as `save_template` does."""
    act.session.execute(
        sa.delete(ReplyTemplate).where(
            ReplyTemplate.department_code == _led_department(act), ReplyTemplate.name == name
        )
    )


def _led_department(act: Act) -> str:
    """Return the department that the actor leads. Raises Refused (not allowed)."""
    if act.actor.role is not Role.LEADER or act.actor.department is None:
        raise not_allowed()
    return act.actor.department


def _check_name(name: str) -> str:
    name = clean_line(name)
    if not 1 <= count_characters(name) <= MAX_NAME_CHARACTERS:
        raise not_valid(
            "name",
            message("Enter a name of at most %(most)s characters.", most=MAX_NAME_CHARACTERS),
        )
    return name
