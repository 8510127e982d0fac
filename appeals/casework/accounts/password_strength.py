"""Password strength by zxcvbn, with the words that a colleague would try first."""

import re
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.messages import Message, message
from appeals.domain.refusals import not_valid
from appeals.models.configuration import Campaign
from appeals.models.staff import StaffMember
from appeals.reference.reference_data import load_reference

MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS = 12, 128
MIN_SCORE = 3
"""On zxcvbn's scale of 0 to 4: at least 10 to the power of 8 guesses."""
MAX_EXAMINED_CHARACTERS = 72
"""Characters that zxcvbn examines: its time grows faster than the length."""
MIN_WORD_CHARACTERS = 3
"""Shorter words are not passed to zxcvbn by themselves."""
SEPARATORS = re.compile(r"[\W_]+")
Match = Mapping[str, str]
"""A part of a password that zxcvbn recognised."""
CITY_WORDS = (
    "qingdao", "woaiqingdao", "iloveqingdao", "ailqd", "iloveqd", "loveqingdao", "sanwo", "woai",
    "12345", "appeals", "shimin", "suqiu", "rexian", "zhengfu", "shizhengfu", "tsingtao",
    "shinan", "shibei", "licang", "laoshan", "huangdao", "chengyang", "jimo", "jiaozhou",
    "pingdu", "laixi", "gonganju", "gongan", "chengguan", "chengguanju", "jiaotong", "jiaotongju",
    "jiaoyuju", "minzhengju", "renshe", "weijianwei", "shuiwuju", "zhujianju", "huanbaoju",
    "shichangjianguan", "gongdian", "gongshui", "gongre", "jiedao", "jiedaoban",
    "青岛", "我爱青岛", "我爱", "三我", "市民", "诉求", "热线", "公安局", "城管局", "街道",
)  # fmt: skip
"""Words for the city, the campaign and the offices that people here would type."""
REASONS: Mapping[str, Message] = {
    "user_inputs": message(
        "it holds your name, username, mail address or department, or the city or this system"
    ),
    "passwords": message("it is a common password, or like one"),
    "dictionary": message("it is made of common words or names"),
    "spatial": message("its keys lie beside each other"),
    "repeat": message("it repeats the same characters"),
    "sequence": message("its letters or digits follow each other"),
    "date": message("it holds a date or a year"),
    "bruteforce": message("it is too short or too simple"),
}


def check_password(act: Act, person: StaffMember, new: str, old: str = "") -> None:
    """Refuse (not valid) a new password that is too short, too long, the old one or guessable."""
    if not MIN_PASSWORD_CHARACTERS <= len(new) <= MAX_PASSWORD_CHARACTERS:
        raise not_valid(
            "new",
            message(
                "The new password must have %(least)s to %(most)s characters.",
                least=MIN_PASSWORD_CHARACTERS,
                most=MAX_PASSWORD_CHARACTERS,
            ),
        )
    if new == old:
        raise not_valid("new", message("The new password is the old one. Choose another."))
    matches = _find_weakness(new, list(_list_guessable_words(act, person)))
    if matches is None:
        return
    raise not_valid(
        "new",
        message(
            "This password is easy to guess: %(reason)s. Use four or more words that have nothing "
            "to do with each other; uncommon ones are best.",
            reason=_explain_weakness(matches),
        ),
    )


def _find_weakness(new: str, words: list[str]) -> Sequence[Match] | None:
    """Return the recognised parts of a password that is easy to guess, None for a strong one.

    It is examined with and without its punctuation: zxcvbn counts each part as at least 10,000
    guesses, so a hyphen between two known words would count as much as a word.
    """
    from zxcvbn import zxcvbn  # noqa: PLC0415 - 12 MB of word lists that few processes ever need

    for text in (new, SEPARATORS.sub("", new)):
        found = zxcvbn(
            text[:MAX_EXAMINED_CHARACTERS], user_inputs=words, max_length=MAX_EXAMINED_CHARACTERS
        )
        matches: Sequence[Match] = found["sequence"]
        if found["score"] < MIN_SCORE or all(map(_is_guessable, matches)):
            return matches
    return None


def _is_guessable(match: Match) -> bool:
    """Return whether a part is one of the listed words, a common pattern or only digits."""
    if match["pattern"] == "dictionary":
        return match["dictionary_name"] == "user_inputs"
    return match["pattern"] != "bruteforce" or match["token"].isdecimal()


def _explain_weakness(matches: Sequence[Match]) -> Message:
    """Return the reason, by the longest recognised part."""
    longest = max(matches, key=lambda match: len(match["token"]), default={})
    pattern = longest.get("pattern", "bruteforce")
    if pattern == "dictionary":
        return REASONS.get(longest["dictionary_name"], REASONS["dictionary"])
    return REASONS["date" if pattern == "regex" else pattern]


def _list_guessable_words(act: Act, person: StaffMember) -> Iterator[str]:
    """Yield the words that zxcvbn counts as known: each phrase whole and word by word."""
    department = load_reference(act).departments.get(person.department_code or "")
    campaign = act.session.scalar(sa.select(Campaign))
    told = [person.name, person.username, person.email or ""]
    if department is not None:
        told += [department.code, department.zh, department.en]
    if campaign is not None:
        told += [campaign.name_zh, campaign.name_en]
    yield from CITY_WORDS
    for text in told:
        words = [
            word for word in re.split(r"\W+|_", text.lower()) if len(word) >= MIN_WORD_CHARACTERS
        ]
        yield from {text.lower(), "".join(words), *words} - {""}
