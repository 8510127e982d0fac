"""Matters that other authorities decide, shown before the filing form.

They follow the national framework (Domain 2.1): emergencies are sent to the emergency numbers, and
matters with another legal procedure are pointed to it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class OtherAuthority:
    """A matter of another authority: its name, where to turn, and words that people search for."""

    zh: str
    en: str
    where_zh: str
    where_en: str
    words: str

    def label(self, language: str) -> str:
        """Return the name of the matter in `language`."""
        return self.zh if language.startswith("zh") else self.en

    def where(self, language: str) -> str:
        """Return where to turn, in `language`."""
        return self.where_zh if language.startswith("zh") else self.where_en


OTHER_AUTHORITIES = (
    OtherAuthority(
        "正在发生的危险、火灾、急病",
        "Danger, fire or illness at this moment",
        "马上拨打：报警110，火警119，急救120。",
        "Call at once: police 110, fire 119, ambulance 120.",
        "着火 火灾 起火 救命 救护车 报警 打架 抢劫 受伤 晕倒 fire robbery injured ambulance",
    ),
    OtherAuthority(
        "法院的诉讼、判决和执行",
        "Court cases, judgments and their enforcement",
        "请找人民法院，诉讼服务热线12368。",
        "Turn to the people's court, line 12368.",
        "法院 打官司 起诉 诉讼 判决 强制执行 离婚 court lawsuit sue judgment judgement divorce",
    ),
    OtherAuthority(
        "正在仲裁的争议",
        "Disputes before an arbitration board",
        "请找受理的仲裁机构；劳动争议可先拨打12333咨询。",
        "Turn to the board that has the case; on labour disputes ask 12333 first.",
        "仲裁 arbitration arbitrator",
    ),
    OtherAuthority(
        "不服行政处罚等决定的行政复议",
        "Review of a fine or another official decision",
        "请向行政复议机构申请，可先拨打12348法律服务热线咨询。",
        "Apply to the review body; the legal service line 12348 tells you how.",
        "行政复议 复议 罚款 处罚决定 review appeal penalty fine",
    ),
    OtherAuthority(
        "举报公职人员违纪违法",
        "Corruption or breach of discipline by officials",
        "请找纪检监察机关，举报电话12388。",
        "Turn to the discipline inspection bodies, line 12388.",
        "腐败 受贿 贪污 违纪 纪委 行贿 corruption bribe bribery embezzle discipline",
    ),
    OtherAuthority(
        "已经进入信访程序的事项",
        "Matters already before the petition office",
        "请向受理的信访部门查询。",
        "Ask the petition office that has it.",
        "信访 上访 petition",
    ),
    OtherAuthority(
        "申请公开政府信息",
        "Requests for government information",
        "请向掌握该信息的机关提出申请。",
        "Apply to the body that holds the information.",
        "信息公开 政务公开 disclosure information request",
    ),
)
