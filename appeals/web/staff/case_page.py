"""The staff's case page and the view that makes every move, for desk and centre."""

from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from appeals.cases.access import open_case, sees_restricted
from appeals.casework.answers import staff_files
from appeals.casework.handling import moves, notice_reading
from appeals.domain.calendar import city_day
from appeals.domain.contact import ContactDetails
from appeals.domain.lifecycle import MOVE_RULES, MOVES, MoveRule
from appeals.domain.moves.needs import CHANNEL, RECOGNISED_BY, Input, Need
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, not_allowed, not_found
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import AccessKind, Channel
from appeals.models.appeal import Appeal
from appeals.models.appeal import Move as Made
from appeals.queries import case_file, history, similar_appeals, staff_pages, team, watch_list
from appeals.queries.administration import permissions
from appeals.queries.case_file import CaseFile
from appeals.queries.similar_appeals import SimilarAppeal
from appeals.reference.reference_data import load_reference
from appeals.web.shared import noted_accesses
from appeals.web.shared.display import place_label, row_label
from appeals.web.shared.forms import (
    Grouped,
    MoveForm,
    Offered,
    RevealContactForm,
    add_refusal,
    build_move_form,
    build_reveal_form,
    grouped_choices,
    row_choices,
)
from appeals.web.shared.request import act
from appeals.web.shared.return_page import PLACE_FIELD, find_held_form, held_fields
from appeals.web.shared.texts import gettext, language
from appeals.web.staff.caller_forms import CallerForm, build_caller_form, list_plain_moves
from appeals.web.staff.dispatching import centre_messages
from appeals.web.staff.dispatching.queue_place import read_queue_place
from appeals.web.staff.done_messages import warn_of_absence
from appeals.web.staff.gone_page import answer_gone
from appeals.web.staff.list_place import read_place
from appeals.web.staff.writing import answer_forms, note_forms, staff_uploads

UNFOLD_ARGUMENT = "unfold"
"""The argument of a case's address with the move whose form stands open."""
MOVE_BY_NAME = {move.action.value: move for move in MOVES if move.start and not move.for_caller}
"""The moves of staff on an appeal, by the last part of their address."""
CALLS = frozenset({Action.CONTACT, Action.TRY_CONTACT})
"""The moves of the first contact, which has a page of its own."""
CALLER_PATH = "for-caller"
"""The last part of the address that takes the moves for a caller."""
DRAFT_PATH = "/draft"
"""The end of the address that saves the draft of an answer."""
ALWAYS = frozenset(State)
"""The start states of notes and corrections, whose forms stand below the others."""
SUGGESTS = frozenset({"centre", "desk"})
"""The blueprints whose case page suggests similar appeals."""
CITY_ROW_INPUTS = frozenset({Input.DEPARTMENT, Input.CATEGORY})
PLACE_INPUTS = frozenset({Input.DISTRICT, Input.STREET})


def show_case(
    number: str,
    tried: MoveRule | None = None,
    came: MoveForm | CallerForm | None = None,
    *,
    asked: RevealContactForm | None = None,
    contact: ContactDetails | None = None,
) -> str:
    """Show the case page; after a refusal with the form that `came` for the move `tried`.

    Where others moved the appeal since the form was opened, the page says what they did. `contact`
    is masked except where it was `asked` for with a reason.
    """
    file = case_file.open_case_file(act(), number)
    notice_reading.mark_case_read(act(), file.appeal)
    if contact is None:  # revealing the contact is logged as such
        noted_accesses.note_access(AccessKind.CASE_VIEWED, file.appeal.id)
    sent = came if isinstance(came, MoveForm) else None
    since = _list_missed_moves(file, came)  # before a form is told of them
    forms = _build_forms(file, tried, sent)
    return render_template(
        "staff/desk/case.html",
        file=file,
        since=since,
        history=history.load_history(act(), file),
        contact=contact or staff_pages.masked_contact(act(), file),
        is_whole=contact is not None,
        look=asked or build_reveal_form(blank=True),
        looks=staff_pages.list_contact_looks(act(), file.appeal),
        forms=forms,
        tried=tried,
        sent=sent,
        chosen=lambda made: list(list_chosen_values(made, file)),
        in_words=lambda need: _value_in_words(need, sent[need.name].data, file) if sent else "",
        post_to=f"{request.blueprint}.move",
        **_place_panel(),
        **answer_forms.build_writing_panels(file, forms, sent),
        **_context_panel(file),
        **_caller_panel(file, came if isinstance(came, CallerForm) else None),
    )


def _place_panel() -> dict[str, object]:
    """Return the place in the list from which the case was opened, and the list's next case.

    A move leads on by unfolding the form of the one that comes after it.
    """
    place = read_place() if request.blueprint == "desk" else None
    return {
        "place": place,
        "from_queue": read_queue_place(),
        "following": place.find_next() if place else None,
        "unfolded": request.args.get(UNFOLD_ARGUMENT),
        "look_at": f"{request.blueprint}.contact",
        "calls_from": "desk.first_contact" if request.blueprint == "desk" else None,
    }


