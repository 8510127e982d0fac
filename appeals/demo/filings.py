"""What the citizens of a made-up city file: through which channel, about what, in which words.

The shares are guesses in the range of published figures (Domain 1.2, 3.6 T1, T2 and T5), not facts:
the hotline takes most filings and nearly all questions; what is written or comes from a higher
level is a complaint or a report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from operator import mul
from random import Random

from appeals.demo.citizens import Citizen, Home, PastFiling, Population
from appeals.demo.filing_times import NIGHT_HOURS
from appeals.demo.matters import Matter, Weather, load_matters, load_phrases
from appeals.domain.calendar import SHANGHAI
from appeals.domain.filing import Filing
from appeals.domain.messages import message
from appeals.domain.refusals import not_now
from appeals.domain.vocabulary import Channel, Kind, Tier
from appeals.reference.reference_data import Reference
from appeals.reference.topic_search import OTHER_TOPIC


class Style(StrEnum):
    """In whose words a filing is, which also decides how it is handled."""

    OPERATOR = "operator"
    ONLINE = "online"
    WRITTEN = "written"
    VISIT = "visit"
    MEETING = "meeting"
    TRANSFER_110 = "transfer_110"
    UPPER_LEVEL = "upper_level"


CHANNELS: Mapping[Channel, tuple[float, Style]] = {
    Channel.PHONE: (78, Style.OPERATOR),
    Channel.DEPT_HOTLINE: (1, Style.OPERATOR),
    Channel.WECHAT: (7, Style.ONLINE),
    Channel.WEB: (4, Style.ONLINE),
    Channel.APP: (4, Style.ONLINE),
    Channel.MAYOR_MAILBOX: (3, Style.WRITTEN),
    Channel.PEOPLE_CN_BOARD: (1, Style.WRITTEN),
    Channel.NEWSPAPER: (1, Style.WRITTEN),
    Channel.TV_RADIO: (1, Style.WRITTEN),
    Channel.LETTER: (0.3, Style.WRITTEN),
    Channel.VISIT_PETITION: (0.4, Style.VISIT),
    Channel.GRUMBLE_MEETING: (0.2, Style.MEETING),
    Channel.TRANSFER_110: (0.5, Style.TRANSFER_110),
    Channel.UPPER_LEVEL: (0.6, Style.UPPER_LEVEL),
}
"""The weight of each channel, and the style of what comes in through it."""
_CALMER = {Kind.CONSULTATION: 0.12, Kind.PRAISE: 1.5, Kind.SUGGESTION: 1.5, Kind.OTHER: 0.1}
KIND_FACTORS: Mapping[Style, Mapping[Kind, float]] = {
    Style.OPERATOR: {Kind.CONSULTATION: 2.3, Kind.OTHER: 1.5},
    Style.ONLINE: {Kind.CONSULTATION: 0.6, Kind.SUGGESTION: 2, Kind.OTHER: 0.2},
    Style.WRITTEN: {**_CALMER, Kind.REPORT: 2},
    Style.VISIT: {**_CALMER, Kind.PRAISE: 0},
    Style.MEETING: {**_CALMER, Kind.REPORT: 0.3, Kind.SUGGESTION: 3},
    Style.TRANSFER_110: {Kind.CONSULTATION: 0, Kind.PRAISE: 0, Kind.SUGGESTION: 0, Kind.OTHER: 0},
    Style.UPPER_LEVEL: {**_CALMER, Kind.CONSULTATION: 0, Kind.REPORT: 2.5, Kind.PRAISE: 0},
}
"""How much more often a kind comes in a style than over all; not listed: once."""
NIGHT_KIND_FACTORS = {Kind.CONSULTATION: 0.3, Kind.SUGGESTION: 0.3, Kind.PRAISE: 0.3}
NIGHT_CATEGORY_FACTORS = {"urban.noise": 5, "utility.power": 2, "utility.gas": 2, "market.lifts": 3}
SAME_MATTER_SHARE = 0.45
SAME_MATTER_AFTER, SAME_MATTER_WITHIN = timedelta(days=2), timedelta(days=30)
AT_HOME_SHARE, ADDRESS_SHARE, PUBLISHABLE_SHARE, CONFIDENTIAL_REPORT_SHARE = 0.7, 0.5, 0.3, 0.4
NO_PLACE_SHARES = {Kind.CONSULTATION: 0.3, Kind.OTHER: 0.5}
OTHER_NO_PLACE_SHARE = 0.03
TRIED_SHARE = 0.5
"""Shares of filings."""


@dataclass(frozen=True)
class FilingMix:
    """How many filings are by telephone, are questions, name no place, compared with a city."""

    hotline: float = 1
    consultation: float = 1
    no_place: float = 1


REAL_MIX = FilingMix()


@dataclass(frozen=True, slots=True)
class FiledMatter:
    """A filing with what it is about, in whose words it is, and whether it comes again."""

    filing: Filing
    matter: Matter
    style: Style
    past: PastFiling


class FilingWriter:
    """Writes filings; all randomness comes from `rng`."""

    def __init__(
        self,
        rng: Random,
        city: Reference,
        weather: Mapping[date, Weather],
        mix: FilingMix = REAL_MIX,
    ) -> None:
        """Load the matters of the city's categories. Raises Refused (not now) in an empty city."""
        self.rng = rng
        self.city = city
        self.weather = weather
        self.mix = mix
        self.population = Population(rng, city)
        self.matters = list_matters(city)
        self.phrases = load_phrases()
        self.units = list_units_without_rule(city)
        self.factors = {
            (style, is_night): [
                self._find_factor(matter, style, is_night=is_night) for matter in self.matters
            ]
            for style in Style
            for is_night in (False, True)
        }
        self.day, self.weights = date.min, list[float]()
        self.sums: dict[tuple[Style, bool], Sequence[float]] = {}
        self.channels = tuple(CHANNELS)
        self.channel_sums = tuple(
            accumulate(
                weight * (mix.hotline if style is Style.OPERATOR else 1)
                for weight, style in CHANNELS.values()
            )
        )

    def write_filing(self, at: datetime) -> FiledMatter:
        """Write a filing at a moment; the next ones may be by the same citizen."""
        citizen, past = self.population.pick_citizen()
        channel = self.rng.choices(self.channels, cum_weights=self.channel_sums)[0]
        style = CHANNELS[channel][1]
        again = past is not None and self._comes_again(past, at)
        if past and again:
            matter, place = past.matter, past.place
        else:
            matter = self.pick_matter(at, style)
            place = self._pick_place(citizen, matter)
        return self._build(PastFiling(citizen, matter, place, at), channel, again=again)

    def write_filing_about(self, matter: Matter, at: datetime) -> FiledMatter:
        """Write a filing about a matter, by telephone."""
        citizen, _past = self.population.pick_citizen()
        filed = PastFiling(citizen, matter, self._pick_place(citizen, matter), at)
        return self._build(filed, Channel.PHONE, again=False)

    def remember(self, filed: FiledMatter) -> None:
        """Remember that this filing was made: its citizen may come again."""
        self.population.remember(filed.past)

    def pick_matter(self, at: datetime, style: Style) -> Matter:
        """Pick a matter by season, weather and hour."""
        local = at.astimezone(SHANGHAI)
        if local.date() != self.day:
            self.day, weather = local.date(), self.weather.get(local.date(), Weather.FAIR)
            self.weights = [matter.weight_on(self.day, weather) for matter in self.matters]
            self.sums.clear()
        asked = style, local.hour in NIGHT_HOURS
        if asked not in self.sums:
            self.sums[asked] = tuple(accumulate(map(mul, self.weights, self.factors[asked])))
        return self.rng.choices(self.matters, cum_weights=self.sums[asked])[0]

    def _find_factor(self, matter: Matter, style: Style, *, is_night: bool) -> float:
        """Return how much more often a matter comes in a style, by day or by night."""
        factor = KIND_FACTORS[style].get(matter.kind, 1)
        if matter.kind is Kind.CONSULTATION:
            factor *= self.mix.consultation
        if is_night:
            factor *= NIGHT_KIND_FACTORS.get(matter.kind, 1)
            factor *= NIGHT_CATEGORY_FACTORS.get(matter.category, 1)
        return factor

    def _comes_again(self, past: PastFiling, at: datetime) -> bool:
        passed = at - past.at
        lately = SAME_MATTER_AFTER <= passed <= SAME_MATTER_WITHIN
        return lately and past.matter.kind is not Kind.PRAISE and self._is_drawn(SAME_MATTER_SHARE)

    def _pick_place(self, citizen: Citizen, matter: Matter) -> Home:
        """Return the citizen's own place or another, if need be one where it can happen."""
        if matter.place or not self._is_drawn(AT_HOME_SHARE):
            return self.population.invent_place(matter.place)
        return citizen.home

    def _build(self, past: PastFiling, channel: Channel, *, again: bool) -> FiledMatter:
        matter, place, style = past.matter, past.place, CHANNELS[channel][1]
        values = self._draw_values(place)
        no_place = NO_PLACE_SHARES.get(matter.kind, OTHER_NO_PLACE_SHARE) * self.mix.no_place
        street = None if self._is_drawn(no_place) else place.street
        filing = Filing(
            kind=matter.kind,
            category=matter.category,
            subject=matter.subject.format(**values),
            detail=self._compose_detail(matter, style, values, again=again),
            channel=channel,
            district=street.parent if street else None,
            street=street.code if street else None,
            address=self._draw_address(matter, place) if street else "",
            confidential=matter.kind is Kind.REPORT and self._is_drawn(CONFIDENTIAL_REPORT_SHARE),
            publish=self._is_drawn(PUBLISHABLE_SHARE),
            complained_department=self._pick_complained(matter, place, past.at),
            contact_name=past.citizen.name if past.citizen.phone or past.citizen.email else "",
            contact_phone=past.citizen.phone,
            contact_email=past.citizen.email,
        )
        return FiledMatter(filing, matter, style, past)

    def _compose_detail(
        self, matter: Matter, style: Style, values: Mapping[str, str], *, again: bool
    ) -> str:
        """Join the parts: who says it, what, since when, what was tried, what is wished."""
        rng, kind, pick = self.rng, matter.kind, self.phrases.pick
        parts = [pick(rng, f"opening.{style}", kind), matter.text]
        if again:
            parts.append(pick(rng, "again", kind))
        else:
            parts.append(pick(rng, f"since.{matter.since}"))
            if matter.since in {"days", "weeks", "years"} and self._is_drawn(TRIED_SHARE):
                parts.append(pick(rng, "tried"))
            parts.append(pick(rng, "wish", kind))
        return "".join(parts).format(**values)

    def _draw_values(self, place: Home) -> Mapping[str, str]:
        """Return the words for the places and numbers that texts name."""
        rng = self.rng
        return {
            "street": place.street.zh if place.street else "",
            "estate": place.estate,
            "road": place.road,
            "village": place.village,
            "house": f"{place.house}号楼",
            "unit": f"{place.house}号楼{1 + place.number % 4}单元",
            "number": str(place.number),
            "n": rng.choice("两三四五六"),
            "hour": rng.choice(("二十二", "二十三")),
            "low": str(rng.randint(11, 16)),
        }

    def _draw_address(self, matter: Matter, place: Home) -> str:
        if not self._is_drawn(ADDRESS_SHARE):
            return ""
        return place.village if matter.place == "rural" else f"{place.road}{place.number}号"

    def _pick_complained(self, matter: Matter, place: Home, at: datetime) -> str | None:
        """Pick the department that a restricted appeal is about; none is dispatched there."""
        if not self.city.categories[matter.category].restricted:
            return None
        district = place.street.parent if place.street else None
        near = [code for code in self.units if self.city.departments[code].district == district]
        units = near or self.units
        return units[int(at.timestamp()) % len(units)] if units else None

    def _is_drawn(self, share: float) -> bool:
        return self.rng.random() < share


