"""An import in a test: rows and a mapping as files, brought in as the command does."""

import csv
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from appeals.act import Act
from appeals.imports.files import open_rows
from appeals.imports.import_run import ImportedBatch, run_import
from appeals.imports.mapping import ColumnMapping


def read_mapping(text: str, folder: Path) -> ColumnMapping:
    """Read a mapping given as text."""
    path = folder / "mapping.toml"
    path.write_text(text, "utf-8")
    return ColumnMapping.read_file(path)


def write_csv(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    """Write rows as a CSV file in UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as text:
        csv.writer(text).writerows(rows)
    return path


def import_file(
    act: Act, path: Path, mapping: ColumnMapping, *, keep: bool = True
) -> ImportedBatch:
    """Bring a file in; return what came of all its rows."""
    with open_rows(path, mapping) as rows:
        batches = list(run_import(act, mapping, rows, file_name=path.name, keep=keep))
    return ImportedBatch(
        sum(each.imported for each in batches),
        sum(each.already_here for each in batches),
        tuple(chain.from_iterable(each.refused for each in batches)),
        sum(each.differing for each in batches),
    )
