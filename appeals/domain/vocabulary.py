"""The closed lists of the domain with their English texts; `terms.po` has the other languages.

A term is stored by its value; labels are defined only here.
"""

from enum import StrEnum
from typing import Self

from appeals.domain.messages import Labelled, Message, context_message


class Term(Labelled, StrEnum):
    """A member of a closed list: `value` is stored, `key` is its English text.

    In a catalogue the context (`msgctxt`) of the text is the name of the list, such as "Kind".
    """

    message: Message

    def __new__(cls, value: str, key: str = "") -> Self:
        """Create a member that equals its stored value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.message = context_message(cls.__name__, key)
        return member

    def label(self, language: str) -> str:
        """Return the text in `language`."""
        return self.message.label(language)


class Kind(Term):
    """The kind of an appeal (Domain 5.1 [S29], [S76])."""

    CONSULTATION = "consultation", "Consultation"
    HELP = "help", "Request for help"
    COMPLAINT = "complaint", "Complaint"
    REPORT = "report", "Report of wrongdoing"
    SUGGESTION = "suggestion", "Suggestion"
    PRAISE = "praise", "Praise"
    OTHER = "other", "Other"


class Channel(Term):
    """The channel through which an appeal came in (Domain 1.2)."""

    PHONE = "phone", "Hotline 12345"
    WECHAT = "wechat", "WeChat"
    WEB = "web", "Website"
    APP = "app", "App"
    MAYOR_MAILBOX = "mayor_mailbox", "Mayor's mailbox"
    PEOPLE_CN_BOARD = "people_cn_board", "People's Daily Online board"
    NEWSPAPER = "newspaper", "Newspaper"
    TV_RADIO = "tv_radio", "Television and radio"
    LETTER = "letter", "Letter"
    VISIT_PETITION = "visit_petition", "Visit or petition"
    GRUMBLE_MEETING = "grumble_meeting", "Grumble meeting"
    UPPER_LEVEL = "upper_level", "Sent by a higher level"
    TRANSFER_110 = "transfer_110", "Transferred by 110"
    DEPT_HOTLINE = "dept_hotline", "Department hotline"


class Tier(Term):
    """The tier of a department (Domain 1.3)."""

    MUNICIPAL = "municipal", "Municipal"
    DISTRICT = "district", "District"
    STREET = "street", "Street or town"
    COMPANY = "company", "Company"


class Satisfaction(Term):
    """The national five-level scale of ratings (Domain 3.4 [S66])."""

    VERY_SATISFIED = "5", "Very satisfied"
    SATISFIED = "4", "Satisfied"
    FAIRLY_SATISFIED = "3", "Fairly satisfied"
    DISSATISFIED = "2", "Dissatisfied"
    VERY_DISSATISFIED = "1", "Very dissatisfied"


class Solved(Term):
    """The citizen's answer whether the matter is solved."""

    YES = "yes", "Solved"
    NO = "no", "Not solved"


class YesNo(Term):
    """Yes or no, for fields that may also be left empty."""

    YES = "yes", "Yes"
    NO = "no", "No"


class DispatchEnd(Term):
    """How a dispatch ended."""

    ANSWERED = "answered", "Answered"
    RETURNED = "returned", "Returned"
    RECALLED = "recalled", "Recalled"
    HANDED_OVER = "handed_over", "Handed over"


class ContactReason(Term):
    """Why a member of staff opens a citizen's contact, which is masked otherwise."""

    CALL = "call", "To contact the citizen"
    VERIFY = "verify", "To verify who is calling"
    OTHER = "other", "Another reason"


class AccessKind(Term):
    """The kinds of access that the access log records."""

    CASE_VIEWED = "case_viewed", "Case opened"
    QUEUE_SHOWN = "queue_shown", "Shown in a queue"
    LIST_SHOWN = "list_shown", "List shown"
    PHOTO_VIEWED = "photo_viewed", "Photo opened"
    FILE_OPENED = "file_opened", "File opened"
    CONTACT_SHOWN = "contact_shown", "Contact shown"
    PHONE_LOOKED_UP = "phone_looked_up", "Looked up by telephone"
    PERSON_LOOKED_UP = "person_looked_up", "Looked up by person"
    LIST_EXPORTED = "list_exported", "List exported"
    PRINTED = "printed", "Printed"
    LOG_READ = "log_read", "Access log read"


