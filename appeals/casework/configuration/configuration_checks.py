"""Validation of configuration changes, table by table."""

import re
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from datetime import date

from appeals.act import Act
from appeals.addresses.email_addresses import read_email
from appeals.casework.accounts import account_changes
from appeals.domain import configuration as tables
from appeals.domain.configuration import Change, ChangeStep, RowFacts
from appeals.domain.messages import message
from appeals.domain.moves.needs import Input, Need, check_needs
from appeals.domain.people import STAFF, normalise_username
from appeals.domain.refusals import not_now, not_valid
from appeals.domain.text.cleaning import clean_line
from appeals.domain.text.folding import fold_look_alikes
from appeals.domain.vocabulary import MessageRule
from appeals.reference.configured_rows import format_moment, parse_moment, read_rows_on
from appeals.reference.reference_data import Reference, load_reference

CODE = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
MAX_USERNAME_CHARACTERS = 40
USERNAME = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{MAX_USERNAME_CHARACTERS - 1}}}", re.ASCII)
MAX_LINE_CHARACTERS = 200
MAX_NUMBER = 100_000
"""Highest value of a number field."""
EMAIL = "email"
MAX_YEARS = 100
"""Longest retention period."""
MOST_OF_MESSAGES: Mapping[str, int] = {
    MessageRule.EARLIEST_HOUR: 23,
    MessageRule.LATEST_HOUR: 24,
    MessageRule.GATHERED_MINUTES: 60,
    MessageRule.REMINDER_DAYS: 29,
}
"""The highest figure of each rule for messages; a rating is open for 30 days."""


def check_given(act: Act, needs: Sequence[Need], typed: RowFacts) -> dict[str, str]:
    """Validate a form's input and return it cleaned, without empty fields.

    Raises Refused (not valid) for a field that is missing, too long, not a number, not an e-mail
    address, or a code that the city does not have.
    """
    given = {name: text for name, each in typed.items() if (text := clean_line(each))}
    if EMAIL in given:
        given[EMAIL] = read_email(given[EMAIL], smtp_utf8=act.reach.smtp_utf8, field=EMAIL)
    if (username := tables.USERNAME.name) in given:
        given[username] = normalise_username(given[username])
    check_needs(needs, given)
    for need in needs:
        if need.input is Input.MOMENT and need.name in given:
            given[need.name] = _read_moment(need, given[need.name])
    city = load_reference(act)
    rows = {
        Input.DEPARTMENT: city.departments,
        Input.CATEGORY: city.categories,
        Input.DISTRICT: city.areas,
        Input.STREET: city.areas,
        Input.DUTY: tables.DUTY_LABELS,
        Input.ROLE: {role.value for role in STAFF},
    }
    for need in needs:
        if text := given.get(need.name, ""):
            _check_field(need, text, rows.get(need.input, {text}))
    return given


def _check_field(need: Need, text: str, allowed: Container[str]) -> None:
    most, number = MAX_LINE_CHARACTERS, MAX_NUMBER
    if len(text) > most:
        told = message("%(field)s: at most %(most)s characters.", field=need, most=most)
        raise not_valid(need.name, told)
    if text not in allowed:
        raise not_valid(need.name, message("Choose: %(field)s.", field=need))
    if need.input is Input.NUMBER and not _is_number(text):
        told = message(
            "%(field)s must be a whole number from 0 to %(most)s.", field=need, most=number
        )
        raise not_valid(need.name, told)


def _read_moment(need: Need, text: str) -> str:
    try:
        return format_moment(parse_moment(text))
    except (ValueError, OverflowError):
        raise not_valid(need.name, message("Enter a date and a time.")) from None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text) <= MAX_NUMBER


def _check_department(act: Act, change: Change) -> None:
    city, after = load_reference(act), change.facts_after
    if change.step is ChangeStep.ADD:
        _check_new_code(after["code"], city.departments)
    if change.step is ChangeStep.END:
        _check_department_end(act, change)
        return
    _check_no_circle(city, after.get("code", change.key), after.get("parent_code"))


def _check_no_circle(city: Reference, code: str, parent: str | None) -> None:
    while parent:
        if parent == code:
            raise not_valid(
                "parent_code",
                message("A department cannot be under itself or one that is under it."),
            )
        parent = city.departments[parent].parent


