"""The case as the office's sheet (办理单) to print, with boxes for approval.

The browser prints the page or saves it as a PDF. So no file with personal data is stored on the
server, and nobody waits for the worker.
"""

from flask import render_template, request

from appeals.cases.access import may_see_contact
from appeals.domain.contact import ContactDetails
from appeals.domain.vocabulary import AccessKind
from appeals.queries import case_file, staff_pages
from appeals.web.shared import noted_accesses
from appeals.web.shared.forms import RevealContactForm, build_reveal_form
from appeals.web.shared.request import act
from appeals.web.staff.case_page import list_chosen_values

PAGES_WITH_CONTACT = frozenset({"desk", "centre"})
"""The audiences whose sheet can show the whole contact."""


def show_sheet(
    number: str, *, asked: RevealContactForm | None = None, contact: ContactDetails | None = None
) -> str:
    """Show the sheet, masked like the page; the access log records it as a print.

    `contact` is masked except where it was `asked` for with a reason.
    """
    file = case_file.open_case_file(act(), number)
    noted_accesses.note_access(AccessKind.PRINTED, file.appeal.id)
    may_ask = request.blueprint in PAGES_WITH_CONTACT and may_see_contact(act().actor, file.appeal)
    return render_template(
        "staff/desk/sheet.html",
        file=file,
        contact=contact or staff_pages.masked_contact(act(), file),
        is_whole=contact is not None,
        look=(asked or build_reveal_form(blank=True)) if may_ask else None,
        promises=staff_pages.list_running_promises(act(), file.case),
        answer=case_file.find_newest_answer(file),
        chosen=lambda made: list(list_chosen_values(made, file)),
    )
