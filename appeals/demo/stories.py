"""Texts of the demo city's filings: templates by season, with places, names and numbers.

The matters are those of Domain 7 in our own words; people, estates and house numbers are
invented, and no telephone number can be dialled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TypeVar

from appeals import city
from appeals.domain import routing
from appeals.domain.calendar import city_day
from appeals.domain.filing import Filing
from appeals.domain.vocabulary import Channel, Kind, Tier
from appeals.reference.reference_data import Reference, ReferenceEntry

IN_SEASON_FACTOR = 3  # how much more often a matter comes up in its months
OUT_OF_SEASON_FACTOR = 0.25
CHANNEL_WEIGHTS = {
    Channel.PHONE: 46,
    Channel.WECHAT: 16,
    Channel.WEB: 14,
    Channel.APP: 10,
    Channel.MAYOR_MAILBOX: 4,
    Channel.PEOPLE_CN_BOARD: 2,
    Channel.NEWSPAPER: 2,
    Channel.TV_RADIO: 2,
    Channel.GRUMBLE_MEETING: 1,
    Channel.TRANSFER_110: 2,
    Channel.UPPER_LEVEL: 1,
}
DISTRICT_WEIGHTS = {
    "370202": 12, "370203": 19, "370211": 19, "370212": 8, "370213": 12,
    "370214": 11, "370215": 8, "370281": 6, "370283": 3, "370285": 2,
}  # fmt: skip
SURNAMES = "王李张刘陈杨赵孙周吴徐朱马胡郭林何高梁郑于宋姜曲"
GIVEN_NAMES = (
    "晓明", "建国", "丽", "海燕", "文", "雪", "志强", "桂兰",
    "子涵", "鹏", "秀英", "宁", "凯", "慧", "立新", "雨桐",
    "春生", "岩", "玉梅", "浩",
)  # fmt: skip
ESTATES = (
    "海晴", "金桂", "望岳", "安泰", "和韵", "青松", "银杏", "碧湾",
    "书香", "翠岭", "馨园", "朝阳里", "丰和", "锦绣", "长乐",
)  # fmt: skip
ROADS = (
    "云帆", "海川", "松风", "槐荫", "金沙", "银滩", "安康", "文汇",
    "春晖", "瑞云", "石桥", "柳泉",
)  # fmt: skip
OPENINGS = ("", "您好，", "反映一个问题：", "想请你们帮忙，", "我是附近居民，")
ENDINGS = ("", "希望尽快处理。", "请给个准确的答复时间。", "之前反映过一次，没有下文。", "谢谢！")
MAX_SLOWNESS = 2.5
ADDRESS_SHARE, CONFIDENTIAL_REPORT_SHARE, PUBLISHABLE_SHARE, EMAIL_SHARE = 0.6, 0.5, 0.4, 0.2
NO_CONTACT_SHARE = 0.03
"""Shares of filings."""
T = TypeVar("T")


@dataclass(frozen=True)
class StoryFacts:
    """Facts of a filing for the play: its department, the answer, the department's slowness."""

    department: str
    answer: str
    slowness: float


def local_units_without_rule(known: Reference) -> list[str]:
    """Return the leaf departments below city level that no routing rule names.

    Made-up appeals about the conduct of officials are about one of these, since no made-up dispatch
    goes there.
    """
    named = {rule.department for rule in known.rules}
    parents = {row.parent for row in known.departments.values()}
    return [
        code
        for code, row in known.departments.items()
        if code not in named | parents and row.tier != Tier.MUNICIPAL
    ]


