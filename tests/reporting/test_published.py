"""Published tables reproduced: appeals with their counts are written, and the report counts them.

The tables and fractions are those of Domain 3.1 and 3.6; what a source does not print (which
channel goes with which kind, the hour of an answer) is chosen to give its counts.
"""

from dataclasses import replace
from decimal import Decimal

import pytest

from appeals.act import Act
from appeals.domain.states import Action
from appeals.domain.vocabulary import Channel, Kind
from appeals.models.organisation import Department
from appeals.reference.reference_data import mark_reference_changed
from appeals.reporting.measures.cells import Cell
from appeals.reporting.snapshot.cut_off_values import CENTRE
from tests.cast import ROADS
from tests.reporting.life_plans import (
    BulkCity,
    LifePlan,
    plan_answered,
    plan_dispatched,
    plan_on_the_spot,
)

pytestmark = pytest.mark.thorough
COUNTY = "county"
YICHUN_KINDS = {
    Kind.CONSULTATION: (19_651, "51.11"),
    Kind.HELP: (592, "1.54"),
    Kind.SUGGESTION: (649, "1.69"),
    Kind.COMPLAINT: (15_042, "39.12"),
    Kind.REPORT: (2_513, "6.54"),
}
YICHUN_CHANNELS = {
    Channel.PHONE: (34_859, "90.67"),
    Channel.WECHAT: (2_724, "7.09"),
    Channel.APP: (170, "0.44"),
    Channel.TRANSFER_110: (261, "0.68"),
    Channel.UPPER_LEVEL: (318, "0.83"),
    Channel.WEB: (115, "0.30"),
}
HUAIBEI_KINDS = {
    Kind.COMPLAINT: (4_733, "51.28"),
    Kind.CONSULTATION: (3_162, "34.26"),
    Kind.HELP: (238, "2.58"),
    Kind.SUGGESTION: (114, "1.23"),
    Kind.REPORT: (14, "0.15"),
    Kind.OTHER: (969, "10.50"),
}
Share = tuple[int, str | None]
Week = tuple[str, str, Share, Share, dict[Kind, Share]]
WEEK_28: Week = (
    "2024-07-08",
    "2024-07-15",
    (37_527, "52.7"),
    (33_657, "47.3"),
    {
        Kind.CONSULTATION: (33_523, "47.09"),
        Kind.HELP: (21_570, "30.30"),
        Kind.SUGGESTION: (10_497, "14.75"),
        Kind.COMPLAINT: (3_783, "5.31"),
        Kind.PRAISE: (228, "0.32"),
        Kind.OTHER: (1_583, "2.22"),
    },
)
WEEK_26: Week = (
    "2024-06-24",
    "2024-07-01",
    (37_643, None),
    (33_769, None),
    {
        Kind.CONSULTATION: (34_000, None),
        Kind.HELP: (20_987, None),
        Kind.SUGGESTION: (11_139, None),
        Kind.COMPLAINT: (3_539, None),
        Kind.PRAISE: (192, None),
        Kind.OTHER: (1_555, None),
    },
)


@pytest.fixture
def published(act: Act) -> BulkCity:
    """Give a writer in the small city, with a county beside its municipal departments."""
    act.session.add(Department(code=COUNTY, zh="县市区", en="Counties", tier="district"))
    mark_reference_changed(act.session, "calendar of the tests")
    return BulkCity(act)


def assert_reproduces(printed: str, met: int, of: int) -> None:
    """Hold a percentage to the printed one, to its places and within 0.01 (Domain 3.6)."""
    shown = Decimal(printed)
    right = round(Decimal(100 * met) / of, -int(shown.as_tuple().exponent))
    assert abs(right - shown) <= Decimal("0.01"), (printed, met, of)


def test_t1_yichun_may_2023(published: BulkCity) -> None:
    at, recalled = "2023-05-08 10:00", ((Action.RECALL, 0.03),)
    away = plan_dispatched(at)
    published.write(
        {
            plan_on_the_spot(at): 20_334,
            plan_dispatched(at, COUNTY): 15_390,
            plan_dispatched(at): 2_013,
            replace(away, moves=(*away.moves, *recalled)): 710,
        },
        {kind: n for kind, (n, _) in YICHUN_KINDS.items()},
        {channel: n for channel, (n, _) in YICHUN_CHANNELS.items()},
    )
    found = published.count("2023-05-01", "2023-06-01", "2023-06-02 00:00")
    total = found[Cell.from_codes("city", "city", "filed", "all", "filed")][0]
    assert total == 38_447
    for by, table in (("kind", YICHUN_KINDS), ("channel", YICHUN_CHANNELS)):
        for key, (n, share) in table.items():
            assert found[Cell.from_codes(by, key.value, "filed", "all", "filed")] == (n, n)
            assert_reproduces(share, n, total)
    assert found[Cell.from_codes("city", "city", "accepted", "all", "answered_on_spot")] == (
        20_334,
        38_447,
    )
    sent = found[Cell.from_codes("city", "city", "dispatched", "all", "dispatched")][0]
    assert sent == 18_113
    holders = ((COUNTY, 15_390, "84.97"), (ROADS, 2_013, "11.11"), (CENTRE, 710, "3.92"))
    for holder, n, share in holders:
        assert found[Cell.from_codes("department", holder, "dispatched", "all", "dispatched")] == (
            n,
            n,
        )
        assert_reproduces(share, n, sent)


