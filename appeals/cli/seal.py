"""`appeals seal`: seal the records as they are now."""

import click

from appeals.casework.integrity.seals import LOCK, make_seal
from appeals.cli.engines import settings_here
from appeals.cli.working import act_of, tell, told
from appeals.database import make_engine, only_one
from appeals.domain.refusals import not_now


@click.command()
def seal() -> None:
    """Seal what moved and was added since the last seal; the first time, everything.

    Prints the file that it wrote and its digest. Keep a copy where nobody who works on this system
    can change it: `appeals verify --seal FILE` compares it with the records.
    """
    with settings_here() as settings:
        engine = make_engine(settings.database_url, statement_seconds=0)
        with only_one(engine, LOCK) as alone, act_of(settings, "REPEATABLE READ") as act:
            if not alone:
                raise not_now("另一个进程正在封存。", "Another process is making a seal now.")
            made = make_seal(act, settings.seals_dir, tell)
            act.session.commit()
        engine.dispose()
    told()
    click.echo(f"{made.path}\n{made.digest}")
