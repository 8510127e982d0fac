"""Short texts of people's words for a message: the first sentence, cut where a word ends.

What such a text may show on a locked telephone is less than what the page shows: a sentence that
seems to name a person is left out whole (Rules 14 lists what is redacted).
"""

import re

ELLIPSIS = "…"
SENTENCE = re.compile(
    r"[^。！？!?；;\n]*?"
    r"(?:[。！？!?；;]+[”’」』）)]*|(?<!\bNo)(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)\.(?=\s|$)|\n|$)"
)
GREETING = re.compile(
    r"^\s*(?:(?:尊敬的|亲爱的)?[^\s，,。：:！!]{0,10}?[，,：:]?\s*(?:您好|你好)|(?:尊敬的|亲爱的)"
    r"[^\s，,。：:！!]{1,10}|Dear [^,.:\n]{1,40}|Hello|Good (?:morning|afternoon|day))"
    r"(?:[，,。：:！!\s]+|$)",
    re.IGNORECASE,
)
ACKNOWLEDGEMENT = re.compile(r"[^，,]{0,40}(?:收悉|已收到|已阅)[。！!；;]?")
DATE = re.compile(r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?")
PERSONAL = re.compile(
    r"(?:\d[ -]?){6,}[\dXx]"  # telephones, identity numbers, accounts
    r"|\S@\S"
    r"|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·• ]?[A-Z0-9]{5,6}"
    r"|[\u4e00-\u9fff](?:先生|女士|小姐|同志|师傅|某)"
    r"|\b(?:Mr|Mrs|Ms|Miss|Dr)\b\.? ?[A-Z]"
    r"|[路街巷道里村]\s*\d+\s*号"
    r"|\d+\s*(?:号楼|栋|幢|单元|室)"
)
TOKEN = re.compile(
    r"\d[\d.,:：/年月日时分秒号点第%％-]*(?:[个件天名米元万亿]|\s?[A-Za-z]+)?(?:,?\s\d[\d.,:：]*)*"
    r"|[!-/:-~]+"  # words of letters; above, numbers with their unit, and dates
    r"|\s+"
    r"|."
)
CLAUSE_ENDS = frozenset("。！？!?；;，,、：:.")
COLONS, OPEN_ENDS = ("：", ":"), "；;，,、：: "
"""How a sentence ends that only leads on to a list, and what stands at no end of a sentence."""
SENTENCE_END = re.compile(r"[。！？!?.…][”’」』）)]*$")


def find_first_sentence(words: str) -> str:
    """Return the first sentence that says something.

    That is no greeting, no “your letter was received”, and no “we found the following:”.
    """
    text = words.strip()
    while (rest := GREETING.sub("", text, count=1)) != text:
        text = rest
    sentences = [each for match in SENTENCE.findall(text) if (each := " ".join(match.split()))]
    telling = [
        each
        for each in sentences
        if not ACKNOWLEDGEMENT.fullmatch(each) and not each.endswith(COLONS)
    ]
    return next(iter(telling or sentences), "")


def end_sentence(text: str) -> str:
    """Return a sentence with its full stop, so that another one can follow it."""
    if not text or SENTENCE_END.search(text):
        return text
    plain = text.rstrip(OPEN_ENDS)
    return plain + ("." if plain.isascii() else "。")


def names_somebody(text: str) -> bool:
    """Return whether a text seems to hold a name, a telephone, an address or another number."""
    return PERSONAL.search(DATE.sub(" ", text)) is not None


def shorten_text(text: str, room: int) -> str:
    """Return a text of at most `room` characters, cut at the end of a sentence, clause or word.

    A number and a date stay whole; what was cut is shown by “…”. Chinese words have no blanks
    between them, so Chinese is cut at the end of a clause. Empty where nothing whole fits.
    """
    if len(text) <= room:
        return text
    end, place = 0, 0
    for token in TOKEN.findall(text):
        if token.isspace():
            end = place
        place += len(token)
        if place + len(ELLIPSIS) > room:
            break
        if token[-1] in CLAUSE_ENDS:
            end = place
    cut = text[:end].rstrip(" ，,、；;：:（(“")
    return cut + ELLIPSIS if cut else ""