class MatchedField(Term):
    """What of an appeal a search found the words in."""

    NUMBER = "number", "Number"
    TELEPHONE = "telephone", "Telephone"
    SUBJECT = "subject", "Subject"
    DETAIL = "detail", "Description"
    PLACE = "place", "Place"
    ANSWER = "answer", "Answer"
    NOTE = "note", "Internal note"
    HISTORY = "history", "History"
    DEPARTMENT = "department", "Department"
    OFFICER = "officer", "Officer"


class FollowUpOutcome(Term):
    """The outcome of one follow-up try after closing."""

    REACHED = "reached", "Reached"
    NO_ANSWER = "no_answer", "No answer"
    REFUSED = "refused", "Did not wish to answer"
    NO_CONTACT = "no_contact", "No way to reach them"


class NotAcceptedReason(Term):
    """Why an appeal is not accepted (Domain 2.1, the not-in-scope matters of [S22])."""

    EMERGENCY = "emergency", "An emergency: call 110, 119 or 120"
    LEGAL_ROUTE = "legal_route", "Belongs to a court or another legal route"
    NOT_THIS_CITY = "not_this_city", "Not a matter of this city"
    UNLAWFUL = "unlawful", "Contrary to law or secret"
    INVALID = "invalid", "No content that can be acted on"
    OTHER = "other", "Another reason"


class ReturnReason(Term):
    """Why a department asks to return an appeal (Domain 2.4)."""

    NOT_OUR_DUTY = "not_our_duty", "Not our duty"
    NOT_OUR_AREA = "not_our_area", "Not our area"
    NEEDS_ANOTHER = "needs_another", "Another department should lead"
    UNCLEAR = "unclear", "The matter is unclear"


class RecognisedBy(Term):
    """How the centre recognised the caller for whom it makes a move (Rules 8)."""

    KEPT_NUMBER = "kept_number", "Calls from the number kept with the appeal"
    QUERY_CODE = "query_code", "Knows the query code"
    NAME_ADDRESS = "name_address", "Knows name and address"


class ContactHow(Term):
    """How the department first reached the citizen."""

    PHONE = "phone", "By telephone"
    VISIT = "visit", "By a visit"
    MESSAGE = "message", "By message"
    NOT_POSSIBLE = (
        "not_possible",
        ("Not possible: no contact given, or kept from the department"),
    )


class TryHow(Term):
    """How the department tried to reach the citizen."""

    PHONE = "phone", "By telephone"
    VISIT = "visit", "By a visit"
    MESSAGE = "message", "By message"


class Result(Term):
    """The outcome that the department's answer states (Domain 8)."""

    SOLVED = "solved", "Solved"
    PARTLY = "partly", "Partly solved"
    EXPLAINED = "explained", "Explained"
    CANNOT = "cannot", "Cannot be solved now"


class Duty(Term):
    """A duty with a deadline (Rules 2)."""

    DISPATCH = "dispatch", "Dispatch"
    SIGN = "sign", "Sign for"
    RETURN = "return", "Ask a return"
    RETURN_DECISION = "return_decision", "Decide a return"
    CONTACT = "contact", "First contact"
    FINISH = "finish", "Finish"
    REVIEW = "review", "Review"
    FOLLOW_UP = "follow_up", "Follow-up"
    RATING = "rating", "Rating"


