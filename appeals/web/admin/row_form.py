"""The form of a step on one of the city's rows, and its facts in the reader's words."""

from collections.abc import Iterator
from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError

from appeals.domain import configuration as tables
from appeals.domain.calendar import ONE_DAY, city_day
from appeals.domain.configuration import Change, ChangeStep, ConfiguredTable, RowFacts, StepForm
from appeals.domain.moves.needs import Input, Need
from appeals.domain.people import STAFF, Role
from appeals.domain.routing import RoutingFacts as Asking
from appeals.domain.vocabulary import Kind, Term, YesNo
from appeals.queries.administration.staff_requests import ListedRequest
from appeals.reference.reference_data import IMPORTED_TIER, Reference, load_reference
from appeals.web.shared import display
from appeals.web.shared.forms import (
    LINE_MOST,
    TYPED,
    WORDS_MOST,
    Choices,
    Grouped,
    choices_of,
    field_of,
    rows,
    terms,
    typed,
)
from appeals.web.shared.request import act, language
from appeals.web.shared.text_fields import PageForm, Required

NO = YesNo.NO.value


class RowForm(PageForm):
    """The base of a step's form: from which day, why, and the row's last change as it was read."""

    since = StringField(_("From which day"), render_kw={"type": "date"}, validators=[Optional()])
    why = StringField(_("Why"), validators=[Required(_("Say why.")), Length(max=LINE_MOST)])
    seen = HiddenField()

    def given(self) -> dict[str, str]:
        """Give what was typed, by field."""
        return {
            name: field.data or ""
            for name, field in self._fields.items()
            if name not in {"seen", "csrf_token"}
        }

    @property
    def seen_number(self) -> int:
        """Give the number of the last change that the page was made with."""
        text = typed(self.seen)
        return int(text) if text.isdecimal() else 0


class TrialForm(PageForm):
    """A made-up appeal, for trying the routing rules of a day."""

    text = TextAreaField(_("Text of the appeal"), validators=[Length(max=WORDS_MOST)])
    category = SelectField(
        _("What is it about?"), validators=[Required(_("Choose what it is about."))]
    )
    kind = SelectField(_("Kind"))
    district = SelectField(_("District"), validators=[Optional()])
    street = SelectField(_("Street or town"), validators=[Optional()])
    day = StringField(_("On which day"), render_kw={"type": "date"})

    def offer(self, city: Reference, today: str) -> None:
        """Give the lists their choices, and today as the day."""
        offered = _offered(city, date.fromisoformat(today))
        needs = {need.name: need for need in tables.RULES.fields}
        for name in ("category", "kind", "district", "street"):
            self[name].choices = choices_of(needs[name], offered)
        self.kind.choices = terms(Kind)
        self.day.data = self.day.data or today

    def validate_day(self, field: StringField) -> None:
        """Refuse what is no day."""
        try:
            date.fromisoformat(typed(field))
        except ValueError:
            raise ValidationError(str(_("Enter a day."))) from None

    @property
    def on(self) -> date:
        """Give the day that the rules are asked for."""
        return date.fromisoformat(typed(self.day))

    def facts(self) -> Asking:
        """Give what the rules look at."""
        return Asking(
            kind=self.kind.data,
            category=self.category.data,
            district=self.district.data or None,
            street=self.street.data or None,
            text=typed(self.text),
        )


def row_form(asked: StepForm, before: RowFacts, seen: int) -> RowForm:
    """Make the form of a step; fields not sent stand as the row has them."""
    built = {need.name: field_of(need) for need in asked.fields}
    made = type("FormOfRow", (RowForm,), built)
    tomorrow = (city_day(act().now) + ONE_DAY).isoformat()
    blank = {need.name: NO for need in asked.fields if need.choices is YesNo}
    form: RowForm = made(data={**blank, **before, "since": tomorrow, "seen": str(seen)})
    city = load_reference(act())
    for need in asked.fields:
        if need.input not in TYPED:
            form[need.name].choices = choices_of(need, _offered(city, city_day(act().now)))
    return form


def _offered(city: Reference, today: date) -> dict[Input, Choices | Grouped]:
    lasting = [
        row for row in city.departments.values() if row.valid_to is None or row.valid_to > today
    ]
    shown = language() == "zh"
    return {
        Input.DEPARTMENT: rows(lasting),
        Input.CATEGORY: _indented(city, today),
        Input.DISTRICT: rows(city.children(city.offered(city.areas), None)),
        Input.STREET: {
            district.label(language()): rows(city.children(city.offered(city.areas), district.code))
            for district in city.children(city.offered(city.areas), None)
        },
        Input.ROLE: terms(STAFF),
        Input.DUTY: [(duty, zh if shown else en) for duty, (zh, en) in tables.DUTY_LABELS.items()],
    }


