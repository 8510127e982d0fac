"""The states of an appeal and the actions that change them (Rules 3)."""

from enum import Enum
from typing import Self

from appeals.domain.vocabulary import Term


class Phase(Enum):
    """Who has to act next; open or closed and the colour of a state's badge follow from it."""

    CENTRE = "centre"
    DEPARTMENT = "department"
    DONE = "done"


class State(Term):
    """The state of an appeal; `phase` says who has to act next."""

    phase: Phase

    def __new__(cls, value: str, zh: str = "", en: str = "", phase: Phase = Phase.CENTRE) -> Self:
        """Store the phase with the labels."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        member.en = en
        member.phase = phase
        return member

    FILED = "filed", "已提交", "Filed", Phase.CENTRE
    ACCEPTED = "accepted", "已受理", "Accepted", Phase.CENTRE
    NOT_ACCEPTED = "not_accepted", "不予受理", "Not accepted", Phase.DONE
    ANSWERED_ON_SPOT = "answered_on_spot", "已直接答复", "Answered on the spot", Phase.DONE
    DISPATCHED = "dispatched", "已派单", "Dispatched", Phase.DEPARTMENT
    SIGNED = "signed", "已签收", "Signed for", Phase.DEPARTMENT
    RETURN_ASKED = "return_asked", "申请退单", "Return asked", Phase.CENTRE
    IN_HAND = "in_hand", "办理中", "In hand", Phase.DEPARTMENT
    ANSWERED = "answered", "已答复待审核", "Answered, in review", Phase.CENTRE
    CLOSED = "closed", "已办结", "Closed", Phase.DONE
    WITHDRAWN = "withdrawn", "已撤回", "Withdrawn", Phase.DONE

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.phase is not Phase.DONE


OPEN = frozenset(state for state in State if state.is_open)
WITH_DEPARTMENT = frozenset(state for state in State if state.phase is Phase.DEPARTMENT)


class Action(Term):
    """The actions on an appeal, named as the person who takes them would."""

    FILE = "file", "提交", "File"
    ACCEPT = "accept", "受理", "Accept"
    NOT_ACCEPT = "not_accept", "不予受理", "Do not accept"
    ANSWER_ON_SPOT = "answer_on_spot", "直接答复", "Answer on the spot"
    DISPATCH = "dispatch", "派单", "Dispatch"
    RECALL = "recall", "撤回派单", "Recall"
    SIGN = "sign", "签收", "Sign for"
    CONTACT = "contact", "联系市民", "Record first contact"
    TRY_CONTACT = "try_contact", "登记未联系上", "Record a failed try to reach the citizen"
    ASK_RETURN = "ask_return", "申请退单", "Ask to return"
    GRANT_RETURN = "grant_return", "同意退单并改派", "Grant the return and dispatch anew"
    REFUSE_RETURN = "refuse_return", "不同意退单", "Refuse the return"
    ASK_EXTENSION = "ask_extension", "申请延期", "Ask an extension"
    GRANT_EXTENSION = "grant_extension", "同意延期", "Grant the extension"
    REFUSE_EXTENSION = "refuse_extension", "不同意延期", "Refuse the extension"
    ASSIGN = "assign", "分派承办人", "Assign"
    ASK_CITIZEN = "ask_citizen", "询问市民", "Ask the citizen"
    ANSWER_QUESTION = "answer_question", "回答询问", "Answer the question"
    ADD = "add", "补充内容", "Add something"
    ANSWER = "answer", "答复", "Answer"
    SEND_BACK = "send_back", "退回重办", "Send back"
    CLOSE = "close", "审核通过并办结", "Accept the answer and close"
    FOLLOW_UP = "follow_up", "回访", "Record a follow-up"
    RATE = "rate", "评价", "Rate"
    SAY_NOT_SOLVED = "say_not_solved", "反映未解决", "Say it is not solved"
    REHANDLE = "rehandle", "重新办理", "Handle again"
    REFUSE_REHANDLING = "refuse_rehandling", "不重新办理", "Do not handle again"
    CHANGE_CONTACT = (
        "change_contact",
        "更改联系方式和保密设置",
        "Change contact and confidentiality",
    )
    WITHDRAW = "withdraw", "撤回诉求", "Withdraw"
    AMEND = "amend", "更正", "Correct"
    NEW_CODE = "new_code", "补发查询码", "Issue a new query code"
    REVERSE = "reverse", "撤销处理结果", "Take back the decision"
    NOTE = "note", "内部备注", "Leave a note"