def _context_panel(file: CaseFile) -> dict[str, object]:
    """Return the promises, the finish that an extension would give, the watch, similar appeals."""
    return {
        "similar": _find_similar(file),
        "tries": staff_pages.count_contact_tries(act(), file.case),
        "promises": staff_pages.list_running_promises(act(), file.case),
        "card_without_date": staff_pages.card_without_date(act(), file),
        "extended_to": staff_pages.extension_asked_for(act(), file.case),
        "watch": watch_list.load_watch(act(), file.appeal),
    }


def _find_similar(file: CaseFile) -> Sequence[SimilarAppeal]:
    """Return the similar appeals; none for administrators, and none where nothing can be read."""
    if request.blueprint not in SUGGESTS or file.erased_at is not None:
        return ()
    return similar_appeals.find_similar_to_appeal(act(), file.appeal, file.statement)


def show_case_with_held_form(number: str) -> str:
    """Show one appeal, with the form that was held over a sign-in where the address names one."""
    way = f"{url_for(f'{request.blueprint}.case', number=number)}/"
    held = find_held_form(act(), way)
    if held is None:
        return show_case(number)
    if held.path == f"{way}{CALLER_PATH}" and request.blueprint == "centre":
        return show_case(number, came=build_caller_form(held=held_fields(held)))
    move = MOVE_BY_NAME.get(held.path.removeprefix(way).removesuffix(DRAFT_PATH))
    if move is None or act().actor.role not in move.by:
        return show_case(number)
    return show_case(
        number, move, build_move_form(move, _list_choices([move]), held=held_fields(held))
    )


def make_move(number: str, name: str) -> ResponseReturnValue:
    """Make the move, then show the case; a refusal shows the page with what was typed."""
    move = MOVE_BY_NAME.get(name)
    try:
        appeal = open_case(act(), number)
    except Refused as problem:
        return answer_gone(number, problem)
    if move is None:
        raise not_found()
    if act().actor.role not in move.by:
        raise not_allowed()
    form = build_move_form(move, _list_choices([move]))
    if (page := _prepare_move(appeal, move, form)) is not None:
        return page
    answer_forms.drop_unknown_template(form)
    try:
        moves.refuse_if_moved_since(act(), appeal, form.moves_seen)
        held_by = appeal.holder
        made = staff_files.make_move_with_files(act(), appeal, move.action, form.typed_values(move))
        note_forms.tell_mentioned(appeal, made)
    except Refused as problem:
        add_refusal(form, problem)
        act().session.rollback()
        return _show_refused(number, move, form, problem)
    centre_messages.flash_move(appeal, made, held_by)
    warn_of_absence(made.facts.get("officer", ""))
    return redirect(_next_address(move, appeal), 303)


def _prepare_move(appeal: Appeal, move: MoveRule, form: MoveForm) -> ResponseReturnValue | None:
    """Insert a template, or store files and check the fields; None where the move can be made."""
    if "insert" in request.form:
        answer_forms.insert_template(form)
        return show_case(appeal.number, move, form)
    refused = staff_uploads.take_sent_files(appeal, move)
    if not staff_uploads.is_about_files(move):
        form.validate()
    elif not refused:
        return show_case(appeal.number, move, form)
    form.form_errors += refused
    page = show_case(appeal.number, move, form) if form.errors else None
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if page is not None else None


def _show_refused(number: str, move: MoveRule, form: MoveForm, problem: Refused) -> tuple[str, int]:
    """Show the case with the refused form, or what was typed where the case is gone meanwhile."""
    try:
        return show_case(number, move, form), problem.kind.value
    except Refused as gone:
        return answer_gone(number, gone)


def _next_address(move: MoveRule, appeal: Appeal) -> str:
    """Return the address of the move's queue, or of the case at its place in the list.

    Who made an appeal restricted and lacks the permission cannot open it any more.
    """
    number = appeal.number
    if appeal.restricted:
        _warn_of_missing_permission(move, appeal)
        if not sees_restricted(act().actor):
            flash(
                gettext(
                    "%(number)s is restricted now: only staff with the permission see it.",
                    number=number,
                )
            )
            return url_for(f"{request.blueprint}.index")
    place = read_queue_place()
    if place is not None:
        return place.address
    return case_address(number)


def case_address(number: str, unfolded: Action | None = None) -> str:
    """Return the address of a case, at its place in the list from which it was opened.

    The form of the move `unfolded` stands open there.
    """
    place = request.values.get(PLACE_FIELD) or None
    address = url_for(
        f"{request.blueprint}.case", number=number, list=place, unfold=unfolded or None
    )
    return f"{address}#do-{unfolded.value}" if unfolded else address