def _indented(city: Reference, today: date) -> Choices:
    """Give both levels of the categories in force, for a rule may name either."""
    return [
        (row.code, ("— " if row.parent else "") + row.label(language()))
        for row in sorted(city.categories_on(today).values(), key=lambda row: row.code)
    ]


def table_label(of: str) -> str:
    """Name what a change is of: one of the tables, the calendar, the notices."""
    if of in tables.TABLES:
        return tables.TABLES[of].label(language())
    zh, en = tables.OTHER_RECORDS.get(of, (of, of))
    return zh if language() == "zh" else en


def title(of: str, key: str, facts: RowFacts | None) -> str:
    """Name a row: its name, what a limit is for, or the table itself where it has one row."""
    table, said = tables.TABLES.get(of), facts or {}
    name = said.get(language()) or said.get("name") or ""
    if of == tables.NOTICES and tables.COUNT_FACT in said:
        return f"{said[tables.COUNT_FACT]}{'条' if language() == 'zh' else ''}"
    if table is tables.LIMITS:
        return _limit_title(said)
    if table is tables.FACTOR_DEMANDS:
        return Role(key or said["role"]).label(language())
    if table is tables.RETENTION:
        return Kind(key or said["kind"]).label(language())
    if table is tables.CAMPAIGN:
        return table.label(language())
    return name or (display.row_label(key) if table else key)


def request_title(listed: ListedRequest) -> str:
    """Name what a two-person request is about: a person with the username, a row, an appeal."""
    if listed.has_hidden:
        return str(gettext("restricted appeals"))  # its subject may be the number of one
    wanted = listed.row.wanted
    of = wanted.get("of", tables.ACCOUNTS.name)
    if of != tables.ACCOUNTS.name:
        return title(of, listed.row.subject, wanted)
    return f"{listed.person or wanted.get('name', '')} {listed.row.subject}".strip()


def _limit_title(facts: RowFacts) -> str:
    zh, en = tables.DUTY_LABELS.get(facts.get("duty", ""), ("", ""))
    parts = [zh if language() == "zh" else en]
    if facts.get("kind"):
        parts.append(Kind(facts["kind"]).label(language()))
    parts += [
        need.label(language())
        for need in tables.LIMITS.fields
        if need.choices is YesNo and facts.get(need.name) == YesNo.YES
    ]
    return " · ".join(parts)


def worded(need: Need, text: str | None) -> str:
    """Give what a field says in the reader's words."""
    if not text:
        return display.NOTHING
    if need.choices is not None:
        return _term_label(need.choices, text)
    if need.input is Input.DAY:
        return display.day(date.fromisoformat(text))
    if need.input is Input.ROLE:
        return Role(text).label(language())
    if need.input is Input.DUTY:
        return _limit_title({"duty": text})
    coded = (Input.DEPARTMENT, Input.CATEGORY, Input.DISTRICT, Input.STREET)
    return display.row_label(text) if need.input in coded else text


def _term_label(terms: type[Term], text: str) -> str:
    """Give the label of a term; an imported row bears a mark that is offered to nobody."""
    if text == IMPORTED_TIER:
        return str(gettext("Imported"))
    return terms(text).label(language())


def _of_day(text: str | None) -> str:
    """Say what the calendar says of a day: worked or off, and for which holiday."""
    if not text:
        return str(_("as the weekday is"))
    working, _blank, name = text.partition(" ")
    return f"{_('worked') if working == YesNo.YES else _('off')} · {name}"


def facts_of(table: ConfiguredTable, facts: RowFacts) -> Iterator[tuple[str, str]]:
    """Give each field's label and what it says."""
    for name, need in table.needs.items():
        if name in facts:
            yield need.label(language()), worded(need, facts[name])


def differences(change: Change) -> Iterator[tuple[str, str, str]]:
    """Give what a change alters: each field's label, before and after in words."""
    before, after = change.before or {}, change.after or {}
    if change.of == tables.NOTICES:
        return  # the title says how many
    table = tables.TABLES.get(change.of)
    needs = table.needs if table else {}
    said = dict.fromkeys((*before, *after))
    for name in (*(known for known in needs if known in said), *(said.keys() - needs.keys())):
        was, now = before.get(name), after.get(name)
        need = needs.get(name)
        if was == now and change.step is not ChangeStep.END:
            continue
        if change.of == tables.CALENDAR:
            yield display.day(date.fromisoformat(name)), _of_day(was), _of_day(now)
        elif need is None:
            yield name, was or display.NOTHING, now or display.NOTHING
        else:
            yield need.label(language()), worded(need, was), worded(need, now)
