"""What a page transfers to a browser that was never here, compressed as by the nginx in front.

Styles and scripts come compressed from ourselves (`web/static_files.py`); pages are compressed by
nginx (`deploy/nginx.conf`), which a city puts in front.
"""

import gzip

from playwright.sync_api import Browser, Response

from tools.gallery.browser import PHONE

MAX_FIRST_LOAD_KB = 150
NGINX_GZIP_LEVEL = 1
NGINX_GZIP_TYPES = ("text/", "application/javascript", "application/json", "image/svg+xml")
FIRST_REDIRECT, FIRST_ERROR = 300, 400


def measure_first_load(browser: Browser, address: str, cookies: str = "") -> float:
    """Open a page in a new browser without a cache; return the kB of all bodies that came."""
    context = browser.new_context(
        viewport=PHONE,
        locale="zh-CN",
        extra_http_headers={"Cookie": cookies} if cookies else {},
        service_workers="block",  # what it stores for later is no part of the page
    )
    came: list[Response] = []

    def note(answer: Response) -> None:
        came.append(answer)

    context.on("response", note)
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    kilobytes = sum(count_bytes(each) for each in came) / 1000
    context.close()
    return kilobytes


def count_bytes(answer: Response) -> int:
    """Return the bytes of an answer's body as a browser behind nginx receives them."""
    if FIRST_REDIRECT <= answer.status < FIRST_ERROR:
        return 0
    headers, body = answer.headers, answer.body()
    if "content-encoding" in headers:
        return answer.request.sizes()["responseBodySize"]
    if headers.get("content-type", "").startswith(NGINX_GZIP_TYPES):
        return len(gzip.compress(body, NGINX_GZIP_LEVEL))
    return len(body)
