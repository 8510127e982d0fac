"""The closed lists of the domain, with Chinese and English labels.

A term is stored by its value; labels are defined only here.
"""

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """A member of a closed list: `value` is stored, `zh` and `en` are shown."""

    zh: str
    en: str

    def __new__(cls, value: str, zh: str = "", en: str = "") -> Self:
        """Create a member that equals its stored value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        member.en = en
        return member

    def label(self, language: str) -> str:
        """Return the label in `language` ("zh" or "en"; anything else gives English)."""
        return self.zh if language.startswith("zh") else self.en


class Kind(Term):
    """The kind of an appeal (Domain 5.1 [S29], [S76])."""

    CONSULTATION = "consultation", "咨询", "Consultation"
    HELP = "help", "求助", "Request for help"
    COMPLAINT = "complaint", "投诉", "Complaint"
    REPORT = "report", "举报", "Report of wrongdoing"
    SUGGESTION = "suggestion", "建议", "Suggestion"
    PRAISE = "praise", "表扬", "Praise"
    OTHER = "other", "其他", "Other"


class Channel(Term):
    """The channel through which an appeal came in (Domain 1.2)."""

    PHONE = "phone", "12345热线", "Hotline 12345"
    WECHAT = "wechat", "微信", "WeChat"
    WEB = "web", "网站", "Website"
    APP = "app", "手机应用", "App"
    MAYOR_MAILBOX = "mayor_mailbox", "市长信箱", "Mayor's mailbox"
    PEOPLE_CN_BOARD = "people_cn_board", "人民网留言板", "People's Daily Online board"
    NEWSPAPER = "newspaper", "报纸", "Newspaper"
    TV_RADIO = "tv_radio", "广播电视", "Television and radio"
    LETTER = "letter", "来信", "Letter"
    VISIT_PETITION = "visit_petition", "来访", "Visit or petition"
    GRUMBLE_MEETING = "grumble_meeting", "吐槽大会", "Grumble meeting"
    UPPER_LEVEL = "upper_level", "上级转办", "Sent by a higher level"
    TRANSFER_110 = "transfer_110", "110转办", "Transferred by 110"
    DEPT_HOTLINE = "dept_hotline", "部门热线", "Department hotline"


class Tier(Term):
    """The tier of a department (Domain 1.3)."""

    MUNICIPAL = "municipal", "市级", "Municipal"
    DISTRICT = "district", "区市级", "District"
    STREET = "street", "街道(镇)", "Street or town"
    COMPANY = "company", "企业", "Company"


class Satisfaction(Term):
    """The national five-level scale of ratings (Domain 3.4 [S66])."""

    VERY_SATISFIED = "5", "非常满意", "Very satisfied"
    SATISFIED = "4", "满意", "Satisfied"
    FAIRLY_SATISFIED = "3", "基本满意", "Fairly satisfied"
    DISSATISFIED = "2", "不满意", "Dissatisfied"
    VERY_DISSATISFIED = "1", "非常不满意", "Very dissatisfied"


class Solved(Term):
    """The citizen's answer whether the matter is solved."""

    YES = "yes", "已解决", "Solved"
    NO = "no", "未解决", "Not solved"


class YesNo(Term):
    """Yes or no, for fields that may also be left empty."""

    YES = "yes", "是", "Yes"
    NO = "no", "否", "No"


class DispatchEnd(Term):
    """How a dispatch ended."""

    ANSWERED = "answered", "已答复", "Answered"
    RETURNED = "returned", "已退回", "Returned"
    RECALLED = "recalled", "已撤回", "Recalled"


class ContactReason(Term):
    """Why a member of staff opens a citizen's contact, which is masked otherwise."""

    CALL = "call", "联系市民", "To contact the citizen"
    VERIFY = "verify", "核实身份", "To verify who is calling"
    OTHER = "other", "其他", "Another reason"