def test_t2_huaibei_march_2021_and_d2(published: BulkCity) -> None:
    at = "2021-03-08 10:00"
    done = plan_answered(at, 3, 3.2)
    published.write(
        {
            plan_dispatched(at): 13 + 15 + (2_274 - 1_715),
            done: 1_715,
            plan_on_the_spot(at): 6_673,
            replace(done, filed="2021-03-09 10:00"): 221,
            plan_dispatched("2021-03-09 10:00"): 242 - 221,
            plan_on_the_spot("2021-03-09 10:00"): 255 - 242,
        },
        {kind: n for kind, (n, _) in HUAIBEI_KINDS.items()},
        {
            Channel.UPPER_LEVEL: 13,
            Channel.PEOPLE_CN_BOARD: 15,
            Channel.PHONE: 8_947,
            Channel.WEB: 255,
        },
    )
    found = published.count("2021-03-01", "2021-04-01", "2021-04-01 00:00")
    total = found[Cell.from_codes("city", "city", "filed", "all", "filed")][0]
    assert total == 9_230
    for key, (n, share) in HUAIBEI_KINDS.items():
        assert found[Cell.from_codes("kind", key.value, "filed", "all", "filed")] == (n, n)
        assert_reproduces(share, n, total)
    dispatched_done = found[
        Cell.from_codes("channel", "phone", "filed", "dispatched", "completion")
    ]
    assert dispatched_done == (1_715, 2_274)
    assert_reproduces("75.42", *dispatched_done)
    direct = found[Cell.from_codes("channel", "phone", "accepted", "all", "answered_on_spot")]
    assert direct == (6_673, 8_947)
    assert_reproduces("74.58", *direct)
    assert found[Cell.from_codes("channel", "web", "filed", "dispatched", "completion")] == (
        221,
        242,
    )
    assert_reproduces("91.32", 221, 242)


@pytest.mark.parametrize("week", [WEEK_28, WEEK_26])
def test_t5_two_weeks_of_a_provincial_capital(published: BulkCity, week: Week) -> None:
    monday, next_monday, direct, sent, kinds = week
    at = f"{monday} 10:00"
    published.write(
        {plan_on_the_spot(at): direct[0], plan_dispatched(at): sent[0]},
        {kind: n for kind, (n, _) in kinds.items()},
    )
    found = published.count(monday, next_monday, f"{next_monday} 00:00")
    total = found[Cell.from_codes("city", "city", "filed", "all", "filed")][0]
    assert total == direct[0] + sent[0]
    assert found[Cell.from_codes("city", "city", "accepted", "all", "answered_on_spot")] == (
        direct[0],
        total,
    )
    assert found[Cell.from_codes("city", "city", "dispatched", "all", "dispatched")] == (
        sent[0],
        sent[0],
    )
    for key, (n, _) in kinds.items():
        assert found[Cell.from_codes("kind", key.value, "filed", "all", "filed")] == (n, n)
    for n, share in (direct, sent, *kinds.values()):
        if share:
            assert_reproduces(share, n, total)


@pytest.mark.parametrize(
    "row",
    [
        (5_113, 2_114, 1_898, "97.01", "89.78"),  # Heyuan, December 2016
        (33_786, 13_197, 12_424, "98.35", None),  # a Shandong city: 46,210 of 46,983
    ],
)
def test_d1_all_valid_cases_with_those_answered_on_the_spot(
    published: BulkCity, row: tuple[int, int, int, str, str | None]
) -> None:
    on_spot, sent, done, printed, dispatched_only = row
    at = "2016-12-05 10:00"
    published.write(
        {
            plan_on_the_spot(at): on_spot,
            plan_answered(at, 3, 3.2): done,
            plan_dispatched(at): sent - done,
        }
    )
    found = published.count("2016-12-01", "2017-01-01", "2017-01-01 00:00")
    everything = found[Cell.from_codes("city", "city", "filed", "all", "completion")]
    assert everything == (on_spot + done, on_spot + sent)
    assert_reproduces(printed, *everything)
    assert found[Cell.from_codes("city", "city", "filed", "dispatched", "completion")] == (
        done,
        sent,
    )
    if dispatched_only:
        assert_reproduces(dispatched_only, done, sent)
    else:
        assert_reproduces(
            "71.91", *found[Cell.from_codes("city", "city", "accepted", "all", "answered_on_spot")]
        )


