"""When the people of a made-up city file: its weather, its days and the hours of a day.

A day's number of filings varies far more than chance alone would have it: matters come and go with
season and weather, weeks and holidays have their rhythm, and every day has a factor of its own. So
the number is over-dispersed (a Poisson number with a gamma factor is negative binomial).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from appeals.demo.matters import Matter, Weather
from appeals.demo.seeded_random import make_random
from appeals.domain.calendar import ONE_DAY, SHANGHAI, Calendar

WORKDAY_FACTORS = (1.12, 1.05, 1.0, 0.98, 0.95, 0.85, 0.85)
"""Monday to Sunday, if it is a working day; the last two are make-up days."""
DAY_OFF_FACTOR = 0.62
HOLIDAY_FACTOR = 0.5
AFTER_HOLIDAY_FACTOR = 1.2
LONG_BREAK = 3 * ONE_DAY
DAY_SHAPE = 20
"""The shape of the gamma factor of a day: its coefficient of variation is 1/sqrt(20), 0.22."""
HOUR_WEIGHTS = (2, 1, 1, 1, 1, 2, 4, 8, 16, 20, 19, 15, 10, 13, 17, 18, 16, 13, 10, 9, 8, 6, 4, 3)
"""The weight of each hour of a day, 0 to 23."""
NIGHT_HOURS = frozenset({21, 22, 23, 0, 1, 2, 3, 4, 5, 6})
WEATHER_ODDS: Mapping[Weather, Mapping[int, float]] = {
    Weather.STORM: {3: 0.01, 4: 0.015, 6: 0.02, 7: 0.05, 8: 0.05, 9: 0.02, 11: 0.01},
    Weather.RAIN: {4: 0.15, 5: 0.18, 6: 0.22, 7: 0.3, 8: 0.3, 9: 0.18, 10: 0.12, 11: 0.1},
    Weather.HEAT: {6: 0.06, 7: 0.2, 8: 0.2},
    Weather.COLD: {11: 0.08, 12: 0.15, 1: 0.18, 2: 0.12, 3: 0.04},
}
"""The probability of a day's weather by month (INF, after Domain 7); the rest is fair."""
SAME_AS_YESTERDAY = 0.4
DRAWS_AT_ONCE = 50_000


def draw_weather(seed: object, days: Sequence[date]) -> dict[date, Weather]:
    """Draw the weather of consecutive days; bad weather often lasts another day."""
    rng = make_random(f"{seed} weather")
    drawn: dict[date, Weather] = {}
    for day in days:
        before = drawn.get(day - ONE_DAY, Weather.FAIR)
        lasts = before is not Weather.FAIR and rng.random() < SAME_AS_YESTERDAY
        drawn[day] = before if lasts else _draw_weather_of_month(rng, day.month)
    return drawn


def _draw_weather_of_month(rng: Random, month: int) -> Weather:
    chance = rng.random()
    for weather, odds in WEATHER_ODDS.items():
        chance -= odds.get(month, 0)
        if chance < 0:
            return weather
    return Weather.FAIR


def weigh_days(
    seed: object, weather: Mapping[date, Weather], matters: Sequence[Matter], calendar: Calendar
) -> dict[date, float]:
    """Weigh each day by its matters, its place in week and year, and a factor of its own."""
    rng = make_random(f"{seed} days")
    return {
        day: sum(matter.weight_on(day, of_day) for matter in matters)
        * _rhythm_factor(day, calendar)
        * rng.gammavariate(DAY_SHAPE, 1 / DAY_SHAPE)
        for day, of_day in weather.items()
    }


def _rhythm_factor(day: date, calendar: Calendar) -> float:
    if not calendar.is_working(day):
        return HOLIDAY_FACTOR if day in calendar.names else DAY_OFF_FACTOR
    rested = day - calendar.previous_working(day) > LONG_BREAK
    return WORKDAY_FACTORS[day.weekday()] * (AFTER_HOLIDAY_FACTOR if rested else 1)


def draw_daily_counts(
    seed: object, weights: Mapping[date, float], filings: int
) -> Mapping[date, int]:
    """Spread the filings over the days by their weights."""
    rng, counts = make_random(f"{seed} counts"), Counter[date]()
    days, sums = tuple(weights), tuple(accumulate(weights.values()))
    for begun in range(0, filings, DRAWS_AT_ONCE):
        drawn = min(DRAWS_AT_ONCE, filings - begun)
        counts.update(rng.choices(days, cum_weights=sums, k=drawn))
    return counts


def pick_moments(rng: Random, day: date, count: int) -> Iterator[datetime]:
    """Yield so many moments of a day in order, in aware UTC."""
    midnight = datetime.combine(day, time(), SHANGHAI)
    hours = rng.choices(range(24), HOUR_WEIGHTS, k=count)
    for second in sorted(3600 * hour + rng.randrange(3600) for hour in hours):
        yield (midnight + timedelta(seconds=second)).astimezone(UTC)
