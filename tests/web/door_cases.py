"""What people bring in, at which door, and what must come of it: a table of cases.

A case says the value that is stored (`kept`), or a part of the sentence with which the page refuses
what was typed (`refused`). The doors are in `test_doors.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DoorCase:
    """One input: the door, the field, what is typed, and what comes of it.

    `kept` is the value that is kept; `refused` a part of the sentence of the refusal.
    """

    door: str
    field: str
    typed: str
    kept: str | None = None
    refused: str | None = None


NO_PHONE = "请输入电话号码"
NO_EMAIL = "请填写电子邮箱"
FAMILY = "👨‍👩‍👧"
CRLF_TEXT = "一二三四五六七\r\n" * 625
"""5,000 characters as people count them, 5,625 as a browser sends them."""

INVISIBLE = {
    "spaces": "   ",
    "ideographic spaces": "\u3000\u3000",
    "zero width spaces": "\u200b\u200b",
    "byte order mark": "\ufeff",
    "bidi marks": "\u200e\u200f",
    "bidi overrides": "\u202e\u202c",
    "isolates": "\u2066\u2069",
    "joiners": "\u200d",
    "Hangul filler": "\u3164",
    "tags": "\U000e0041\U000e0042",
    "control characters": "\x07\x1b",
    "line ends": "\r\n\r\n",
}
REQUIRED_TEXTS = (
    ("form", "subject"), ("form", "detail"), ("counter", "subject"), ("counter", "detail"),
    ("answer", "words"), ("addition", "words"), ("department", "zh"), ("department", "why"),
    ("account", "name"), ("template", "words"), ("template", "name"),
)  # fmt: skip
EMPTY = {
    f"{door} {field}: {name}": DoorCase(door, field, typed, refused="")
    for door, field in REQUIRED_TEXTS
    for name, typed in INVISIBLE.items()
    if (door, name) in {("form", name), ("counter", name)}
    or name in {"spaces", "zero width spaces", "bidi overrides"}
}

TEXTS = {
    "override in a subject": DoorCase("form", "subject", "路灯\u202e坏了", "路灯坏了"),
    "zero width space in a subject": DoorCase("form", "subject", "路\u200b灯坏了", "路灯坏了"),
    "decomposed letters": DoorCase("form", "subject", "Cafe\u0301 太吵", "Café 太吵"),
    "joined emoji": DoorCase("form", "subject", f"{FAMILY} 无法通行", f"{FAMILY} 无法通行"),
    "rare character": DoorCase("form", "contact_name", "𠮷田", "𠮷田"),
    "ideographic variant": DoorCase("form", "contact_name", "葛\U000e0100城", "葛\U000e0100城"),
    "Uyghur name": DoorCase("form", "contact_name", "ئالىم\u200cجان", "ئالىم\u200cجان"),
    "bell in a text": DoorCase("form", "detail", "夜里\x07很吵", "夜里很吵"),
    "line ends": DoorCase("form", "detail", "一\r\n二\r三", "一\n二\n三"),
    "line separator": DoorCase("form", "detail", "一\u2028二", "一\n二"),
    "line end in a line": DoorCase("form", "subject", "路灯\r\n坏了", "路灯 坏了"),
    "tags in an address": DoorCase("form", "address", "12号\U000e0041", "12号"),
    "counter: override": DoorCase("counter", "detail", "夜里\u202e施工", "夜里施工"),
    "counter: isolates": DoorCase("counter", "contact_name", "\u2067王\u2069", "王"),
    "counter: line ends": DoorCase("counter", "detail", "一\r\n二", "一\n二"),
    "answer: zero width": DoorCase("answer", "words", "已\u200b修复\r\n谢谢", "已修复\n谢谢"),
    "answer: override": DoorCase("answer", "words", "已\u202e修复", "已修复"),
    "addition: marks": DoorCase("addition", "words", "\u200e又坏了\u200f", "又坏了"),
    "department: zero width": DoorCase("department", "zh", "市\u200b城管局", "市城管局"),
    "department: override": DoorCase("department", "zh", "\u202e市城管局", "市城管局"),
    "campaign: isolate": DoorCase("campaign", "name_zh", "\u2067民有所呼", "民有所呼"),
    "campaign: invisible is empty": DoorCase("campaign", "message_zh", "\u200b", ""),
    "account: name": DoorCase("account", "name", "李\u200b娜", "李娜"),
    "template: words": DoorCase("template", "words", "您好\u202e，已修复", "您好，已修复"),
}

LENGTHS = {
    "5,000 with line ends": DoorCase("form", "detail", CRLF_TEXT[:-2], "x"),
    "5,000 at the counter": DoorCase("counter", "detail", CRLF_TEXT[:-2], "x"),
    "5,000 beyond the first plane": DoorCase("form", "detail", "𠮷" * 5000, "x"),
    "5,000 with marks": DoorCase("form", "detail", "ẹ\u0301" * 5000, "x"),
    "5,012": DoorCase("form", "detail", "吵" * 5012, refused="还需删去12个字"),
    "5,001 at the counter": DoorCase("counter", "detail", "吵" * 5001, refused="还需删去1个字"),
    "an answer of 5,003": DoorCase("answer", "words", "好" * 5003, refused="还需删去3个字"),
    "a subject of 101": DoorCase("form", "subject", "吵" * 101, refused="还需删去1个字"),
    "a subject of 100 emoji": DoorCase("form", "subject", FAMILY * 100, "x"),
}

EMAILS = {
    "full stop of Chinese": DoorCase("form", "contact_email", "li@163。com", "li@163.com"),
    "half width full stop": DoorCase("form", "contact_email", "li@163｡com", "li@163.com"),
    "full width": DoorCase("form", "contact_email", "ｌｉ＠１６３．ｃｏｍ", "li@163.com"),
    "full width name": DoorCase("form", "contact_email", "ｌｉ@163.com", "li@163.com"),
    "zero width": DoorCase("form", "contact_email", "li@163.com\u200b", "li@163.com"),
    "Chinese domain": DoorCase("form", "contact_email", "li@例子.中国", "li@例子.中国"),
    "Chinese name": DoorCase("form", "contact_email", "李四@163.com", refused="邮件服务器"),
    "no domain": DoorCase("form", "contact_email", "li@163", refused=NO_EMAIL),
    "two": DoorCase("form", "contact_email", "li@163.com;wang@163.com", refused=NO_EMAIL),
    "counter: full stop": DoorCase("counter", "contact_email", "li@163。com", "li@163.com"),
    "counter: Chinese name": DoorCase(
        "counter", "contact_email", "李四@163.com", refused="邮件服务器"
    ),
    "change: full stop": DoorCase("contact", "contact_email", "li@163。com", "li@163.com"),
    "change: Chinese name": DoorCase(
        "contact", "contact_email", "李四@163.com", refused="邮件服务器"
    ),
    "department": DoorCase("department", "email", "water@qd。gov。cn", "water@qd.gov.cn"),
    "department: Chinese name": DoorCase(
        "department", "email", "水务@qd.gov.cn", refused="邮件服务器"
    ),
    "account": DoorCase("account", "email", "ｌｉ@qd。gov.cn", "li@qd.gov.cn"),
    "account: Chinese name": DoorCase("account", "email", "李娜@qd.gov.cn", refused="邮件服务器"),
}

USERNAMES = {
    "full width": DoorCase("account", "username", "ｌｉ．ｎａ２", "li.na2"),
    "capital letters": DoorCase("account", "username", "Li.Na3", "li.na3"),
    "zero width": DoorCase("account", "username", "li\u200b.na4", "li.na4"),
    "Cyrillic": DoorCase("account", "username", "оperator9", refused="用户名只能包含"),
    "Chinese": DoorCase("account", "username", "李娜", refused="用户名只能包含"),
    "150 letters": DoorCase("account", "username", "a" * 150, refused="最多40个字符"),
    "41 letters": DoorCase("account", "username", "a" * 41, refused="最多40个字符"),
    "a slash": DoorCase("account", "username", "li/na", refused="用户名只能包含"),
    "a space": DoorCase("account", "username", "li na", refused="用户名只能包含"),
    "taken": DoorCase("account", "username", "Operator1", refused="已被使用"),
    "taken in full width": DoorCase(
        "account", "username", "ｏｐｅｒａｔｏｒ１", refused="已被使用"
    ),
    "l for 1": DoorCase(
        "account", "username", "operatorl", refused="看起来与已有的“operator1”一样"
    ),
    "0 for o": DoorCase(
        "account", "username", "0perator1", refused="看起来与已有的“operator1”一样"
    ),
}


@dataclass(frozen=True)
class Search:
    """A word that somebody searches for, where, and the text in which it must be found or not."""

    where: str
    stored: str
    asked: str
    is_found: bool = True


SEARCHES = {
    "topic: traditional": Search("topic", "路灯 噪声", "路燈壞了"),
    "topic: traditional noise": Search("topic", "路灯 噪声", "夜裡噪聲很大"),
    "topic: full width": Search("topic", "wifi 网络", "ＷｉＦｉ"),
    "topic: capital letters": Search("topic", "wifi", "WIFI"),
    "topic: stored in traditional": Search("topic", "路燈", "路灯"),
    "topic: zero width": Search("topic", "路灯", "路\u200b灯"),
    "topic: another": Search("topic", "路灯", "积水", is_found=False),
    "desk: traditional": Search("desk", "香港中路路灯坏了", "路燈"),
    "desk: stored in traditional": Search("desk", "香港中路路燈壞了", "路灯坏了"),
    "desk: full width": Search("desk", "5号楼WiFi不通", "ｗｉｆｉ"),
    "desk: stored in full width": Search("desk", "５号楼ＷＩＦＩ", "5号楼wifi"),
    "desk: decomposed": Search("desk", "Café 太吵", "CAFE\u0301"),
    "desk: several words": Search("desk", "香港中路 路灯坏了", "中路 路燈"),
    "desk: signs of an expression": Search("desk", "价格(含税)50%+", "(含税)50%+"),
    "desk: any character": Search("desk", "路灯坏了", "路.坏", is_found=False),
    "desk: another": Search("desk", "路灯坏了", "积水", is_found=False),
    "department: traditional letters": Search("department", "市园林绿化局", "園林綠化"),
    "department: full width": Search("department", "市Ａ局", "市a局"),
    "rule: traditional": Search("rule", "路灯", "路燈壞了三天"),
    "rule: full width": Search("rule", "wifi", "没有ＷｉＦｉ"),
}
