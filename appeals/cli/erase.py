"""`appeals erase`: erase personal data from finished appeals."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from appeals.act import Act
from appeals.casework.erasure import erasure, retention
from appeals.cli.acts import open_act
from appeals.cli.engines import open_settings
from appeals.domain.calendar import SHANGHAI
from appeals.domain.messages import message
from appeals.domain.refusals import not_now
from appeals.domain.vocabulary import ErasedBy
from appeals.operations.backup.erasure_list import (
    merge_erasure_lists,
    read_erasure_list,
    write_erasure_list,
)
from appeals.operations.database_clock import ClockJumped, compare_clocks, read_database_time
from appeals.settings import Settings


@click.command("erase")
@click.argument("numbers", nargs=-1, metavar="[NUMBER]...")
@click.option(
    "--by-rule",
    is_flag=True,
    help="Erase what is older than the retention period of its kind (years).",
)
@click.option(
    "--again",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Erase again what the list FILE names, after a backup was restored.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be erased, by kind and month.")
def erase(numbers: tuple[str, ...], *, by_rule: bool, again: Path | None, dry_run: bool) -> None:
    """Erase personal data of finished appeals.

    Give numbers, --by-rule or --again FILE. Contact, words, photos and notices go. The appeals stay
    in all figures; that they were erased is recorded, what was erased is not.
    """
    if sum((bool(numbers), by_rule, again is not None)) != 1:
        raise click.UsageError("Give numbers, --by-rule or --again FILE.")
    with open_settings() as settings, open_act(settings) as act:
        if dry_run:
            _print_counts(act, numbers, again)
            return
        if again is not None:
            merge_erasure_lists(settings.data_dir, [again])
            count = erase_listed(act, settings, read_erasure_list(again))
        else:
            if by_rule:
                count = _erase_by_rule(act)
            else:
                found = erasure.find_erasable(act, numbers)
                count = erasure.erase_appeals(act, [each.id for each in found], ErasedBy.OPERATOR)
            _finish_erasure(act, settings)
    click.echo(f"{count} appeals erased")


def erase_listed(act: Act, settings: Settings, numbers: Sequence[str]) -> int:
    """Erase the appeals of a list in batches, print those refused, and return how many."""
    count, still_open = 0, list[str]()
    for start in range(0, len(numbers), erasure.BATCH_SIZE):
        batch = numbers[start : start + erasure.BATCH_SIZE]
        count += erasure.erase_again(act, batch)
        still_open += erasure.list_still_open(act, batch)
        act.session.commit()
    _finish_erasure(act, settings)
    if still_open:
        click.echo(
            "On the list, but still being handled here; erase them when they are finished: "
            + " ".join(still_open),
            err=True,
        )
    return count


def _finish_erasure(act: Act, settings: Settings) -> None:
    """Delete the files of erased appeals, and update the list outside the database."""
    act.session.commit()
    erasure.delete_erased_files(act, settings.files_dir)
    act.session.commit()
    write_erasure_list(act, settings.data_dir)


def _erase_by_rule(act: Act) -> int:
    """Erase by the database's clock, as at night; not while that clock is in doubt."""
    sighting = compare_clocks(act.at(read_database_time(act.session)))
    act.session.commit()
    count = 0
    while True:
        one = act.at(read_database_time(act.session))
        try:
            sighting.check(one)
        except ClockJumped as jump:
            raise not_now(
                message(
                    "%(jump)s Nothing more was erased (%(count)s appeals were). If its time "
                    "is right now, run `appeals clock accept` first.",
                    count=count,
                    jump=jump,
                )
            ) from None
        erased = retention.erase_by_rule(one)
        act.session.commit()
        if not erased:
            return count
        count += erased


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