class AccessKind(Term):
    """The kinds of access that the access log records."""

    CASE_VIEWED = "case_viewed", "查看诉求", "Case opened"
    QUEUE_SHOWN = "queue_shown", "在待办队列中显示", "Shown in a queue"
    LIST_SHOWN = "list_shown", "查看清单", "List shown"
    PHOTO_VIEWED = "photo_viewed", "查看照片", "Photo opened"
    CONTACT_SHOWN = "contact_shown", "查看联系方式", "Contact shown"
    PHONE_LOOKED_UP = "phone_looked_up", "按电话查询", "Looked up by telephone"
    PERSON_LOOKED_UP = "person_looked_up", "按人查询", "Looked up by person"
    LIST_EXPORTED = "list_exported", "导出清单", "List exported"
    PRINTED = "printed", "打印", "Printed"
    LOG_READ = "log_read", "查看访问日志", "Access log read"


class FollowUpOutcome(Term):
    """The outcome of one follow-up try after closing."""

    REACHED = "reached", "已接通", "Reached"
    NO_ANSWER = "no_answer", "无人接听", "No answer"
    REFUSED = "refused", "拒绝回访", "Did not wish to answer"
    NO_CONTACT = "no_contact", "无联系方式", "No way to reach them"


class NotAcceptedReason(Term):
    """Why an appeal is not accepted (Domain 2.1, the not-in-scope matters of [S22])."""

    EMERGENCY = "emergency", "紧急警情", "An emergency: call 110, 119 or 120"
    LEGAL_ROUTE = "legal_route", "应走法定途径", "Belongs to a court or another legal route"
    NOT_THIS_CITY = "not_this_city", "非本市事项", "Not a matter of this city"
    UNLAWFUL = "unlawful", "涉密或违法", "Contrary to law or secret"
    INVALID = "invalid", "无效内容", "No content that can be acted on"
    OTHER = "other", "其他", "Another reason"


class ReturnReason(Term):
    """Why a department asks to return an appeal (Domain 2.4)."""

    NOT_OUR_DUTY = "not_our_duty", "非本单位职责", "Not our duty"
    NOT_OUR_AREA = "not_our_area", "非本辖区", "Not our area"
    NEEDS_ANOTHER = "needs_another", "应由其他单位主办", "Another department should lead"
    UNCLEAR = "unclear", "诉求不清", "The matter is unclear"


class ContactHow(Term):
    """How the department first reached the citizen."""

    PHONE = "phone", "电话", "By telephone"
    VISIT = "visit", "上门", "By a visit"
    MESSAGE = "message", "短信或网络", "By message"
    NOT_POSSIBLE = (
        "not_possible",
        "无法联系（未留联系方式，或已对承办单位保密）",
        ("Not possible: no contact given, or kept from the department"),
    )


class TryHow(Term):
    """How the department tried to reach the citizen."""

    PHONE = "phone", "电话", "By telephone"
    VISIT = "visit", "上门", "By a visit"
    MESSAGE = "message", "短信或网络", "By message"


class Result(Term):
    """The outcome that the department's answer states (Domain 8)."""

    SOLVED = "solved", "已解决", "Solved"
    PARTLY = "partly", "部分解决", "Partly solved"
    EXPLAINED = "explained", "已解释说明", "Explained"
    CANNOT = "cannot", "暂无法解决", "Cannot be solved now"


class Duty(Term):
    """A duty with a deadline (Rules 2)."""

    DISPATCH = "dispatch", "派单", "Dispatch"
    SIGN = "sign", "签收", "Sign for"
    RETURN = "return", "申请退单", "Ask a return"
    CONTACT = "contact", "首次联系", "First contact"
    FINISH = "finish", "办结", "Finish"
    REVIEW = "review", "审核", "Review"
    FOLLOW_UP = "follow_up", "回访", "Follow-up"
    RATING = "rating", "评价", "Rating"


