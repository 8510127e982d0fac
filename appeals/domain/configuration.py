"""What administrators may change: each table with its fields, steps and list columns.

The administration pages are generic over these tables. A change is a plain value; deadlines and
suggestions made under the previous version of a row stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from appeals.domain.clocks import LimitUnit
from appeals.domain.moves.needs import Input, Need
from appeals.domain.rule_book import EXTENSION
from appeals.domain.vocabulary import Duty, Kind, Term, Tier, YesNo

RowFacts = Mapping[str, str]
"""The values of a row as text, keyed by field name; empty values are left out."""


class ChangeStep(Term):
    """What an administrator does with a row."""

    ADD = "add", "Add"
    CHANGE = "change", "Change"
    MOVE = "move", "Move to another department"
    END = "end", "End"
    DISABLE = "disable", "Disable"
    IMPORT = "import", "Import"
    RETRY = "retry", "Send again"
    PASSWORD = "password", "New one-time password"
    FACTOR = "factor", "Reset the second factor"


@dataclass(frozen=True)
class Change:
    """One change of one row: its values before, its values from a day (Asia/Shanghai) on, and why.

    `before` is None for a new row, `after` for one that ends. `key` is empty for a row whose key is
    assigned later.
    """

    of: str
    key: str
    step: ChangeStep
    since: date
    before: RowFacts | None
    after: RowFacts | None
    why: str


@dataclass(frozen=True)
class StepForm:
    """The fields of a step's form; a `dated` step takes effect on a day given in it."""

    fields: tuple[Need, ...] = ()
    dated: bool = False


@dataclass(frozen=True)
class ConfiguredTable:
    """A table of reference data: its fields, steps, and the columns of its list.

    `end_mark` is the field that holds the day a row ended; None if the table has none.
    """

    name: str
    zh: str
    en: str
    fields: tuple[Need, ...]
    steps: Mapping[ChangeStep, StepForm]
    columns: tuple[str, ...]
    end_mark: Need | None = None

    def label(self, language: str) -> str:
        """Return the label in `language`."""
        return self.zh if language.startswith("zh") else self.en

    @property
    def needs(self) -> Mapping[str, Need]:
        """Every field by name, in order, including those that only a step has."""
        asked = (need for asked in self.steps.values() for need in asked.fields)
        return {need.name: need for need in (*self.fields, *asked)}


def _line_field(name: str, zh: str, en: str, *, required: bool = True) -> Need:
    return Need(name, zh, en, Input.LINE, required=required)


def _optional_field(name: str, zh: str, en: str, asked: Input) -> Need:
    return Need(name, zh, en, asked, required=False)


def _choice_field(name: str, labels: tuple[str, str], terms: type[Term], *, required: bool) -> Need:
    return Need(name, *labels, Input.CHOICE, required=required, choices=terms)


CODE = _line_field("code", "代码", "Code")
ZH, EN = (
    _line_field("zh", "中文名称", "Name in Chinese"),
    _line_field("en", "英文名称", "Name in English"),
)
LEAD = Need("department_code", "承办单位", "Department", Input.DEPARTMENT)
KIND = _choice_field("kind", ("性质", "Kind"), Kind, required=False)
URGENT = _choice_field("urgent", ("紧急", "Urgent"), YesNo, required=True)
WORDS = _line_field("words", "关键词", "Words", required=False)
BEGINS = _optional_field("valid_from", "启用日期", "In force from", Input.DAY)
ENDS = _optional_field("valid_to", "停用日期", "Ends on", Input.DAY)
SUCCESSOR = _optional_field("successor_code", "承接单位", "Successor", Input.DEPARTMENT)

_OF_DEPARTMENT = (
    ZH,
    EN,
    _optional_field("parent_code", "上级单位", "Above it", Input.DEPARTMENT),
    _choice_field("tier", ("层级", "Tier"), Tier, required=True),
    _optional_field("district", "区市", "District", Input.DISTRICT),
    _line_field("email", "电子邮箱", "E-mail", required=False),
)
DEPARTMENTS = ConfiguredTable(
    "departments",
    "承办单位",
    "Departments",
    (CODE, *_OF_DEPARTMENT, BEGINS, ENDS, SUCCESSOR),
    {
        ChangeStep.ADD: StepForm((CODE, *_OF_DEPARTMENT), dated=True),
        ChangeStep.CHANGE: StepForm(_OF_DEPARTMENT),
        ChangeStep.END: StepForm((SUCCESSOR,), dated=True),
    },
    ("tier", "valid_from"),
    ENDS,
)

_PARENT = _optional_field("parent_code", "上级类别", "Under", Input.CATEGORY)
RESTRICTED = _choice_field("restricted", ("限制件类别", "Restricted"), YesNo, required=True)
_OF_CATEGORY = (ZH, EN, WORDS, URGENT, RESTRICTED)
CATEGORIES = ConfiguredTable(
    "categories",
    "诉求类别",
    "Categories",
    (CODE, _PARENT, *_OF_CATEGORY, ENDS),
    {
        ChangeStep.ADD: StepForm((CODE, _PARENT, *_OF_CATEGORY)),
        ChangeStep.CHANGE: StepForm(_OF_CATEGORY),
        ChangeStep.MOVE: StepForm((LEAD,), dated=True),
        ChangeStep.END: StepForm(dated=True),
    },
    ("code", "urgent", "department_code"),
    ENDS,
)

