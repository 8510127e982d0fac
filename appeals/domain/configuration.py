"""What administrators may change: each table with its fields, steps and list columns.

The administration pages are generic over these tables. A change is a plain value; deadlines and
suggestions made under the previous version of a row stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from appeals.domain.clocks import MINUTES_PER_HOUR, LimitUnit
from appeals.domain.messages import Labelled, Message, context_message, message
from appeals.domain.moves.needs import Input, Need
from appeals.domain.rule_book import EXTENSION
from appeals.domain.vocabulary import Duty, Kind, MessageRule, Term, Tier, YesNo

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
    UNDO = "undo", "Undo"


class TypedUnit(Term):
    """The units in which limits are typed and read; stored are those of `LimitUnit`."""

    WORKING_DAYS = "working_days", "working days"
    WORKING_HOURS = "working_hours", "working hours"
    HOURS = "hours", "hours, day and night"
    DAYS = "days", "days"
    WORKING_MINUTES = "working_minutes", "minutes of working hours"
    MINUTES = "minutes", "minutes, day and night"


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

    @property
    def facts_before(self) -> RowFacts:
        """Return the values before; none of a new row."""
        return self.before or {}

    @property
    def facts_after(self) -> RowFacts:
        """Return the values after; none of a row that ends."""
        return self.after or {}


@dataclass(frozen=True)
class StepForm:
    """The fields of a step's form; a `dated` step takes effect on a day given in it."""

    fields: tuple[Need, ...] = ()
    dated: bool = False


@dataclass(frozen=True)
class ConfiguredTable(Labelled):
    """A table of reference data: its fields, steps, and the columns of its list.

    `end_mark` is the field that holds the day a row ended; None if the table has none.
    """

    name: str
    text: Message
    fields: tuple[Need, ...]
    steps: Mapping[ChangeStep, StepForm]
    columns: tuple[str, ...]
    end_mark: Need | None = None

    def label(self, language: str) -> str:
        """Return the name in `language`."""
        return self.text.label(language)

    @property
    def needs(self) -> Mapping[str, Need]:
        """Every field by name, in order, including those that only a step has."""
        asked = (need for asked in self.steps.values() for need in asked.fields)
        return {need.name: need for need in (*self.fields, *asked)}


def _line_field(name: str, text: Message, *, required: bool = True) -> Need:
    return Need(name, text, Input.LINE, required=required)


def _optional_field(name: str, text: Message, asked: Input) -> Need:
    return Need(name, text, asked, required=False)


def _choice_field(name: str, text: Message, terms: type[Term], *, required: bool) -> Need:
    return Need(name, text, Input.CHOICE, required=required, choices=terms)


CODE = _line_field("code", context_message("configuration", "Code"))
ZH, EN = (
    _line_field("zh", message("Name in Chinese")),
    _line_field("en", message("Name in English")),
)
LEAD = Need("department_code", message("Department"), Input.DEPARTMENT)
KIND = _choice_field("kind", message("Kind"), Kind, required=False)
URGENT = _choice_field("urgent", message("Urgent"), YesNo, required=True)
WORDS = _line_field("words", context_message("configuration", "Words"), required=False)
TOPIC_WORDS = Need(
    "words", message("Words that people use, with spaces between"), Input.WORDS, required=False
)
BEGINS = _optional_field("valid_from", message("In force from"), Input.DAY)
ENDS = _optional_field("valid_to", message("Ends on"), Input.DAY)
SUCCESSOR = _optional_field("successor_code", message("Successor"), Input.DEPARTMENT)

_OF_DEPARTMENT = (
    ZH,
    EN,
    _optional_field("parent_code", message("Above it"), Input.DEPARTMENT),
    _choice_field("tier", message("Tier"), Tier, required=True),
    _optional_field("district", message("District"), Input.DISTRICT),
    _line_field("email", message("E-mail"), required=False),
)
DEPARTMENTS = ConfiguredTable(
    "departments",
    context_message("configuration", "Departments"),
    (CODE, *_OF_DEPARTMENT, BEGINS, ENDS, SUCCESSOR),
    {
        ChangeStep.ADD: StepForm((CODE, *_OF_DEPARTMENT), dated=True),
        ChangeStep.CHANGE: StepForm(_OF_DEPARTMENT),
        ChangeStep.END: StepForm((SUCCESSOR,), dated=True),
    },
    ("tier", "valid_from"),
    ENDS,
)

