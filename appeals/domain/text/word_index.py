"""Which of several entries, each with words of its own, fits a text, and by which of its words.

Words are compared by the terms of the staff's search, pairs of Chinese characters, so that a word
is found in part too: 路灯不亮 in 路灯一直不亮. Words of other scripts are compared by their stems.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from appeals.domain.text.folding import fold_text
from appeals.domain.text.search_words import RUNS

ENGLISH_SUFFIXES = ("es", "s", "ing", "ed", "y", "e")
STOP_WORDS = frozenset({
    "the", "and", "for", "with", "our", "are", "not", "has", "was", "of", "in", "to", "at", "on",
    "by", "or", "is", "my", "it", "an", "no", "we", "me", "be", "as", "so", "do",
    "问题", "什么", "怎么", "没有", "不能", "可以", "我们", "他们", "一个", "这个", "那个", "现在",
    "已经", "管理", "工作", "有关", "相关", "关于", "反映", "投诉", "举报", "咨询", "建议", "希望",
    "请求", "解决",
})  # fmt: skip
"""Terms that say nothing of what an appeal is about."""
MIN_STEM_LETTERS, MIN_WORD_LETTERS = 3, 2
LEADING_CHARACTERS = 60
"""People say first what it is about; what comes later counts for `LATER_WEIGHT`."""
LATER_WEIGHT = 0.5
PLACE_ENDINGS = (
    "附近", "旁边", "旁", "门口", "门前", "对面", "里", "内", "后面", "楼下", "周边", "边上",
)  # fmt: skip
PLACE_WEIGHT = 0.5
"""What a term counts for that names a place: 公园里有人吵架 is hardly about the park."""
SINGLE_CHARACTER_WEIGHT = 0.5
"""What a word of one character counts for: 狗 says much, but stands in 热狗 too."""
MIN_TOLD_CREDIT = 0.38
"""Terms of less credit are told as a reason only where there is nothing better."""
MAX_PHRASES = 3


@dataclass(frozen=True, eq=False)
class EntryWord:
    """A word of an entry: its terms, and what it counts for."""

    entry: str
    terms: frozenset[str]
    weight: float


@dataclass(frozen=True)
class WordMatch:
    """How well an entry fits a text, and the phrases of the text that speak for it."""

    score: float
    phrases: tuple[str, ...]


@dataclass(frozen=True)
class TextTerm:
    """A term of a text, and where it stands."""

    term: str
    start: int
    end: int


class WordIndex:
    """The words of all entries by their terms; a term of many entries counts for less."""

    def __init__(self, entries: Mapping[str, Iterable[tuple[str, float]]]) -> None:
        """Index the words of each entry, which are given with their weights."""
        self._words_by_term = defaultdict[str, list[EntryWord]](list)
        for entry, weighted in entries.items():
            for word, weight in weighted:
                self._add_word(entry, word, weight)
        self._rarity = {
            term: 1
            / math.sqrt(
                len({word.entry for word in words if word.weight >= SINGLE_CHARACTER_WEIGHT}) or 1
            )
            for term, words in self._words_by_term.items()
        }

    def _add_word(self, entry: str, word: str, weight: float) -> None:
        folded = fold_text(word)
        is_single = len(folded) == 1
        terms = frozenset(each.term for each in _find_terms(folded, singles=is_single))
        weight *= SINGLE_CHARACTER_WEIGHT if is_single else 1
        known = EntryWord(entry, terms, weight)
        for term in terms:
            self._words_by_term[term].append(known)

    def match_text(self, text: str) -> dict[str, WordMatch]:
        """Return the entries that have a term in common with a text."""
        folded = fold_text(text)
        found = [each for each in _find_terms(folded, singles=True) if each.term in self._rarity]
        return {
            entry: self._rate_entry(folded, credits_of, found)
            for entry, credits_of in self._credit_terms({each.term for each in found}).items()
        }

    def _credit_terms(self, terms: set[str]) -> dict[str, dict[str, float]]:
        """Return for each entry what each term of a text counts for, by its best word.

        All terms of a word together count for the square root of their number; of a word that is
        there in part, each term counts for as much less.
        """
        there = defaultdict[EntryWord, int](int)
        for term in terms:
            for word in self._words_by_term[term]:
                there[word] += 1
        credited = defaultdict[str, dict[str, float]](dict)
        for word, count in there.items():
            credit = word.weight * count / len(word.terms) ** 1.5
            of_entry = credited[word.entry]
            for term in word.terms & terms:
                of_entry[term] = max(credit, of_entry.get(term, 0.0))
        return credited

    def _rate_entry(
        self, folded: str, credits_of: Mapping[str, float], found: list[TextTerm]
    ) -> WordMatch:
        best = dict[str, float]()
        for each in found:
            if each.term in credits_of:
                weight = self._rarity[each.term] * _weigh_place(folded, each)
                best[each.term] = max(credits_of[each.term] * weight, best.get(each.term, 0.0))
        told = {term for term, credit in credits_of.items() if credit >= MIN_TOLD_CREDIT}
        spoken = [each for each in found if each.term in (told or credits_of)]
        return WordMatch(sum(best.values()), _list_phrases(folded, spoken, best))


def _find_terms(folded: str, *, singles: bool = False) -> Iterator[TextTerm]:
    """Yield the terms of a folded text in their order; with `singles` each character too."""
    for run in RUNS.finditer(folded):
        start, end = run.span()
        if not run["chinese"]:
            if end - start >= MIN_WORD_LETTERS and run[0] not in STOP_WORDS:
                yield TextTerm(_stem_of(run[0]), start, end)
            continue
        for at in range(start, end):
            if singles:
                yield TextTerm(folded[at], at, at + 1)
            if at + 1 < end and folded[at : at + 2] not in STOP_WORDS:
                yield TextTerm(folded[at : at + 2], at, at + 2)


def _weigh_place(folded: str, found: TextTerm) -> float:
    """Return what a term counts for where it stands in the text."""
    place = PLACE_WEIGHT if folded.startswith(PLACE_ENDINGS, found.end) else 1.0
    return place if found.start < LEADING_CHARACTERS else place * LATER_WEIGHT


def _stem_of(word: str) -> str:
    for ending in ENGLISH_SUFFIXES:
        if word.endswith(ending) and len(word) - len(ending) >= MIN_STEM_LETTERS:
            return word.removesuffix(ending)
    return word


def _list_phrases(
    folded: str, found: Iterable[TextTerm], weights: Mapping[str, float]
) -> tuple[str, ...]:
    """Return the weightiest phrases that terms make, in their order; overlapping terms make one."""
    joined = list[tuple[int, int, set[str]]]()
    for each in found:
        if joined and each.start < joined[-1][1]:
            start, end, terms = joined[-1]
            joined[-1] = start, max(end, each.end), terms | {each.term}
        else:
            joined.append((each.start, each.end, {each.term}))
    phrases = dict[str, float]()
    for start, end, terms in joined:
        phrases.setdefault(folded[start:end], sum(weights[term] for term in terms))
    told = sorted(phrases, key=lambda phrase: -phrases[phrase])[:MAX_PHRASES]
    return tuple(phrase for phrase in phrases if phrase in told)
