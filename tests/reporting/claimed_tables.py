"""Tables as reports print them, made by chance from a seed, and rates that cannot be.

The printed figures are computed here in whole numbers, by other means than the checker's.
"""

from collections.abc import Sequence
from random import Random

from appeals.reporting.audit.claimed_figures import Rounding

WHOLE = (100, 1_000, 10_000)
"""A hundred per cent in units of the last place, by the number of places."""
HEADER = "name,period,value,unit,part_of,numerator,denominator,rounding"


def print_share(way: Rounding, numerator: int, denominator: int, places: int) -> int:
    """Return a percentage in units of its last place; what stands alone has no remainders."""
    exact = WHOLE[places] * numerator
    if way is Rounding.CUT:
        return exact // denominator
    return (2 * exact + denominator) // (2 * denominator)


def print_shares(way: Rounding, parts: Sequence[int], places: int) -> list[int]:
    """Return the percentages of all parts of a total in units of their last place."""
    if way is not Rounding.LARGEST_REMAINDER:
        return [print_share(way, part, sum(parts), places) for part in parts]
    scale, total = WHOLE[places], sum(parts)
    printed = [scale * part // total for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda at: -(scale * parts[at] % total))
    for at in by_remainder[: scale - sum(printed)]:
        printed[at] += 1
    return printed


def write_percent(units: int, places: int) -> str:
    """Return the printed form of a percentage."""
    return f"{100 * units / WHOLE[places]:.{places}f}%"


def make_table(chance: Random, way: Rounding, places: int, *, is_stated: bool) -> str:
    """Return a right table: kinds that add up, their shares, rates with and without numerators.

    One table in three prints the shares without the counts of the kinds.
    """
    counts = chance.randrange(3)
    parts = [chance.randrange(chance.choice((9, 90, 9_000))) for _ in range(chance.randint(2, 9))]
    parts[0] += 1
    stated = way.value if is_stated else ""
    lines = [HEADER, f"all,2024,{sum(parts)},count,,,,{stated}"]
    for at, (part, share) in enumerate(zip(parts, print_shares(way, parts, places), strict=True)):
        if counts:
            lines.append(f"kind {at},2024,{part},count,all,,,")
        lines.append(f"kind {at},2024,{write_percent(share, places)},percent,all,,,")
    for at in range(4):
        base = chance.randint(1, chance.choice((12, 120, 12_000)))
        met = chance.randint(0, base)
        rate = write_percent(print_share(way, met, base, places), places)
        numerator = str(met) if at % 2 else ""
        lines.append(f"rate {at},2024,{rate},percent,,{numerator},{base},")
    return "\n".join(lines)


def make_impossible_rate(
    chance: Random, way: Rounding | None, places: int
) -> tuple[int, str] | None:
    """Return a base and a rate that no whole number over it gives, if the chosen base has one."""
    base = chance.randint(2, 8 * WHOLE[places] // 100)
    ways = [way] if way else [Rounding.ROUNDED, Rounding.CUT]
    possible = {print_share(each, n, base, places) for each in ways for n in range(base + 1)}
    if way is Rounding.LARGEST_REMAINDER:
        possible |= {print_share(Rounding.CUT, n, base, places) for n in range(base + 1)}
        possible |= {WHOLE[places] * n // -base * -1 for n in range(base + 1)}
    left = sorted(set(range(WHOLE[places])) - possible)
    return (base, write_percent(chance.choice(left), places)) if left else None
