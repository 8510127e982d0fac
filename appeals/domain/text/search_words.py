"""What a text is found by: pairs of Chinese characters, and the words of other scripts.

Chinese is written without spaces, and a search for any two characters that stand side by side must
find them. So each pair counts as a word: 路灯不亮 has 路灯, 灯不 and 不亮. No dictionary is needed.
"""

import re

from appeals.domain.text.folding import fold_text

CHINESE = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RUNS = re.compile(rf"(?P<chinese>[{CHINESE}]+)|(?:(?![{CHINESE}])[^\W_])+")
"""Stretches of Chinese characters, or of letters and digits of other scripts."""
MAX_WORD_CHARACTERS = 40
"""Longer words, such as addresses of pages, are cut: an index entry has a limit."""


def split_search_words(text: str) -> set[str]:
    """Return the distinct words by which a text is found, folded (`fold_text`).

    A Chinese character between other letters or signs gives none: 区 in `A3区`.
    """
    words = set[str]()
    for run in RUNS.finditer(fold_text(text)):
        if run["chinese"]:
            words.update(run[0][n : n + 2] for n in range(len(run[0]) - 1))
        else:
            words.add(run[0][:MAX_WORD_CHARACTERS])
    return words
