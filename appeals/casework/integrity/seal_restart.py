"""Restarting the seals after one was lost: the record of the restart, and its notices.

The new seal covers everything, and its header names the seals that were missing or damaged, who
restarted and why. Every verification reports that.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from appeals.act import Act
from appeals.casework.accounts.staff_notices import (
    StaffNotice,
    find_centre_staff,
    notify_staff,
    without_full_stop,
)
from appeals.casework.integrity.seal_contents import SealProblem
from appeals.casework.integrity.seal_file import (
    DamagedSeal,
    SealHeader,
    SealRestart,
    check_seal,
    derive_seal_key,
    read_header,
)
from appeals.casework.integrity.seal_totals import SealsByNumber
from appeals.domain.messages import Labelled, join_texts, message
from appeals.domain.people import Actor
from appeals.domain.vocabulary import NoticeKind
from appeals.logs import SecurityEvent, log_security_event


def list_restarts(act: Act, files: Mapping[int, Path], checked: SealsByNumber) -> list[SealHeader]:
    """Return the headers of the seals that restarted the series.

    Args:
        act: Whose key seals are checked with.
        files: All files of the folder by number.
        checked: The seals already checked; of the others only the headers are read.
    """
    headers = {number: header for number, (header, _) in checked.items()}
    for number in sorted(files.keys() - headers.keys()):
        with suppress(DamagedSeal):
            if read_header(files[number]).begun_anew is not None:
                headers[number], _ = check_seal(files[number], derive_seal_key(act.secret))
    return [headers[number] for number in sorted(headers) if headers[number].begun_anew is not None]


def acknowledge_losses(
    problems: Sequence[SealProblem], begun: Sequence[SealHeader]
) -> Iterator[SealProblem]:
    """Yield the problems, those known at a restart as acknowledged, and a line for each restart."""
    lost = {name_seal(n) for each in begun if each.begun_anew for n in each.begun_anew.missing}
    for problem in problems:
        yield replace(problem, is_acknowledged=True) if problem.subject in lost else problem
    for header in begun:
        if (anew := header.begun_anew) is not None:
            numbers = ", ".join(map(str, anew.missing))
            told = (
                f"{anew.by} began anew with it on {header.sealed_at:%Y-%m-%d}, for seal {numbers} "
                f"was missing or damaged: {anew.reason}"
            )
            yield replace(make_seal_problem(header.number, told), is_acknowledged=True)


def make_seal_problem(number: int, sentence: str) -> SealProblem:
    """Return a problem with a seal itself."""
    return SealProblem(name_seal(number), sentence)


def name_seal(number: int) -> str:
    """Return the name of a seal in a list of problems."""
    return f"seal {number}"


def notify_of_restart(act: Act, anew: SealRestart, number: int, person: Actor) -> None:
    """Log a restart of the seals and notify all staff of the centre."""
    log_security_event(SecurityEvent.SEALS_BEGUN_ANEW, seal=number, by=person.staff_id)
    words: dict[str, str | Labelled] = {
        "person": message("Seal %(number)s", number=number),
        "what": message(
            "sealing begun anew (seal %(numbers)s missing or damaged)",
            numbers=join_texts(anew.missing),
        ),
        "why": without_full_stop(anew.reason),
        "by": person.name,
    }
    news = StaffNotice(NoticeKind.ACCOUNT_CHANGED, f"seal.{number}.anew", "operator", words=words)
    notify_staff(act, find_centre_staff(act), news)
