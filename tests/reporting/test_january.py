"""January compiled in June is the January of 1 February, whatever happened in between (Rules 5)."""

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from appeals.act import Act
from appeals.casework.handling.bulk_writing import BulkWriter
from appeals.cli.acts import open_act
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.models.appeal import Appeal
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions.report_document import build_document, digest_of
from appeals.reporting.findings import report_findings
from appeals.settings import Settings
from tests.cast import SECRET, settle, shanghai
from tests.migrations.test_migrations import alembic
from tests.own_city import OwnCity, own_city
from tests.published import publish_draft
from tests.reporting.random_walks import Walker

pytestmark = pytest.mark.thorough
JANUARY = Period.month("2026-01")
CUT_OFF = "2026-02-01T00:00"
DAY = timedelta(days=1)
APPEALS, ONE_BY_ONE, MOVES = 400, 2_500, 10_000
"""Of January; moves made on them later; moves made later on any appeal, at the least."""
COUNTED = "SELECT count(*), count(*) FILTER (WHERE at > '2026-02-01 00:00+08') FROM move"
SECOND_ROUNDS = "SELECT count(*) FROM round WHERE n > 1 AND opened_at > '2026-02-01 00:00+08'"


@pytest.fixture(scope="module")
def city(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnCity]:
    with own_city(settings, "january", tmp_path_factory.mktemp("january")) as city:
        yield city


@pytest.fixture(scope="module")
def sealed(city: OwnCity) -> str:
    """Fill January, compile and publish it on 1 February, let the city go on until June.

    Gives the digest of what was compiled on 1 February.
    """
    walker = Walker(random.Random(4))  # noqa: S311 - the same lives each time
    with open_act(city.settings) as here:
        settle(here.session)
        act = Act(here.session, SYSTEM, shanghai("2026-02-01 00:00"), SECRET)
        write_appeals(act, walker, JANUARY.start, APPEALS, until=act.now)
        draft = monthly_drafts.compile_draft(act, JANUARY)
        report_findings.record_findings(act, draft)
        digest = digest_of(build_document(draft, monthly_drafts.load_figures(act, draft)))
        publish_draft(act, JANUARY)
        act.session.commit()
        move_on(act, walker)
        write_appeals(act, walker, act.now, MOVES // 10, until=None)
        act.session.commit()
    return digest


def write_appeals(
    act: Act, walker: Walker, first: datetime, appeals: int, *, until: datetime | None
) -> None:
    """Write random lives that begin in the thirty days from `first` on."""
    bulk = BulkWriter(act)
    begun = [first + walker.dice.random() * 30 * DAY for _ in range(appeals)]
    bulk.write_histories([walker.walk(bulk, at, walker.dice.randint(5, 25), until) for at in begun])
    act.session.commit()


def move_on(act: Act, walker: Walker) -> None:
    """Make moves on January's appeals, from 1 February on, more than one in an hour."""
    appeals, made = act.session.scalars(sa.select(Appeal)).all(), 0
    while made < ONE_BY_ONE:
        act = act.at(act.now + timedelta(minutes=walker.dice.randint(1, 60)))
        made += walker.go_on(act, walker.dice.choice(appeals))
        if made % 100 == 0:
            act.session.commit()
    act.session.commit()


def compile_january(city: OwnCity) -> str:
    """Compile January by the product's own command, and give the digest of what it says."""
    told = city.command("report", "compile", JANUARY.label, "--cut-off", CUT_OFF, "--json")
    return digest_of(json.loads(told))


def test_january_counts_the_same_after_later_moves_migration_and_restore(
    city: OwnCity, sealed: str, settings: Settings, tmp_path: Path
) -> None:
    moves, later = city.ask(COUNTED)
    assert later >= MOVES, moves
    assert city.ask(SECOND_ROUNDS) > (0,)
    assert compile_january(city) == sealed
    assert "edition 1: holds" in city.command("report", "verify")

    config = alembic(city.settings.database_url)
    command.downgrade(config, "-1")
    command.upgrade(config, "head")
    assert compile_january(city) == sealed

    city.command("backup", str(tmp_path / "all"))
    with own_city(settings, "february", tmp_path / "restored") as restored:
        restored.command("restore", str(tmp_path / "all"))
        assert compile_january(restored) == sealed
        assert "edition 1: holds" in restored.command("report", "verify")
        restored.command("verify")


def test_a_later_cut_off_gives_other_figures(city: OwnCity, sealed: str) -> None:
    """That the digest would have shown it, had the figures moved."""
    told = city.command("report", "compile", JANUARY.label, "--json")
    assert digest_of({**json.loads(told), "cut_off": f"{CUT_OFF}:00+08:00"}) != sealed