def test_d2_what_is_pending_counts_against_lianping(published: BulkCity) -> None:
    at = "2025-05-12 10:00"
    published.write({plan_answered(at, 3, 3.2): 2_477, plan_dispatched(at): 659})
    found = published.count("2025-04-01", "2025-07-01", "2025-07-01 00:00")
    assert found[Cell.from_codes("city", "city", "filed", "dispatched", "completion")] == (
        2_477,
        3_136,
    )
    assert_reproduces("78.98", 2_477, 3_136)


@pytest.mark.parametrize(
    "row",
    [
        ("2021-07-01", "2021-08-01", "2021-08-12", 3_884, 58, 473, "98.53"),  # Yangling
        ("2021-11-01", "2021-12-01", "2021-12-09", 3_055, 4, 0, "99.87"),  # a city mailbox
    ],
)
def test_d3_valid_cases_of_a_period_at_a_later_cut_off(
    published: BulkCity, row: tuple[str, str, str, int, int, int, str]
) -> None:
    start, end, cut_off, done, late, invalid, printed = row
    at = f"{start[:8]}28 10:00"
    refused = LifePlan(at, ((Action.NOT_ACCEPT, 0.01),))
    published.write(
        {plan_answered(at, 5, 8): done, plan_answered(at, 5, 30): late, refused: invalid}
    )
    found = published.count(start, end, f"{cut_off} 00:00")
    assert (
        found[Cell.from_codes("city", "city", "filed", "all", "filed")]
        == (done + late + invalid,) * 2
    )
    assert found[Cell.from_codes("city", "city", "filed", "all", "completion")] == (
        done,
        done + late,
    )
    assert_reproduces(printed, done, done + late)
    before = published.count(start, end, f"{end} 00:00")
    assert before[Cell.from_codes("city", "city", "filed", "all", "completion")] == (0, done + late)


def test_d4_cases_due_in_lianyungang_april_2017(published: BulkCity) -> None:
    at = "2017-04-10 10:00"
    published.write(
        {
            plan_answered(at, 3, 4): 22_345,
            plan_answered(at, 15, 16): 23_974 - 22_345,
            plan_dispatched(at): 24_932 - 23_974,
            plan_dispatched("2017-04-28 10:00"): 26_898 - 24_932,
        }
    )
    found = published.count("2017-04-01", "2017-05-01", "2017-05-01 00:00")
    assert found[Cell.from_codes("city", "city", "filed", "all", "filed")][0] == 26_898
    due = found[Cell.from_codes("city", "city", "due", "all", "completion_of_due")]
    assert due == (23_974, 24_932)
    assert_reproduces("96.16", *due)
    in_time = found[Cell.from_codes("city", "city", "due", "all", "on_time")]
    assert in_time == (22_345, 24_932)
    assert_reproduces("89.62", *in_time)


def test_d4_more_due_than_accepted_in_nantong(published: BulkCity) -> None:
    carried, in_month = "2021-11-15 10:00", "2021-12-06 10:00"
    published.write(
        {
            plan_answered(carried, 20, 21): 700,
            plan_answered(carried, 60, 61): 200,  # after the month, so too late for it
            plan_answered(in_month, 3, 4): 12_461 - 700,
            plan_dispatched(in_month): 345 - 200,
            plan_dispatched("2021-12-30 10:00"): 12_184 - 11_906,
        }
    )
    found = published.count("2021-12-01", "2022-01-01", "2022-02-01 00:00")
    assert found[Cell.from_codes("city", "city", "accepted", "all", "accepted")][0] == 12_184
    due = found[Cell.from_codes("city", "city", "due", "all", "completion_of_due")]
    assert due == (12_461, 12_806)
    assert_reproduces("97.31", *due)
    assert due[1] - due[0] == 345


def test_d4_on_time_of_what_was_due_in_junshan(published: BulkCity) -> None:
    at = "2021-08-09 10:00"
    published.write(
        {
            plan_answered(at, 3, 4): 2_794,
            plan_answered(at, 15, 16): 4,
            plan_dispatched("2021-09-29 10:00"): 2_848 - 2_798,
        }
    )
    found = published.count("2021-07-01", "2021-10-01", "2021-10-01 00:00")
    assert found[Cell.from_codes("city", "city", "accepted", "all", "accepted")][0] == 2_848
    in_time = found[Cell.from_codes("city", "city", "due", "all", "on_time")]
    assert in_time == (2_794, 2_798)
    assert_reproduces("99.86", *in_time)
