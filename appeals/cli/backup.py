"""`appeals backup` and `appeals restore`: everything in one archive, and back."""

from pathlib import Path

import click

from appeals.cli.engines import migrate, settings_here
from appeals.cli.working import act_of, tell, told
from appeals.operations import backup as archives

ARCHIVE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=ARCHIVE)
def backup(file: Path) -> None:
    """Write database and files to FILE, from one moment, while the system may go on."""
    folder = file.absolute().parent
    if not folder.is_dir():
        raise click.BadParameter(f"There is no folder {folder}.", param_hint="FILE")
    tell("reading the database")
    with settings_here() as settings, act_of(settings, "REPEATABLE READ") as act:
        manifest = archives.back_up(act, settings.files_dir, file.absolute())
    told()
    _print(manifest)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Read FILE into an empty database and compare every count and checksum."""
    with settings_here() as settings:
        with act_of(settings) as act:
            archives.refuse_full(act, settings.files_dir)
        migrate(settings.database_url)
        tell("restoring")
        with act_of(settings) as act:
            manifest = archives.restore(act, settings.files_dir, file)
            act.session.commit()
            same = archives.is_same_secret(act, manifest)
    told()
    _print(manifest)
    click.echo("every count and checksum is the archive's")
    if not same:
        click.echo(
            "The secret key here is another one: set APPEALS_SECRET_KEY to that of the backed up "
            "system, or no query code and no session will be known.",
            err=True,
        )


def _print(manifest: archives.Manifest) -> None:
    click.echo(f"revision {manifest.revision}")
    for each in manifest.tables:
        click.echo(f"table {each.name}: {each.count} rows, sha256 {each.sha256}")
    for each in manifest.files:
        click.echo(f"file {each.name}: {each.count} octets, sha256 {each.sha256}")