_PARENT = _optional_field("parent_code", message("Under"), Input.CATEGORY)
RESTRICTED = _choice_field(
    "restricted", context_message("configuration", "Restricted"), YesNo, required=True
)
_OF_CATEGORY = (ZH, EN, TOPIC_WORDS, URGENT, RESTRICTED)
CATEGORIES = ConfiguredTable(
    "categories",
    message("Categories"),
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
    Need("position", message("Position"), Input.NUMBER),
    ZH,
    EN,
    _optional_field("category", message("Category"), Input.CATEGORY),
    KIND,
    _optional_field("district", message("District"), Input.DISTRICT),
    _optional_field("street", message("Street or town"), Input.STREET),
    WORDS,
    LEAD,
)
RULES = ConfiguredTable(
    "rules",
    message("Routing rules"),
    (*_OF_RULE, BEGINS, ENDS),
    {
        ChangeStep.ADD: StepForm(_OF_RULE, dated=True),
        ChangeStep.CHANGE: StepForm(_OF_RULE, dated=True),
        ChangeStep.END: StepForm(dated=True),
    },
    ("position", "words", "department_code"),
)

_LIMIT_SCOPE = (
    Need("duty", message("Duty"), Input.DUTY),
    KIND,
    URGENT,
    _choice_field("investigation", message("Investigation"), YesNo, required=True),
)
_LIMIT_LENGTH = (
    Need("amount", message("Amount"), Input.NUMBER),
    _choice_field("unit", message("Unit"), TypedUnit, required=True),
)
LIMITS = ConfiguredTable(
    "limits",
    message("Limits"),
    (*_LIMIT_SCOPE, *_LIMIT_LENGTH, BEGINS),
    {
        ChangeStep.ADD: StepForm((*_LIMIT_SCOPE, *_LIMIT_LENGTH), dated=True),
        ChangeStep.CHANGE: StepForm(_LIMIT_LENGTH, dated=True),
    },
    ("amount", "unit", "valid_from"),
)

_OF_CAMPAIGN = (
    _line_field("name_zh", message("Name in Chinese"), required=False),
    _line_field("name_en", message("Name in English"), required=False),
    _line_field("message_zh", message("Announcement in Chinese"), required=False),
    _line_field("message_en", message("Announcement in English"), required=False),
)
CAMPAIGN = ConfiguredTable(
    "campaign",
    message("Campaign"),
    _OF_CAMPAIGN,
    {ChangeStep.CHANGE: StepForm(_OF_CAMPAIGN)},
    ("name_en", "message_zh"),
)

STARTS_AT = _optional_field("starts_at", message("Begins at"), Input.MOMENT)
ENDS_AT = _optional_field("ends_at", message("Ends at"), Input.MOMENT)
_OF_DOWNTIME = (
    STARTS_AT,
    ENDS_AT,
    _choice_field("read_only", message("Nothing can be sent meanwhile"), YesNo, required=True),
    _line_field("note_zh", message("What is done, in Chinese"), required=False),
    _line_field("note_en", message("What is done, in English"), required=False),
)
DOWNTIME = ConfiguredTable(
    "downtime",
    message("Planned downtime"),
    _OF_DOWNTIME,
    {ChangeStep.CHANGE: StepForm(_OF_DOWNTIME)},
    ("starts_at", "ends_at", "read_only"),
)

