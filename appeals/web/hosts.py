"""Which hosts the website answers to: the base URL's own, and those that a setting names.

A request's Host header stands in redirects and is compared with the origin of forms, so it
must be one of ours.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from appeals.operations.answer_headers import security_headers
from appeals.settings import LOOPBACK, Settings

ANY_HOST_PATHS = ("/health/live", "/health/ready", "/metrics")
"""Paths for the operators' own programs, which may use a bare IP address."""
MISDIRECTED_STATUS = "421 Misdirected Request"
MISDIRECTED_BODY = "本网站不在这个地址。\nThis website is not served under this host.\n"


def served_hosts(settings: Settings) -> frozenset[str]:
    """Return the hosts that are served, as Host headers name them."""
    base = urlsplit(settings.base_url)
    usual = {"http": 80, "https": 443}[base.scheme]
    found = {base.netloc.lower(), *settings.hosts}
    if base.port in {None, usual}:
        found |= {str(base.hostname), f"{base.hostname}:{usual}"}
    return frozenset(found)


class HostCheck:
    """WSGI middleware that answers 421 to any other host than its own."""

    def __init__(self, application: WSGIApplication, settings: Settings) -> None:
        """Serve `application`.

        Where the base URL is this machine, its other names are served too, at any port.
        """
        self.application, self.hosts = application, served_hosts(settings)
        self.at_home = urlsplit(settings.base_url).hostname in LOOPBACK
        headers = security_headers(secure=settings.base_url.startswith("https://"))
        self.headers = [*headers.items(), ("Content-Type", "text/plain; charset=utf-8")]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        path, host = environ.get("PATH_INFO", ""), environ.get("HTTP_HOST", "").lower()
        if path in ANY_HOST_PATHS or self._is_ours(host):
            return self.application(environ, start_response)
        start_response(MISDIRECTED_STATUS, self.headers)
        return [MISDIRECTED_BODY.encode()]

    def _is_ours(self, host: str) -> bool:
        if host in self.hosts:
            return True
        try:
            return self.at_home and urlsplit(f"//{host}").hostname in LOOPBACK
        except ValueError:
            return False
