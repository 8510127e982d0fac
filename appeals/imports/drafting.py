"""A file's likely format, and a draft mapping from its header and values."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from appeals.domain.text.folding import fold_text
from appeals.domain.vocabulary import Term
from appeals.imports.files import SEPARATORS, UTF_8, FileFormat, inspect_file
from appeals.imports.mapping import ColumnMapping
from appeals.imports.mapping_keys import COLUMN_KEYS, NEEDED_COLUMNS, ColumnKey, ColumnType

TIME_FORMATS = (
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M", "%Y年%m月%d日", "%Y.%m.%d %H:%M:%S", "%Y.%m.%d %H:%M", "%Y.%m.%d",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M",
    "%d/%m/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y%m%d%H%M%S",
)  # fmt: skip
"""How times are written where they are not in ISO 8601."""
MAX_DRAFTED_VALUES = 40
"""How many different values a column may have to be taken for a closed list."""
COLUMN_NAMES: Mapping[str, tuple[str, ...]] = {
    "reference": ("编号", "工单编号", "工单号", "受理编号", "诉求编号", "id", "case id", "number",
                  "reference", "request id", "request", "ticket", "tid"),
    "filed": ("提交时间", "来电时间", "诉求时间", "登记时间", "创建时间", "日期", "时间", "filed",
              "opened", "open date", "created", "created at", "date"),
    "accepted": ("受理时间", "accepted"),
    "dispatched": ("派单时间", "转办时间", "dispatched", "assigned"),
    "promised": ("办理期限", "截止时间", "到期时间", "应办结时间", "due", "target", "deadline"),
    "signed": ("签收时间", "signed"),
    "contacted": ("首次联系时间", "联系时间", "contacted"),
    "answered": ("答复时间", "回复时间", "answered", "replied"),
    "closed": ("办结时间", "结案时间", "完成时间", "closed", "closed at", "resolved"),
    "withdrawn": ("撤回时间", "withdrawn"),
    "rated": ("评价时间", "rated"),
    "followed_up": ("回访时间", "followed up"),
    "status": ("状态", "办理状态", "工单状态", "status", "case status"),
    "kind": ("性质", "诉求性质", "诉求类型", "类型", "kind"),
    "channel": ("渠道", "来源", "受理渠道", "诉求来源", "channel", "source"),
    "urgent": ("紧急", "是否紧急", "紧急程度", "urgent", "priority"),
    "follow_up_result": ("回访结果", "follow up"),
    "solved": ("是否解决", "解决情况", "solved"),
    "satisfaction": ("满意度", "满意程度", "评价", "satisfaction", "rating"),
    "category": ("类别", "诉求类别", "分类", "领域", "category", "type", "domain", "service"),
    "district": ("区市", "区县", "所属区", "区", "district", "neighborhood", "borough"),
    "street": ("街道", "镇街", "街道（镇）", "street"),
    "department": ("承办单位", "办理单位", "责任单位", "部门", "department", "agency"),
    "subject": ("标题", "主题", "subject", "title"),
    "detail": ("内容", "诉求内容", "详情", "detail", "content", "description"),
    "address": ("地址", "诉求地址", "address", "location", "place"),
    "contact_name": ("姓名", "联系人", "诉求人", "name"),
    "contact_phone": ("电话", "联系电话", "来电号码", "手机", "phone", "telephone"),
    "contact_email": ("邮箱", "电子邮箱", "email", "e-mail"),
    "reply": ("答复内容", "回复内容", "办理结果", "reply", "answer", "resolution"),
}  # fmt: skip
"""Names of columns in files, folded."""
VALUE_WORDS: Mapping[str, Mapping[str, str]] = {
    "status": {
        "已办理": "closed", "办结": "closed", "已结案": "closed", "closed": "closed",
        "已答复": "answered", "已回复": "answered", "当场答复": "answered_on_spot",
        "直接答复": "answered_on_spot", "待回复": "filed", "待受理": "filed", "open": "in_hand",
        "处理中": "in_hand", "待办理": "dispatched", "退回": "return_asked",
    },
    "channel": {"电话": "phone", "热线": "phone", "12345": "phone", "网络": "web", "网页": "web",
                "来信": "letter", "来访": "visit_petition"},
    "follow_up_result": {"接通": "reached", "成功": "reached", "未接通": "no_answer",
                         "未接": "no_answer", "拒访": "refused"},
    "kind": {"建言": "suggestion"},
    "urgent": {"紧急": "yes", "一般": "no", "普通": "no"},
    "solved": {"是": "yes", "否": "no"},
}  # fmt: skip
"""Values by which sources often name our terms."""
DEFAULT_VALUES = {"kind": "other", "channel": "phone", "category": "未分类"}


def describe_file(file: Path, mapping: ColumnMapping) -> Iterator[str]:
    """Yield sentences on a file's likely encoding, separator and time formats."""
    form = inspect_file(file)
    if form.separator:
        yield f"the file seems to use the encoding {form.encoding}"
        yield f"the file seems to use the separator {SEPARATORS[form.separator]}"
    times = (key for key, column in COLUMN_KEYS.items() if column.holds is ColumnType.TIME)
    for column in dict.fromkeys(mapping.columns[key] for key in times if key in mapping.columns):
        formats = guess_time_formats(_column_values(form, column))
        if formats:
            yield f"the times under “{column}” seem to be written {' or '.join(formats)}"


