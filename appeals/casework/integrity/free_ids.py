"""Unused ids recorded by a seal: an appeal found later under one of them was inserted by hand.

An id below the highest is unused if a filing was rolled back, or if its transaction had not ended
yet. Such a transaction ends within a day (`OVERLAP`), and the seals of that day name its appeal. An
appeal that appears under the id later than that was not filed.
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
    """Return the appeals under ids that one of these seals recorded as unused."""
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
    """Return the appeals under formerly unused ids, each with the newest seal that recorded it."""
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
    """Return the first seal to name each appeal, after the one that recorded its id as unused."""
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
    """Return whether a transaction open while seal `free` was made may have filed the appeal.

    If so, a seal of the day after names it, or none that could name it was made since.
    """
    before = max(sealed) if named is None else max(each for each in sealed if each < named)
    return before == free or sealed[free] >= sealed[before] - OVERLAP


def _list_seal_times(act: Act, headers: SealsByNumber) -> dict[int, datetime]:
    """Return when each seal was made, also of seals whose file is missing."""
    rows = {row.number: row.sealed_at for row in act.session.scalars(sa.select(Seal))}
    return rows | {number: header.sealed_at for number, (header, _) in headers.items()}
