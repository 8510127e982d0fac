"""How similar two texts are: the words that both have, rare ones weighing more than common ones.

Words are those of the search: pairs of Chinese characters, whole words of other scripts.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from appeals.domain.text.folding import fold_text
from appeals.domain.text.search_words import RUNS, split_search_words

MIN_WEIGHT = 0.05
"""The weight of a word that stands in nearly every text."""
UNKNOWN_SHARE = 0.01
"""The share of texts that a word is taken to stand in where nothing is known of any word."""


@dataclass(frozen=True)
class WordShares:
    """In what share of all texts the commonest words stand; every other word in at most `rest`."""

    common: Mapping[str, float] = field(default_factory=dict)
    rest: float = UNKNOWN_SHARE

    def find_share(self, word: str) -> float:
        """Return the share of texts that have the word; of a rare one what it has at most."""
        return self.common.get(word, self.rest)

    def weigh(self, words: Iterable[str]) -> float:
        """Return the weight of these words together: each has more the fewer texts have it."""
        return sum(max(MIN_WEIGHT, -math.log(self.find_share(word))) for word in words)


@dataclass(frozen=True)
class ComparableText:
    """The words of a text: of its subject, and of all of it."""

    subject: frozenset[str]
    whole: frozenset[str]


def make_comparable(subject: str, detail: str) -> ComparableText:
    """Return the words of a subject and of the whole text."""
    words = frozenset(split_search_words(subject))
    return ComparableText(words, words | split_search_words(detail))


def compare_texts(shares: WordShares, one: ComparableText, other: ComparableText) -> float:
    """Return how similar two texts are, from 0 to 1 for the same words.

    The subjects count for one half, where both have one: they name the matter in few words.
    """
    whole = _compare_words(shares, one.whole, other.whole)
    if not one.subject or not other.subject:
        return whole
    return (whole + _compare_words(shares, one.subject, other.subject)) / 2


def _compare_words(shares: WordShares, one: frozenset[str], other: frozenset[str]) -> float:
    """Return the cosine of two sets of weighted words."""
    size = shares.weigh(one) * shares.weigh(other)
    return shares.weigh(one & other) / math.sqrt(size) if size else 0.0


def list_common_phrases(shares: WordShares, text: str, words: Collection[str]) -> list[str]:
    """Return the longest stretches of a text that consist of these words, the weightiest first.

    Pairs that overlap make one stretch: with 路灯, 灯不 and 不亮 it is 路灯不亮.
    """
    weights = dict[str, float]()
    for phrase, pairs in _find_stretches(fold_text(text), words):
        weights[phrase] = max(weights.get(phrase, 0.0), shares.weigh(pairs))
    return [
        phrase
        for phrase in sorted(weights, key=lambda each: (-weights[each], each))
        if not any(phrase in other for other in weights if other != phrase)
    ]


def _find_stretches(folded: str, words: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each stretch of the text that consists of `words`, with these words."""
    for run in RUNS.finditer(folded):
        text = run[0]
        if not run["chinese"]:
            if text in words:
                yield text, [text]
            continue
        pairs = [(at, text[at : at + 2]) for at in range(len(text) - 1)]
        for is_common, stretch in groupby(pairs, key=lambda pair: pair[1] in words):
            if is_common:
                common = list(stretch)
                yield text[common[0][0] : common[-1][0] + 2], [pair for _, pair in common]