def _warn_of_missing_permission(move: MoveRule, appeal: Appeal) -> None:
    """Warn who dispatched a restricted appeal where nobody of the department may see it."""
    sent = any(need.input is Input.DEPARTMENT and need.required for need in move.fields)
    if sent and appeal.holder not in permissions.find_departments_with_permission(act()):
        flash(
            gettext(
                "Nobody at %(department)s may see restricted appeals. The supervisors are told "
                "instead, until somebody there has the permission.",
                department=row_label(appeal.holder),
            )
        )


def build_blank_forms(possible: Iterable[MoveRule]) -> dict[MoveRule, MoveForm]:
    """Build an empty form for each move that a queue offers."""
    moves = list(possible)
    offered = _list_choices(moves)
    return {move: build_move_form(move, offered, blank=True) for move in moves}


def _list_missed_moves(file: CaseFile, came: MoveForm | CallerForm | None) -> list[Made]:
    """Return the moves that others made since the form was opened."""
    seen = came.seen.data if came else None
    return file.since(seen) if seen is not None else []


def _caller_panel(file: CaseFile, sent: CallerForm | None) -> dict[str, object]:
    """Return what the part for a citizen who calls shows; nothing outside the centre."""
    possible = [move for move in file.open if move.for_caller]
    if request.blueprint != "centre" or not possible:
        return {"caller": None}
    number = request.args.get("caller", "")
    form = sent or build_caller_form(blank=True, calling_number=number)
    return {
        "caller": form,
        "caller_came": sent is not None,
        "caller_moves": list_plain_moves(possible),
        "caller_more": {move.action.value: move for move in possible},
        "caller_opens": bool(sent or number) or act().actor.role is Role.OPERATOR,
    }


def _build_forms(
    file: CaseFile, tried: MoveRule | None, sent: MoveForm | None
) -> dict[MoveRule, MoveForm]:
    """Build a form for each open move: the refused one first, then those that lead onward."""
    offered = _list_choices(file.open)
    onward = sorted(
        (move for move in file.open if not move.for_caller and move.action not in CALLS),
        key=lambda move: (not move.to, move.start >= ALWAYS),
    )
    forms = {
        move: build_move_form(move, offered, blank=True) for move in onward if move is not tried
    }
    if tried in file.open and sent is not None:
        forms = {tried: sent, **forms}
    for move, form in forms.items():
        form.seen.data = file.appeal.moves_made
        _offer_departments(form, file.appeal)
        if move is not tried and file.reason and "department" in form:
            form["department"].data = file.reason.department
    return forms


def _offer_departments(form: MoveForm, appeal: Appeal) -> None:
    """Leave out departments that a restricted appeal must not go to.

    Departments without anybody who may see it are marked.
    """
    if not appeal.restricted or "department" not in form:
        return
    city, complained = load_reference(act()), appeal.complained_department or ""
    permitted = permissions.find_departments_with_permission(act())
    nobody = gettext("nobody with the permission")
    form["department"].choices = [
        (code, label if not code or code in permitted else f"{label} ({nobody})")
        for code, label in form["department"].choices
        if not code or not city.is_within(code, complained)
    ]


def _list_choices(possible: Iterable[MoveRule]) -> Offered:
    """Return the choices of the city's rows; colleagues only where a move assigns one."""
    city, today = load_reference(act()), city_day(act().now)
    offered: dict[Input, list[tuple[str, str]] | Grouped] = {
        Input.DEPARTMENT: row_choices(list(city.offered(city.departments_on(today)).values())),
        Input.CATEGORY: grouped_choices(city, city.offered(city.categories_on(today))),
        Input.DISTRICT: row_choices(city.children(city.offered(city.areas), None)),
        Input.STREET: grouped_choices(city, city.offered(city.areas)),
    }
    if any(need.input is Input.OFFICER for move in possible for need in move.fields):
        offered[Input.OFFICER] = [
            (str(key), name.label(language())) for key, name in team.list_assignable(act()).items()
        ]
    return offered


def list_chosen_values(made: Made, file: CaseFile) -> Iterator[str]:
    """Yield the recorded values of a move besides its words, each with its label."""
    if RECOGNISED_BY in made.facts:
        yield gettext(
            "For the citizen, who asked through: %(channel)s",
            channel=Channel(made.facts[CHANNEL]).label(language()),
        )
    for need in MOVE_RULES[made.action].recorded_fields:
        if need.name == CHANNEL:
            continue
        value = made.facts.get(need.name)
        if value:
            yield need.with_value(_value_in_words(need, value, file)).label(language())


def _value_in_words(need: Need, value: str, file: CaseFile) -> str:
    if need.choices is not None and value in {term.value for term in need.choices}:
        return need.choices(value).label(language())
    if need.input in PLACE_INPUTS:
        return place_label(value)
    if need.input in CITY_ROW_INPUTS:
        return row_label(value)
    if need.input is Input.OFFICER and value.isdecimal():
        return file.people.get(int(value), value)
    return value
