"""What the filing form proposes from a citizen's words: category, kind and place."""

from dataclasses import dataclass

from appeals.domain.text.kind_words import propose_kind
from appeals.reference.place_search import PlaceProposal, propose_place
from appeals.reference.topic_search import TopicMatches, propose_topics
from appeals.web.shared.filing_forms import FilingForm
from appeals.web.shared.forms import typed_text
from appeals.web.shared.request import act

LISTED = "list"
"""The choice “another category, from the list” in place of a proposal."""
MAX_SHOWN = 4


@dataclass(frozen=True)
class Proposals:
    """The proposals of one page; `asked` are other words, by which the category was searched."""

    topics: TopicMatches
    place: PlaceProposal | None
    asked: str

    @property
    def offered(self) -> list[str]:
        """The codes of the categories that are offered as proposals."""
        codes = [each.topic.code for each in self.topics.proposals[:MAX_SHOWN]]
        other = [self.topics.other.code] if self.topics.other else []
        return [*codes, *(code for code in other if code not in codes)]


def propose_answers(form: FilingForm, asked: str) -> Proposals:
    """Propose category, kind and place; kind and place are filled in where nothing is chosen."""
    words = typed_text(form.detail)
    place = propose_place(form.city, f"{typed_text(form.address)} {words}")
    if not form.kind.data:
        form.kind.data = propose_kind(words).value
    if form.district.data or place is None:
        place = None
    else:
        form.district.data, form.street.data = place.district, place.street
    return Proposals(propose_topics(act(), asked or words), place, asked)
