"""Conditions are values: they can be compared, and they explain themselves."""

from itertools import combinations

import pytest

from appeals.reporting.counting.condition_bitmask import ConditionBits
from appeals.reporting.measures.catalogue import COLUMNS
from appeals.reporting.measures.conditions import (
    EVERY_ROW,
    Condition,
    DueInPeriod,
    HasStamp,
    IsOneOf,
    MetByDue,
    StampInPeriod,
    all_of,
)
from appeals.reporting.snapshot.snapshot_rows import ROW_NAMES, Source
from tools.measures_page import PAGE, write_page

BIGINT_BITS = 63
CLOSED = StampInPeriod("closed_at")


def conditions_over(source: Source) -> list[Condition]:
    """Return every condition of the measures over one kind of row, each once."""
    joined = [
        all_of(measure.case_condition(variant), measure.met)
        for measure in COLUMNS
        for variant, _ in measure.variants
        if measure.over is source
    ]
    return list(dict.fromkeys(part for each in joined for part in each.parts))


def test_conditions_that_say_the_same_are_equal() -> None:
    assert StampInPeriod("closed_at") == CLOSED
    assert {StampInPeriod("closed_at"), CLOSED} == {CLOSED}
    different: set[Condition] = {CLOSED, HasStamp("closed_at"), all_of(CLOSED)}
    assert len(different) == len(("CLOSED", "HasStamp", "all_of"))
    assert StampInPeriod("filed_at") != CLOSED


def test_joined_conditions_have_single_parts() -> None:
    rated = all_of(CLOSED, HasStamp("satisfaction"))
    assert all_of(rated, EVERY_ROW, HasStamp("tried_at")).parts == (
        CLOSED,
        HasStamp("satisfaction"),
        HasStamp("tried_at"),
    )


def test_a_condition_explains_itself() -> None:
    assert str(all_of(CLOSED, MetByDue("met_at", "due_at"))) == (
        "closed_at in the period; met_at no later than due_at"
    )
    assert str(IsOneOf("solved", ("yes", "no"))) == "solved is yes or no"
    assert str(DueInPeriod("due_at")) == "first round with due_at in the period and by the cut-off"
    assert str(EVERY_ROW) == "every row"


def test_the_page_of_measures_is_that_of_the_catalogue() -> None:
    assert PAGE.read_text("utf-8") == write_page(), "run python -m tools.measures_page"


@pytest.mark.parametrize("source", ROW_NAMES)
def test_different_conditions_are_explained_differently(source: Source) -> None:
    for one, other in combinations(conditions_over(source), 2):
        assert str(one) != str(other)


@pytest.mark.parametrize("source", ROW_NAMES)
def test_the_conditions_of_a_count_fit_a_bigint(source: Source) -> None:
    found = conditions_over(source)
    bits = ConditionBits(found)
    assert 0 < len(found) < BIGINT_BITS
    assert bits.mask_of(all_of(*found)) == 2 ** len(found) - 1
