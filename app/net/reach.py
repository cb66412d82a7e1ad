"""Whether something on the internet answers: one short knock at an address that the organizer named.

Owns the address's form and the knock. Nothing is sent but what TCP, and TLS where it is asked for, need to begin.
"""

import socket
import ssl
from dataclasses import dataclass

from app.errors import AppError
from app.net.address import MOST_ADDRESS_TOLD, MOST_PORT, ServerAddressWrong, address_of
from app.net.certificates import client_context

KNOCK_S = 5.0
"""A satellite link takes one; past five nothing that a shop sends comes either."""
_PORTS = {"https": 443, "http": 80}


class InternetCheckWrong(AppError):
    """What is said to be an address to look for is none."""

    def __init__(self, text: str) -> None:
        super().__init__("internet_check_wrong", address=text[:MOST_ADDRESS_TOLD])


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that stands on the internet. With `is_tls` it has to prove who it is: a captive portal can't."""

    host: str
    port: int
    is_tls: bool


def milestone_of(text: str) -> Milestone:
    """Of `https://host[:port]`, `http://host[:port]` or `host:port`. Raises InternetCheckWrong."""
    is_url = "://" in text
    try:
        url = address_of(text if is_url else f"http://{text}")
    except ServerAddressWrong as err:
        raise InternetCheckWrong(text) from err
    port = url.port or (_PORTS[url.scheme] if is_url else 0)
    if not 0 < port <= MOST_PORT or url.path not in {"", "/"} or url.userinfo:
        raise InternetCheckWrong(text)
    return Milestone(url.host, port, is_tls=url.scheme == "https")


def is_reached(milestone: Milestone, context: ssl.SSLContext | None = None) -> bool:
    """Whether it answers within KNOCK_S, apart from the time that its name takes. `context`: whom to believe."""
    try:
        with socket.create_connection((milestone.host, milestone.port), timeout=KNOCK_S) as line:
            if milestone.is_tls:
                believing = context or client_context(None)
                with believing.wrap_socket(line, server_hostname=milestone.host):
                    return True
            return True
    except (OSError, ValueError):  # ssl.SSLError and socket.gaierror are OSErrors
        return False
