"""The lines of the table of all forms in which an officer changes the own account."""

import re
from collections.abc import Sequence

from appeals.domain.people import Role
from tests.cast import QIAN
from tests.served.city import PASSWORD
from tests.served.sending import Sending

QIAN_HERE, QIAN_ELSEWHERE = "Qian's browser", "Qian's other browser"
"""An officer who changes the own account; the others who send forms are the cast's."""
SIGNED_IN = {"username": f"officer{QIAN.staff_id}", "password": PASSWORD}
CHOSEN = {"old": PASSWORD, "new": "another four quiet words"}


ACCOUNT_FORMS: Sequence[tuple[str, Sending]] = (
    ("sign_in.sign_in", Sending(QIAN_HERE, "/sign-in", "/sign-in", SIGNED_IN, QIAN.name)),
    ("sign_in.sign_in", Sending(QIAN_ELSEWHERE, "/sign-in", "/sign-in", SIGNED_IN, QIAN.name)),
    ("second_factor.end_session", Sending(QIAN_HERE, "/account", "/end", seen="已退出该登录")),
    (
        "second_factor.begin_setup",
        Sending(
            QIAN_HERE,
            "/account/factor",
            "/begin",
            remember=re.compile(r"data-secret>(?P<secret>[^<]+)<"),
        ),
    ),
    (
        "second_factor.step",
        Sending(
            QIAN_HERE,
            "/account/factor",
            "/confirm",
            {"code": "{code_of_app}", "password": PASSWORD},
            remember=re.compile(r">(?P<recovery>\w{4}-\w{4}-\w{4})<"),
        ),
    ),
    (
        "own_address.confirm",
        Sending(
            QIAN_HERE,
            "/account/address/confirm?token={address_token}",
            "/confirm",
            seen="您的邮箱已确认",
        ),
    ),
    (
        "own_address.change",
        Sending(
            QIAN_HERE,
            "/account/address",
            "/address",
            {"email": "qian@example.org", "password": PASSWORD},
            "确认链接已发往qian@example.org",
        ),
    ),
    (
        "forgot_password.forgot",
        Sending(Role.CITIZEN, "/sign-in/forgot", "/forgot", {"username": "nobody"}, "如果账号存在"),
    ),
    (
        "forgot_password.reset",
        Sending(
            Role.CITIZEN,
            "/sign-in/reset?token={password_token}",
            "/reset",
            {"new": "lamps under nine umbrellas"},
            "请用新密码登录",
        ),
    ),
    ("sign_in.sign_out", Sending(QIAN_HERE, "/account", "/sign-out", gone=QIAN.name)),
    ("sign_in.sign_in", Sending(QIAN_HERE, "/sign-in", "/sign-in", SIGNED_IN)),
    (
        "sign_in.code",
        Sending(QIAN_HERE, "/sign-in/code", "/code", {"code": "{recovery}"}, QIAN.name),
    ),
    ("sign_in.account", Sending(QIAN_HERE, "/account", "/account", CHOSEN, "密码已修改")),
)
