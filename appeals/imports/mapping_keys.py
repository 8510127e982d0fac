"""Every key of a mapping, with type and meaning, for the reader and for the manual.

`docs/importing.md` holds the table that `render_keys_table` makes; a test compares the two.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from appeals.domain.states import State
from appeals.domain.vocabulary import (
    Channel,
    FollowUpOutcome,
    Kind,
    NotAcceptedReason,
    ReturnReason,
    Satisfaction,
    Solved,
    Term,
    YesNo,
)


class ColumnType(Enum):
    """The type of a column's cells."""

    TEXT = "text"
    TIME = "time"
    CODE = "row of the city"
    TERM = "closed list"


@dataclass(frozen=True)
class ColumnKey:
    """One field of ours that a mapping may find in a column, and the manual's words for it."""

    name: str
    holds: ColumnType
    meaning: str
    terms: type[Term] | None = None

    @property
    def allowed(self) -> str:
        """Return the allowed values as a sentence's list; empty where any text is allowed."""
        return ", ".join(term.value for term in self.terms or ())


def _time_key(name: str, meaning: str) -> ColumnKey:
    return ColumnKey(name, ColumnType.TIME, meaning)


def _code_key(name: str, meaning: str) -> ColumnKey:
    return ColumnKey(name, ColumnType.CODE, meaning)


def _term_key(name: str, terms: type[Term], meaning: str) -> ColumnKey:
    return ColumnKey(name, ColumnType.TERM, meaning, terms)


def _text_key(name: str, meaning: str) -> ColumnKey:
    return ColumnKey(name, ColumnType.TEXT, meaning)


COLUMN_KEYS: dict[str, ColumnKey] = {
    key.name: key
    for key in (
        _text_key("reference", "The source's own number of the appeal. Needed."),
        _text_key(
            "source_system", "Which of several systems the row is from: small letters, digits."
        ),
        _time_key("filed", "When it was filed. Needed."),
        _time_key("accepted", "When it was accepted."),
        _time_key("not_accepted", "When it was refused acceptance."),
        _time_key("answered_on_spot", "When it was answered at once, without a department."),
        _time_key("dispatched", "When it was first sent to a department."),
        _time_key("promised", "By when the source promised to finish; empty: no date."),
        _time_key("signed", "When the department signed for it."),
        _time_key("contacted", "When the department first reached the citizen."),
        _time_key("returned", "When a department gave it back and it was sent to the next."),
        _time_key("extended", "When the time to finish was extended."),
        _time_key("extended_until", "The promised time after the extension."),
        _time_key("answered", "When the department answered."),
        _time_key("closed", "When it was closed."),
        _time_key("withdrawn", "When the citizen withdrew it."),
        _time_key(
            "followed_up", "When the centre asked the citizen afterwards; empty: at closing."
        ),
        _time_key("rated", "When the citizen rated it; empty: at closing."),
        _time_key("rehandled", "When it was handled again after closing."),
        _time_key("answered_again", "When it was answered after being handled again."),
        _time_key("closed_again", "When it was closed after being handled again."),
        _term_key("status", State, "How the source says it stands; it decides over the times."),
        _term_key("kind", Kind, "The nature of the appeal."),
        _term_key("channel", Channel, "The way it came in."),
        _term_key("urgent", YesNo, "Whether it was urgent; empty: as its category."),
        _term_key("confidential", YesNo, "Whether the contact is kept from the department."),
        _term_key("not_accepted_reason", NotAcceptedReason, "Why it was refused acceptance."),
        _term_key("return_reason", ReturnReason, "Why it was given back."),
        _term_key(
            "follow_up_result", FollowUpOutcome, "What came of asking the citizen afterwards."
        ),
        _term_key("solved", Solved, "Whether the citizen calls it solved; empty: no answer."),
        _term_key(
            "satisfaction", Satisfaction, "5 very satisfied to 1 not at all; empty: not rated."
        ),
        _code_key("category", "What it is about: code or name of a category."),
        _code_key("district", "Where: code or name of a district."),
        _code_key("street", "Code or name of a street or town of that district."),
        _code_key("department", "Which department has it, or had it last."),
        _code_key("returned_by", "Which department gave it back; empty: the same."),
        _code_key("complained_department", "Whom a restricted appeal is about."),
        _text_key("subject", "The appeal in one line."),
        _text_key("detail", "The whole text."),
        _text_key("address", "Address or place."),
        _text_key("contact_name", "The citizen's name."),
        _text_key("contact_phone", "The citizen's telephone."),
        _text_key("contact_email", "The citizen's e-mail address."),
        _text_key("reply", "The answer, or why it was not accepted."),
    )
}
NEEDED_COLUMNS = ("reference", "filed")

OPTION_KEYS: dict[str, str] = {
    "source": "The name of the source: small letters, digits, `_` and `-`. Needed.",
    "time_zone": 'The zone of times without an offset, such as `"Asia/Shanghai"`. Needed.',
    "columns": "A table: a key of the table below = the header of the file's column. Needed.",
    "otherwise": "A table: a key below = what holds where the cell, or the column, is empty.",
    "values": 'Tables by key: the source\'s word = ours. `"*"` holds for all other words.',
    "create": "Of `department`, `category`, `district`, `street`: those that may be made.",
    "closed_if_untimed": "The time that holds for what is called closed without one: "
    '`"filed"`, `"accepted"`, `"dispatched"`, `"signed"` or `"contacted"`.',
    "language": 'The language of the texts, `"zh"` (as it is without the key) or `"en"`.',
    "encoding": 'The encoding of a text file, such as `"gb18030"`; without the key UTF-8.',
    "separator": 'What stands between cells, such as `";"` or `"\\t"`; without the key a comma.',
    "several": 'What stands between several words in one cell, such as `"、"`: the first counts.',
    "time_format": 'How times are written, such as `"%Y/%m/%d %H:%M"`, or a list of such; ISO 8601 '
    "is always read.",
    "sheet": "The name of the sheet of a workbook (.xlsx); without the key the first.",
}
NEEDED_OPTIONS = ("source", "time_zone", "columns")
CREATABLE = ("department", "category", "district", "street")
CLOSED_IF_UNTIMED = ("filed", "accepted", "dispatched", "signed", "contacted")


def render_keys_table() -> str:
    """Return the tables of all keys as the manual shows them, in Markdown."""
    return "\n".join(_table_lines())


def _table_lines() -> Iterator[str]:
    yield "| Key at the top | Says |"
    yield "|---|---|"
    for name, meaning in OPTION_KEYS.items():
        yield f"| `{name}` | {meaning} |"
    yield ""
    yield "| Key of a column | Holds | Meaning |"
    yield "|---|---|---|"
    for key in COLUMN_KEYS.values():
        allowed = f": {', '.join(f'`{term.value}`' for term in key.terms)}" if key.terms else ""
        yield f"| `{key.name}` | {key.holds.value}{allowed} | {key.meaning} |"
