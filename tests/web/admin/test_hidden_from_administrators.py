"""Pages of administrators that list appeals say nothing of one that the reader may not see."""

from datetime import timedelta

from flask import Flask

from appeals.act import Act
from appeals.domain.states import State
from appeals.models.appeal import Appeal
from appeals.models.integrity import UnverifiedAppeal
from appeals.models.notice import Notice
from appeals.models.tasks import FailedItem
from tests.cast import SUN
from tests.factories import appeal_in
from tests.restricted import add_conduct, permitted, restricted_in
from tests.web.staff_browser import browser_of, open_page

AGO = timedelta(days=3)
PROBLEM = "kind is praise, its moves give complaint"


def put_in_trouble(act: Act, appeal: Appeal) -> None:
    """Give up its notices, let verification find it wrong, and set its promise aside."""
    act.session.flush()
    for notice in act.session.query(Notice).filter_by(appeal_id=appeal.id):
        notice.sent_at, notice.parked_at, notice.problem = None, act.now, "550"
    act.session.add(UnverifiedAppeal(appeal_id=appeal.id, found_at=act.now, problem=PROBLEM))
    act.session.add(
        FailedItem(
            task="sweep",
            key=f"{appeal.number} 1 warned",
            failed_at=act.now,
            tries=1,
            next_try_at=act.now,
            problem="ValueError",
        )
    )
    act.session.commit()


def test_lists_of_troubles_name_a_restricted_appeal_to_who_may_see_it_alone(
    app: Flask, act: Act
) -> None:
    add_conduct(act)
    hidden, plain = restricted_in(act, State.ACCEPTED), appeal_in(act, State.ACCEPTED)
    for appeal in (hidden, plain):
        put_in_trouble(act, appeal)
    sun = browser_of(app, act, SUN)
    for address in ("/admin/", "/admin/notices", "/admin/verification"):
        shown = open_page(sun, address)
        assert plain.number in shown, address
        assert hidden.number not in shown, address
    assert open_page(sun, "/admin/verification").count(PROBLEM) == 1
    permitted(act, SUN)
    act.session.commit()
    for address in ("/admin/", "/admin/notices", "/admin/verification"):
        assert hidden.number in open_page(sun, address), address
