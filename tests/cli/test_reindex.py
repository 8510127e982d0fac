"""`appeals reindex` has every appeal indexed by the worker."""

from pathlib import Path

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.search.search_index import index_marked_appeals
from appeals.cli.acts import open_act
from appeals.domain.people import SYSTEM
from appeals.models.search import SearchWords
from appeals.settings import Settings
from tests.cast import SECRET, settle, shanghai
from tests.factories import file_appeal
from tests.own_city import own_city


def test_every_appeal_is_marked_for_the_worker(settings: Settings, tmp_path: Path) -> None:
    with own_city(settings, "reindex", tmp_path) as city:
        with open_act(city.settings) as here:
            settle(here.session)
            for _ in range(2):
                file_appeal(Act(here.session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET))
            assert index_marked_appeals(here) == 2
            here.session.execute(sa.delete(SearchWords))
            here.session.commit()
        done = city.command("reindex")
        assert done == "Appeals that the worker will index: 2"
        with open_act(city.settings) as here:
            assert index_marked_appeals(here) == 2
            assert here.session.scalar(sa.select(sa.func.count(SearchWords.appeal_id))) == 2