def _check_department_end(act: Act, change: Change) -> None:
    """Refuse to end a department that rules or other departments still need on that day."""
    city, since = load_reference(act), change.since
    department = city.departments[change.key]
    if department.valid_to is not None and department.valid_to <= since:
        raise not_now(message("This department has ended already."))
    named = [
        rule for rule in city.rules if rule.department == change.key and _holds_after(rule, since)
    ]
    successor = city.departments.get(change.facts_after.get("successor_code", ""))
    if named and successor is None:
        raise not_valid(
            "successor_code",
            message(
                "%(count)s routing rules still name this department then. Name a successor, which "
                "they will name, or change them first.",
                count=len(named),
            ),
        )
    if named and successor is not None:
        check_lead_department(city, successor.code, since, tables.SUCCESSOR.name)
    if any(row.parent == change.key and row.holds_on(since) for row in city.departments.values()):
        raise not_valid(
            "since", message("There are still departments under it then. Change them first.")
        )
    if successor and (successor is department or not successor.holds_on(since)):
        raise not_valid(
            "successor_code",
            message("The successor must be another department, in force on that day."),
        )


def _holds_after(rule: object, since: date) -> bool:
    ends: date | None = getattr(rule, "valid_to", None)
    return ends is None or ends > since


def _check_new_code(code: str, known: object) -> None:
    if not CODE.fullmatch(code):
        raise not_valid(
            "code", message("A code has small letters, digits, dots and hyphens, at most 40.")
        )
    if isinstance(known, dict) and code in known:
        raise not_valid("code", message("This code is already taken."))


def _check_new_username(username: str, known: Collection[str]) -> None:
    """Refuse (not valid) an unusable username, and one easily mistaken for another's."""
    if not USERNAME.fullmatch(username):
        raise not_valid(
            tables.USERNAME.name,
            message(
                "A username has English letters, digits, dots, underscores and hyphens, "
                "begins with a letter or digit, and has at most %(most)s characters.",
                most=MAX_USERNAME_CHARACTERS,
            ),
        )
    if username in known:
        raise not_valid(tables.USERNAME.name, message("This username is already taken."))
    looks = fold_look_alikes(username)
    alike = next((each for each in known if fold_look_alikes(each) == looks), None)
    if alike is not None:
        raise not_valid(
            tables.USERNAME.name,
            message(
                "This username looks like “%(alike)s”, which is taken. Choose another.", alike=alike
            ),
        )


def _check_category(act: Act, change: Change) -> None:
    city, after = load_reference(act), change.facts_after
    if change.step is ChangeStep.ADD:
        _check_new_category(city, after, change.since)
        return
    if not city.categories[change.key].holds_on(change.since):
        raise not_now(message("This category has ended by then."))
    under = city.children(city.categories, change.key)
    if change.step is ChangeStep.END and any(row.holds_on(change.since) for row in under):
        raise not_valid(
            "since", message("There are still categories under it then. End them first.")
        )
    if change.step is ChangeStep.MOVE:
        check_lead_department(city, after[tables.LEAD.name], change.since)
        if change.before == change.after:
            raise not_valid(
                "department_code", message("The category goes to this department already.")
            )


def _check_new_category(city: Reference, after: RowFacts, since: date) -> None:
    code, parent = after["code"], after.get("parent_code")
    _check_new_code(code, city.categories)
    if parent and city.categories[parent].parent:
        raise not_valid("parent_code", message("Categories have two levels only."))
    if parent and not city.categories[parent].holds_on(since):
        raise not_valid("parent_code", message("The one above has ended."))
    upper = code.rpartition(".")[0]
    if upper != (parent or ""):
        raise not_valid(
            "code",
            message(
                "The code of a category under another is that one's code, a dot and a name "
                "of its own, such as water.burst; without one above it, it has no dot."
            ),
        )


def check_lead_department(
    city: Reference, code: str, since: date, field: str = tables.LEAD.name
) -> None:
    """Refuse a department that is not in force on the day, or ends after it."""
    department = city.departments[code]
    if not department.holds_on(since) or department.valid_to is not None:
        raise not_valid(
            field,
            message("%(department)s is not in force from that day on.", department=department),
        )


