"""The table of all forms: for each endpoint that answers POST, how its form is sent once.

The lines are sent in their order, each from the page that has the form. A new route needs one
line here, unless it makes a move on an appeal: `test_moves.py` finds the forms of moves by itself.

A name in braces stands for an appeal of today by its state (`{closed}`, its code `{closed_code}`),
for what an earlier line remembered, for the code that an app shows
(`{code_of_app}`) or that a text message brings (`{code_of_telephone}`).
"""

import re
from collections.abc import Sequence

from appeals.domain.people import Role
from tests.cast import LEADER
from tests.served.account_forms import ACCOUNT_FORMS
from tests.served.facts import FILED
from tests.served.following_forms import FOLLOWING_FORMS
from tests.served.sending import Sending

NOTICE = '{"year": 2031, "days": [{"name": "元旦", "date": "2031-01-01", "isOffDay": true}]}'
REPORT = "/admin/reports/2026-02-20..2026-03-01"
DRAFT, TO_CALL = {"words": "已派人到现场查看。"}, {"reason": "call"}
CALLER = {**FILED, "contact_email": "", "contact_phone": "13800138000"}


FORMS: Sequence[tuple[str, Sending]] = (
    ("filing.new", Sending(Role.CITIZEN, "/appeals/new", "/new", FILED, "QD")),
    (
        "citizen.follow",
        Sending(
            Role.CITIZEN,
            "/appeals/follow",
            "/follow",
            {"number": "{closed}", "code": "{closed_code}"},
            "{closed}",
        ),
    ),
    *FOLLOWING_FORMS,
    ("centre.new", Sending(Role.OPERATOR, "/centre/new", "/new", CALLER, "QD")),
    (
        "centre.contact",
        Sending(
            Role.OPERATOR,
            "/centre/appeals/{filed}",
            "/show-contact",
            {"reason": "call"},
            "wang@example.org",
        ),
    ),
    (
        "centre.take_follow_up",
        Sending(
            Role.OPERATOR,
            "/centre/follow-up/{closed}",
            "/follow-up/{closed}",
            {"show": "1"},
            "tel:13800138000",
        ),
    ),
    (
        "desk.contact",
        Sending(
            Role.OFFICER,
            "/desk/appeals/{signed}",
            "/show-contact",
            {"reason": "call"},
            "wang@example.org",
        ),
    ),
    (
        "desk.answer_draft",
        Sending(Role.OFFICER, "/desk/appeals/{in_hand}", "/answer/draft", DRAFT, DRAFT["words"]),
    ),
    (
        "desk.contact_sheet",
        Sending(Role.OFFICER, "/desk/appeals/{signed}/print", "/print", TO_CALL, "wang@"),
    ),
    (
        "centre.contact_sheet",
        Sending(Role.OPERATOR, "/centre/appeals/{filed}/print", "/print", TO_CALL, "wang@"),
    ),
    (
        "desk.take_first_contact",
        Sending(
            Role.OFFICER,
            "/desk/appeals/{signed}/first-contact",
            "/first-contact",
            {"show": "1"},
            "wang@example.org",
        ),
    ),
    (
        "absences.record",
        Sending(
            Role.LEADER,
            "/desk/absences",
            "/desk/absences",
            {"first": "2098-12-01", "last": "2098-12-05"},
            "2098年12月5日",
        ),
    ),
    (
        "absences.remove",
        Sending(Role.LEADER, "/desk/absences", "/remove", gone="2098年12月5日"),
    ),
    (
        "desk.keep_filter",
        Sending(Role.OFFICER, "/desk/?state=signed", "/filters", {"name": "待联系的"}, "待联系的"),
    ),
    (
        "search.save",
        Sending(Role.OFFICER, "/search?q=路灯", "/saved", {"name": "路灯的诉求"}, "路灯的诉求"),
    ),
    ("search.delete", Sending(Role.OFFICER, "/search", "/delete", gone="路灯的诉求")),
    ("desk.drop_filter", Sending(Role.OFFICER, "/desk/", "/drop", gone="待联系的")),
    (
        "centre.several",
        Sending(Role.DISPATCHER, "/centre/?queue=tray", "/several", seen="至少"),
    ),
    (
        "desk.several",
        Sending(
            Role.OFFICER,
            "/desk/",
            "/several/sign",
            {"number": "{dispatched}"},
            "已签收：{dispatched}",
        ),
    ),
    (
        "desk.keep_template",
        Sending(
            Role.LEADER,
            "/desk/templates",
            "/desk/templates",
            {"name": "路灯", "words": "已安排维修。"},
            "已安排维修。",
        ),
    ),
    (
        "desk.drop_template",
        Sending(Role.LEADER, "/desk/templates", "/templates/drop", gone="已安排维修。"),
    ),
    (
        "display_passes.make",
        Sending(
            Role.SUPERVISOR,
            "/wall/passes",
            "/wall/passes",
            {"name": "二楼值班室", "days": "30"},
            "二楼值班室",
            remember=re.compile(r"data-display-pass>(?P<display_pass>[-\w]+)<"),
        ),
    ),
    (
        "screens.open",
        Sending(Role.CITIZEN, "/wall", "/wall", {"code": "{display_pass}"}, "在办最久"),
    ),
    (
        "display_passes.end",
        Sending(Role.ADMINISTRATOR, "/wall/passes", "/end", seen="不再显示大屏数据"),
    ),
    (
        "admin_city.end_session",
        Sending(
            Role.ADMINISTRATOR, f"/admin/staff/leader{LEADER.staff_id}", "/end", seen="已退出该登录"
        ),
    ),
    (
        "admin.calendar",
        Sending(
            Role.ADMINISTRATOR,
            "/admin/calendar",
            "/calendar",
            {"document": NOTICE, "why": "国务院办公厅通知。"},
            "2031",
            confirm=True,
        ),
    ),
    (
        "admin.calendar_day",
        Sending(
            Role.ADMINISTRATOR,
            "/admin/calendar",
            "/day",
            {"day": "2031-03-05", "works": "no", "name": "停工", "why": "通告。"},
            "停工",
            confirm=True,
        ),
    ),
    (
        "admin.retry",
        Sending(Role.ADMINISTRATOR, "/admin/notices", "/notices", seen="将在一分钟内重新发送"),
    ),
    (
        "admin_city.step",
        Sending(
            Role.ADMINISTRATOR,
            "/admin/departments/water/change",
            "/change",
            {"email": "b@example.org", "why": "联系方式变更。"},
            "b@example.org",
            confirm=True,
            remember=re.compile(r"/admin/changes/(?P<undone>\d+)/undo"),
        ),
    ),
    (
        "admin_undo.undo_change",
        Sending(
            Role.ADMINISTRATOR,
            "/admin/changes/{undone}/undo",
            "/undo",
            {"why": "填错了。"},
            "变更已撤回",
        ),
    ),
    (
        "erasures.index",
        Sending(
            Role.ADMINISTRATOR,
            "/admin/erasures",
            "/admin/erasures",
            {"numbers": "{withdrawn}", "why": "市民来电申请。"},
            "尚未删除",
            confirm=True,
        ),
    ),
    (
        "staff_requests.decide",
        Sending(
            Role.ADMINISTRATOR,
            "/admin/requests/1",
            "/refuse",
            {"answer": "请本人来电。"},
            "没有任何改动",
        ),
    ),
    (
        "inbox.mark_read",
        Sending(Role.OFFICER, "/inbox/", "/inbox/read", seen="消息已全部标为已读"),
    ),
    (
        "mail_choices.choose",
        Sending(
            Role.OFFICER,
            "/account/mails",
            "/account/mails",
            {"mail": "work_waits", "language": "zh"},
            "邮件设置已保存",
        ),
    ),
    (
        "watch_list.watch",
        Sending(
            Role.SUPERVISOR,
            "/centre/appeals/{closed}",
            "/watched/{closed}",
            {"note": "市领导过问"},
            "已列入重点关注",
        ),
    ),
    (
        "watch_list.unwatch",
        Sending(Role.SUPERVISOR, "/centre/watched", "/end", seen="已取消重点关注"),
    ),
    (
        "permissions.ask",
        Sending(
            Role.SUPERVISOR,
            "/centre/permissions",
            "/permissions",
            {"staff": str(LEADER.staff_id), "why": "办理作风投诉。"},
            "须经另一人复核后生效",
            remember=re.compile(r'id="request-(?P<permission>\d+)"'),
        ),
    ),
    (
        "permissions.decide",
        Sending(Role.SUPERVISOR, "/centre/permissions", "/{permission}/withdraw", seen="撤回"),
    ),
    (
        "permissions.end",
        Sending(
            Role.SUPERVISOR,
            "/centre/permissions",
            "/end",
            {"why": "调离岗位。"},
            "权限已终止",
        ),
    ),
    (
        "admin_city.trial",
        Sending(
            Role.ADMINISTRATOR,
            "/admin/rules/try",
            "/try",
            {"category": "urban.noise", "text": "夜间施工"},
            "市城市管理局",
        ),
    ),
    (
        "configuration_file.upload",
        Sending(
            Role.ADMINISTRATOR,
            "/admin/configuration",
            "/configuration",
            {
                "document": '{"format": "appeals-configuration", "version": 1, "places": '
                '[{"code": "370202", "zh": "市南区", "en": "Shinan"}], "departments": [{"code": '
                '"lamps", "zh": "路灯处", "en": "Lamps", "tier": "municipal"}]}',
                "why": "机构改革。",
            },
            "新增1项",
        ),
    ),
    (
        "table_files.upload",
        Sending(
            Role.ADMINISTRATOR,
            "/admin/departments/file",
            "/file",
            {
                "document": "code,zh,en,parent_code,tier,district,email\n"
                "parks,市园林局,Parks,,municipal,,\n",
                "why": "机构改革。",
            },
            "新增1行",
        ),
    ),
    (
        "admin_rules.reassign",
        Sending(
            Role.ADMINISTRATOR,
            "/admin/rules/reassign",
            "/reassign",
            {"of_department": "roads", "department_code": "water", "why": "职能调整。"},
            "条规则",
        ),
    ),
    ("reports.compile_period", Sending(Role.ADMINISTRATOR, REPORT, "/compile", seen="申请统计")),
    (
        "reports.comment",
        Sending(Role.ADMINISTRATOR, REPORT, "/comment", {"words": "请核对退单。"}, "请核对退单。"),
    ),
    ("reports.review", Sending(Role.ADMINISTRATOR, REPORT, "/review", seen="可以发布")),
    (
        "reports.publish",
        Sending(Role.ADMINISTRATOR, f"{REPORT}/publish", "/publish", seen="sha256:"),
    ),
    *ACCOUNT_FORMS,
)
