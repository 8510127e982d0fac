"""Probabilities, durations and texts of events in the demo city's appeals."""

from collections.abc import Mapping

from appeals.domain.vocabulary import Result

ODDS = {
    "withdrawn": 0.02,
    "not accepted": 0.03,
    "on the spot": 0.65,  # of consultations
    "kind corrected": 0.02,
    "recalled": 0.02,
    "returned": 0.06,
    "return granted": 0.65,
    "slow to sign": 0.07,
    "slow to contact": 0.06,
    "not answered": 0.03,
    "assigned": 0.3,
    "asked": 0.06,
    "replied": 0.75,
    "added": 0.04,
    "withdrawn later": 0.015,
    "extension": 0.08,
    "extension granted": 0.85,
    "late": 0.07,
    "sent back": 0.07,
    "slow review": 0.05,
    "called": 0.92,
    "reached": 0.7,
    "rated": 0.3,  # of those not reached
    "disputed": 0.12,  # of those not reached
    "handled again": 0.75,
}
"""The probability of each event."""
PACE_MINUTES: Mapping[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "accept": ((5, 120), (2, 10)),
    "dispatch": ((10, 200), (3, 30)),
    "sign": ((5, 110), (2, 25)),
    "slow to sign": ((130, 600), (35, 120)),
    "contact": ((20, 280), (10, 80)),
    "slow to contact": ((700, 1300), (130, 400)),
    "another day": ((420, 500), (420, 500)),
    "return": ((10, 150), (5, 30)),
    "decide": ((20, 300), (10, 60)),
    "assign": ((5, 60), (2, 10)),
    "work": ((120, 1250), (60, 700)),
    "advise": ((30, 350), (60, 700)),
    "investigate": ((900, 3200), (60, 700)),
    "late": ((1700, 4500), (900, 3600)),
    "extended": ((1300, 3800), (60, 700)),
    "again": ((60, 350), (30, 120)),
    "review": ((15, 300), (10, 150)),
    "slow review": ((500, 900), (260, 600)),
    "call": ((30, 350), (30, 350)),
}
"""Minutes to each step: in working time, for urgent appeals around the clock."""
SOLVED_ODDS = {Result.SOLVED: 0.95, Result.EXPLAINED: 0.85, Result.PARTLY: 0.7, Result.CANNOT: 0.3}
RESULTS = (*[Result.SOLVED] * 13, *[Result.EXPLAINED] * 4, *[Result.PARTLY] * 2, Result.CANNOT)
SATISFIED_RATINGS = ("5", "5", "5", "5", "4", "4", "4", "3", "3", "2")
DISSATISFIED_RATINGS = ("3", "2", "2", "1")
CITIZEN_DELAY_MINUTES = (600, 12000)  # until a citizen comes back by herself
MOVE_WORDS = {
    "wrong": "派错单位，撤回重派。",
    "not ours": "经核对职责清单和属地，不在本单位职责范围内。",
    "yours": "按派单目录仍由你单位主办。",
    "longer": "需要现场施工并采购材料，按期难以完成。",
    "not longer": "不符合延期条件，请按期办结。",
    "question": "请补充具体位置和发生时间，方便时发一张照片。",
    "reply": "就在单元门口，多数是晚上八点以后。",
    "more": "补充一下：今天又出现了同样的情况。",
    "back": "未说明现场情况和完成时间，请补充后重新答复。",
    "unsolved": "答复说处理好了，实际没有变化。",
    "final": "经核实已按规定办理，超出政策范围的部分已说明。",
    "moved": "问题已经解决，不用办理了。",
    "corrected": "按内容更正性质。",
    "elsewhere": "请向有管辖权的机构提出，窗口地址和电话已告知。",
    "done again": "已再次到现场复核，对遗留问题重新处理。",
}
