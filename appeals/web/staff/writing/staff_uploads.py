"""Files that came with the form of an answer or a note: stored, or removed again."""

from flask import current_app, request

from appeals.casework.answers import staff_files
from appeals.casework.answers.staff_files import WITH_FILES, SentFile
from appeals.casework.photos.photo_decoding import MAX_UPLOAD_BYTES, Upload, reserve_place
from appeals.domain.lifecycle import MoveRule
from appeals.domain.refusals import Refused
from appeals.domain.vocabulary import FileShows
from appeals.models.appeal import Appeal
from appeals.settings import Settings
from appeals.web.shared import request as edge
from appeals.web.shared.texts import language

UPLOAD_FIELDS = {
    "files_before": FileShows.BEFORE,
    "files_after": FileShows.AFTER,
    "files": FileShows.OTHER,
}
"""The form fields of files, and what a file of each shows."""
ADD_FIELD, REMOVE_FIELD = "add_files", "remove_file"
"""The buttons that add the chosen files, and remove one, without sending the form."""


def is_about_files(move: MoveRule) -> bool:
    """Return whether the form came to add or remove files, and is not to be sent yet."""
    return move.action in WITH_FILES and bool({ADD_FIELD, REMOVE_FIELD} & request.form.keys())


def take_sent_files(appeal: Appeal, move: MoveRule) -> list[str]:
    """Store the files that came with the form; return a sentence for each that was not stored.

    What is stored stays even where the form is refused. The transaction so far is committed, so
    that no lock or connection is held while files are checked.
    """
    if move.action not in WITH_FILES:
        return []
    if REMOVE_FIELD in request.form:
        removed = request.form.get(REMOVE_FIELD, 0, int)
        staff_files.remove_file(edge.act(), appeal, move.action, removed)
    sent = [
        SentFile(Upload(each.filename, each.stream.read(MAX_UPLOAD_BYTES + 1)), shows)
        for field, shows in UPLOAD_FIELDS.items()
        for each in request.files.getlist(field)
        if each.filename
    ]
    if not sent:
        return []
    try:
        refused = _check_and_store(appeal, move, sent)
    except Refused as problem:
        edge.act().session.rollback()
        refused = [problem]
    return [problem.label(language()) for problem in refused]


def _check_and_store(appeal: Appeal, move: MoveRule, sent: list[SentFile]) -> list[Refused]:
    """Check and store the files. Raises Refused, too many where no decoder is free."""
    act, settings = edge.act(), _settings()
    with reserve_place():
        stored = staff_files.list_source_hashes(act, appeal, move.action)
        edge.commit_so_far()
        checked = staff_files.check_files(sent, stored, settings.scan_command, act.actor.staff_id)
    refused = staff_files.store_files(act, settings.files_dir, appeal, move.action, checked)
    edge.commit_so_far()
    return refused


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
