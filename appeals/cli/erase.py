"""`appeals erase`: takes the personal data out of finished appeals."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from appeals.act import Act
from appeals.casework.handling import erasure, retention
from appeals.cli.engines import settings_here
from appeals.cli.working import act_of
from appeals.domain.calendar import SHANGHAI
from appeals.domain.vocabulary import ErasedBy
from appeals.operations.erasure_list import read_erasure_list, write_erasure_list


@click.command()
@click.argument("numbers", nargs=-1, metavar="[NUMBER]...")
@click.option("--by-rule", is_flag=True, help="What is older than the years of its kind.")
@click.option(
    "--again",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the list FILE names, after a backup was restored.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be erased, by kind and month.")
def erase(numbers: tuple[str, ...], *, by_rule: bool, again: Path | None, dry_run: bool) -> None:
    """Erase contact, words, photos and notices of finished appeals.

    The appeals stay in all figures; the erasure is recorded, not what was erased.
    """
    if sum((bool(numbers), by_rule, again is not None)) != 1:
        raise click.UsageError("Give numbers, --by-rule or --again FILE.")
    with settings_here() as settings, act_of(settings) as act:
        if dry_run:
            _print_counts(act, numbers, again)
            return
        if again is not None:
            count = _erase_again(act, read_erasure_list(again))
        elif by_rule:
            count = _erase_by_rule(act)
        else:
            found = erasure.find_erasable(act, numbers)
            count = erasure.erase_appeals(act, [each.id for each in found], ErasedBy.OPERATOR)
        act.session.commit()
        erasure.delete_erased_files(act, settings.files_dir)
        act.session.commit()
        write_erasure_list(act, settings.data_dir)
    click.echo(f"{count} appeals erased")


def _erase_by_rule(act: Act) -> int:
    count = 0
    while erased := retention.erase_by_rule(act):
        act.session.commit()
        count += erased
    return count


def _erase_again(act: Act, numbers: Sequence[str]) -> int:
    count = 0
    for start in range(0, len(numbers), erasure.BATCH_SIZE):
        count += erasure.erase_again(act, numbers[start : start + erasure.BATCH_SIZE])
        act.session.commit()
    return count


def _print_counts(act: Act, numbers: tuple[str, ...], again: Path | None) -> None:
    if again is not None:
        click.echo(f"{len(read_erasure_list(again))} numbers in the list")
        return
    if numbers:
        found = Counter(
            (f"{each.filed_at.astimezone(SHANGHAI):%Y-%m}", each.kind)
            for each in erasure.find_erasable(act, numbers)
        )
        counted = [(kind, month, count) for (month, kind), count in sorted(found.items())]
    else:
        counted = retention.count_due(act)
    for kind, month, count in counted:
        click.echo(f"{month} {kind.value}: {count}")
    click.echo(f"{sum(count for _, _, count in counted)} appeals would be erased")
