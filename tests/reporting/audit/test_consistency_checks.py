"""The checker finds the errors that cities have published, and passes what adds up (Domain 3)."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from appeals.cli.report import check_printed_figures as command
from appeals.domain.refusals import Refused
from appeals.reporting.audit.claimed_figures import (
    PERCENT_TOLERANCE,
    ClaimedTable,
    FigureUnit,
    Rounding,
    read_claimed_table,
)
from appeals.reporting.audit.consistency_checks import check_table
from appeals.reporting.tables.period_comparisons import Comparison, compare_periods
from tests.reporting.claimed_tables import make_impossible_rate, make_table

TABLES = Path(__file__).parents[1] / "tables"
HEADER = "name,period,value,unit,part_of,grouping,numerator,denominator,compared_with,wording\n"
PUBLISHED = {
    # Domain 3.6 prints the total, the sum of the kinds and the largest share; the two counts
    # of the table are chosen to give both.
    "tangshan_2024_11": {
        ("诉求总量", "parts", "195532"),
        ("最多的一类占比", "shares", "43.81%"),
    },
    "yangling_2021_07": {("有效件", "parts", "3943"), ("疫情防控占比", "shares", "5.25%")},
    "ningguo_2021_08": {("办结率", "shares", "99.49%"), ("受理", "wordings", "环比")},
    "junshan_2021_q3": {("不满意件", "changes", "-17.41%")},
    # The scores of six districts [S70]: over their cases, three satisfaction rates cannot be.
    "panjin_2023": {
        (f"{district}满意率", "numerators", None)
        for district in ("盘山县", "双台子区", "辽滨经开区")
    },
    "qingdao_2025": {("满意率", "units_of_change", "+2.75 pp")},
}
SOUND = ["t1_yichun_2023_05", "t2_huaibei_2021_03", "t5_weekly_2024", "d1_to_d4"]


def find_faults(text: str) -> set[tuple[str, str, str | None]]:
    found = check_table(read_claimed_table(text)).faults
    return {(each.figure.name, each.rule, each.right) for each in found}


def faults_of(*lines: str) -> set[tuple[str, str | None]]:
    """Give rule and right figure of the faults in lines of which the rest is empty."""
    full = "\n".join(line + "," * (9 - line.count(",")) for line in lines)
    return {(rule, right) for _, rule, right in find_faults(HEADER + full)}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_error_is_found_with_what_is_right(name: str) -> None:
    assert find_faults((TABLES / f"{name}.csv").read_text("utf-8")) == PUBLISHED[name]


@pytest.mark.parametrize("name", SOUND)
def test_a_table_that_adds_up_passes(name: str) -> None:
    assert find_faults((TABLES / f"{name}.csv").read_text("utf-8")) == set()


@pytest.mark.parametrize("name", SOUND)
def test_no_figure_of_a_sound_table_can_be_another(name: str) -> None:
    table = read_claimed_table((TABLES / f"{name}.csv").read_text("utf-8"))
    unchecked = {each.line for each in check_table(table).unchecked}
    for at, each in enumerate(table.lines):
        if each.line not in unchecked and (each.unit is not FigureUnit.COUNT or each.part_of):
            other = replace(
                each,
                value=each.number + (1 if each.unit is FigureUnit.COUNT else PERCENT_TOLERANCE * 6),
            )
            changed = ClaimedTable((*table.lines[:at], other, *table.lines[at + 1 :]))
            assert check_table(changed).faults, each


def test_a_share_over_another_base_is_reported_with_that_base() -> None:
    table = read_claimed_table(
        HEADER
        + "全部,2022-04,99,count,,,,,,\n热线,2022-04,87,count,,,,,,\n不满意,2022-04,8,count,,,,,,\n"
        + "不满意率,2022-04,9%,percent,,,不满意,全部,,\n"
    )
    fault = check_table(table).faults[0]
    assert fault.right == "8.08%"
    assert fault.fault is not None
    assert fault.fault.label("en") == "8/99 is 8.08%, not 9% (which is over 87)"


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        (["a,2021,5,count", "b,2021,4,count", "r,2021,125,percent,,,a,b"], {"possible", "shares"}),
        (["a,2021,5,count", "b,2021,4,count", "r,2021,80,percent,,,b,a"], set()),
        (["a,2021,-5,count"], {"possible"}),
        (["a,2021,5.5,count"], {"possible"}),
        (["r,2021,0,percent,,,0,0"], {"shares"}),
        (["r,2021,–,percent,,,0,0"], set()),
        (["r,2021,–,percent,,,1,2"], {"shares"}),
        (["a,2021,5,count", "a,2021,6,count"], {"printed_once"}),
        (["a,2021,60,percent,all", "b,2021,39,percent,all"], set()),
        (["a,2021,60,percent,all", "b,2021,38,percent,all"], {"parts"}),
        (["r,2021,90,percent", "r,2020,88,percent", "r,2021,2,points,,,,,2020"], set()),
        (["r,2021,90,percent", "r,2020,88,percent", "r,2021,-2,points,,,,,2020"], {"changes"}),
        (["r,2021,90.1,percent", "r,2020,88.0,percent", "r,2021,2.19,points,,,,,2020"], set()),
        (["a,2021,90,count", "a,2020,80,count", "a,2021,12.5,percent_change,,,,,2020"], set()),
        (["a,2021,90,count", "a,2020,0,count", "a,2021,0,percent_change,,,,,2020"], {"changes"}),
        (["a,2021,90,count", "a,2021,2,points,,,,,2020"], {"units_of_change"}),
        (["a,2021-01,2,points,,,,,2020-12,环比"], set()),
        (["a,2021-01,2,points,,,,,2020-01,环比"], {"wordings"}),
        (["a,2021-01,2,points,,,,,,环比"], set()),
    ],
)
def test_each_rule_finds_its_fault_and_no_other(lines: list[str], wrong: set[str]) -> None:
    assert {rule for rule, _ in faults_of(*lines)} == wrong


def test_a_rate_that_changes_in_per_cent_is_given_in_points() -> None:
    lines = ["r,2021,90,percent", "r,2020,88,percent", "r,2021,2.27,percent_change,,,,,2020"]
    assert faults_of(*lines) == {("units_of_change", "+2 pp")}


@pytest.mark.parametrize(
    ("period", "other", "is_"),
    [
        ("2021-01", "2020-12", Comparison.LAST),
        ("2021-01", "2020-01", Comparison.YEAR),
        ("2021-Q1", "2020-Q4", Comparison.LAST),
        ("2021-Q1", "2020-12", None),
        ("2021", "2020", Comparison.YEAR),
        ("2021-W02", "2021-W01", None),
        ("2021-03", "2021-01", None),
    ],
)
def test_periods_compare_year_on_year_or_with_the_one_before(
    period: str, other: str, is_: Comparison | None
) -> None:
    assert compare_periods(period, other) is is_


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,period,value\n", "line 1: there is no column unit"),
        (HEADER.replace("wording", "words"), "line 1: no column is called “words”"),
        (HEADER, "line 1: the table has no figure"),
        (HEADER + "a,2021,many,count,,,,,,\n", "line 2: “many” is no number"),
        (HEADER + "a,2021,1,dozen,,,,,,\n", "line 2: unit is one of"),
        (HEADER + "a,,1,count,,,,,,\n", "line 2: period is empty"),
        (HEADER + "a,2021,1,count\n", "line 2: it has not as many cells"),
        (HEADER + "a,2021,1,count,all,,,,,\n", "line 2: no count of 2021 is called “all”"),
        (HEADER + 'a,2021,"1\n', "line 2: no CSV"),
    ],
)
def test_a_malformed_table_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read_claimed_table(text)


def test_the_command_says_what_is_wrong_and_exits_1() -> None:
    told = CliRunner().invoke(command, [str(TABLES / "junshan_2021_q3.csv")])
    assert told.exit_code == 1
    assert "293 → 242 is -17.41%, not -21.07% (which is over the later)" in told.output
    told = CliRunner().invoke(command, ["--lang", "zh", str(TABLES / "junshan_2021_q3.csv")])
    assert "293 → 242 为 -17.41%，而非 -21.07%（误以本期为分母）" in told.output


def test_the_command_exits_0_where_all_adds_up_and_names_what_it_could_not_check() -> None:
    told = CliRunner().invoke(command, ["--json", str(TABLES / "t1_yichun_2023_05.csv")])
    assert told.exit_code == 0
    result = json.loads(told.output)
    assert (result["adds_up"], result["faults"], result["unchecked"]) == (True, [], [3, 4])


def test_every_sentence_is_in_both_languages() -> None:
    for name in PUBLISHED:
        for each in check_table(
            read_claimed_table((TABLES / f"{name}.csv").read_text("utf-8"))
        ).faults:
            assert each.fault is not None
            assert each.fault.label("zh") != each.fault.label("en")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gbk.csv").write_bytes("名称".encode("gbk"))
    told = CliRunner().invoke(command, [str(tmp_path / "gbk.csv")])
    assert isinstance(told.exception, Refused)


@pytest.mark.parametrize("way", Rounding)
@pytest.mark.parametrize("places", [0, 1, 2])
def test_three_hundred_right_tables_of_each_rounding_raise_no_alarm(
    way: Rounding, places: int
) -> None:
    for seed in range(300):
        for is_stated, chance in zip((True, False), map(Random, (seed, seed)), strict=True):
            text = make_table(chance, way, places, is_stated=is_stated)
            result = check_table(read_claimed_table(text))
            assert result.faults == (), text
            if ",count,all," in text or is_stated:  # else nothing may be left to tell it by
                assert way in result.roundings[0].fits, text


@pytest.mark.parametrize("way", [*Rounding, None])
@pytest.mark.parametrize("places", [0, 1, 2])
def test_a_rate_that_no_whole_number_gives_is_found_in_a_table_that_is_right_but_for_it(
    way: Rounding | None, places: int
) -> None:
    planted = 0
    for chance in map(Random, range(60)):
        if rate := make_impossible_rate(chance, way, places):
            base, printed = rate
            right = make_table(chance, way or Rounding.ROUNDED, places, is_stated=way is not None)
            text = f"{right}\n满意率,2024,{printed},percent,,,{base},"
            result = check_table(read_claimed_table(text))
            (fault,) = result.faults
            assert way or Rounding.ROUNDED in result.roundings[-1].fits  # the rest was rounded
            assert (fault.figure.line, fault.rule) == (len(text.splitlines()), "numerators"), text
            planted += 1
    assert planted >= 40


@pytest.mark.parametrize(
    ("stated", "shares", "wrong"),
    [
        ("", "33,33,33", []),
        ("", "34,33,33", []),
        ("cut", "33,33,33", []),
        ("rounded", "33,33,33", []),
        ("rounded", "34,33,33", ["a"]),
        ("cut", "34,33,33", ["a"]),
        ("largest_remainder", "34,33,33", []),
        ("largest_remainder", "33,34,33", []),
        ("largest_remainder", "33,33,33", ["parts of a", "a"]),
        ("largest_remainder", "35,33,32", ["a", "c"]),
    ],
)
def test_what_a_stated_rounding_allows(stated: str, shares: str, wrong: list[str]) -> None:
    lines = ["name,period,value,unit,part_of,rounding", f"n,2024,3,count,,{stated}"]
    for name, share in zip("abc", shares.split(","), strict=True):
        lines += [f"{name},2024,1,count,n,", f"{name},2024,{share}%,percent,n,"]
    told = check_table(read_claimed_table("\n".join(lines))).faults
    named = [f"parts of {v.figure.name}" if v.rule == "parts" else v.figure.name for v in told]
    assert named == wrong


def test_a_stated_rounding_holds_until_the_next_and_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "two.csv"
    file.write_text(
        "name,period,value,unit,numerator,denominator,rounding\n"
        "first,2024,66,percent,2,3,cut\nsecond,2024,16,percent,1,6,\n"
        "third,2024,67,percent,2,3,rounded\n"
    )
    told = CliRunner().invoke(command, [str(file)])
    assert told.output.splitlines()[1:] == [
        "from line 2, rounding: stated cut, fits cut",
        "from line 4, rounding: stated rounded half up, fits rounded half up",
    ]
    file.write_text(file.read_text().replace(",cut", ",").replace(",rounded", ","))
    told = CliRunner().invoke(command, ["--lang", "zh", str(file)])
    assert told.output.splitlines()[1:] == ["第2行起，取整方式：没有一种都符合"]
    file.write_text(file.read_text().replace(",3,\n", ",3,upwards\n"))
    told = CliRunner().invoke(command, [str(file)])
    assert isinstance(told.exception, Refused)
    assert "rounding is one of rounded, cut, largest_remainder" in told.exception.label("en")


def test_a_rate_over_a_small_base_is_checked_without_its_numerator() -> None:
    table = read_claimed_table(
        HEADER + "满意率,2024,95.4%,percent,,,,37,,\n满意率,2023,97.3%,percent,,,,37,,\n"
        "满意率,2022,97.3%,percent,,,,37000,,\n"
    )
    result = check_table(table)
    assert [each.line for each in result.unchecked] == [4]  # over 37,000 every rate is possible
    (fault,) = result.faults
    assert fault.fault is not None
    assert fault.fault.label("en") == (
        "no whole number out of 37 gives 95.4%: 35/37 is 94.59%, 36/37 is 97.30%"
    )
    assert (
        fault.fault.label("zh")
        == "分母为 37，没有整数能得出 95.4%：35/37 为 94.59%，36/37 为 97.30%"
    )
