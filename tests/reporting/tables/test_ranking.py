"""Scores, intervals, bands and ranks, held by published figures and by what a rank may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.domain.messages import Text
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import NO_NUMBERS, Numbers
from appeals.reporting.measures.measure_names import MeasureName
from appeals.reporting.tables.ranking import (
    MIN_RANKED_CASES,
    SETTINGS,
    Band,
    ScoreSetting,
    UnitRates,
    pool_rates,
    rank_units,
    rounded_score,
    score_interval,
    weighted_score,
    wilson_interval,
)

BY_NAME = {setting.name: setting for setting in SETTINGS}
ON_TIME = ScoreSetting("on_time", 1, {MeasureName.ON_TIME: 1}, "tests", Text("", ""))
PANJIN = {
    # Jan to Apr 2023 [S70]: cases, completion, satisfaction, feedback, reached, printed score.
    "大洼区": (4226, 98.06, 99.00, 100.00, 100.00, 99.3),
    "盘山县": (1922, 98.44, 98.37, 100.00, 100.00, 99.2),
    "兴隆台区": (6530, 97.95, 98.44, 100.00, 99.96, 99.1),
    "双台子区": (2584, 96.21, 94.01, 100.00, 100.00, 97.4),
    "高新技术开发区": (22, 100.00, 100.00, 100.00, 100.00, 100.0),
    "辽滨经开区": (268, 99.25, 97.02, 100.00, 100.00, 99.0),
}
RATES = st.integers(0, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


def rates_with_on_time(key: str, met: int, of: int) -> UnitRates:
    return UnitRates(key, of, {MeasureName.ON_TIME: Numbers(met, of)})


def rates_of_panjin(name: str) -> UnitRates:
    cases, *rates, _ = PANJIN[name]
    names = ("completion", "satisfaction", "feedback", "reached")
    return UnitRates(
        name,
        cases,
        {
            MeasureName(n): Numbers(round(rate * cases), 100 * cases)
            for n, rate in zip(names, rates, strict=True)
        },
    )


@pytest.mark.parametrize("name", PANJIN)
def test_the_published_scores_of_panjin_are_reproduced(name: str) -> None:
    found = weighted_score(BY_NAME["panjin"], rates_of_panjin(name).rates)
    assert found is not None
    assert round(float(found), 1) == PANJIN[name][-1]


def test_a_unit_with_22_cases_scores_100_and_is_not_ranked() -> None:
    found = rank_units(BY_NAME["panjin"], map(rates_of_panjin, PANJIN))
    assert [each.unit.key for each in found.ranked] == [
        "大洼区", "盘山县", "兴隆台区", "辽滨经开区", "双台子区",
    ]  # fmt: skip
    assert [each.rank for each in found.ranked] == [1, 2, 3, 4, 5]
    few = found.few[0]
    assert (few.unit.key, few.cases, few.rank, few.band) == ("高新技术开发区", 22, None, None)


@pytest.mark.parametrize(
    ("met", "of", "low", "high"),
    [  # Newcombe 1998, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_the_published_one(met: int, of: int, low: float, high: float) -> None:
    assert list(wilson_interval(met, of)) == pytest.approx([low, high], abs=5e-5)


def test_the_interval_of_jiangyins_rate_is_four_points_wide() -> None:
    low, high = wilson_interval(240, 246)  # Domain 3.3: 97.56%
    assert (round(100 * low, 2), round(100 * high, 2)) == (94.78, 98.88)


@given(RATES)
def test_an_interval_lies_within_0_and_1_and_around_the_rate(rate: tuple[int, int]) -> None:
    met, of = rate
    low, high = wilson_interval(met, of)
    assert 0 <= low <= (met / of if of else 0.5) <= high <= 1
    if of:
        assert list(wilson_interval(of - met, of)) == pytest.approx([1 - high, 1 - low])


@given(RATES)
def test_the_interval_of_one_rate_is_wilsons(rate: tuple[int, int]) -> None:
    found = score_interval(ON_TIME, {MeasureName.ON_TIME: Numbers(*rate)})
    if rate[1]:
        assert found is not None
        assert list(found) == pytest.approx([100 * end for end in wilson_interval(*rate)], abs=1e-9)
    else:
        assert found is None


def test_the_interval_of_a_score_weighs_those_of_its_rates() -> None:
    half = ScoreSetting(
        "half", 1, {MeasureName.ON_TIME: 1, MeasureName.REACHED: 1}, "tests", Text("", "")
    )
    one = score_interval(ON_TIME, {MeasureName.ON_TIME: Numbers(80, 100)})
    two = score_interval(half, dict.fromkeys(half.weights, Numbers(80, 100)))
    assert one is not None
    assert two is not None
    assert [80 - two[0], two[1] - 80] == pytest.approx(
        [(80 - one[0]) / 2**0.5, (one[1] - 80) / 2**0.5]
    )


def test_equal_printed_scores_share_a_rank_and_the_next_rank_is_skipped() -> None:
    units = [
        rates_with_on_time("a", 99_001, 100_000),
        rates_with_on_time("b", 99_002, 100_000),
        rates_with_on_time("c", 98_000, 100_000),
        rates_with_on_time("d", 100_000, 100_000),
    ]
    found = rank_units(ON_TIME, units).ranked
    assert [(each.unit.key, each.rank) for each in found] == [
        ("d", 1), ("a", 2), ("b", 2), ("c", 4),
    ]  # fmt: skip


def test_units_under_thirty_cases_or_with_nothing_due_are_not_ranked() -> None:
    units = [
        rates_with_on_time("few", 29, 29),
        rates_with_on_time("enough", 30, 30),
        UnitRates("none", 0, {}),
    ]
    found = rank_units(ON_TIME, units)
    assert [each.unit.key for each in found.ranked] == ["enough"]
    assert [(each.unit.key, each.cases, each.rank) for each in found.few] == [("few", 29, None)]
    assert found.few[0].score == 100
    assert [unit.key for unit in found.apart] == ["none"]


def test_a_unit_with_few_ratings_is_not_ranked_however_many_are_due() -> None:
    rates = dict.fromkeys(BY_NAME["jungar"].weights, Numbers(900, 1000))
    unit = UnitRates("a", 1000, {**rates, MeasureName.SATISFACTION: Numbers(29, 29)})
    assert rank_units(BY_NAME["jungar"], [unit]).few[0].cases == 29
    unrated = UnitRates("b", 1000, {**rates, MeasureName.SATISFACTION: NO_NUMBERS})
    assert rank_units(BY_NAME["jungar"], [unrated]).few[0].score is None


def test_a_unit_leaves_the_groups_band_only_if_its_interval_excludes_the_average() -> None:
    units = [
        rates_with_on_time("surely better", 995, 1000),
        rates_with_on_time("perhaps better", 39, 40),
        rates_with_on_time("as the group", 950, 1000),
        rates_with_on_time("surely worse", 900, 1000),
    ]
    found = rank_units(ON_TIME, units)
    assert found.average == pytest.approx(100 * 2884 / 3040)
    assert {each.unit.key: each.band for each in found.ranked} == {
        "surely better": Band.FIRST,
        "perhaps better": Band.SECOND,
        "as the group": Band.SECOND,
        "surely worse": Band.THIRD,
    }


@given(st.lists(RATES, max_size=12))
def test_every_unit_is_in_one_list_and_ranks_follow_the_printed_scores(
    rates: list[tuple[int, int]],
) -> None:
    units = [rates_with_on_time(f"{n:02}", met, of) for n, (met, of) in enumerate(rates)]
    found = rank_units(ON_TIME, units)
    listed = [*(e.unit.key for e in (*found.ranked, *found.few)), *(u.key for u in found.apart)]
    assert sorted(listed) == [unit.key for unit in units]
    assert all(each.cases >= MIN_RANKED_CASES for each in found.ranked)
    for one in found.ranked:
        for other in found.ranked:
            assert one.rank is not None
            assert other.rank is not None
            assert (one.rank < other.rank) == (rounded_score(one) > rounded_score(other))
    assert pool_rates(ON_TIME, units)[MeasureName.ON_TIME] == (
        sum(m for m, _ in rates),
        sum(o for _, o in rates),
    )


def test_every_setting_weighs_measures_of_the_report_to_100() -> None:
    for setting in SETTINGS:
        assert set(setting.weights) <= set(MEASURES)
        assert sum(setting.weights.values()) == 100
