"""What rows of another system's file come to: input, and the appeal or the faults that come out.

Each case goes through a real file and the real import (`test_import_cases.py`).
"""

from dataclasses import dataclass, field

MAPPING = """
source = "elsewhere"
time_zone = "Asia/Shanghai"
time_format = ["%Y/%m/%d %H:%M", "%Y年%m月%d日"]
create = ["street"]
several = "、"
[columns]
reference = "no"
source_system = "system"
filed = "filed"
accepted = "accepted"
not_accepted = "refused"
answered_on_spot = "on spot"
dispatched = "sent"
promised = "due"
signed = "signed"
contacted = "reached"
returned = "returned"
extended = "extended"
extended_until = "new due"
answered = "answered"
closed = "closed"
withdrawn = "withdrawn"
followed_up = "called"
rated = "rated"
rehandled = "again"
closed_again = "closed again"
status = "status"
kind = "kind"
channel = "way"
urgent = "urgent"
not_accepted_reason = "why not"
return_reason = "why back"
follow_up_result = "call"
solved = "solved"
satisfaction = "stars"
category = "matter"
district = "district"
street = "street"
department = "unit"
returned_by = "first unit"
subject = "subject"
contact_phone = "phone"
reply = "reply"
[otherwise]
kind = "help"
channel = "phone"
category = "urban.noise"
[values.status]
"已办理" = "closed"
"办理中" = "in_hand"
"待回复" = "filed"
"退回" = "return_asked"
"不受理" = "not_accepted"
"当场答复" = "answered_on_spot"
"撤销" = "withdrawn"
[values.channel]
"电话" = "phone"
"微信" = "wechat"
"*" = "web"
[values.satisfaction]
"0" = ""
[values.follow_up_result]
"接通" = "reached"
"未接" = "no_answer"
[values.kind]
"求助" = "help"
"咨询" = "consultation"
"""
HEADER = (
    "no", "system", "filed", "accepted", "refused", "on spot", "sent", "due", "signed", "reached",
    "returned", "extended", "new due", "answered", "closed", "withdrawn", "called", "rated",
    "again", "closed again", "status", "kind", "way", "urgent", "why not", "why back", "call",
    "solved", "stars", "matter", "district", "street", "unit", "first unit", "subject", "phone",
    "reply",
)  # fmt: skip
UNTIMED = 'closed_if_untimed = "filed"\n'
FILED = "2026-01-05 09:00"
CLOSED_THEN = "2026-01-08 10:00"


