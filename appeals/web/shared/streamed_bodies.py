"""Streamed response bodies, buffered whole before the first byte is sent."""

from contextlib import ExitStack
from tempfile import SpooledTemporaryFile

from flask import Response, request
from werkzeug.wsgi import wrap_file

IN_MEMORY_BYTES = 1024 * 1024
"""A longer body is spooled to a temporary file on disk."""


def buffer_body(response: Response) -> None:
    """Read a generated body into a temporary file and set the response's Content-Length.

    A generator that reads the database must be read before the request's transaction ends. An error
    while reading becomes an error page; streamed, it would leave a truncated file under status 200.
    The price is that the client waits for the first byte; the proxy's timeout allows it
    (`deploy/nginx.conf`). Static files are passed through.
    """
    if not response.is_streamed or response.direct_passthrough:
        return
    with ExitStack() as on_error:
        file = on_error.enter_context(SpooledTemporaryFile(IN_MEMORY_BYTES))
        file.writelines(response.iter_encoded())
        on_error.pop_all()
    response.content_length = file.tell()
    file.seek(0)
    response.response = wrap_file(request.environ, file)
    response.direct_passthrough = True
