"""HTTP headers of every response, also of those that the server sends itself."""

from collections.abc import Mapping

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=()",
    "Cache-Control": "private, no-store",
}
HSTS = "max-age=63072000; includeSubDomains"


def security_headers(*, secure: bool) -> Mapping[str, str]:
    """Return the security headers; `secure` if the website's address begins with https."""
    return HEADERS | {"Strict-Transport-Security": HSTS} if secure else HEADERS