class NoticeKind(Term):
    """The kinds of notice; each has a template named by its value."""

    FILED = "filed", "Appeal received"
    ACCEPTED = "accepted", "Appeal accepted"
    NOT_ACCEPTED = "not_accepted", "Appeal not accepted"
    ANSWERED_ON_SPOT = "answered_on_spot", "Appeal answered at once"
    DISPATCHED = "dispatched", "Appeal sent to a department"
    ASSIGNED_WORK = "assigned_work", "New case for the department"
    RECALLED = "recalled", "Case recalled"
    RETURN_REFUSED = "return_refused", "Return refused"
    EXTENDED = "extended", "Time extended"
    EXTENSION_REFUSED = "extension_refused", "Extension refused"
    QUESTION = "question", "A question for you"
    CITIZEN_WROTE = "citizen_wrote", "The citizen wrote"
    URGED = "urged", "Case urged"
    MENTIONED = "mentioned", "Mentioned in a note"
    SENT_BACK = "sent_back", "Answer sent back"
    CLOSED = "closed", "Appeal closed"
    REOPENED = "reopened", "Appeal handled again"
    RATING_REMINDER = "rating_reminder", "Reminder to rate"
    REHANDLING_REFUSED = "rehandling_refused", "Not handled again"
    WITHDRAWN = "withdrawn", "Appeal withdrawn"
    REVERSED = "reversed", "Decision taken back"
    NEW_CODE = "new_code", "New query code"
    CONTACT_CHANGED = "contact_changed", "Contact changed"
    WARNED = "warned", "Due soon"
    BREACHED = "breached", "Past due"
    ESCALATED = "escalated", "Overdue: escalated"
    REQUEST_WAITS = "request_waits", "A request waits for a second person"
    ACCOUNT_CHANGED = "account_changed", "Change of an account"
    UNUSUAL_ACCESS = "unusual_access", "Unusual number of look-ups"
    MAIL_LINK = "mail_link", "Link for an account"
    WORK_WAITS = "work_waits", "List of work"
    DAILY_BRIEF = "daily_brief", "Daily brief"
    WEEKLY_BRIEF = "weekly_brief", "Weekly brief"


class MessageRule(Term):
    """The figures by which citizens are written to; administrators change each from a day on."""

    EARLIEST_HOUR = "earliest_hour", "Messages from (hour)"
    LATEST_HOUR = "latest_hour", "Messages until (hour)"
    GATHERED_MINUTES = "gathered_minutes", "Minutes in which messages are joined"
    REMINDER_DAYS = "reminder_days", "Days from closing to the reminder to rate (0: none)"


class RegularMail(Term):
    """The mails that staff may have regularly; each is a kind of notice of the same value."""

    WORK_WAITS = "work_waits", "What waits for me, each working day"
    DAILY_BRIEF = "daily_brief", "Daily brief, each working day"
    WEEKLY_BRIEF = "weekly_brief", "Weekly brief, on the first working day of the week"


class ErasedBy(Term):
    """By whose decision an appeal was erased."""

    REQUEST = "request", "On request"
    RULE = "rule", "Retention period ended"
    OPERATOR = "operator", "Whoever runs the system"


class MailLinkPurpose(Term):
    """The purpose of a link sent by mail to a member of staff."""

    PASSWORD = "password", "New password"
    ADDRESS = "address", "Confirm a mail address"


class Audience(Term):
    """The recipients of a notice."""

    CITIZEN = "citizen", "Citizen"
    DEPARTMENT = "department", "Department"
    LEADER = "leader", "Leader of the department"
    SUPERVISOR = "supervisor", "Supervisor"


class NoticeChannel(Term):
    """How a notice is delivered."""

    EMAIL = "email", "E-mail"
    SMS = "sms", "Text message"
    DESK = "desk", "Desk"


class Card(Term):
    """The card of a running deadline (Rules 1, S37); an imported case may have none (Rules 6)."""

    GREEN = "green", "In time"
    YELLOW = "yellow", "Due soon"
    RED = "red", "Red"
    NONE = "none", "No date"


class FileShows(Term):
    """What a file of staff shows."""

    BEFORE = "before", "Before"
    AFTER = "after", "After"
    OTHER = "other", "Other"


class PhotoChange(Term):
    """What was changed in a picture when its photo was encoded again."""

    TURNED = "turned", "turned upright"
    REDUCED = "reduced", "made smaller"
    POSITION_REMOVED = "position_removed", "location removed"
    CONVERTED = "converted", "converted from HEIC to JPEG"
    MENDED = "mended", "missing end of the file repaired"
    FIRST_FRAME = "first_frame", "first frame of the animation kept"
    FLATTENED = "flattened", "transparent parts made white"
    PREVIEW_ONLY = (
        "preview_only",
        "kept in a smaller size, as the full size takes up too much space",
    )
