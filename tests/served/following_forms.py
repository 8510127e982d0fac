"""The forms by which citizens keep an appeal, let a helper see it, and follow by telephone.

They are lines of the table in `forms.py`.
"""

import re
from collections.abc import Sequence

from appeals.domain.people import Role
from tests.served.sending import Sending

PHONE = {"telephone": "138 0013 8000"}

FOLLOWING_FORMS: Sequence[tuple[str, Sending]] = (
    (
        "device_list.add",
        Sending(Role.CITIZEN, "/appeals/{closed}", "/keep", seen="{closed}", gone="还没有保留"),
    ),
    (
        "helper_codes.give",
        Sending(
            Role.CITIZEN,
            "/appeals/{closed}",
            "/helper_code",
            {"name": "女儿"},
            "女儿的亲友查询码",
            remember=re.compile(r"data-helper-code>(?P<helper_code>[^<]+)<"),
        ),
    ),
    (
        "citizen.follow",
        Sending(
            "helper",
            "/appeals/follow",
            "/follow",
            {"number": "{closed}", "code": "{helper_code}"},
            "亲友查询码查看该诉求",
        ),
    ),
    (
        "helper_codes.end",
        Sending(
            Role.CITIZEN,
            "/appeals/{closed}",
            "/helper_code/end",
            seen="亲友查询码已停用",
            gone="女儿持有亲友查询码",
        ),
    ),
    (
        "telephone.ask",
        Sending(
            Role.CITIZEN,
            "/appeals/mine/telephone",
            "/telephone",
            PHONE,
            "****8000",
            "没有这样的页面",
        ),
    ),
    (
        "telephone.enter",
        Sending(
            Role.CITIZEN, "/appeals/mine/code", "/code", {"code": "{code_of_telephone}"}, "****8000"
        ),
    ),
    (
        "citizen.forget",
        Sending(Role.CITIZEN, "/appeals/{closed}", "/forget", seen="本机不再显示您的诉求"),
    ),
)
