"""Beginning anew after a seal was lost: what stays said of it, and who is told.

The new seal has everything, and its header names the seals that were missing or damaged, who began
anew and why. Whoever verifies reads that each time.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from appeals.act import Act
from appeals.casework.accounts.staff_notices import (
    Pair,
    StaffNotice,
    find_centre_staff,
    notify_staff,
    without_full_stop,
)
from appeals.casework.integrity.seal_contents import SealProblem
from appeals.casework.integrity.seal_file import (
    BegunAnew,
    DamagedSeal,
    SealHeader,
    check_seal,
    read_header,
    seal_key,
)
from appeals.casework.integrity.seal_totals import Headers
from appeals.domain.people import Actor
from appeals.domain.vocabulary import NoticeKind
from appeals.logs import SecurityEvent, log_security_event


def list_begun_anew(act: Act, files: Mapping[int, Path], checked: Headers) -> list[SealHeader]:
    """Return the headers of seals with which somebody began anew.

    Args:
        act: Whose key seals are checked with.
        files: All files of the folder by number.
        checked: The seals that were checked already; of the others the first lines are read.
    """
    headers = {number: header for number, (header, _) in checked.items()}
    for number in sorted(files.keys() - headers.keys()):
        with suppress(DamagedSeal):
            if read_header(files[number]).begun_anew is not None:
                headers[number], _ = check_seal(files[number], seal_key(act.secret))
    return [headers[number] for number in sorted(headers) if headers[number].begun_anew is not None]


def acknowledge_losses(
    problems: Sequence[SealProblem], begun: Sequence[SealHeader]
) -> Iterator[SealProblem]:
    """Mark what was known when somebody began anew, and say who did each time."""
    lost = {seal_subject(n) for each in begun if each.begun_anew for n in each.begun_anew.missing}
    for problem in problems:
        yield replace(problem, is_acknowledged=True) if problem.subject in lost else problem
    for header in begun:
        if (anew := header.begun_anew) is not None:
            numbers = ", ".join(map(str, anew.missing))
            told = (
                f"{anew.by} began anew with it on {header.sealed_at:%Y-%m-%d}, for seal {numbers} "
                f"was missing or damaged: {anew.reason}"
            )
            yield replace(problem_of_seal(header.number, told), is_acknowledged=True)


def problem_of_seal(number: int, sentence: str) -> SealProblem:
    """Return what is wrong with a seal itself."""
    return SealProblem(seal_subject(number), sentence)


def seal_subject(number: int) -> str:
    """Return how a seal is named among what is wrong."""
    return f"seal {number}"


def tell_begun_anew(act: Act, anew: BegunAnew, number: int, person: Actor) -> None:
    """Log that somebody began anew, and tell the whole centre, as of the command line's acts."""
    log_security_event(SecurityEvent.SEALS_BEGUN_ANEW, seal=number, by=person.staff_id)
    numbers = ", ".join(map(str, anew.missing))
    words: dict[str, str | Pair] = {
        "person": (f"封存第{number}号", f"Seal {number}"),
        "what": (
            f"重新开始封存（第{numbers.replace(', ', '、')}号遗失或损坏）",
            f"sealing begun anew (seal {numbers} missing or damaged)",
        ),
        "why": without_full_stop(anew.reason),
        "by": person.name,
    }
    news = StaffNotice(NoticeKind.ACCOUNT_CHANGED, f"seal.{number}.anew", "operator", words=words)
    notify_staff(act, find_centre_staff(act), news)
