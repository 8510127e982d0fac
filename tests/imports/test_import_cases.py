"""Every case of the table goes through a file and the import, and comes to what it says."""

from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.domain.calendar import SHANGHAI
from appeals.domain.moves.context import UNTIMED
from appeals.models.appeal import Appeal, Move
from appeals.models.handling import Deadline, Dispatch, Round
from appeals.queries.callers import find_earlier_by_phone
from tests.cast import OPERATOR
from tests.imports.import_cases import CASES, FILED, HEADER, MAPPING, ImportCase
from tests.imports.import_file import import_file, read_mapping, write_csv


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_row_comes_to_what_the_table_says(act: Act, tmp_path: Path, case: ImportCase) -> None:
    cells = {"no": "1", "filed": FILED, **case.cells}
    file = write_csv(tmp_path / "rows.csv", [HEADER, [cells.get(name, "") for name in HEADER]])
    came = import_file(act, file, read_mapping(case.more_mapping + MAPPING, tmp_path))
    said = came.refused[0].sentence() if came.refused else ""
    assert bool(came.refused) == bool(case.refused), said
    for part in case.refused:
        assert part in said
    if case.came:
        found = read_stored(act)
        assert {name: _as_told(found, name, text) for name, text in case.came.items()} == case.came
    assert not [each for checked in verify_all_appeals(act) for each in checked.problems]


def read_stored(act: Act) -> dict[str, object]:
    """Return what is stored of the only appeal: its columns, its last round's, its dispatch's."""
    appeal = act.session.scalars(sa.select(Appeal)).one()
    rounds = act.session.scalars(sa.select(Round).order_by(Round.n)).all()
    sent = act.session.scalars(sa.select(Dispatch).order_by(Dispatch.n)).all()
    last_move = act.session.scalars(sa.select(Move).order_by(Move.seq.desc())).first()
    assert last_move
    open_promises = sa.select(sa.func.count()).where(
        Deadline.met_at.is_(None), Deadline.ended_at.is_(None)
    )
    return {
        **(vars(sent[-1]) if sent else {}),
        **vars(rounds[-1]),
        **vars(appeal),
        "rounds": len(rounds),
        "dispatches": len(sent),
        "returns": sum(each.how_ended == "returned" for each in sent),
        "untimed": last_move.action.value if UNTIMED in last_move.facts else "",
        "open_promises": act.session.scalar(open_promises),
    }


def _as_told(found: dict[str, object], name: str, told: str) -> str:
    value = found[name]
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    text = "" if value is None else str(value)
    return told if told.endswith(".") and text.startswith(told) else text  # a made code has a hash


def test_an_imported_telephone_is_found_when_the_citizen_calls(act: Act, tmp_path: Path) -> None:
    cells = {"no": "1", "filed": FILED, "status": "待回复", "phone": "138-0013-7001"}
    file = write_csv(tmp_path / "rows.csv", [HEADER, [cells.get(name, "") for name in HEADER]])
    assert import_file(act, file, read_mapping(MAPPING, tmp_path)).imported == 1
    for dialled in ("13800137001", "+86 138 0013 7001"):
        [(appeal, _)] = find_earlier_by_phone(act.by(OPERATOR), dialled)
        assert appeal.source_ref == "1"
