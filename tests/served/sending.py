"""How a form is sent once to the running server."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from appeals.domain.people import Role


@dataclass(frozen=True)
class Sending:
    """One form: who sends it from which page, to an address that ends so, and what comes of it.

    `seen` is text of the following page, `gone` text that it has no longer. With `confirm` the
    following page is a preview, whose form is sent on. `remember` finds what later lines need.
    """

    by: Role | str
    page: str
    to: str
    given: Mapping[str, str] = field(default_factory=dict)
    seen: str = ""
    gone: str = "nothing has gone"
    confirm: bool = False
    remember: re.Pattern[str] | None = None
