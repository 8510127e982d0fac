"""`appeals report`: compile, show, publish and verify figures; check figures printed elsewhere."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from appeals.act import Act
from appeals.cli.engines import open_settings
from appeals.cli.progress import clear_progress, show_progress
from appeals.database import make_engine, make_session_factory
from appeals.domain.calendar import SHANGHAI, Period
from appeals.domain.messages import (
    Labelled,
    context_message,
    join_texts,
    message,
    offered_languages,
)
from appeals.domain.people import SYSTEM
from appeals.domain.refusals import not_now, not_valid
from appeals.models.report import Report
from appeals.operations.city_preparation import check_prepared
from appeals.reporting.audit import claimed_figures, consistency_checks
from appeals.reporting.audit.rounding import TableRounding
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import draft_review, editions, report_document
from appeals.reporting.editions.editions import EditionVerification
from appeals.reporting.findings import report_findings
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.measure_names import MeasureBase
from appeals.reporting.snapshot.breakdowns import BREAKDOWNS

STATEMENT_SECONDS = 300
ALTERNATIVES = context_message("between alternatives", " or ")
CLAUSES = context_message("between clauses", ", ")


class PeriodType(click.ParamType[Period]):
    """A month such as 2020-03, or days such as 2020-03-05..2021-03-05 (end exclusive)."""

    name = "period"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Period:
        """Parse a period; anything else is a usage error."""
        try:
            return value if isinstance(value, Period) else Period.parse(str(value))
        except ValueError as wrong:
            self.fail(str(wrong), param, ctx)


class MomentType(click.ParamType[datetime]):
    """A moment in ISO 8601; without an offset it is Shanghai time."""

    name = "ISO"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Parse a moment; anything else is a usage error."""
        try:
            read = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"“{value}” is not a moment such as 2020-04-08T00:00.", param, ctx)
        return (read if read.tzinfo else read.replace(tzinfo=SHANGHAI)).astimezone(UTC)


@click.group()
def report() -> None:
    """Count, review, publish and verify figures of a period."""


@report.command("compile")
@click.argument("period", type=PeriodType())
@click.option("--cut-off", type=MomentType(), help="Count as of this moment (default: now).")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def compile_period(period: Period, cut_off: datetime | None, *, as_json: bool) -> None:
    """Count PERIOD and replace its draft.

    Hot topics and repeat filings are searched as well.
    """
    with _open_act() as act:
        check_prepared(act)
        draft = monthly_drafts.compile_draft(act, period, cut_off)
        show_progress("looking for hot topics and repeats")
        report_findings.record_findings(act, draft)
        clear_progress()
        _print_report(act, draft, "compiled", as_json=as_json)


