"""Made-up filings and lives vary as real ones do, and reach the database in two ways."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from statistics import mean, variance

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.handling.filing import file_appeal
from appeals.casework.handling.moves import make_move
from appeals.database import Base
from appeals.demo.filing_times import draw_daily_counts, weigh_days
from appeals.demo.filings import CHANNELS, FilingWriter, list_matters
from appeals.demo.life_player import LifePlayer, PlayedLife
from appeals.demo.matters import Season, Weather, load_matters, load_phrases
from appeals.demo.outcomes import ARTICLE_TARGETS, Outcomes
from appeals.demo.seeded_random import make_random
from appeals.demo.simulated_year import NamelessStaff, YearPlan, YearPlayer
from appeals.domain.calendar import Period, city_day
from appeals.domain.people import SYSTEM
from appeals.domain.vocabulary import Channel, Kind
from appeals.models.appeal import Appeal
from appeals.models.handling import CASE_COLUMNS, CASE_LISTS, field_names
from appeals.operations.city_loading import load_city
from appeals.reference.reference_data import Reference, load_reference
from tests.cast import SECRET, shanghai

pytestmark = pytest.mark.xdist_group("lives")
PLAN = YearPlan(Period.days(date(2020, 3, 5), date(2021, 3, 5)), 12_000, seed=1)
NOW = shanghai("2021-04-01 09:00")
STORM_CATEGORIES = {"greening.trees", "utility.power", "utility.drainage", "transport.road"}
BOTH_WAYS = 40


@pytest.fixture(scope="module")
def city(engine: sa.Engine) -> Reference:
    with Session(engine) as session:  # nothing of it is committed
        act = Act(session, SYSTEM, NOW, SECRET)
        load_city(act)
        return load_reference(act)


@pytest.fixture(scope="module")
def player(city: Reference) -> YearPlayer:
    return YearPlayer(city, PLAN, NOW, SECRET, turn=0)


@pytest.fixture(scope="module")
def lives(player: YearPlayer) -> list[PlayedLife]:
    """Play every second appeal of the year, as one of its processes does."""
    return player.play_lives(player.left)


def filed_on(life: PlayedLife) -> date:
    return city_day(life.filed_at)


def share(lives: list[PlayedLife], holds: Callable[[PlayedLife], object]) -> float:
    return mean(bool(holds(life)) for life in lives)


def counts_by_day(
    player: YearPlayer, lives: list[PlayedLife], categories: set[str] | None = None
) -> Mapping[date, int]:
    counts = Counter(
        filed_on(life)
        for life in lives
        if categories is None or life.filed.filing.category in categories
    )
    return {day: counts[day] for day in player.weather}


def test_the_number_of_a_weekdays_filings_varies_more_than_by_chance(player: YearPlayer) -> None:
    calendar = player.filings.city.book.calendar
    weights = weigh_days(PLAN.seed, player.weather, player.filings.matters, calendar)
    counts = draw_daily_counts(PLAN.seed, weights, 100_000)
    assert sum(counts.values()) == 100_000
    for weekday in range(5):
        days = [day for day in weights if calendar.is_working(day) and day.weekday() == weekday]
        of_weekday = [counts[day] for day in days]
        assert variance(of_weekday) > 5 * mean(of_weekday)  # chance alone makes them equal


def test_days_off_have_fewer_filings_and_mondays_the_most(
    player: YearPlayer, lives: list[PlayedLife]
) -> None:
    calendar = player.filings.city.book.calendar
    days = counts_by_day(player, lives)
    working = [days[day] for day in days if calendar.is_working(day)]
    off = [days[day] for day in days if not calendar.is_working(day)]
    mondays = [days[day] for day in days if calendar.is_working(day) and day.weekday() == 0]
    fridays = [days[day] for day in days if calendar.is_working(day) and day.weekday() == 4]
    assert mean(off) < 0.75 * mean(working)
    assert mean(mondays) > mean(fridays)


def test_a_storm_brings_many_appeals_of_its_kind_for_a_day_or_two(
    player: YearPlayer, lives: list[PlayedLife]
) -> None:
    days = counts_by_day(player, lives, STORM_CATEGORIES)
    storms = [day for day in days if player.weather[day] is Weather.STORM]
    fair = [days[day] for day in days if player.weather[day] is Weather.FAIR]
    assert 2 <= len(storms) <= 20
    assert mean(days[day] for day in storms) > 5 * mean(fair)


@pytest.mark.parametrize(
    ("category", "months"),
    [("utility.heating", {11, 12, 1, 2, 3, 4}), ("education.entry", {5, 6, 7, 8, 9})],
)
def test_heating_and_school_entry_come_up_in_their_months_only(
    lives: list[PlayedLife], category: str, months: set[int]
) -> None:
    of_category = [life for life in lives if life.filed.filing.category == category]
    assert len(of_category) > 50
    assert {filed_on(life).month for life in of_category} == months


def test_leaks_come_with_the_rain_of_summer(lives: list[PlayedLife]) -> None:
    by_month = Counter(
        filed_on(life).month for life in lives if life.filed.filing.category == "housing.leak"
    )
    summer, winter = (sum(by_month[month] for month in of) for of in ((6, 7, 8, 9), (12, 1, 2, 3)))
    assert summer > 2 * winter > 0


def test_texts_and_telephones_differ(lives: list[PlayedLife]) -> None:
    filings = [life.filed.filing for life in lives]
    assert len({filing.subject for filing in filings}) > 1_500
    assert len({filing.detail for filing in filings}) > 3_000
    assert len({filing.contact_phone for filing in filings}) > 3_000
    assert len({life.filed.matter.subject for life in lives}) > 250
    answers = {m.words for life in lives for m in life.history.moves if m.words}
    assert len(answers) > 1_000


def test_no_text_has_an_unfilled_place_or_two_stops(lives: list[PlayedLife]) -> None:
    texts = [
        text for life in lives for text in (life.filed.filing.subject, life.filed.filing.detail)
    ]
    texts += [move.words for life in lives for move in life.history.moves if move.words]
    wrong = ("{", "}", "。。", "，，", "，。", "：：", "：，", "街道街道")
    assert [text for text in texts if any(each in text for each in wrong)] == []


def test_what_becomes_of_an_appeal_differs_by_channel_and_kind(lives: list[PlayedLife]) -> None:
    def on_spot(life: PlayedLife) -> object:
        return life.history.case.answered_on_spot_at

    by_channel = {
        channel: [life for life in lives if life.filed.filing.channel is channel]
        for channel in (Channel.PHONE, Channel.WECHAT, Channel.MAYOR_MAILBOX, Channel.UPPER_LEVEL)
    }
    assert 0.5 < share(by_channel[Channel.PHONE], on_spot) < 0.65
    assert 0.1 < share(by_channel[Channel.WECHAT], on_spot) < 0.35
    assert share(by_channel[Channel.MAYOR_MAILBOX], on_spot) < 0.1
    assert share(by_channel[Channel.UPPER_LEVEL], on_spot) == 0
    questions = [life for life in lives if life.filed.filing.kind is Kind.CONSULTATION]
    reports = [life for life in lives if life.filed.filing.kind is Kind.REPORT]
    assert share(questions, on_spot) > 0.8
    assert share(reports, on_spot) < 0.05


def test_some_people_file_again_and_some_about_the_same_matter(lives: list[PlayedLife]) -> None:
    by_phone = defaultdict[str, list[PlayedLife]](list)
    for life in lives:
        if phone := life.filed.filing.contact_phone:
            by_phone[phone].append(life)
    often = [of_one for of_one in by_phone.values() if len(of_one) > 1]
    assert 0.1 < len(often) / len(by_phone) < 0.3
    assert max(map(len, often)) >= 5
    names = [{life.filed.filing.contact_name for life in of_one} for of_one in often]
    assert sum(len(of_one) > 1 for of_one in names) <= 3  # two people may draw one number
    same = [
        of_one
        for of_one in often
        if max(Counter(life.filed.filing.category for life in of_one).values()) > 1
    ]
    assert len(same) > len(often) / 10


def test_every_category_of_the_city_has_a_matter_and_every_phrase_its_use(city: Reference) -> None:
    assert {matter.category for matter in list_matters(city)} == {
        matter.category for matter in load_matters()
    }
    styles = {style for _, style in CHANNELS.values()}
    used = {use.split(".")[1] for use in load_phrases().texts if use.startswith("opening.")}
    assert used == set(styles)
    since = {use.split(".")[1] for use in load_phrases().texts if use.startswith("since.")}
    assert since == {matter.since for matter in load_matters()} - {""}


def test_a_category_of_the_citys_own_gets_a_matter_too(city: Reference) -> None:
    own = {**city.categories, "x": next(iter(city.categories.values()))}
    with_own = Reference(
        city.version, city.book, city.rules, city.departments, city.areas, own, city.campaign
    )
    assert [m.category for m in list_matters(with_own) if m.category == "x"] == ["x"]


@pytest.mark.parametrize(
    ("season", "day", "covers"),
    [
        ("1116-0405", date(2020, 11, 15), False),
        ("1116-0405", date(2020, 11, 16), True),
        ("1116-0405", date(2021, 4, 5), True),
        ("1116-0405", date(2021, 4, 6), False),
        ("0601-0831", date(2021, 6, 1), True),
        ("0601-0831", date(2021, 9, 1), False),
    ],
)
def test_a_season_has_a_first_and_a_last_day(season: str, day: date, *, covers: bool) -> None:
    assert Season.parse(season).covers(day) is covers


def test_the_same_lives_reach_the_database_in_bulk_and_by_moves(session: Session) -> None:
    act = Act(session, SYSTEM, NOW, SECRET)
    load_city(act)
    city = load_reference(act)
    rng = make_random("both ways")
    filings = FilingWriter(rng, city, {})
    staff = NamelessStaff.of_city(city)
    player = LifePlayer(act, filings, Outcomes(rng, ARTICLE_TARGETS), staff, NOW)
    begun = shanghai("2021-01-04 09:00")
    lives = [player.play_life(filings.write_filing(begun)) for _ in range(BOTH_WAYS)]
    assert sum(len(life.steps) for life in lives) > 3 * BOTH_WAYS
    player.write_lives(lives)
    copied = session.scalars(sa.select(Appeal.id).order_by(Appeal.id)).all()
    made = list[int]()
    for life in lives:
        key = secrets.token_urlsafe(16)
        receipt = file_appeal(act.at(life.filed_at).by(life.filer), life.filed.filing, key)
        made.append(receipt.appeal.id)
        for step in life.steps:
            make_move(act.at(step.at).by(step.actor), receipt.appeal, step.action, step.given)
    session.flush()  # the rows are read back by SQL
    assert stored_rows(session, made) == stored_rows(session, copied)


def stored_rows(session: Session, ids: Sequence[int]) -> list[list[tuple[object, ...]]]:
    """Return all that the rules write of some appeals; each appeal has its place in `ids`."""
    places = {appeal_id: n for n, appeal_id in enumerate(ids)}
    tables: list[tuple[type[Base], str, Sequence[str]]] = [(Appeal, "id", CASE_COLUMNS)]
    tables += [(table, "appeal_id", field_names(items)) for _, table, items in CASE_LISTS]
    found = []
    for table, key, names in tables:
        columns = [table.__table__.columns[name] for name in (key, *names)]
        rows = session.execute(sa.select(*columns).where(columns[0].in_(ids))).all()
        found.append(sorted(((places[row[0]], *row[1:]) for row in rows), key=str))
    return found
