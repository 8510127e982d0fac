"""The form that changes one of the city's rows, and its values in the reader's words."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError

from appeals.domain import configuration as tables
from appeals.domain.calendar import ONE_DAY, city_day
from appeals.domain.configuration import Change, ChangeStep, ConfiguredTable, RowFacts, StepForm
from appeals.domain.messages import context_message
from appeals.domain.moves.needs import Input, Need
from appeals.domain.people import STAFF, Role
from appeals.domain.routing import RoutingFacts as Asking
from appeals.domain.vocabulary import Kind, MessageRule, Term, YesNo
from appeals.queries.administration.staff_requests import ListedRequest
from appeals.reference.configured_rows import parse_moment
from appeals.reference.reference_data import IMPORTED_TIER, Reference, load_reference
from appeals.web.shared import display
from appeals.web.shared.forms import (
    INPUT_ATTRIBUTES,
    MAX_LINE_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    Choices,
    Grouped,
    build_field,
    find_choices,
    row_choices,
    term_choices,
    typed_text,
)
from appeals.web.shared.request import act
from appeals.web.shared.text_fields import PageForm, Required
from appeals.web.shared.texts import gettext, language
from appeals.web.shared.texts import lazy_gettext as _

NO = YesNo.NO.value


class RowForm(PageForm):
    """The base of a change's form: from which day, why, and the row's last change seen."""

    since = StringField(_("From which day"), render_kw={"type": "date"}, validators=[Optional()])
    why = StringField(
        _("Why"), validators=[Required(_("Say why.")), Length(max=MAX_LINE_CHARACTERS)]
    )
    seen = HiddenField()

    def typed_values(self) -> dict[str, str]:
        """Return what was typed, by field."""
        return {
            name: field.data or ""
            for name, field in self._fields.items()
            if name not in {"seen", "csrf_token"}
        }

    @property
    def seen_number(self) -> int:
        """Return the number of the row's last change when the form was shown."""
        text = typed_text(self.seen)
        return int(text) if text.isdecimal() else 0


class TrialForm(PageForm):
    """A made-up appeal, for a dry run of a day's routing rules."""

    text = TextAreaField(_("Text of the appeal"), validators=[Length(max=MAX_TEXT_CHARACTERS)])
    category = SelectField(
        _("What is it about?"), validators=[Required(_("Choose what it is about."))]
    )
    kind = SelectField(_("Kind"))
    district = SelectField(_("District"), validators=[Optional()])
    street = SelectField(_("Street or town"), validators=[Optional()])
    day = StringField(_("On which day"), render_kw={"type": "date"})

    def set_choices(self, city: Reference, today: str) -> None:
        """Fill the lists with their choices, and set the day to today."""
        offered = _list_choices(city, date.fromisoformat(today))
        needs = {need.name: need for need in tables.RULES.fields}
        for name in ("category", "kind", "district", "street"):
            self[name].choices = find_choices(needs[name], offered)
        self.kind.choices = term_choices(Kind)
        self.day.data = self.day.data or today

    def validate_day(self, field: StringField) -> None:
        """Refuse a text that is not a date."""
        try:
            date.fromisoformat(typed_text(field))
        except ValueError:
            raise ValidationError(str(_("Enter a day."))) from None

    @property
    def rules_day(self) -> date:
        """Return the day whose rules are tried."""
        return date.fromisoformat(typed_text(self.day))

    def facts(self) -> Asking:
        """Return the facts that routing rules look at."""
        return Asking(
            kind=self.kind.data,
            category=self.category.data,
            district=self.district.data or None,
            street=self.street.data or None,
            text=typed_text(self.text),
        )


def build_row_form(asked: StepForm, before: RowFacts, seen: int) -> RowForm:
    """Build the form of a change; fields that were not sent hold the row's values."""
    built = {need.name: build_field(need) for need in asked.fields}
    made = type("FormOfRow", (RowForm,), built)
    tomorrow = (city_day(act().now) + ONE_DAY).isoformat()
    blank = {need.name: NO for need in asked.fields if need.choices is YesNo}
    form: RowForm = made(
        data={**blank, **tables.show_limit(before), "since": tomorrow, "seen": str(seen)}
    )
    city = load_reference(act())
    for need in asked.fields:
        if need.input not in INPUT_ATTRIBUTES:
            form[need.name].choices = find_choices(need, _list_choices(city, city_day(act().now)))
    return form


def _list_choices(city: Reference, today: date) -> dict[Input, Choices | Grouped]:
    lasting = [
        row for row in city.departments.values() if row.valid_to is None or row.valid_to > today
    ]
    return {
        Input.DEPARTMENT: row_choices(lasting),
        Input.CATEGORY: _indented_categories(city, today),
        Input.DISTRICT: row_choices(city.children(city.offered(city.areas), None)),
        Input.STREET: {
            district.label(language()): row_choices(
                city.children(city.offered(city.areas), district.code)
            )
            for district in city.children(city.offered(city.areas), None)
        },
        Input.ROLE: term_choices(STAFF),
        Input.DUTY: [(duty, text.label(language())) for duty, text in tables.DUTY_LABELS.items()],
    }


def _indented_categories(city: Reference, today: date) -> Choices:
    """Return categories in force at both levels, since a rule may name either."""
    return [
        (row.code, ("— " if row.parent else "") + row.label(language()))
        for row in sorted(city.categories_on(today).values(), key=lambda row: row.code)
    ]