@report.command("show")
@click.argument("period", type=PeriodType())
@click.option("--base", type=click.Choice(list(MeasureBase)), help="Only measures of this base.")
@click.option("--by", type=click.Choice(list(BREAKDOWNS)), default=BREAKDOWNS[0], show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def show_figures(period: Period, base: str | None, by: str, *, as_json: bool) -> None:
    """Print the draft or, without one, the newest edition.

    An edition's digest covers all of its figures, not only those shown here.
    """
    with _open_act() as act:
        shown = monthly_drafts.find_draft(act, period) or editions.latest_edition(act, period)
        if shown is None:
            raise not_now(message("Compile the period first."))
        figures = {
            cell: numbers
            for cell, numbers in monthly_drafts.load_figures(act, shown).items()
            if cell.by == by and base in {None, cell.base}
        }
        if as_json:
            click.echo(report_document.as_json(report_document.build_document(shown, figures)))
            return
        click.echo(_describe_report(shown))
        for (_, key, of, variant, name), (met, among) in sorted(figures.items()):
            figure = MEASURES[name].show(met, among) if name in MEASURES else ""
            click.echo(f"{key}\t{name}\t{of}\t{variant}\t{met}\t{among}\t{figure}")


AS = click.option(
    "--as",
    "username",
    metavar="USERNAME",
    help="The administrator who does it; may be left out where there is only one.",
)


@report.command("review")
@click.argument("period", type=PeriodType())
@AS
def review_draft(period: Period, username: str | None) -> None:
    """Record that an administrator reviewed the draft."""
    with _open_act() as act:
        draft = monthly_drafts.find_draft(act, period)
        if draft is None:
            raise not_now(message("Compile the period first."))
        by = draft_review.find_administrator(act, username)
        draft_review.review_draft(act.by(by), period, draft.id)
        click.echo(f"reviewed by {by.name}: {_describe_report(draft)}")


@report.command("publish")
@click.argument("period", type=PeriodType())
@AS
@click.option("--reason", help="Why an edition is corrected; needed from the second on.")
@click.option("--json", "as_json", is_flag=True, help="Print the edition as JSON.")
def publish_edition(
    period: Period, username: str | None, reason: str | None, *, as_json: bool
) -> None:
    """Publish the reviewed draft as the next edition."""
    with _open_act() as act:
        by = draft_review.find_administrator(act, username)
        _print_report(
            act, editions.publish_edition(act.by(by), period, reason), "published", as_json=as_json
        )


@report.command("verify")
@click.argument("period", type=PeriodType(), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def verify_published(period: Period | None, *, as_json: bool) -> None:
    """Recount published editions; exit 1 if a figure differs."""
    with _open_act() as act:
        findings = editions.verify_editions(act, period)
    if period and not findings:
        raise not_now(message("No edition of %(period)s is published.", period=period.label))
    if as_json:
        click.echo(json.dumps([finding.facts for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            print_finding(finding)
        if not findings:
            click.echo("no edition is published")
    if not all(finding.holds for finding in findings):
        sys.exit(1)


@report.command(
    "check",
    epilog="\b\n" + "\n".join(f"{n:15}{said}" for n, said in claimed_figures.COLUMNS.items()),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--lang",
    type=click.Choice(offered_languages()),
    default="en",
    help="Language of the sentences.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def check_printed_figures(file: Path, lang: str, *, as_json: bool) -> None:
    """Check figures printed elsewhere; exit 1 if they do not add up.

    FILE is a CSV (UTF-8) with one line for each figure; the columns are named below, and only
    the first four must be there.
    """
    try:
        table = claimed_figures.read_claimed_table(file.read_text("utf-8"))
    except UnicodeDecodeError:
        raise not_valid("file", message("%(file)s is not text in UTF-8.", file=file.name)) from None
    result = consistency_checks.check_table(table)
    if as_json:
        click.echo(json.dumps(result.facts, ensure_ascii=False, indent=1))
    else:
        _print_result(result, lang)
    if result.faults:
        sys.exit(1)


@contextmanager
def _open_act() -> Iterator[Act]:
    """Yield the system's act in one transaction, committed at the end."""
    with open_settings() as settings:
        engine = make_engine(settings.database_url, statement_seconds=STATEMENT_SECONDS)
        try:
            with make_session_factory(engine)() as session, session.begin():
                yield Act(session, SYSTEM, datetime.now(UTC), settings.secret_key)
        finally:
            engine.dispose()


def _print_report(act: Act, made: Report, done: str, *, as_json: bool) -> None:
    figures = monthly_drafts.load_figures(act, made)
    if as_json:
        click.echo(report_document.as_json(report_document.build_document(made, figures)))
    else:
        click.echo(f"{done}: {_describe_report(made)}, {len(figures)} figures")


def _describe_report(made: Report) -> str:
    label = Period(made.start, made.end).label
    what = f"edition {made.edition}" if made.edition else "draft"
    return f"{label}, {what}, as of {made.cut_off.astimezone(SHANGHAI).isoformat()}"


def print_finding(finding: EditionVerification) -> None:
    """Print whether an edition verifies, and each figure that does not."""
    verdict = "holds" if finding.holds else "does not hold"
    click.echo(f"{finding.label}, edition {finding.edition}: {verdict}")
    for later in finding.later_rows:
        file = f" ({later.file_name})" if later.file_name else ""
        click.echo(f"  later rows: {later.rows}, by import {later.run} from {later.source}{file}")
    if not finding.sealed:
        click.echo("  the stored figures do not match their digest")
    for each in finding.differences:
        before, after = (numbers and tuple(numbers) for numbers in (each.before, each.after))
        click.echo(f"  {' '.join(each.cell)}: published {before}, recounted {after}")


def _print_result(result: consistency_checks.TableVerdict, lang: str) -> None:
    """Print each fault with the right figure, then what could not be checked."""
    for each in result.faults:
        right = f" → {each.right}" if each.right else ""
        name = f"{each.figure.name}({each.figure.period}) {each.figure.shown}"
        where = message("line %(line)s", line=each.figure.line).label(lang)
        fault = each.fault.label(lang) if each.fault else ""  # every fault has its sentence
        click.echo(f"{where} {name}: {fault}{right}")
    counted = message(
        "figures: %(figures)s, faults: %(faults)s",
        figures=result.lines,
        faults=len(result.faults),
    )
    click.echo(counted.label(lang))
    for found_rounding in result.roundings:
        click.echo(_describe_rounding(found_rounding, lang))
    if result.unchecked:
        lines = ", ".join(str(each.line) for each in result.unchecked)
        left = message("nothing to check them by: lines %(lines)s", lines=lines)
        click.echo(left.label(lang))


def _describe_rounding(found: TableRounding, lang: str) -> str:
    """Return a sentence on how a table was rounded, and whether that is as stated."""
    fits = message("none fits all")
    if found.fits:
        fits = message("fits %(ways)s", ways=join_texts(found.fits, ALTERNATIVES))
    parts: list[Labelled] = [fits]
    if found.stated:
        parts.insert(0, message("stated %(way)s", way=found.stated))
    told = message("rounding: %(parts)s", parts=join_texts(parts, CLAUSES))
    if found.line:
        told = message("from line %(line)s, %(rest)s", line=found.line, rest=told)
    return told.label(lang)
