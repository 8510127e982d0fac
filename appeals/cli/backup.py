"""`appeals backup` and `appeals restore`: everything in one archive, and back."""

from pathlib import Path

import click

from appeals.cli.engines import settings_here
from appeals.cli.working import tell, told
from appeals.operations.archive import Manifest, fingerprint
from appeals.operations.backup import back_up
from appeals.operations.restore import restore as restore_archive

ARCHIVE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=ARCHIVE)
def backup(file: Path) -> None:
    """Write database and files to FILE, from one moment, while the system may go on."""
    folder = file.absolute().parent
    if not folder.is_dir():
        raise click.BadParameter(f"There is no folder {folder}.", param_hint="FILE")
    with settings_here() as settings:
        manifest = back_up(settings, file.absolute(), tell)
    told()
    _print(manifest)
    click.echo(
        "The archive holds no secret key: keep APPEALS_SECRET_KEY (or DATA_DIR/secret-key) apart. "
        "Without it no query code and no session of this archive is known."
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Read FILE into an installation in which nobody works yet, and compare every checksum.

    What `appeals prepare` loaded is replaced. After a refusal or an interruption, run it again.
    """
    with settings_here(is_restore=True) as settings:
        manifest = restore_archive(settings, file, tell)
        is_same_key = fingerprint(settings.secret_key) == manifest.key_fingerprint
    told()
    _print(manifest)
    click.echo("Every count and checksum is the archive's.")
    if is_same_key:
        click.echo("The archive holds no secret key; the one set here is the right one.")
    else:
        click.echo(
            "The archive holds no secret key, and the one set here is another: set "
            "APPEALS_SECRET_KEY to that of the system that was backed up, or no query code and no "
            "second factor will be known.",
            err=True,
        )


def _print(manifest: Manifest) -> None:
    click.echo(f"revision {manifest.revision}")
    for each in manifest.tables:
        click.echo(f"table {each.name}: {each.count} rows, checksum {each.checksum}")
    for each in manifest.files:
        click.echo(f"file {each.name}: {each.count} bytes, sha256 {each.checksum}")
