"""A cookie of the website: its name, how long it lives, and how it is set, read and deleted."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from flask import after_this_request, current_app, request
from werkzeug.wrappers import Response

YEAR_SECONDS = 365 * 24 * 3600


def is_secure() -> bool:
    """Return whether the base URL of the settings is https."""
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


@dataclass(frozen=True)
class Cookie:
    """A cookie that no script reads and that is sent over https alone where the website has it.

    `seconds` is how long a browser keeps it; without it the cookie ends with the browser's session.
    """

    plain_name: str
    seconds: int | None = None
    same_site: Literal["Lax", "Strict"] = "Lax"

    @property
    def name(self) -> str:
        """The name that is sent; `__Host-` is allowed over https only (RFC 6265bis)."""
        return f"__Host-{self.plain_name}" if is_secure() else self.plain_name

    def read_value(self) -> str:
        """Return what this request's browser has; empty without the cookie."""
        return request.cookies.get(self.name, "")

    def set_in(self, answer: Response, value: str) -> None:
        """Set the cookie in an answer."""
        answer.set_cookie(
            self.name,
            value,
            self.seconds,
            secure=is_secure(),
            httponly=True,
            samesite=self.same_site,
        )

    def delete_in(self, answer: Response) -> None:
        """Delete the cookie in an answer."""
        answer.delete_cookie(self.name, secure=is_secure(), httponly=True, samesite=self.same_site)

    def set_with_answer(self, value: str) -> None:
        """Set the cookie in the answer to this request, unless that is an error page.

        What an error page answers was rolled back, and the cookie would name what is not there.
        """

        @after_this_request
        def set_cookie(answer: Response) -> Response:
            if answer.status_code < HTTPStatus.BAD_REQUEST:
                self.set_in(answer, value)
            return answer

    def delete_with_answer(self) -> None:
        """Delete the cookie in the answer to this request, whatever that will be."""

        @after_this_request
        def delete_cookie(answer: Response) -> Response:
            self.delete_in(answer)
            return answer