class NoticeKind(Term):
    """The kinds of notice; each has a template named by its value."""

    FILED = "filed", "诉求已收到", "Appeal received"
    ACCEPTED = "accepted", "诉求已受理", "Appeal accepted"
    NOT_ACCEPTED = "not_accepted", "诉求未受理", "Appeal not accepted"
    ANSWERED_ON_SPOT = "answered_on_spot", "诉求已直接答复", "Appeal answered at once"
    DISPATCHED = "dispatched", "诉求已派单", "Appeal sent to a department"
    ASSIGNED_WORK = "assigned_work", "新工单", "New case for the department"
    RECALLED = "recalled", "工单已撤回", "Case recalled"
    RETURN_REFUSED = "return_refused", "退单未获批准", "Return refused"
    EXTENDED = "extended", "办理期限已延长", "Time extended"
    EXTENSION_REFUSED = "extension_refused", "延期未获批准", "Extension refused"
    QUESTION = "question", "承办单位向您提问", "A question for you"
    CITIZEN_WROTE = "citizen_wrote", "市民补充了内容", "The citizen wrote"
    SENT_BACK = "sent_back", "答复被退回", "Answer sent back"
    CLOSED = "closed", "诉求已办结", "Appeal closed"
    REOPENED = "reopened", "诉求重新办理", "Appeal handled again"
    REHANDLING_REFUSED = "rehandling_refused", "未重新办理", "Not handled again"
    WITHDRAWN = "withdrawn", "诉求已撤回", "Appeal withdrawn"
    REVERSED = "reversed", "处理结果已撤销", "Decision taken back"
    NEW_CODE = "new_code", "新的查询码", "New query code"
    CONTACT_CHANGED = "contact_changed", "联系方式已更改", "Contact changed"
    WARNED = "warned", "即将到期", "Due soon"
    BREACHED = "breached", "已超期", "Overdue"
    ESCALATED = "escalated", "超期督办", "Overdue: escalated"
    REQUEST_WAITS = "request_waits", "有申请待复核", "A request waits for a second person"
    ACCOUNT_CHANGED = "account_changed", "账号变动", "Change of an account"
    UNUSUAL_ACCESS = "unusual_access", "查阅次数异常", "Unusual number of look-ups"
    MAIL_LINK = "mail_link", "账号邮件链接", "Link for an account"


class ErasedBy(Term):
    """By whose decision an appeal was erased."""

    REQUEST = "request", "市民申请", "On request"
    RULE = "rule", "保存年限到期", "Retention period ended"
    OPERATOR = "operator", "系统运维人员", "Whoever runs the system"


class MailLinkPurpose(Term):
    """The purpose of a link sent by mail to a member of staff."""

    PASSWORD = "password", "重置密码", "New password"
    ADDRESS = "address", "确认邮箱地址", "Confirm a mail address"


class Audience(Term):
    """The recipients of a notice."""

    CITIZEN = "citizen", "市民", "Citizen"
    DEPARTMENT = "department", "承办单位", "Department"
    LEADER = "leader", "承办单位领导", "Leader of the department"
    SUPERVISOR = "supervisor", "督办", "Supervisor"


class NoticeChannel(Term):
    """How a notice is delivered."""

    EMAIL = "email", "电子邮件", "E-mail"
    SMS = "sms", "短信", "Text message"
    DESK = "desk", "工作台", "Desk"


class Card(Term):
    """The card of a running deadline (Rules 1, S37); an imported case may have none (Rules 6)."""

    GREEN = "green", "正常", "In time"
    YELLOW = "yellow", "黄牌", "Due soon"
    RED = "red", "红牌", "Overdue"
    NONE = "none", "未定期限", "No date"


class PhotoChange(Term):
    """What was changed in a picture when its photo was encoded again."""

    TURNED = "turned", "已转正", "turned upright"
    REDUCED = "reduced", "像素过多，已缩小", "made smaller"
    POSITION_REMOVED = "position_removed", "已去除拍摄位置", "location removed"
    CONVERTED = "converted", "已由HEIC转为JPEG", "converted from HEIC to JPEG"
    MENDED = "mended", "文件末尾缺失，已修补", "missing end of the file repaired"
    FIRST_FRAME = "first_frame", "动图只保留第一帧", "first frame of the animation kept"
    FLATTENED = "flattened", "透明部分已填成白色", "transparent parts made white"
    PREVIEW_ONLY = (
        "preview_only",
        "原图占用空间过大，只保留缩小后的照片",
        "kept in a smaller size, as the full size takes up too much space",
    )
