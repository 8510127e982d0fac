"""Speaking to Valkey without a library."""

import socket
from urllib.parse import urlsplit


def say_to_valkey(url: str, words: str) -> str:
    """Say a line to Valkey and give the first line of the answer."""
    address = urlsplit(url)
    assert address.port
    with socket.create_connection(("127.0.0.1", address.port), timeout=5) as line:
        line.sendall(f"AUTH {address.password}\r\n{words}\r\n".encode())
        lines = line.makefile("r")
        lines.readline()
        return lines.readline().strip()
