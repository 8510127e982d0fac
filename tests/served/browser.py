"""A person at a browser that sends forms as they stand on the page, with the page's own token."""

import io
import mimetypes
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import quote, urljoin
from urllib.request import Request

from tests.faults import browser
from tests.faults.browser import Answer

Upload = tuple[str, bytes]
"""A file's name and its bytes."""
EMPTY_FILE: Upload = ("", b"")
FOUND_ELSEWHERE = (301, 302, 303)


@dataclass
class Form:
    """A form of a page: where it goes, and its fields with what stands in them.

    `choices` are the values of each select and group of radio buttons, `buttons` those of its
    named buttons; `typed` are the kinds of the fields that a person types into.
    """

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    typed: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


class Forms(HTMLParser):
    """Reads the forms of a page, with the fields and buttons that name one from outside it."""

    def __init__(self) -> None:
        """Begin without a form."""
        super().__init__()
        self.forms: list[Form] = []
        self._ids: dict[str, Form] = {}
        self._open: Form | None = None
        self._select: str | None = None
        self._area: str | None = None

    @classmethod
    def of(cls, page: str) -> list[Form]:
        """Return the forms of a page, in order."""
        parser = cls()
        parser.feed(page)
        return parser.forms

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a form, a field, an option or a button."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
            self._ids[given.get("id", "")] = self._open
        form = self._form_of(given)
        if form is None or "disabled" in given:
            return
        name = given.get("name", "")
        if tag == "option" and self._select:
            self._option(form, given)
        elif tag == "select" and name:
            self._select = name
            form.choices[name] = []
        elif tag == "textarea" and name:
            self._area = name
            form.fields[name] = ""
            form.typed[name] = tag
        elif tag == "button":
            self._button(form, name, given)
        elif tag == "input" and name:
            self._input(form, name, given)

    def _form_of(self, given: Mapping[str, str]) -> Form | None:
        """Return the form that a field names, or else the one around it."""
        return self._ids.get(given["form"]) if "form" in given else self._open

    def handle_endtag(self, tag: str) -> None:
        """Close a form, a select or a text area."""
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        """Take what stands in a text area."""
        if self._area and self._open is not None:
            self._open.fields[self._area] += data.removeprefix("\n")

    def _option(self, form: Form, given: dict[str, str]) -> None:
        assert self._select is not None
        form.choices[self._select].append(given.get("value", ""))
        if "selected" in given or self._select not in form.fields:
            form.fields[self._select] = given.get("value", "")

    def _button(self, form: Form, name: str, given: dict[str, str]) -> None:
        if name:
            form.buttons.append((name, given.get("value", "")))
        if "formaction" in given:  # the same fields, sent elsewhere
            self.forms.append(replace(form, action=given["formaction"]))

    def _input(self, form: Form, name: str, given: dict[str, str]) -> None:
        kind, value = given.get("type", "text"), given.get("value", "")
        if kind == "file":
            form.files.append(name)
        elif kind in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(value)
            if "checked" in given:
                form.fields[name] = value
        elif kind == "submit":
            form.buttons.append((name, value))
        else:
            form.fields[name] = value
            if kind != "hidden":
                form.typed[name] = kind


@dataclass(frozen=True)
class Visit:
    """A page at its address."""

    address: str
    answer: Answer

    @property
    def forms(self) -> list[Form]:
        """Return the forms of the page that are sent by POST."""
        return [form for form in Forms.of(self.answer.text) if form.method == "post"]

    def form(self, ending: str) -> Form:
        """Return the first form whose action ends so."""
        found = (form for form in self.forms if self.target(form).endswith(ending))
        form = next(found, None)
        assert form is not None, (
            f"{self.address} has no form that goes to …{ending}, but to "
            f"{sorted({self.target(form) for form in self.forms})}"
        )
        return form

    def target(self, form: Form) -> str:
        """Return where a form goes, without its query."""
        return urljoin(self.address, form.action or self.address).partition("?")[0]


class ServedPerson(browser.Browser):
    """A browser on one website; an answer that is cut off raises where it is read."""

    patience = 120  # seconds; a busy machine makes a PDF slowly

    def __init__(self, home: str) -> None:
        """Open a browser without cookies."""
        super().__init__()
        self.home = home

    def open(self, address: str) -> Visit:
        """Read a page, following redirects."""
        whole = urljoin(self.home, quote(address, safe="/?&=%+.,"))
        return self._arrive(whole, self.get(whole))

    def send(
        self,
        visit: Visit,
        ending: str,
        given: Mapping[str, str] | None = None,
        uploads: Mapping[str, list[Upload]] | None = None,
    ) -> Visit:
        """Fill in the form of a page whose action ends so, send it and read the next page.

        What is not `given` stays as it stands on the page.
        """
        form = visit.form(ending)
        action = urljoin(visit.address, form.action or visit.address)
        told = {**form.fields, **(given or {})}
        files = uploads or {}
        body, kind = multipart(form, told, files) if form.files else (None, "")
        if body is None:
            return self._arrive(action, self.post(action, told))
        asked = Request(action, body, {"Content-Type": kind})  # noqa: S310 - our own city
        return self._arrive(action, self._ask(asked))

    def wait_while(self, visit: Visit, text: str) -> Visit:
        """Read a page again until it no longer has a text, and return it."""
        last = time.monotonic() + self.patience
        while text in visit.answer.text:
            assert time.monotonic() < last, visit.address
            time.sleep(0.2)
            visit = self.open(visit.address.removeprefix(self.home))
        return visit

    def sign_in(self, username: str, password: str) -> Visit:
        """Sign in as one of the staff."""
        given = {"username": username, "password": password}
        return self.send(self.open("/sign-in"), "/sign-in", given)

    def _arrive(self, address: str, answer: Answer) -> Visit:
        for _ in range(5):
            if answer.status not in FOUND_ELSEWHERE:
                break
            address = urljoin(address, answer.to)
            answer = self.get(address)
        return Visit(address, answer)


def multipart(
    form: Form, told: Mapping[str, str], uploads: Mapping[str, list[Upload]]
) -> tuple[bytes, str]:
    """Return a body with files, and its content type."""
    boundary, out = uuid.uuid4().hex, io.BytesIO()
    for name, value in told.items():
        out.write(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'.encode())
        out.write(f"\r\n\r\n{value}\r\n".encode())
    for name, (called, octets) in _files(form, uploads):
        kind = mimetypes.guess_type(called)[0] or "application/octet-stream"
        out.write(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '.encode())
        out.write(f'filename="{called}"\r\nContent-Type: {kind}\r\n\r\n'.encode())
        out.write(octets + b"\r\n")
    out.write(f"--{boundary}--\r\n".encode())
    return out.getvalue(), f"multipart/form-data; boundary={boundary}"


def _files(form: Form, uploads: Mapping[str, list[Upload]]) -> Iterator[tuple[str, Upload]]:
    for name in form.files:
        for upload in uploads.get(name) or [EMPTY_FILE]:
            yield name, upload