class Stories:
    """Generates random filings."""

    def __init__(self, chance: Random, known: Reference) -> None:
        """Load the templates; places come from the city's areas."""
        self.chance = chance
        self.known = known
        self.templates = city.read_rows("demo")
        self.units = local_units_without_rule(known)
        self.people = self.invent_names(chance)
        self.streets: dict[str, list[ReferenceEntry]] = {
            code: known.children(known.areas, code) for code in DISTRICT_WEIGHTS
        }

    @staticmethod
    def invent_names(chance: Random) -> Iterator[str]:
        """Yield invented names endlessly."""
        while True:
            yield chance.choice(SURNAMES) + chance.choice(GIVEN_NAMES)

    def write_filing(self, at: datetime, category: str | None = None) -> tuple[Filing, StoryFacts]:
        """Write a filing at `at`, in the given category or a seasonal one."""
        template = self._pick_template(city_day(at).month, category)
        district = self._pick_weighted(DISTRICT_WEIGHTS)
        street = self.chance.choice(self.streets[district])
        place = self._invent_place(street)
        opening, ending = self.chance.choice(OPENINGS), self.chance.choice(ENDINGS)
        detail = self.chance.choice(template["detail"].split("|")).format(**place)
        filing = Filing(
            kind=Kind(template["kind"]),
            category=template["category"],
            subject=template["subject"].format(**place),
            detail=opening + detail + ending,
            channel=self._pick_weighted(CHANNEL_WEIGHTS),
            district=district,
            street=street.code,
            address=f"{place['road']}{place['number']}号" if self._is_drawn(ADDRESS_SHARE) else "",
            confidential=template["kind"] == Kind.REPORT
            and self._is_drawn(CONFIDENTIAL_REPORT_SHARE),
            publish=self._is_drawn(PUBLISHABLE_SHARE),
            complained_department=self._pick_complained(template["category"], district, at),
            **self._invent_contact(),
        )
        department = self._route_filing(filing, at)
        return filing, StoryFacts(department, template["answer"], self._slowness_of(department))

    def _pick_complained(self, category: str, district: str, at: datetime) -> str | None:
        """Pick the department of the district that a restricted appeal is about."""
        if not self.known.categories[category].restricted:
            return None
        own = [code for code in self.units if self.known.departments[code].district == district]
        return own[int(at.timestamp()) % len(own)]

    def _pick_template(self, month: int, category: str | None) -> dict[str, str]:
        told = [row for row in self.templates if category in {None, row["category"]}]
        weights = [
            float(each["weight"]) * self._season_factor(each["season"].split(), month)
            for each in told
        ]
        return self.chance.choices(told, weights)[0]

    @staticmethod
    def _season_factor(months: list[str], month: int) -> float:
        if not months:
            return 1
        return IN_SEASON_FACTOR if str(month) in months else OUT_OF_SEASON_FACTOR

    def _invent_place(self, street: ReferenceEntry) -> dict[str, str]:
        house = f"{self.chance.randint(1, 30)}号楼"
        return {
            "street": street.zh,
            "place": self.chance.choice(ESTATES) + self.chance.choice(("小区", "花园", "家园")),
            "road": self.chance.choice(ROADS) + self.chance.choice(("路", "街", "支路")),
            "house": house,
            "unit": f"{house}{self.chance.randint(1, 5)}单元",
            "number": str(self.chance.randint(1, 260)),
            "times": self.chance.choice("两三四五六"),
            "hour": str(self.chance.randint(20, 23)),
            "low": str(self.chance.randint(11, 16)),
        }

    def _invent_contact(self) -> dict[str, str]:
        """Invent a name with an impossible telephone or an example.org address; or nothing."""
        if self._is_drawn(NO_CONTACT_SHARE):
            return {}
        told = {"contact_name": next(self.people)}
        if self._is_drawn(EMAIL_SHARE):
            return {**told, "contact_email": f"citizen{self.chance.randint(1, 9999)}@example.org"}
        return {**told, "contact_phone": f"11000{self.chance.randint(0, 999999):06d}"}

    def _is_drawn(self, share: float) -> bool:
        return self.chance.random() < share

    def _pick_weighted(self, weights: dict[T, int]) -> T:
        return self.chance.choices(list(weights), list(weights.values()))[0]

    def _route_filing(self, filing: Filing, at: datetime) -> str:
        facts = routing.RoutingFacts(
            kind=filing.kind,
            category=filing.category,
            district=filing.district,
            street=filing.street,
            text=filing.subject + filing.detail,
        )
        found = routing.suggest_department(
            self.known.rules_on(city_day(at)), facts, self.known.labels
        )
        assert found is not None, f"a rule for {filing.category}"
        return found.department

    def _slowness_of(self, department: str) -> float:
        """Return a department's slowness factor, always the same."""
        return Random(department).uniform(0.2, MAX_SLOWNESS)  # noqa: S311 - a story, no secret