USERNAME = _line_field("username", message("Username"))
DISABLED = _optional_field("disabled_at", message("Disabled on"), Input.DAY)
FACTOR = _optional_field("factor_since", message("Second factor since"), Input.DAY)
_OF_ACCOUNT = (
    _line_field("name", message("Name")),
    Need("role", message("Role"), Input.ROLE),
    _optional_field(
        "department_code", context_message("of an account", "Department"), Input.DEPARTMENT
    ),
    _line_field("email", message("E-mail"), required=False),
)
ACCOUNTS = ConfiguredTable(
    "staff",
    message("Staff accounts"),
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

DEMANDED = _choice_field("demanded", message("Demanded"), YesNo, required=True)
FACTOR_DEMANDS = ConfiguredTable(
    "factor-demands",
    message("Second factor by role"),
    (Need("role", message("Role"), Input.ROLE), DEMANDED, BEGINS),
    {ChangeStep.CHANGE: StepForm((DEMANDED,), dated=True)},
    ("demanded", "valid_from"),
)

YEARS = Need("years", message("Years kept (0: for ever)"), Input.NUMBER)
RETENTION = ConfiguredTable(
    "retention",
    message("Years until erasure"),
    (_choice_field("kind", message("Kind"), Kind, required=True), YEARS, BEGINS),
    {ChangeStep.CHANGE: StepForm((YEARS,), dated=True)},
    ("years", "valid_from"),
)

RULE = _choice_field("rule", message("Rule"), MessageRule, required=True)
FIGURE = Need("amount", context_message("of a rule", "Figure"), Input.NUMBER)
MESSAGES = ConfiguredTable(
    "messages",
    message("Messages to citizens"),
    (RULE, FIGURE, BEGINS),
    {ChangeStep.CHANGE: StepForm((FIGURE,), dated=True)},
    ("amount", "valid_from"),
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
        MESSAGES,
        CAMPAIGN,
        DOWNTIME,
    )
}
SINGLE_ROW_TABLES = (CAMPAIGN, DOWNTIME)
CALENDAR, NOTICES, DISPLAYS = "calendar", "notices", "displays"
"""Records that belong to no table: a calendar year, notices sent again, display passes."""
COUNT_FACT = "count"
"""The fact that holds how many notices were sent again at once."""
OTHER_RECORDS = {
    CALENDAR: message("Calendar"),
    NOTICES: message("Notices"),
    DISPLAYS: message("Display passes"),
}
SCREEN = _line_field("name", message("Screen"))
OTHER_FIELDS: Mapping[str, tuple[Need, ...]] = {DISPLAYS: (SCREEN, ENDS)}
"""The fields of such a record, where it has fields."""
DUTY_LABELS: Mapping[str, Labelled] = {
    **{duty.value: duty for duty in Duty},
    EXTENSION: message("Most that an extension adds"),
}


def limit_key(facts: RowFacts) -> str:
    """Return the key of a limit, built from what it applies to, for use in a URL."""
    urgent = "urgent" if facts.get("urgent") == YesNo.YES else "ordinary"
    investigated = facts.get("investigation") == YesNo.YES
    parts = [facts["duty"], facts.get("kind") or "any", urgent]
    return "-".join([*parts, "investigation"] if investigated else parts)


MINUTES_OF_HOURS = {
    TypedUnit.WORKING_HOURS.value: LimitUnit.WORKING_MINUTES.value,
    TypedUnit.HOURS.value: LimitUnit.MINUTES.value,
}
"""The unit that is stored for each unit of hours."""
HOURS_OF_MINUTES = {minutes: hours for hours, minutes in MINUTES_OF_HOURS.items()}


def store_limit(facts: RowFacts) -> dict[str, str]:
    """Return the values of a limit as they are stored: hours become minutes."""
    unit = facts.get("unit", "")
    if unit not in MINUTES_OF_HOURS:
        return dict(facts)
    minutes = int(facts["amount"]) * MINUTES_PER_HOUR
    return {**facts, "amount": str(minutes), "unit": MINUTES_OF_HOURS[unit]}


def show_limit(facts: RowFacts) -> dict[str, str]:
    """Return the values of a limit as people read and type them: whole hours instead of minutes."""
    unit, amount = facts.get("unit", ""), facts.get("amount", "")
    if unit not in HOURS_OF_MINUTES or int(amount) % MINUTES_PER_HOUR:
        return dict(facts)
    hours = int(amount) // MINUTES_PER_HOUR
    return {**facts, "amount": str(hours), "unit": HOURS_OF_MINUTES[unit]}
