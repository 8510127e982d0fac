"""`appeals import`: import another system's appeals with their original timestamps."""

from collections import Counter
from pathlib import Path

import click

from appeals import city
from appeals.act import Act
from appeals.cli.acts import open_act_here
from appeals.cli.progress import clear_progress, show_progress
from appeals.imports import drafting
from appeals.imports.faults import FaultTally
from appeals.imports.files import open_rows
from appeals.imports.import_run import run_import
from appeals.imports.mapping import ColumnMapping
from appeals.operations.city_preparation import check_prepared

MAPPINGS_DIR = Path(city.__file__).parent / "mappings"


class MappingFileType(click.ParamType[Path]):
    """A TOML file, or the name of a bundled one."""

    name = "MAPPING.toml"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """Find the file; an unknown name is a usage error."""
        path = Path(str(value))
        places = (path, MAPPINGS_DIR / path.name, MAPPINGS_DIR / f"{path.name}.toml")
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            known = ", ".join(sorted(each.name for each in MAPPINGS_DIR.glob("*.toml")))
            self.fail(f"There is no file {path}; the system has {known}.", param, ctx)
        return found


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping", type=MappingFileType(), help="The mapping: how the columns of FILE are read."
)
@click.option("--dry-run", is_flag=True, help="Read and check everything, and store nothing.")
@click.option("--draft-mapping", is_flag=True, help="Print a first mapping for FILE instead.")
def import_appeals(file: Path, mapping: Path | None, *, dry_run: bool, draft_mapping: bool) -> None:
    """Import appeals of another system from FILE.

    FILE is .csv, .csv.gz or .xlsx. A second run adds none twice.

    Prints how many were imported, were here already, and were refused: each with its row
    (counted without the header), its line in the file, and everything that is wrong with it. A dry
    run says the same by kind, and what the file seems to use. docs/importing.md shows the way.
    """
    if draft_mapping:
        click.echo(drafting.draft_mapping(file), nl=False)
        return
    if mapping is None:
        raise click.UsageError("Name a mapping with --mapping, or make one with --draft-mapping.")
    columns = ColumnMapping.read_file(mapping)
    if dry_run:
        for line in drafting.describe_file(file, columns):
            click.echo(line)
    with open_act_here() as act:
        check_prepared(act)
        counts, tally = _import_rows(act, columns, file, dry_run=dry_run)
    for kind in tally.by_number() if dry_run else ():
        click.echo(f"{kind.rows} rows: {kind.sentence}")
        for example in kind.examples:
            click.echo(f"  {example}")
    click.echo(f"imported {counts['imported']}{' (dry run: nothing is kept)' if dry_run else ''}")
    click.echo(f"already here {counts['already here']}")
    if counts["differing"]:
        click.echo(f"  of these, {counts['differing']} say something else than when they came in")
    click.echo(f"refused {counts['refused']}")


def _import_rows(
    act: Act, columns: ColumnMapping, file: Path, *, dry_run: bool
) -> tuple[Counter[str], FaultTally]:
    """Import the rows; print each refused row at once, or count them by kind in a dry run."""
    counts, tally = Counter[str](), FaultTally()
    with open_rows(file, columns) as rows:
        for batch in run_import(act, columns, rows, file_name=file.name, keep=not dry_run):
            clear_progress()
            for row in batch.refused:
                if dry_run:
                    tally.add_row(row)
                else:
                    click.echo(row.sentence())
            counts["imported"] += batch.imported
            counts["already here"] += batch.already_here
            counts["differing"] += batch.differing
            counts["refused"] += len(batch.refused)
            show_progress(f"{counts.total() - counts['differing']:,} rows")
    clear_progress()
    return counts, tally