TERMS_OF_KEYS: Mapping[str, type[Term]] = {
    tables.FACTOR_DEMANDS.name: Role,
    tables.RETENTION.name: Kind,
    tables.MESSAGES.name: MessageRule,
}
"""The closed list that the rows of a table are keyed by."""


def table_label(of: str) -> str:
    """Return the label of what a change is of: a table, or one of the other records."""
    if of in tables.TABLES:
        return tables.TABLES[of].label(language())
    return tables.OTHER_RECORDS[of].label(language()) if of in tables.OTHER_RECORDS else of


def row_title(of: str, key: str, facts: RowFacts | None) -> str:
    """Return a row's title: its name, a limit's duty, or the table's own where it has one row."""
    table, said = tables.TABLES.get(of), facts or {}
    name = said.get(language()) or said.get("en") or said.get("name") or ""
    if of == tables.NOTICES and tables.COUNT_FACT in said:
        told = context_message("how many notices", "%(count)s", count=said[tables.COUNT_FACT])
        return told.label(language())
    if table is tables.LIMITS:
        return _limit_title(said)
    if table is not None and of in TERMS_OF_KEYS:
        return TERMS_OF_KEYS[of](key or said[table.fields[0].name]).label(language())
    if table in tables.SINGLE_ROW_TABLES:
        return table.label(language())
    return name or (display.row_label(key) if table else key)


def request_title(listed: ListedRequest) -> str:
    """Return what a two-person request is about: a person with username, a row, an appeal."""
    if listed.has_hidden:
        return str(gettext("restricted appeals"))  # its subject may be the number of one
    wanted = listed.row.wanted
    of = wanted.get("of", tables.ACCOUNTS.name)
    if of != tables.ACCOUNTS.name:
        return row_title(of, listed.row.subject, wanted)
    return f"{listed.person or wanted.get('name', '')} {listed.row.subject}".strip()


def _limit_title(facts: RowFacts) -> str:
    duty = facts.get("duty", "")
    parts = [tables.DUTY_LABELS[duty].label(language()) if duty in tables.DUTY_LABELS else ""]
    if facts.get("kind"):
        parts.append(Kind(facts["kind"]).label(language()))
    parts += [
        need.label(language())
        for need in tables.LIMITS.fields
        if need.choices is YesNo and facts.get(need.name) == YesNo.YES
    ]
    return " · ".join(parts)


CODE_LABELS: dict[Input, Callable[[str], str]] = {
    Input.DEPARTMENT: display.row_label,
    Input.CATEGORY: display.row_label,
    Input.DISTRICT: display.place_label,
    Input.STREET: display.place_label,
}
"""What names the row whose code a field holds."""


def value_in_words(need: Need, text: str | None) -> str:
    """Return a field's value in the reader's words."""
    if not text:
        return display.NO_VALUE
    if need.choices is not None:
        return _term_label(need.choices, text)
    if need.input in INPUTS_IN_WORDS:
        return INPUTS_IN_WORDS[need.input](text)
    return CODE_LABELS.get(need.input, str)(text)


INPUTS_IN_WORDS: dict[Input, Callable[[str], str]] = {
    Input.DAY: lambda text: display.day(date.fromisoformat(text)),
    Input.MOMENT: lambda text: display.moment(parse_moment(text)),
    Input.ROLE: lambda text: Role(text).label(language()),
    Input.DUTY: lambda text: _limit_title({"duty": text}),
}
"""How the values of inputs without a closed list of their own read."""


def _term_label(terms: type[Term], text: str) -> str:
    """Return the label of a term, or of the tier that imports alone set."""
    if text == IMPORTED_TIER:
        return str(gettext("Imported"))
    return terms(text).label(language())


def column_in_words(table: ConfiguredTable, facts: RowFacts, name: str) -> str:
    """Return a value of a row as the table's list shows it."""
    return value_in_words(table.needs[name], tables.show_limit(facts).get(name))


def _calendar_day_label(text: str | None) -> str:
    """Return what the calendar says of a day: worked or off, and for which holiday."""
    if not text:
        return str(_("as the weekday is"))
    working, _blank, name = text.partition(" ")
    return f"{_('worked') if working == YesNo.YES else _('off')} · {name}"


def list_facts(table: ConfiguredTable, facts: RowFacts) -> Iterator[tuple[str, str]]:
    """Yield the label and the value of each field."""
    facts = tables.show_limit(facts)
    for name, need in table.needs.items():
        if name in facts:
            yield need.label(language()), value_in_words(need, facts[name])


def list_differences(change: Change) -> Iterator[tuple[str, str, str]]:
    """Yield what a change alters: a field's label, its value before and after."""
    before, after = map(tables.show_limit, (change.facts_before, change.facts_after))
    if change.of == tables.NOTICES:
        return  # the title says how many years
    table = tables.TABLES.get(change.of)
    other = {need.name: need for need in tables.OTHER_FIELDS.get(change.of, ())}
    needs = table.needs if table else other
    said = dict.fromkeys((*before, *after))
    for name in (*(known for known in needs if known in said), *(said.keys() - needs.keys())):
        was, now = before.get(name), after.get(name)
        need = needs.get(name)
        if was == now and change.step is not ChangeStep.END:
            continue
        if change.of == tables.CALENDAR:
            yield (
                display.day(date.fromisoformat(name)),
                _calendar_day_label(was),
                _calendar_day_label(now),
            )
        elif need is None:
            yield name, was or display.NO_VALUE, now or display.NO_VALUE
        else:
            yield need.label(language()), value_in_words(need, was), value_in_words(need, now)