def list_matters(city: Reference) -> list[Matter]:
    """Return the matters of the city's categories, and one for each category that has none.

    Raises Refused (not now) in a city without categories or departments.
    """
    parents = {row.parent for row in city.categories.values()}
    leaves = {code: row for code, row in city.categories.items() if code not in parents}
    if not leaves or not city.departments:
        raise not_now(message("Load the city's reference data first."))
    found = [matter for matter in load_matters() if matter.category in leaves]
    without = leaves.keys() - {OTHER_TOPIC, *(matter.category for matter in found)}
    return found + [
        Matter(
            category=code,
            kind=Kind.HELP,
            weight=1,
            subject=f"{leaves[code].zh}问题",
            text=f"{{estate}}附近有{leaves[code].zh}方面的问题。",
            answer="已到现场核实并处理。",
        )
        for code in sorted(without)
    ]


def list_units_without_rule(city: Reference) -> list[str]:
    """Return the leaf departments below city level that no routing rule names.

    Made-up appeals about the conduct of officials are about one of these, since no made-up dispatch
    goes there.
    """
    named = {rule.department for rule in city.rules}
    parents = {row.parent for row in city.departments.values()}
    return [
        code
        for code, row in city.departments.items()
        if code not in named | parents and row.tier is not Tier.MUNICIPAL
    ]
