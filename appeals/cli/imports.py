"""`appeals import`: appeals from another system's CSV, at their own times."""

from pathlib import Path

import click

from appeals import city
from appeals import imports as importing
from appeals.cli.working import act_here, tell, told
from appeals.mapping import ColumnMapping

OURS = Path(city.__file__).parent / "mappings"


class MappingFile(click.ParamType[Path]):
    """A TOML file, or the name of one that comes with the system."""

    name = "MAPPING.toml"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """Find the file; none of that name is wrong usage."""
        path = Path(str(value))
        places = (path, OURS / path.name, OURS / f"{path.name}.toml")
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            known = ", ".join(sorted(each.name for each in OURS.glob("*.toml")))
            self.fail(f"There is no file {path}; the system has {known}.", param, ctx)
        return found


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", type=MappingFile(), required=True, help="How its columns read.")
@click.option("--dry-run", is_flag=True, help="Read and check everything; keep nothing.")
def imports(file: Path, mapping: Path, *, dry_run: bool) -> None:
    """Bring in appeals from FILE (CSV, may be gzipped); a second run adds none.

    Prints how many were imported, were here already, and were refused: each with its row
    (counted without the header), its line in the file, and the reason.
    """
    columns = ColumnMapping.read(mapping)
    imported = already = refused = 0
    with act_here() as act, importing.lines_of(file, columns) as lines:
        for batch in importing.run(act, columns, lines, keep=not dry_run):
            imported += batch.imported
            already += batch.already_here
            refused += len(batch.refused)
            told()
            for line, refusal in batch.refused:
                click.echo(f"row {line.number} (line {line.line}): {refusal.sentence('en')}")
            tell(f"{imported + already + refused:,} rows")
    told()
    click.echo(f"imported {imported}{' (dry run: nothing is kept)' if dry_run else ''}")
    click.echo(f"already here {already}")
    click.echo(f"refused {refused}")
