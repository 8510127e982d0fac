"""Editions for tests, made as people make them: compiled, reviewed, then published."""

from http import HTTPStatus
from pathlib import Path

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.domain.calendar import Period
from appeals.domain.people import Role
from appeals.models.report import EditionFile, Report
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import draft_review, editions
from appeals.reporting.formats import edition_files

PUBLIC = {"zh": "/public", "en": "/en/public"}
"""Where what is published stands, in each language."""


def by_administrator(act: Act) -> Act:
    """Return the act by an administrator of the city, who is hired where there is none."""
    person = act.session.scalar(draft_review.ACTIVE_ADMINISTRATORS.limit(1))
    if person is None:
        staff_accounts.add_staff(act, "sun", "Administrator Sun", Role.ADMINISTRATOR)
        act.session.flush()  # the look-up reads the row
    return act.by(draft_review.find_administrator(act, person.username if person else None))


def publish_draft(act: Act, period: Period, reason: str | None = None) -> Report:
    """Review the period's draft and publish it."""
    by = by_administrator(act)
    draft = monthly_drafts.find_draft(act, period)
    assert draft is not None
    draft_review.review_draft(by, period, draft.id)
    return editions.publish_edition(by, period, reason)


def published(act: Act, period: Period, reason: str | None = None) -> Report:
    """Compile the period as of the act's now, review it and publish it."""
    act.session.flush()  # the count reads the rows
    monthly_drafts.compile_draft(act, period)
    return publish_draft(act, period, reason)


def make_files(
    act: Act,
    data_dir: Path,
    form: str | None = None,
    language: str | None = None,
    address: str | None = None,
) -> None:
    """Make the files of every edition as the worker does.

    Or only those of a form, of a language, and of the period that stands in an address.
    """
    edition_files.request_missing_files(act)
    missing = sa.select(EditionFile, Report).where(EditionFile.made_at.is_(None))
    for file, report in act.session.execute(missing.join(Report)).all():
        if (
            form in {None, file.form}
            and (not file.language or language in {None, file.language})
            and (address is None or Period(report.start, report.end).label in address)
        ):
            edition_files.make_file(data_dir, edition_files.read_edition(act, file), file)
            edition_files.note_outcome(act, file, None)
    act.session.commit()


def sent(browser: FlaskClient, act: Act, address: str) -> TestResponse:
    """Return the file of an edition at an address such as `/en/public/reports/2026-03.pdf`.

    It is made first, where it is not yet.
    """
    language = address.split("/")[1].replace("public", "zh")
    data_dir = browser.application.config["SETTINGS"].data_dir
    make_files(act, data_dir, address.rpartition(".")[2], language, address)
    answer = browser.get(address, buffered=True)
    assert answer.status_code == HTTPStatus.OK, address
    return answer