@dataclass(frozen=True)
class ImportCase:
    """One row: its cells beside number and time of filing, and what must come of it.

    `came` names columns of appeal, round and dispatch as text (moments in Shanghai, to the
    minute), `untimed` the last move if it is marked as without a time; `refused` are parts of the
    sentence, every one of which must be in it.
    """

    name: str
    cells: dict[str, str]
    came: dict[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    more_mapping: str = ""


def closed(name: str, cells: dict[str, str], came: dict[str, str]) -> ImportCase:
    """Make the case of a row that was closed at a time."""
    return ImportCase(name, {"unit": "roads", "closed": CLOSED_THEN, **cells}, came)


CASES = (
    # status in the source's own words
    ImportCase("status: closed without a time", {"status": "已办理", "unit": "roads"},
               {"state": "closed", "closed_at": FILED, "answered_at": ""}, more_mapping=UNTIMED),
    ImportCase("status: closed without a time, and none named", {"status": "已办理",
               "unit": "roads"}, refused=("no time says when", "closed_if_untimed")),
    ImportCase("status: closed at its answer", {"status": "已办理", "unit": "roads",
               "answered": CLOSED_THEN}, {"state": "closed", "closed_at": CLOSED_THEN,
                                          "answered_at": CLOSED_THEN}, more_mapping=UNTIMED),
    ImportCase("status: closed without a time, promised", {"status": "已办理", "unit": "roads",
               "due": "2026-01-12 23:59"}, {"state": "closed", "open_promises": "0"},
               more_mapping=UNTIMED),
    ImportCase("status: filed only", {"status": "待回复", "unit": "roads"}, {"state": "filed"}),
    ImportCase("status: in hand", {"status": "办理中", "unit": "roads"},
               {"state": "in_hand", "holder": "roads", "signed_at": "", "contacted_at": ""}),
    ImportCase("status: asked to be returned", {"status": "退回", "unit": "roads"},
               {"state": "return_asked"}),
    ImportCase("status: a word that nobody mapped", {"status": "???", "unit": "roads"},
               refused=("status: “???” is not mapped", "allowed: filed, accepted")),
    ImportCase("status: behind its times", {"status": "待回复", "unit": "roads",
               "closed": CLOSED_THEN}, refused=("status", "contradicts the times", "closed")),
    # ends beside the closing
    ImportCase("on the spot", {"status": "当场答复", "on spot": "2026-01-05 09:10"},
               {"state": "answered_on_spot", "answered_on_spot_at": "2026-01-05 09:10"}),
    ImportCase("on the spot, by its time alone", {"on spot": "2026-01-05 09:10"},
               {"state": "answered_on_spot"}),
    ImportCase("not accepted, with its reason", {"refused": "2026-01-05 11:00",
               "why not": "not_this_city"}, {"state": "not_accepted",
                                             "not_accepted_at": "2026-01-05 11:00"}),
    ImportCase("not accepted without a time", {"status": "不受理"},
               {"state": "not_accepted", "not_accepted_at": FILED, "untimed": "not_accept"},
               more_mapping=UNTIMED),
    ImportCase("withdrawn before dispatch", {"withdrawn": "2026-01-05 12:00"},
               {"state": "withdrawn", "holder": "", "withdrawn_at": "2026-01-05 12:00"}),
    ImportCase("withdrawn after dispatch", {"sent": "2026-01-05 10:00", "unit": "roads",
               "withdrawn": "2026-01-06 12:00"}, {"state": "withdrawn",
                                                  "first_dispatched_at": "2026-01-05 10:00"}),
    ImportCase("on the spot without a time, accepted at one", {"status": "当场答复",
               "accepted": "2026-01-05 10:00"},
               {"state": "answered_on_spot", "accepted_at": "2026-01-05 10:00",
                "answered_on_spot_at": "2026-01-05 10:00", "untimed": "answer_on_spot"},
               more_mapping=UNTIMED),
    ImportCase("on the spot without any time", {"status": "当场答复"},
               {"state": "answered_on_spot", "accepted_at": "", "answered_on_spot_at": FILED,
                "untimed": "answer_on_spot"}, more_mapping=UNTIMED),
    ImportCase("on the spot without a time, and none named", {"status": "当场答复"},
               refused=("no time says when", "closed_if_untimed")),
    ImportCase("withdrawn without a time, once dispatched", {"status": "撤销", "unit": "roads",
               "accepted": "2026-01-05 09:30", "sent": "2026-01-05 10:00"},
               {"state": "withdrawn", "first_dispatched_at": "2026-01-05 10:00",
                "withdrawn_at": "2026-01-05 10:00", "untimed": "withdraw"},
               more_mapping=UNTIMED),
    ImportCase("withdrawn without a time, and returned once", {"status": "撤销", "unit": "roads",
               "sent": "2026-01-05 10:00", "first unit": "water", "returned": "2026-01-06 09:00"},
               {"state": "withdrawn", "withdrawn_at": "2026-01-06 09:00", "holder": "roads"},
               more_mapping=UNTIMED),
    ImportCase("withdrawn without a time, promised", {"status": "撤销", "unit": "roads",
               "sent": "2026-01-05 10:00", "due": "2026-01-12 23:59"},
               {"state": "withdrawn", "open_promises": "0", "original_due_at": ""},
               more_mapping=UNTIMED),
    ImportCase("withdrawn at a time, promised", {"unit": "roads", "sent": "2026-01-05 10:00",
               "due": "2026-01-12 23:59", "withdrawn": "2026-01-06 12:00"},
               {"state": "withdrawn", "original_due_at": "2026-01-12 23:59"}),
    ImportCase("withdrawn before it was sent", {"unit": "roads", "sent": "2026-01-06 10:00",
               "withdrawn": "2026-01-05 12:00"},
               refused=("withdrawn", "lies before dispatched")),
    ImportCase("answered on the spot before it was accepted", {"accepted": "2026-01-06 10:00",
               "on spot": "2026-01-05 12:00"},
               refused=("answered_on_spot", "lies before accepted")),
    # what a department did
    closed("returned once and sent anew", {"sent": "2026-01-05 10:00", "first unit": "water",
           "returned": "2026-01-06 09:00"}, {"holder": "roads", "dispatches": "2",
                                             "returns": "1"}),
    closed("extended", {"due": "2026-01-07 23:59", "extended": "2026-01-06 09:00",
           "new due": "2026-01-09 23:59"}, {"original_due_at": "2026-01-07 23:59",
           "extended_due_at": "2026-01-09 23:59", "extension_granted_at": "2026-01-06 09:00"}),
    closed("extended, to when is not known", {"extended": "2026-01-06 09:00"},
           {"extension_granted_at": "2026-01-06 09:00", "extended_due_at": ""}),
    closed("handled again and closed again", {"again": "2026-01-09 09:00",
           "closed again": "2026-01-12 09:00", "stars": "4"},
           {"state": "closed", "rounds": "2", "closed_at": "2026-01-12 09:00",
            "satisfaction": "4"}),
    closed("handled again, still in hand", {"again": "2026-01-09 09:00"},
           {"state": "dispatched", "rounds": "2"}),
    # what the citizen said
    closed("rated without a time", {"stars": "5", "solved": "yes"},
           {"satisfaction": "5", "solved": "yes", "rated_at": CLOSED_THEN}),
    closed("rated at a time", {"stars": "2", "rated": "2026-01-10 08:00"},
           {"satisfaction": "2", "rated_at": "2026-01-10 08:00"}),
    closed("a value that means: not rated", {"stars": "0"}, {"satisfaction": "", "rated_at": ""}),
    closed("followed up and heard, not solved", {"call": "接通", "solved": "no", "stars": "1"},
           {"tries": "1", "reached_at": CLOSED_THEN, "solved": "no", "rehandling_asked_at": ""}),
    closed("followed up in vain", {"call": "未接"}, {"tries": "1", "reached_at": ""}),
    ImportCase("reached, and nothing heard", {"unit": "roads", "closed": CLOSED_THEN,
               "call": "接通"}, refused=("follow_up_result", "map it to refused")),
    ImportCase("rated before the closing", {"unit": "roads", "closed": CLOSED_THEN, "stars": "5",
               "rated": "2026-01-06 09:00"}, refused=("rated", "lies before the closing")),
    # classification
    closed("several channels in one cell, the first counts", {"way": "微信、电话"},
           {"channel": "wechat"}),
    closed("a channel that the catch-all takes", {"way": "飞鸽"}, {"channel": "web"}),
    closed("an empty cell takes what holds otherwise", {"way": "", "kind": ""},
           {"channel": "phone", "kind": "help"}),
    closed("urgent though its category is not", {"urgent": "yes"}, {"urgent": "True"}),
    closed("not urgent though its category is", {"urgent": "no", "matter": "water.burst"},
           {"urgent": "False", "category": "water.burst"}),
    closed("urgent as its category", {"matter": "爆管"}, {"urgent": "True"}),
    closed("a street of its district, made", {"district": "市南区", "street": "新街道"},
           {"district": "370202", "street": "elsewhere.370202."}),
    closed("a street of another district is not taken",
           {"district": "市南区", "street": "大港街道"}, {"street": "elsewhere.370202."}),
    closed("a row of another system in the same file", {"system": "hotline-2"},
           {"source": "hotline-2"}),
    closed("another way to write a time", {"filed": "2026年1月5日"},
           {"filed_at": "2026-01-05 00:00"}),
    closed("ISO 8601 with an offset", {"filed": "2026-01-05T09:00:00+09:00"},
           {"filed_at": "2026-01-05 08:00"}),
    # faults, all at once
    ImportCase("every fault at once", {"filed": "soon", "unit": "nobody", "stars": "9",
               "closed": CLOSED_THEN, "call": "?"},
               refused=("filed: “soon” is not a time", "department: “nobody” is not mapped",
                        "satisfaction: “9”", "follow_up_result: “?”",
                        "allowed: 5, 4, 3, 2, 1")),
    ImportCase("signed before it was sent", {"sent": "2026-01-06 09:00", "unit": "roads",
               "signed": "2026-01-05 10:00"}, refused=("signed", "lies before dispatched")),
    ImportCase("extended until, and never extended", {"unit": "roads",
               "new due": "2026-01-09 09:00", "status": "办理中"},
               refused=("extended: is empty beside extended_until",)),
    ImportCase("a street and no district", {"unit": "roads", "street": "某街道"},
               refused=("street: “某街道” needs a district",)),
)  # fmt: skip
