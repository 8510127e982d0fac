"""Texts and telephones of an imported row are kept as those of a form: cleaned, and read."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.models.appeal import Move, Statement
from tests.imports.import_cases import CLOSED_THEN, FILED, HEADER, MAPPING
from tests.imports.import_file import import_file, read_mapping, write_csv

TEXTS = {
    "override": ("subject", "路灯\u202e坏了", {"subject": "路灯坏了"}),
    "zero width": ("subject", "\u200b路灯\u200b", {"subject": "路灯"}),
    "invisible": ("subject", "\u200b\u2060", {"subject": ""}),
    "decomposed": ("subject", "Cafe\u0301", {"subject": "Café"}),
    "control characters": ("subject", "路灯\x07坏了", {"subject": "路灯坏了"}),
    "answer": ("reply", "已\u200b修复\r\n谢谢", {"words": "已修复\n谢谢"}),
    "mobile": (
        "phone", "138-0013-7001",
        {"contact_phone": "138-0013-7001", "phone_number": "+8613800137001"},
    ),
    "full width": ("phone", "１３８００１３７００１", {"phone_number": "+8613800137001"}),
    "extension": (
        "phone", "0532-85911234-801", {"phone_number": "+8653285911234", "phone_extension": "801"},
    ),
    "local": ("phone", "85911234", {"phone_number": "+8653285911234", "phone_extension": ""}),
    "no number": ("phone", "不详", {"contact_phone": "不详", "phone_number": ""}),
}  # fmt: skip


@pytest.mark.parametrize(("column", "typed", "kept"), TEXTS.values(), ids=TEXTS)
def test_a_cell_is_kept_as_what_a_form_brings(
    act: Act, tmp_path: Path, column: str, typed: str, kept: dict[str, str]
) -> None:
    cells = {"no": "1", "filed": FILED, "unit": "roads", "closed": CLOSED_THEN, column: typed}
    file = write_csv(tmp_path / "rows.csv", [HEADER, [cells.get(name, "") for name in HEADER]])
    came = import_file(act, file, read_mapping(MAPPING, tmp_path))
    assert came.refused == ()
    words = act.session.scalars(sa.select(Move.words).where(Move.action == "answer")).one()
    found = {**vars(act.session.scalars(sa.select(Statement)).one()), "words": words}
    assert {name: found[name] for name in kept} == kept
