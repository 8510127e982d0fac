"""`appeals reindex`: have the words of all appeals indexed anew for the search of staff."""

import click

from appeals.casework.search.search_index import mark_all_appeals
from appeals.cli.acts import open_act_here


@click.command("reindex")
def reindex() -> None:
    """Index the words of all appeals anew.

    Marks every appeal; the worker indexes them, the newest first. Needed after a department or a
    place was renamed, or if the search does not find what is there.
    """
    with open_act_here() as act:
        count = mark_all_appeals(act)
        act.session.commit()
    click.echo(f"Appeals that the worker will index: {count}")
