"""`appeals backup` and `appeals restore`: write and restore one archive of everything."""

from collections.abc import Sequence
from pathlib import Path

import click

from appeals.cli.acts import open_act
from appeals.cli.engines import open_settings
from appeals.cli.erase import erase_listed
from appeals.cli.progress import clear_progress, show_progress
from appeals.operations.backup.archive import Manifest, fingerprint_key
from appeals.operations.backup.backup import back_up
from appeals.operations.backup.erasure_list import (
    find_erasure_lists,
    merge_erasure_lists,
    read_erasure_list,
)
from appeals.operations.backup.restore import restore_archive
from appeals.settings import Settings

ARCHIVE = click.Path(dir_okay=False, path_type=Path)


@click.command("backup")
@click.argument("file", type=ARCHIVE)
def write_backup(file: Path) -> None:
    """Write the database and all files into one archive, FILE.

    The system may go on working meanwhile: the archive holds everything as of one moment.
    """
    folder = file.absolute().parent
    if not folder.is_dir():
        raise click.BadParameter(f"There is no folder {folder}.", param_hint="FILE")
    with open_settings() as settings:
        manifest = back_up(settings, file.absolute(), show_progress)
    clear_progress()
    _print_manifest(manifest)
    click.echo(
        "The archive holds no secret key: keep APPEALS_SECRET_KEY (or DATA_DIR/secret-key) apart. "
        "Without it no query code and no session of this archive is known."
    )


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--erasures",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A copy of the list of erasures; DATA_DIR and the folder of FILE are searched too.",
)
def restore_backup(file: Path, erasures: Path | None) -> None:
    """Restore FILE, an archive, into a new installation.

    Nobody may have worked in it yet.

    Compares every count and checksum with the archive's. What `appeals prepare` loaded is replaced.
    What the lists of erasures (erasures.txt) name is erased again. After a refusal or an
    interruption, run it again.
    """
    with open_settings(is_restore=True) as settings:
        lists = find_erasure_lists(settings.data_dir, file, erasures)
        manifest = restore_archive(settings, file, show_progress)
        is_same_key = fingerprint_key(settings.secret_key) == manifest.key_fingerprint
        clear_progress()
        _print_manifest(manifest)
        click.echo("Every count and checksum is the archive's.")
        _erase_again(settings, lists, is_same_key=is_same_key)
    if is_same_key:
        click.echo("The archive holds no secret key; the one set here is the right one.")
    else:
        click.echo(
            "The archive holds no secret key, and the one set here is another: set "
            "APPEALS_SECRET_KEY to that of the system that was backed up, or no query code and no "
            "second factor will be known.",
            err=True,
        )


def _erase_again(settings: Settings, lists: Sequence[Path], *, is_same_key: bool) -> None:
    """Repeat the erasures of the lists, or print what to do; merge them into DATA_DIR's list.

    With another secret key nothing is erased: the records would be signed with the wrong key.
    """
    if not lists:
        click.echo(
            "No list of erasures (erasures.txt) lies in DATA_DIR or beside the archive, and none "
            "was given. If appeals were erased after this backup was made, their words are back: "
            "run `appeals erase --again FILE` with the list before anybody works here.",
            err=True,
        )
        return
    merge_erasure_lists(settings.data_dir, lists)
    names = ", ".join(map(str, lists))
    if not is_same_key:
        click.echo(
            f"Nothing on the list of erasures was erased again ({names}): set the right secret "
            "key, and run `appeals erase --again FILE` before anybody works here.",
            err=True,
        )
        return
    numbers = list(dict.fromkeys(number for each in lists for number in read_erasure_list(each)))
    with open_act(settings) as act:
        count = erase_listed(act, settings, numbers)
    click.echo(f"{count} appeals erased again, of {len(numbers)} on the list ({names})")


def _print_manifest(manifest: Manifest) -> None:
    click.echo(f"revision {manifest.revision}")
    for each in manifest.tables:
        click.echo(f"table {each.name}: {each.count} rows, checksum {each.checksum}")
    for each in manifest.files:
        click.echo(f"file {each.name}: {each.count} bytes, sha256 {each.checksum}")