def guess_time_formats(values: Sequence[str]) -> list[str]:
    """Return the formats in which all values are times; several where they could be either."""
    if not values:
        return []
    if all(_is_time(value, "") for value in values):
        return ["ISO 8601"]
    return [each for each in TIME_FORMATS if all(_is_time(value, each) for value in values)]


def _is_time(value: str, pattern: str) -> bool:
    try:
        if pattern:
            datetime.strptime(value, pattern).astimezone()
        else:
            datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        return False
    return True


def _column_values(form: FileFormat, column: str) -> list[str]:
    found = (row.get(column, "").strip() for row in form.sample)
    return list(dict.fromkeys(value for value in found if value))


def draft_mapping(file: Path) -> str:
    """Return a draft mapping (TOML) for a file, from its header and its first rows."""
    return "\n".join(_draft_lines(file, inspect_file(file))) + "\n"


def _draft_lines(file: Path, form: FileFormat) -> Iterator[str]:
    columns = _guess_columns(form.header)
    yield f"# A first mapping for {file.name}, made of its header and its first rows: look through"
    yield "# every line. The manual (docs/importing.md) explains each key."
    yield f"source = {_quote_toml(_source_slug(file))}"
    yield 'time_zone = "Asia/Shanghai"'
    if form.separator and form.encoding != UTF_8:
        yield f"encoding = {_quote_toml(form.encoding)}"
    if form.separator not in {"", ","}:
        yield f"separator = {_quote_toml(form.separator)}"
    yield from _time_format_lines(form, columns)
    creatable = [key for key in ("department", "category", "district") if key in columns]
    yield "# What the city does not know by name is made, and marked as imported."
    yield f"create = [{', '.join(map(_quote_toml, creatable))}]"
    yield ""
    yield from _column_lines(form.header, columns)
    yield from _otherwise_lines(columns)
    for key, column in columns.items():
        if COLUMN_KEYS[key].holds is ColumnType.TERM:
            yield from _value_lines(COLUMN_KEYS[key], _column_values(form, column))


def _column_lines(header: Sequence[str], columns: Mapping[str, str]) -> Iterator[str]:
    yield "[columns]"
    for key in NEEDED_COLUMNS:
        if key not in columns:
            yield f'{key} = "?"  # needed: name the column'
    for key, column in columns.items():
        yield f"{key} = {_quote_toml(column)}"
    for column in header:
        if column not in columns.values():
            yield f"# not used: {_quote_toml(column)}"


def _guess_columns(header: Sequence[str]) -> dict[str, str]:
    """Return our keys with their columns, guessed by the columns' names."""
    left, found = {_plain_name(name): name for name in header}, dict[str, str]()
    for key, names in COLUMN_NAMES.items():
        called = next((name for name in (key, *names) if _plain_name(name) in left), None)
        if called is not None:
            found[key] = left.pop(_plain_name(called))
    return found


def _plain_name(name: str) -> str:
    return re.sub(r"[\s_\-]+", "", fold_text(name))


def _time_format_lines(form: FileFormat, columns: Mapping[str, str]) -> Iterator[str]:
    found = list[str]()
    for key, column in columns.items():
        formats = guess_time_formats(_column_values(form, column))
        if COLUMN_KEYS[key].holds is not ColumnType.TIME or "ISO 8601" in formats or not formats:
            continue
        found.append(formats[0])
        if len(formats) > 1:
            yield f"# “{column}” could be {' or '.join(formats)}"
    if found:
        yield f"time_format = [{', '.join(map(_quote_toml, dict.fromkeys(found)))}]"


def _otherwise_lines(columns: Mapping[str, str]) -> Iterator[str]:
    yield ""
    yield "# What holds where the cell is empty or there is no column."
    yield "[otherwise]"
    for key, value in DEFAULT_VALUES.items():
        yield f"{key} = {_quote_toml(value)}" + ("" if key in columns else "  # no column found")
    if "department" not in columns:
        yield '# department = "未注明单位"  # without it nothing is sent to a department'


def _value_lines(key: ColumnKey, values: Sequence[str]) -> Iterator[str]:
    """Yield a TOML line for each value of the source, with ours where it can be guessed."""
    yield ""
    yield f"# {key.meaning} Ours: {key.allowed}"
    yield f"[values.{key.name}]"
    for value in values[:MAX_DRAFTED_VALUES]:
        names = VALUE_WORDS.get(key.name, {})
        term = next(
            (each for each in key.terms or () if fold_text(value) in _term_names(each)), None
        )
        ours = term.value if term is not None else names.get(fold_text(value))
        if ours:
            yield f"{_quote_toml(value)} = {_quote_toml(ours)}"
        else:
            yield f'# {_quote_toml(value)} = "?"'


def _term_names(term: Term) -> set[str]:
    return {fold_text(name) for name in (term.value, term.label("zh"), term.label("en"))}


def _quote_toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _source_slug(file: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", file.name.split(".")[0].lower()).strip("-") or "elsewhere"
