"""The district and street that a text names."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from appeals.domain.messages import Message, message
from appeals.domain.text.folding import fold_text
from appeals.reference.reference_data import Reference, ReferenceEntry

NAME_ENDINGS = ("街道", "新区", "镇", "区", "市", " subdistrict", " district", " town", " city")
"""What people leave out of a place's name."""
MIN_NAME_CHARACTERS = 2


@dataclass(frozen=True)
class PlaceProposal:
    """A district or street that a text names, and how it is named there."""

    area: ReferenceEntry
    phrase: str

    @property
    def district(self) -> str:
        """The code of the district."""
        return self.area.parent or self.area.code

    @property
    def street(self) -> str:
        """The code of the street or town; empty where only a district is named."""
        return self.area.code if self.area.parent else ""

    @property
    def reason(self) -> Message:
        """Why it is proposed, as a text for people."""
        return message("because you wrote “%(first)s”", first=self.phrase)


def propose_place(city: Reference, text: str) -> PlaceProposal | None:
    """Return the place with the longest name in a text, a street before a district.

    A name that several streets bear counts only where the text names the district of one.
    """
    folded = fold_text(text)
    named = {name: areas for name, areas in _index_names(city).items() if name in folded}
    districts = {area.code for areas in named.values() for area in areas if not area.parent}
    proposed = list[PlaceProposal]()
    for name, areas in named.items():
        fits = [area for area in areas if not districts or {area.code, area.parent} & districts]
        if len(fits) == 1:
            proposed.append(PlaceProposal(fits[0], name))
    return max(proposed, key=lambda each: (bool(each.street), len(each.phrase)), default=None)


@lru_cache(maxsize=4)
def _index_names(city: Reference) -> Mapping[str, list[ReferenceEntry]]:
    """Return the districts and streets by the names that people use, folded."""
    found = defaultdict[str, list[ReferenceEntry]](list)
    for area in city.offered(city.areas).values():
        for name in {fold_text(each) for each in (area.zh, area.en, *area.words.split())}:
            for each in {name, _short_name(name)}:
                if len(each) >= MIN_NAME_CHARACTERS and (not each.isascii() or each == name):
                    found[each].append(area)
    return found


def _short_name(name: str) -> str:
    """Return a place's name without its ending."""
    for ending in NAME_ENDINGS:
        if name.endswith(ending) and len(name) - len(ending) >= MIN_NAME_CHARACTERS:
            return name.removesuffix(ending)
    return name
