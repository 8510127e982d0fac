"""4,326 real messages, 56 of them sent twice: the search finds each, and twins are suggested."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.search.search_index import index_marked_appeals
from appeals.cli.acts import open_act
from appeals.domain.calendar import SHANGHAI
from appeals.domain.people import Actor, Role
from appeals.models.appeal import Appeal, Statement
from appeals.queries.search import read_search_terms, search_appeals
from appeals.queries.similar_appeals import (
    DescribedMatter,
    find_similar_appeals,
    find_similar_to_appeal,
)
from appeals.settings import Settings
from tests.imports.conftest import REAL_DATA
from tests.own_city import own_city

pytestmark = pytest.mark.thorough
MESSAGES = REAL_DATA / "messages" / "hot_4326.csv"
MAPPING = """
source = "hot"
time_zone = "Asia/Shanghai"
create = ["department", "category"]
[columns]
reference = "id"
filed = "time"
subject = "subject"
detail = "detail"
[otherwise]
channel = "web"
kind = "other"
category = "未分类"
"""
SUBJECTS = 300
FIRST = datetime(2026, 10, 1, tzinfo=SHANGHAI)
STEP = timedelta(minutes=6)
"""The messages come so far apart that each was filed within thirty days of every other."""


@dataclass(frozen=True)
class IndexedMessages:
    """The messages as appeals of a city, and the words of all of them indexed."""

    act: Act
    rows: Sequence[dict[str, str]]
    appeals: dict[str, Appeal]

    def choose_subjects(self) -> Sequence[dict[str, str]]:
        """Return every fourteenth message."""
        return self.rows[:: len(self.rows) // SUBJECTS][:SUBJECTS]


def read_messages() -> list[dict[str, str]]:
    with MESSAGES.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def messages(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IndexedMessages]:
    """Import the messages into a city of its own, and index them."""
    folder = tmp_path_factory.mktemp("messages")
    rows = read_messages()
    file, mapping = folder / "messages.csv", folder / "messages.toml"
    write_file(file, rows)
    mapping.write_text(MAPPING, "utf-8")
    with own_city(settings, "messages", folder) as city:
        city.command("prepare")
        came = city.command("import", str(file), "--mapping", str(mapping)).splitlines()
        assert came[0] == f"imported {len(rows)}"
        with open_act(city.settings) as act:
            while index_marked_appeals(act):
                act.session.commit()
            act.session.execute(sa.text("ANALYZE search_words"))
            act.session.commit()
        with open_act(city.settings) as act:
            appeals = {
                each.source_ref or "": each for each in act.session.scalars(sa.select(Appeal))
            }
            yield IndexedMessages(act.by(Actor(Role.OPERATOR, 1, "Operator")), rows, appeals)


def write_file(file: Path, rows: Sequence[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, ["id", "time", "subject", "detail"], extrasaction="ignore")
        writer.writeheader()
        for n, row in enumerate(rows):
            writer.writerow({**row, "time": f"{FIRST + n * STEP:%Y-%m-%d %H:%M:%S}"})


def test_the_search_finds_the_own_message_of_nearly_every_subject(
    messages: IndexedMessages,
) -> None:
    finds = 0
    for row in messages.choose_subjects():
        page = search_appeals(messages.act, read_search_terms(messages.act, row["subject"]))
        finds += messages.appeals[row["id"]] in [hit.appeal for hit in page.hits]
    assert finds >= 0.99 * SUBJECTS


def test_a_subject_alone_suggests_its_own_message_first(messages: IndexedMessages) -> None:
    firsts = 0
    for row in messages.choose_subjects():
        own = messages.appeals[row["id"]]
        matter = DescribedMatter(row["subject"], "", own.filed_at)
        similar = find_similar_appeals(messages.act, matter)
        firsts += bool(similar) and similar[0].appeal == own
    assert firsts >= 0.8 * SUBJECTS


def test_a_message_that_was_sent_twice_suggests_its_twin_first(messages: IndexedMessages) -> None:
    sent = defaultdict[tuple[str, str], list[Appeal]](list)
    for row in messages.rows:
        key = row["subject"].strip(), row["detail"].strip()
        sent[key].append(messages.appeals[row["id"]])
    twins = [group for group in sent.values() if len(group) > 1]
    assert sum(len(group) - 1 for group in twins) == 56
    for group in twins:
        for appeal in group:
            said = messages.act.session.get_one(Statement, appeal.id)
            similar = find_similar_to_appeal(messages.act, appeal, said)
            assert similar, appeal.source_ref
            assert similar[0].appeal in group, appeal.source_ref
            assert similar[0].similarity == pytest.approx(0.85)
