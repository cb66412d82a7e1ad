"""The address that a server can be asked at, in its one spelling.

Owns what is refused before anything is asked. The usual ones are told by their letters alone, without the HTTP library
that knows all others: a window that shows what it knew last does not wait for it.
"""

import re
from typing import TYPE_CHECKING

from app.errors import AppError

if TYPE_CHECKING:
    import httpx

MOST_PORT = 65_535
MOST_ADDRESS_TOLD = 80
_LABEL = r"(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LAST = r"(?!xn--)[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_HOST = rf"(?:(?:{_LABEL}\.){{0,8}}{_LAST}|{_OCTET}(?:\.{_OCTET}){{3}})"
_USUAL = re.compile(rf"https?://{_HOST}(?::(?P<port>[1-9][0-9]{{0,4}}))?")
"""Lower-case names and IPv4 addresses with a port or none: neither an international name, a path, nor a user. What ends
in a number is an address or nothing (WHATWG URL, section 3.5)."""
_LEFT_OUT = {"http": "80", "https": "443"}


class ServerAddressWrong(AppError):
    """What is said to be a server's address can't be asked: no http or https, no host, no port that there is."""

    def __init__(self, url: str) -> None:
        without_password = url.rpartition("@")[2]
        super().__init__("server_address_wrong", address=without_password[:MOST_ADDRESS_TOLD])


def server_of(url: str) -> str:
    """A server's address as it is kept and compared. Raises ServerAddressWrong."""
    text = url.rstrip("/")
    return text if is_usual(text) else str(address_of(url)).rstrip("/")


def is_usual(text: str) -> bool:
    """Whether it is an address in its one spelling already, as its letters alone tell."""
    found = _USUAL.fullmatch(text)
    if found is None:
        return False
    port = found["port"]
    return port is None or (int(port) <= MOST_PORT and port != _LEFT_OUT[text.partition(":")[0]])


def address_of(url: str) -> "httpx.URL":
    """A server's address, so far as it can be asked at all. Raises ServerAddressWrong."""
    import httpx

    try:
        parsed = httpx.URL(url.rstrip("/"))
        host = parsed.host  # decodes what is international
        parsed.raw_host.decode("ascii").encode("idna")  # as sockets do: a label is of 1 to 63 bytes (RFC 1035, 2.3.4)
    except (httpx.InvalidURL, ValueError) as err:
        raise ServerAddressWrong(url) from err
    is_port = parsed.port is None or 0 < parsed.port <= MOST_PORT
    if parsed.scheme not in {"http", "https"} or not host or not is_port:
        raise ServerAddressWrong(url)
    return parsed
