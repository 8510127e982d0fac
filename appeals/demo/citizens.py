"""The people of a made-up city: names, telephones that nobody has, homes, and who files again."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from appeals.demo.matters import Matter
from appeals.demo.seeded_random import make_random
from appeals.reference.reference_data import Reference, ReferenceEntry

DISTRICT_WEIGHTS = {
    "370202": 12, "370203": 19, "370211": 19, "370212": 8, "370213": 12,
    "370214": 11, "370215": 8, "370281": 6, "370283": 3, "370285": 2,
}  # fmt: skip
OTHER_DISTRICT_WEIGHT = 5
COASTAL_DISTRICTS = {"370202", "370211", "370212", "370215"}
TOWN = "镇"
SURNAMES = (
    "王", "李", "张", "刘", "陈", "杨", "赵", "孙", "周", "吴", "徐", "朱", "马", "胡", "郭", "林",
    "高", "梁", "郑", "于", "宋", "姜", "曲", "韩", "唐", "冯", "董", "程", "曹", "袁", "邓", "许",
    "傅", "沈", "吕", "苏", "卢", "蒋", "隋", "逄", "矫", "迟", "辛", "纪", "江", "宫", "臧", "薛",
)  # fmt: skip
GIVEN_NAMES = (
    "明", "建国", "丽", "海燕", "文", "雪", "志强", "桂兰", "子涵", "鹏", "秀英", "宁", "凯", "慧",
    "立新", "雨桐", "春生", "岩", "玉梅", "浩", "晓东", "爱华", "红", "军", "艳", "波", "磊", "婷",
    "淑珍", "伟", "倩", "云", "永刚", "美玲", "振华", "洪波", "佳怡", "一诺", "俊杰", "静", "德胜",
    "敏", "超", "娜", "金凤", "培", "瑞", "树林", "欣", "涛",
)  # fmt: skip
ESTATE_NAMES = (
    "海晴", "金桂", "望岳", "安泰", "和韵", "青松", "银杏", "碧湾", "书香", "翠岭", "馨", "朝阳",
    "丰和", "锦绣", "长乐", "福临", "东升", "永安", "玉兰", "晨光", "山语", "听涛", "天泰", "康居",
    "惠民", "新悦", "佳源", "荣昌", "春和", "南山", "水清", "鼎盛",
)  # fmt: skip
ESTATE_ENDINGS = ("小区", "花园", "家园", "苑", "新村", "嘉园", "馨居", "华府")
ROAD_NAMES = (
    "云帆", "海川", "松风", "槐荫", "金沙", "银滩", "安康", "文汇", "春晖", "瑞云", "石桥", "柳泉",
    "鹤鸣", "观澜", "清溪", "永平", "桃源", "向阳", "兴隆", "凤鸣", "枫林", "泰和", "北岭", "广业",
)  # fmt: skip
ROAD_ENDINGS = ("路", "路", "街", "支路", "一路", "二路")
VILLAGES = ("石", "柳", "泉", "高", "沙", "杨", "河", "岭", "湾", "桥", "林", "店")
VILLAGE_SIDES = ("前", "后", "东", "西", "大", "小", "南", "北")
VILLAGE_ENDINGS = ("家村", "庄村", "沟村", "村")
NAMES_PER_STREET = 8
NO_PHONE_SHARE, MAILS_SHARE = 0.03, 0.12
RETURNING_SHARE = 0.25
"""Share of filings by somebody who filed before."""
REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Home:
    """A place in the city: its street or town, and an estate, road and village there."""

    street: ReferenceEntry | None
    estate: str
    road: str
    village: str
    house: int
    number: int


@dataclass(frozen=True, slots=True)
class Citizen:
    """Somebody who files."""

    name: str
    phone: str
    email: str
    home: Home


@dataclass(frozen=True, slots=True)
class PastFiling:
    """What somebody filed, when and about which place."""

    citizen: Citizen
    matter: Matter
    place: Home
    at: datetime


class Population:
    """Invents citizens and places, and remembers the last filings."""

    def __init__(self, rng: Random, city: Reference) -> None:
        """Sort the city's streets by where a matter can happen."""
        self.rng = rng
        self.past: deque[PastFiling] = deque(maxlen=REMEMBERED)
        streets = [row for row in city.areas.values() if row.parent]
        self.streets = {
            "": streets,
            "coast": [row for row in streets if row.parent in COASTAL_DISTRICTS] or streets,
            "rural": [row for row in streets if row.zh.endswith(TOWN)] or streets,
        }
        self.weights = {place: _weigh_streets(rows) for place, rows in self.streets.items()}
        self.names: dict[str, Mapping[str, Sequence[str]]] = {}

    def pick_citizen(self) -> tuple[Citizen, PastFiling | None]:
        """Pick somebody: a new citizen, or one of the last with what she filed."""
        if self.past and self.rng.random() < RETURNING_SHARE:
            last = self.past[-1 - int(self.rng.random() ** 2 * len(self.past))]
            return last.citizen, last
        return self._invent_citizen(), None

    def remember(self, filed: PastFiling) -> None:
        """Remember a filing, and forget the oldest."""
        self.past.append(filed)

    def invent_place(self, where: str = "") -> Home:
        """Invent a place; `where` is coast, rural or anywhere."""
        rng, streets = self.rng, self.streets[where]
        street = rng.choices(streets, cum_weights=self.weights[where])[0] if streets else None
        names = self._names_of(street.code if street else "")
        return Home(
            street,
            rng.choice(names["estate"]),
            rng.choice(names["road"]),
            rng.choice(names["village"]),
            rng.randint(1, 30),
            rng.randint(1, 260),
        )

    def _invent_citizen(self) -> Citizen:
        rng = self.rng
        phone = "" if rng.random() < NO_PHONE_SHARE else f"110{rng.randrange(10**8):08}"
        email = f"citizen{rng.randrange(10**6)}@example.org" if rng.random() < MAILS_SHARE else ""
        return Citizen(invent_name(rng), phone, email, self.invent_place())

    def _names_of(self, street: str) -> Mapping[str, Sequence[str]]:
        """Return the names of a street's estates, roads and villages, always the same ones."""
        if street not in self.names:
            rng = make_random(street)
            self.names[street] = {
                "estate": _combine(rng, ESTATE_NAMES, ESTATE_ENDINGS),
                "road": _combine(rng, ROAD_NAMES, ROAD_ENDINGS),
                "village": [
                    rng.choice(VILLAGE_SIDES) + name
                    for name in _combine(rng, VILLAGES, VILLAGE_ENDINGS)
                ],
            }
        return self.names[street]


def invent_name(rng: Random) -> str:
    """Invent a person's name."""
    return rng.choice(SURNAMES) + rng.choice(GIVEN_NAMES)


def _combine(rng: Random, names: Sequence[str], endings: Sequence[str]) -> list[str]:
    return [name + rng.choice(endings) for name in rng.sample(names, NAMES_PER_STREET)]


def _weigh_streets(streets: Sequence[ReferenceEntry]) -> list[float]:
    """Return the running sums of the streets' weights; a district's weight is shared by them."""
    sizes: dict[str | None, int] = {}
    for row in streets:
        sizes[row.parent] = sizes.get(row.parent, 0) + 1
    sums, total = list[float](), 0.0
    for row in streets:
        weight = DISTRICT_WEIGHTS.get(row.parent or "", OTHER_DISTRICT_WEIGHT)
        total += weight / sizes[row.parent]
        sums.append(total)
    return sums
