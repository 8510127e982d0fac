"""Matters that other authorities decide, shown before the filing form.

They follow the national framework (Domain 2.1): emergencies are sent to the emergency numbers, and
matters with another legal procedure are pointed to it.
"""

from dataclasses import dataclass

from appeals.domain.messages import Labelled, Message, message


@dataclass(frozen=True)
class OtherAuthority(Labelled):
    """A matter of another authority: its name, where to turn, and words that people search for."""

    text: Message
    where: Message
    words: str

    def label(self, language: str) -> str:
        """Return the name of the matter in `language`."""
        return self.text.label(language)


OTHER_AUTHORITIES = (
    OtherAuthority(
        message("Danger, fire or illness at this moment"),
        message("Call at once: police 110, fire 119, ambulance 120."),
        "着火 火灾 起火 救命 救护车 报警 打架 抢劫 受伤 晕倒 fire robbery injured ambulance",
    ),
    OtherAuthority(
        message("Court cases, judgments and their enforcement"),
        message("Turn to the people's court, line 12368."),
        "法院 打官司 起诉 诉讼 判决 强制执行 离婚 court lawsuit sue judgment judgement divorce",
    ),
    OtherAuthority(
        message("Disputes before an arbitration board"),
        message("Turn to the board that has the case; on labour disputes ask 12333 first."),
        "仲裁 arbitration arbitrator",
    ),
    OtherAuthority(
        message("Review of a fine or another official decision"),
        message("Apply to the review body; the legal service line 12348 tells you how."),
        "行政复议 复议 罚款 处罚决定 review appeal penalty fine",
    ),
    OtherAuthority(
        message("Corruption or breach of discipline by officials"),
        message("Turn to the discipline inspection bodies, line 12388."),
        "腐败 受贿 贪污 违纪 纪委 行贿 corruption bribe bribery embezzle discipline",
    ),
    OtherAuthority(
        message("Matters already before the petition office"),
        message("Ask the petition office that has it."),
        "信访 上访 petition",
    ),
    OtherAuthority(
        message("Requests for government information"),
        message("Apply to the body that holds the information."),
        "信息公开 政务公开 disclosure information request",
    ),
)
