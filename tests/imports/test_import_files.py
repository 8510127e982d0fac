"""What a file may look like: separators, encodings, workbooks, gzip; what is refused, and how."""

import csv
import gzip
import io
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from appeals.domain.refusals import Refused
from appeals.imports.files import FileRow, inspect_file, open_rows
from appeals.imports.mapping import ColumnMapping
from tests.imports.import_file import read_mapping

WORKBOOK_TIME = datetime.fromisoformat("2026-01-05 09:00")
HEADER = ("编号", "时间", "电话", "答复")
ROW = ("1", "2026-01-05 09:00", "13800138000", "已更换灯泡，请放心。")
MAPPING = """
source = "elsewhere"
time_zone = "Asia/Shanghai"
otherwise = { kind = "help", channel = "phone", category = "urban" }
columns = { reference = "编号", filed = "时间", contact_phone = "电话", reply = "答复" }
"""


def text_of(rows: Sequence[Sequence[str]], separator: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue()


def encoded(encoding: str, separator: str = ",") -> bytes:
    return text_of([HEADER, ROW], separator).encode(encoding)


def workbook(path: Path, rows: Sequence[Sequence[object]], sheet: str = "工单") -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    book.save(path)


def read_rows(path: Path, mapping: ColumnMapping) -> list[FileRow]:
    with open_rows(path, mapping) as rows:
        return list(rows)


FITS = (
    ("plain.csv", encoded("utf-8"), ""),
    ("with a mark.csv", encoded("utf-8-sig"), ""),
    ("semicolons.csv", encoded("utf-8", ";"), 'separator = ";"'),
    ("tabs.csv", encoded("utf-8", "\t"), 'separator = "\\t"'),
    ("chinese.csv", encoded("gb18030"), 'encoding = "gb18030"'),
    ("wide.csv", encoded("utf-16"), 'encoding = "utf-16"'),
    ("packed.csv.gz", gzip.compress(encoded("utf-8")), ""),
    ("windows.csv", encoded("utf-8").replace(b"\n", b"\r\n"), ""),
    ("blank lines.csv", encoded("utf-8").replace(b"\n", b"\n\n"), ""),
)


@pytest.mark.parametrize(("name", "content", "key"), FITS, ids=[name for name, *_ in FITS])
def test_a_file_is_read_as_its_mapping_says(
    tmp_path: Path, name: str, content: bytes, key: str
) -> None:
    (tmp_path / name).write_bytes(content)
    [row] = read_rows(tmp_path / name, read_mapping(f"{key}\n{MAPPING}", tmp_path))
    assert (tuple(row.cells.values()), row.fault) == (ROW, None)


def test_a_workbook_gives_times_in_iso_and_numbers_without_a_point(tmp_path: Path) -> None:
    path = tmp_path / "cases.xlsx"
    workbook(path, [HEADER, (1, WORKBOOK_TIME, 13800138000.0, None), ()])
    [row] = read_rows(path, read_mapping(MAPPING, tmp_path))
    assert row.cells == {"编号": "1", "时间": "2026-01-05T09:00:00", "电话": "13800138000"}
    named = read_mapping(f'sheet = "别的"\n{MAPPING}', tmp_path)
    with pytest.raises(Refused, match="has no sheet “别的”; it has 工单"):
        read_rows(path, named)


REFUSED = (
    ("gbk.csv", encoded("gb18030"), "",
     "is not in utf-8-sig from about line 1 on; it seems to be gb18030: say so with encoding"),
    ("cut.csv.gz", gzip.compress(encoded("utf-8") * 50)[:-30], "", "is no whole gzip file"),
    ("none.csv.gz", b"no gzip at all", "", "is no whole gzip file"),
    ("semicolons.csv", encoded("utf-8", ";"), "", "the cells seem to stand between semicolons"),
    ("empty.csv", b"", "", "is empty"),
    ("doubled.csv", text_of([("编号", "时间", "电话", "电话", "答复")]).encode(), "",
     "“电话” stands 2 times in the header (columns 3, 4)"),
    ("lacking.csv", text_of([("编号", "电话", "答复")]).encode(), "",
     "has no column “时间” (for filed); it has “编号”, “电话”, “答复”"),
    ("broken.xlsx", b"no workbook", "", "is no workbook"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "key", "said"), REFUSED, ids=[name for name, *_ in REFUSED]
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    tmp_path: Path, name: str, content: bytes, key: str, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Refused) as refused:
        read_rows(tmp_path / name, read_mapping(f"{key}\n{MAPPING}", tmp_path))
    assert said in refused.value.label("en")
    assert refused.value.label("zh") != refused.value.label("en")


NO_ENCODING, NO_SEPARATOR = "there is no encoding", "separator is one character, no quotation mark"
SEPARATORS = ("'\"'", '"\\n"', '"\\r"', "';;'", "''")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        *((f'encoding = "{name}"', NO_ENCODING) for name in ("hex", "base64", "rot13", "zz-9")),
        *((f"separator = {each}", NO_SEPARATOR) for each in SEPARATORS),
    ],
)
def test_a_mapping_takes_no_encoding_or_separator_that_reads_no_text(
    tmp_path: Path, key: str, said: str
) -> None:
    with pytest.raises(Refused) as refused:
        read_mapping(f"{key}\n{MAPPING}", tmp_path)
    assert said in refused.value.label("en")


@pytest.mark.parametrize(
    ("cells", "count"),
    [(("1", "2026-01-05 09:00", "已更换灯泡", "请放心", "13800138000"), 5), (("1", "2026"), 2)],
)
def test_a_row_with_too_many_or_too_few_cells_is_a_fault_of_its_own(
    tmp_path: Path, cells: tuple[str, ...], count: int
) -> None:
    (tmp_path / "rows.csv").write_text(text_of([HEADER, cells, ROW]), "utf-8")
    wrong, right = read_rows(tmp_path / "rows.csv", read_mapping(MAPPING, tmp_path))
    assert wrong.fault is not None
    assert f"it has {count} cells where the header has 4" in wrong.fault.label("en")
    assert right.fault is None


@pytest.mark.parametrize(
    ("write", "encoding", "separator"),
    [
        (lambda path: path.write_bytes(encoded("gb18030", ";")), "gb18030", ";"),
        (lambda path: path.write_bytes(encoded("utf-8", "\t")), "utf-8-sig", "\t"),
    ],
)
def test_what_a_file_seems_to_use_is_found(
    tmp_path: Path, write: Callable[[Path], int], encoding: str, separator: str
) -> None:
    write(tmp_path / "rows.csv")
    form = inspect_file(tmp_path / "rows.csv")
    assert (form.encoding, form.separator, form.header) == (encoding, separator, HEADER)