def _check_rule(act: Act, change: Change) -> None:
    city, before = load_reference(act), change.facts_before
    ends = before.get(tables.ENDS.name)
    if change.step is not ChangeStep.ADD and ends and ends <= change.since.isoformat():
        raise not_now(message("This rule has ended by then."))
    if change.after is None:
        return
    check_lead_department(city, change.after[tables.LEAD.name], change.since)
    street = city.areas.get(change.after.get("street", ""))
    if street is not None and street.parent != change.after.get("district"):
        raise not_valid("street", message("Choose a street or town of that district."))


def _check_limit(act: Act, change: Change) -> None:
    after = change.facts_after
    if after["amount"] == "0":
        raise not_valid("amount", message("A limit is more than nothing."))
    known = read_rows_on(act, tables.LIMITS, change.since)
    if change.step is ChangeStep.ADD and tables.limit_key(after) in known:
        raise not_valid("duty", message("There is such a limit already: change that one."))


def _check_account(act: Act, change: Change) -> None:
    if change.step is ChangeStep.ADD:
        known = read_rows_on(act, tables.ACCOUNTS, change.since)
        _check_new_username(change.facts_after[tables.USERNAME.name], known)
    account_changes.check_account_change(act, change)


def _check_campaign(act: Act, change: Change) -> None:
    del act, change


def _check_downtime(act: Act, change: Change) -> None:
    """Refuse a downtime with one end only, one that ends before it begins, and one that is over."""
    after = change.facts_after
    begins, ends = after.get(tables.STARTS_AT.name, ""), after.get(tables.ENDS_AT.name, "")
    if bool(begins) != bool(ends):
        missing = tables.ENDS_AT if begins else tables.STARTS_AT
        raise not_valid(missing.name, message("Enter when it begins and when it ends, or neither."))
    if begins and ends <= begins:
        raise not_valid(tables.ENDS_AT.name, message("It has to end after it begins."))
    if ends and parse_moment(ends) <= act.now:
        raise not_valid(tables.ENDS_AT.name, message("It would be over already."))


def _check_factor_demand(act: Act, change: Change) -> None:
    del act
    if change.before is not None and change.after is not None:
        was, is_now = (facts[tables.DEMANDED.name] for facts in (change.before, change.after))
        if was == is_now:
            raise not_valid("demanded", message("This is so already."))


def _check_retention(act: Act, change: Change) -> None:
    del act
    if int(change.facts_after.get(tables.YEARS.name, 0)) > MAX_YEARS:
        raise not_valid("years", message("At most %(most)s years.", most=MAX_YEARS))


def _check_message_rule(act: Act, change: Change) -> None:
    """Refuse a figure beyond its rule, and hours of which none is left for messages.

    The other hour may have a change planned for later: a day without an hour would hold back every
    message from then on.
    """
    rule, figure = change.key, int(change.facts_after[tables.FIGURE.name])
    if figure > MOST_OF_MESSAGES[rule]:
        told = message(
            "%(rule)s: at most %(most)s.", rule=MessageRule(rule), most=MOST_OF_MESSAGES[rule]
        )
        raise not_valid(tables.FIGURE.name, told)
    rows = read_rows_on(act, tables.MESSAGES, change.since)
    hours = {
        key: [int(each[tables.FIGURE.name]) for each in (rows[key].facts, *rows[key].coming)]
        for key in (MessageRule.EARLIEST_HOUR, MessageRule.LATEST_HOUR)
    } | {rule: [figure]}
    if max(hours[MessageRule.EARLIEST_HOUR]) >= min(hours[MessageRule.LATEST_HOUR]):
        told = message("Messages have to end at a later hour than they begin.")
        raise not_valid(tables.FIGURE.name, told)


CHECKS: dict[str, Callable[[Act, Change], None]] = {
    tables.DEPARTMENTS.name: _check_department,
    tables.CATEGORIES.name: _check_category,
    tables.RULES.name: _check_rule,
    tables.LIMITS.name: _check_limit,
    tables.CAMPAIGN.name: _check_campaign,
    tables.DOWNTIME.name: _check_downtime,
    tables.ACCOUNTS.name: _check_account,
    tables.FACTOR_DEMANDS.name: _check_factor_demand,
    tables.RETENTION.name: _check_retention,
    tables.MESSAGES.name: _check_message_rule,
}