_OF_RULE = (
    Need("position", "顺序号", "Position", Input.NUMBER),
    ZH,
    EN,
    _optional_field("category", "类别", "Category", Input.CATEGORY),
    KIND,
    _optional_field("district", "区市", "District", Input.DISTRICT),
    _optional_field("street", "街道（镇）", "Street or town", Input.STREET),
    WORDS,
    LEAD,
)
RULES = ConfiguredTable(
    "rules",
    "派单规则",
    "Routing rules",
    (*_OF_RULE, BEGINS, ENDS),
    {
        ChangeStep.ADD: StepForm(_OF_RULE, dated=True),
        ChangeStep.CHANGE: StepForm(_OF_RULE, dated=True),
        ChangeStep.END: StepForm(dated=True),
    },
    ("position", "words", "department_code"),
)

_LIMIT_SCOPE = (
    Need("duty", "时限事项", "Duty", Input.DUTY),
    KIND,
    URGENT,
    _choice_field("investigation", ("需要调查", "Investigation"), YesNo, required=True),
)
_LIMIT_LENGTH = (
    Need("amount", "时限", "Amount", Input.NUMBER),
    _choice_field("unit", ("单位", "Unit"), LimitUnit, required=True),
)
LIMITS = ConfiguredTable(
    "limits",
    "办理时限",
    "Limits",
    (*_LIMIT_SCOPE, *_LIMIT_LENGTH, BEGINS),
    {
        ChangeStep.ADD: StepForm((*_LIMIT_SCOPE, *_LIMIT_LENGTH), dated=True),
        ChangeStep.CHANGE: StepForm(_LIMIT_LENGTH, dated=True),
    },
    ("amount", "unit", "valid_from"),
)

_OF_CAMPAIGN = (
    _line_field("name_zh", "中文名称", "Name in Chinese", required=False),
    _line_field("name_en", "英文名称", "Name in English", required=False),
    _line_field("message_zh", "中文公告", "Announcement in Chinese", required=False),
    _line_field("message_en", "英文公告", "Announcement in English", required=False),
)
CAMPAIGN = ConfiguredTable(
    "campaign",
    "活动设置",
    "Campaign",
    _OF_CAMPAIGN,
    {ChangeStep.CHANGE: StepForm(_OF_CAMPAIGN)},
    ("name_en", "message_zh"),
)

USERNAME = _line_field("username", "用户名", "Username")
DISABLED = _optional_field("disabled_at", "停用日期", "Disabled on", Input.DAY)
FACTOR = _optional_field("factor_since", "第二重验证启用日期", "Second factor since", Input.DAY)
_OF_ACCOUNT = (
    _line_field("name", "姓名", "Name"),
    Need("role", "角色", "Role", Input.ROLE),
    _optional_field("department_code", "所属单位", "Department", Input.DEPARTMENT),
    _line_field("email", "电子邮箱", "E-mail", required=False),
)
ACCOUNTS = ConfiguredTable(
    "staff",
    "工作人员账号",
    "Staff accounts",
    (USERNAME, *_OF_ACCOUNT, DISABLED, FACTOR),
    {
        ChangeStep.ADD: StepForm((USERNAME, *_OF_ACCOUNT)),
        ChangeStep.CHANGE: StepForm(_OF_ACCOUNT),
        ChangeStep.PASSWORD: StepForm(),
        ChangeStep.FACTOR: StepForm(),
        ChangeStep.DISABLE: StepForm(),
    },
    ("username", "role", "department_code"),
    DISABLED,
)

DEMANDED = _choice_field("demanded", ("必须使用", "Demanded"), YesNo, required=True)
FACTOR_DEMANDS = ConfiguredTable(
    "factor-demands",
    "第二重验证要求",
    "Second factor by role",
    (Need("role", "角色", "Role", Input.ROLE), DEMANDED, BEGINS),
    {ChangeStep.CHANGE: StepForm((DEMANDED,), dated=True)},
    ("demanded", "valid_from"),
)

YEARS = Need("years", "保存年数（0为不删除）", "Years kept (0: for ever)", Input.NUMBER)
RETENTION = ConfiguredTable(
    "retention",
    "保存年限",
    "Years until erasure",
    (_choice_field("kind", ("性质", "Kind"), Kind, required=True), YEARS, BEGINS),
    {ChangeStep.CHANGE: StepForm((YEARS,), dated=True)},
    ("years", "valid_from"),
)

TABLES = {
    table.name: table
    for table in (
        DEPARTMENTS,
        CATEGORIES,
        LIMITS,
        RULES,
        ACCOUNTS,
        FACTOR_DEMANDS,
        RETENTION,
        CAMPAIGN,
    )
}
CALENDAR, NOTICES = "calendar", "notices"
"""Records that belong to no table: changes of a calendar year, notices sent again."""
COUNT_FACT = "count"
"""The fact that holds how many notices were sent again at once."""
OTHER_RECORDS = {CALENDAR: ("日历", "Calendar"), NOTICES: ("通知", "Notices")}
DUTY_LABELS = {
    **{duty.value: (duty.zh, duty.en) for duty in Duty},
    EXTENSION: ("延期上限", "Most that an extension adds"),
}


def limit_key(facts: RowFacts) -> str:
    """Return the key of a limit, built from what it applies to, for use in a URL."""
    urgent = "urgent" if facts.get("urgent") == YesNo.YES else "ordinary"
    investigated = facts.get("investigation") == YesNo.YES
    parts = [facts["duty"], facts.get("kind") or "any", urgent]
    return "-".join([*parts, "investigation"] if investigated else parts)
