"""`appeals seal`: seal the records as they are now."""

from pathlib import Path

import click

from appeals.act import Act
from appeals.casework.integrity.seal_file import SealRestart
from appeals.casework.integrity.seal_restart import notify_of_restart
from appeals.casework.integrity.seal_verification import find_lost_seals
from appeals.casework.integrity.seals import SEALING_LOCK, MadeSeal, make_seal, restart_seals
from appeals.cli.acts import open_act
from appeals.cli.engines import open_settings
from appeals.cli.progress import clear_progress, show_progress
from appeals.database import make_engine, try_advisory_lock
from appeals.domain.messages import message
from appeals.domain.refusals import not_now
from appeals.reporting.editions.draft_review import find_administrator


@click.command("seal")
@click.option("--begin-anew", is_flag=True, help="Seal everything, for an earlier seal is lost.")
@click.option("--as", "username", metavar="USERNAME", help="The administrator who begins anew.")
@click.option("--reason", help="Why the seal is lost; it is kept in the new one and told.")
def seal(*, begin_anew: bool, username: str | None, reason: str | None) -> None:
    """Write a seal: a signed file of what the records are now.

    A seal names what moved and was added since the last one; the first names everything. Prints the
    file and its digest. Keep a copy where nobody who works on this system
    can change it: `appeals verify --seal FILE` compares it with the records.

    Where a seal is lost and in no backup, --begin-anew --as USERNAME --reason TEXT seals everything
    once more. The new seal names the lost ones, the person and the reason for ever, `appeals
    verify` says so each time, and all of the centre are told.
    """
    given = [begin_anew, bool(username), bool(reason and reason.strip())]
    if any(given) and not all(given):
        raise click.UsageError("Give --begin-anew, --as USERNAME and --reason TEXT together.")
    with open_settings() as settings:
        engine = make_engine(settings.database_url, statement_seconds=0)
        with (
            try_advisory_lock(engine, SEALING_LOCK) as alone,
            open_act(settings, "REPEATABLE READ") as act,
        ):
            if not alone:
                raise not_now(message("Another process is making a seal now."))
            made = (
                _begin_anew(act, settings.seals_dir, username, (reason or "").strip())
                if begin_anew
                else make_seal(act, settings.seals_dir, show_progress)
            )
            act.session.commit()
        engine.dispose()
    clear_progress()
    click.echo(f"{made.path}\n{made.digest}")


def _begin_anew(act: Act, folder: Path, username: str | None, reason: str) -> MadeSeal:
    """Restart the seals after some were lost, and notify the centre.

    Raises Refused where no seal is lost, or the username is not an administrator's.
    """
    person = find_administrator(act, username)
    missing = find_lost_seals(act, folder)
    if not missing:
        raise not_now(message("No seal is missing or damaged: nothing begins anew."))
    anew = SealRestart(missing, person.name, reason)
    made = restart_seals(act, folder, anew, show_progress)
    notify_of_restart(act, anew, made.number, person)
    return made
