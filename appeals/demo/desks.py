"""Further data of the demo city: campaign, reply templates, notes, pending decisions.

The play leaves appeals in every state; this fills the queues that depend on more than a state.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.accounts import restricted_permissions
from appeals.casework.configuration import request_effects
from appeals.casework.handling.moves import make_move
from appeals.demo.demo_play import DemoStaff
from appeals.domain.people import STRANGER, Actor, Role
from appeals.domain.refusals import Refused
from appeals.domain.states import OPEN, Action, State
from appeals.domain.vocabulary import Satisfaction
from appeals.models.appeal import Appeal
from appeals.models.configuration import Campaign
from appeals.models.desk import ReplyTemplate
from appeals.models.staff import StaffMember

MOVES_PER_QUEUE = 3
"""Number of appeals with a note, and number waiting for each decision."""
MAX_CANDIDATES = 200
START_STATES = {
    Action.ASK_EXTENSION: {State.IN_HAND},
    Action.SAY_NOT_SOLVED: {State.CLOSED},
    Action.CLOSE: {State.ANSWERED},
}
TEMPLATES = {
    "已处理": "您好！您反映的问题我单位已到现场核实并处理完毕。如仍有不妥，请在三十日内告诉我们。",
    "已列入计划": "您好！您反映的情况属实，已列入近期工作计划。完成后我们会再与您联系。",
    "解释政策": "您好！经核实，您反映的事项有明确规定，现说明如下：",
}
LONGER, UNSOLVED = "需要现场施工并采购材料，按期难以完成。", "答复说处理好了，实际没有变化。"
NOTES = ("已电话了解情况，市民白天上班，请晚上六点后联系。", "现场照片已收到，等施工单位回复。")


def set_campaign_name(act: Act) -> None:
    """Set the campaign's name to Qingdao's."""
    act.session.add(
        Campaign(
            id=1,
            name_zh="我爱青岛·我有不满·我要说话",
            name_en="I love Qingdao, I have a complaint, I want to speak",
            message_zh="",
            message_en="",
        )
    )


PERMITTED_USERNAMES = ("supervisor", "dispatcher", "operator2", "officer-zfb", "leader-zfb")
"""Usernames in the demo city with the permission for restricted appeals."""


def give_permissions(act: Act, city: DemoStaff) -> None:
    """Grant the permission for restricted appeals: one person asks, another confirms."""
    people = {
        row.username: row
        for row in act.session.scalars(
            sa.select(StaffMember).where(
                StaffMember.username.in_((*PERMITTED_USERNAMES, "supervisor2"))
            )
        )
    }
    administrator = city.actors[Role.ADMINISTRATOR, None]
    first, second = (
        Actor(row.role, row.id, row.name) for row in (people["supervisor"], people["supervisor2"])
    )
    for username in PERMITTED_USERNAMES:
        asker, decider = (second, administrator) if username == "supervisor" else (first, second)
        request = restricted_permissions.ask_permission(
            act.by(asker), people[username].id, "负责办理政务作风类诉求"
        )
        request_effects.decide_and_apply(act.by(decider), request.id, is_granted=True)


def fill_desks(act: Act, city: DemoStaff) -> None:
    """Write reply templates, notes, and moves that leave decisions waiting."""
    for department in city.desks:
        leader = city.actors[Role.LEADER, department].staff_id
        assert leader is not None
        for name, words in TEMPLATES.items():
            template = ReplyTemplate(department_code=department, name=name, words=words)
            template.changed_by, template.changed_at = leader, act.now
            act.session.add(template)
    for note in NOTES:
        _make_moves(act, city, Action.NOTE, {"words": note})
    _make_moves(act, city, Action.ASK_EXTENSION, {"days": "5", "words": LONGER})
    unsolved = {"satisfaction": Satisfaction.DISSATISFIED, "words": UNSOLVED}
    _make_moves(act, city, Action.SAY_NOT_SOLVED, unsolved)
    _make_moves(act, city, Action.CLOSE, {}, at_most=1)  # other answers keep waiting for review


def _make_moves(
    act: Act,
    city: DemoStaff,
    action: Action,
    given: Mapping[str, str],
    at_most: int = MOVES_PER_QUEUE,
) -> None:
    """Make a move on the newest appeals on which the rules allow it."""
    newest = (
        sa.select(Appeal)
        .where(Appeal.state.in_(START_STATES.get(action, OPEN)), Appeal.holder.is_not(None))
        .order_by(Appeal.filed_at.desc())
        .limit(MAX_CANDIDATES)
    )
    made = 0
    for appeal in act.session.scalars(newest).all():
        if made == at_most:
            return
        try:
            with act.session.begin_nested():
                make_move(act.by(_actor_for(city, appeal, action)), appeal, action, given)
        except Refused:
            continue
        made += 1


def _actor_for(city: DemoStaff, appeal: Appeal, action: Action) -> Actor:
    if action is Action.SAY_NOT_SOLVED:
        return STRANGER
    if action is Action.CLOSE:
        return city.actors[Role.DISPATCHER, None]
    role = Role.LEADER if action is Action.ASK_EXTENSION else Role.OFFICER
    return city.actors[role, appeal.holder]
