"""Ids that a seal says were free: an appeal that stands under one of them was put in since.

An id below the highest is free where a filing was given up, or where its transaction was not over
yet. That one is over within a day (`OVERLAP`), and the seals of that day name its appeal. Whatever
stands under the id later than that was not filed.
"""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.integrity.seal_contents import SealProblem, select_ids_within
from appeals.casework.integrity.seal_file import OVERLAP, SealedAppeal, read_items
from appeals.casework.integrity.seal_totals import SealsByNumber
from appeals.models.appeal import Appeal
from appeals.models.integrity import Seal


def find_inserted_appeals(act: Act, headers: SealsByNumber) -> list[SealProblem]:
    """Name the appeals that stand under an id that one of these seals says was free."""
    suspects = _find_suspects(act, headers)
    if not suspects:
        return []
    named, sealed = _find_first_naming_seals(headers, suspects), _list_seal_times(act, headers)
    return [
        SealProblem(number, f"it was inserted since: seal {free} says that its id was free", "move")
        for id_, (number, free) in suspects.items()
        if not _is_in_time(sealed, free, named.get(id_))
    ]


def _find_suspects(act: Act, headers: SealsByNumber) -> dict[int, tuple[str, int]]:
    """Return the appeals under ids that were free, each with the newest seal that says so."""
    suspects = dict[int, tuple[str, int]]()
    for number in sorted(headers):
        absent = headers[number][0].absent
        query = sa.select(Appeal.id, Appeal.number).where(Appeal.id.in_(select_ids_within(absent)))
        for id_, appeal in act.session.execute(query.order_by(Appeal.id)) if absent else ():
            suspects[id_] = (appeal, number)
    return suspects


def _find_first_naming_seals(
    headers: SealsByNumber, suspects: dict[int, tuple[str, int]]
) -> dict[int, int]:
    """Return which seal after the one that says an id was free is the first to name its appeal."""
    named = dict[int, int]()
    earliest = min(free for _, free in suspects.values())
    for number in sorted(headers):
        if number <= earliest or len(named) == len(suspects):
            continue
        for item in read_items(headers[number][1]):
            if not isinstance(item, SealedAppeal):
                break  # appeals come first
            if item.id in suspects and number > suspects[item.id][1]:
                named.setdefault(item.id, number)
    return named


def _is_in_time(sealed: Mapping[int, datetime], free: int, named: int | None) -> bool:
    """Tell whether a transaction that ran while seal `free` was made may have filed the appeal.

    Then one of the seals of a day after names it, or none was made since that could.
    """
    before = max(sealed) if named is None else max(each for each in sealed if each < named)
    return before == free or sealed[free] >= sealed[before] - OVERLAP


def _list_seal_times(act: Act, headers: SealsByNumber) -> dict[int, datetime]:
    """Return when each seal was made, also those whose file is not at hand."""
    rows = {row.number: row.sealed_at for row in act.session.scalars(sa.select(Seal))}
    return rows | {number: header.sealed_at for number, (header, _) in headers.items()}
