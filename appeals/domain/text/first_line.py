"""The first line of a text, as a title for it."""

import re

SENTENCE_END = re.compile(r"[。！？!?；;\n]|\.(?=\s|$)")
CLAUSE_END = re.compile(r"[，,、]")
TITLE_CHARACTERS, MIN_TITLE_CHARACTERS = 40, 6


def make_title(text: str) -> str:
    """Return the first sentence of a text, or its beginning where that is too long for a line."""
    text = text.strip()
    sentence = SENTENCE_END.split(text, maxsplit=1)[0].strip() or text[:TITLE_CHARACTERS]
    if len(sentence) <= TITLE_CHARACTERS:
        return sentence
    ends = [each.start() for each in CLAUSE_END.finditer(sentence, MIN_TITLE_CHARACTERS)]
    fits = [end for end in ends if end <= TITLE_CHARACTERS]
    if fits:
        return sentence[: fits[-1]].strip()
    cut = sentence[:TITLE_CHARACTERS]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut}…"
