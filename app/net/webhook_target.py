"""Where a webhook may go: to the public internet over TLS, and nowhere into the network that the server stands in.

Owns the rules and their checks. A target is a stranger's word: whoever may add one must not read the server's own
neighbours by it (server-side request forgery). A name is looked up once, every address that it has must be public, and
the connection goes to one of those very addresses: a name that is another a moment later (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpcore
import httpx

from app.errors import AppError
from app.net.address import MOST_PORT

PORTS = frozenset({443, 8443})
MOST_TARGET = 2_048
MOST_CAUSE = 200
_DEFAULT_PORTS = {"https": 443, "http": 80}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_TUNNELS_AND_EXAMPLES = [
    ipaddress.IPv6Network(each) for each in ("2001::/32", "2002::/16", "2001:db8::/32", "3fff::/20")
]  # Teredo, 6to4 (each has an address of version 4 inside), documentation
_RELAYS_AND_PROTOCOLS = [ipaddress.IPv4Network(each) for each in ("192.88.99.0/24", "192.0.0.0/24")]

Resolve = Callable[[str, int, float], Sequence[str]]
"""From a name, a port and the seconds that it may take to its addresses. Raises OSError."""


class TargetRefused(AppError):
    """Nothing is sent there: `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__("target_refused", cause=cause[:MOST_CAUSE])


@dataclass(frozen=True, slots=True)
class TargetRules:
    """What a target may be. `is_loopback_allowed` is for whoever develops a receiver on the same computer: http too,
    and any port, but to this computer alone."""

    is_loopback_allowed: bool = False
    ports: frozenset[int] = PORTS


def checked_target(text: str, rules: TargetRules) -> httpx.URL:
    """A target's address, so far as its form tells that it may be sent to. Raises TargetRefused."""
    if not 0 < len(text) <= MOST_TARGET or not text.isascii() or not text.isprintable() or " " in text:
        raise TargetRefused(f"a target is a URL of 1 to {MOST_TARGET} printable ASCII characters")
    try:
        url = httpx.URL(text)
        host = url.host
        url.raw_host.decode("ascii").encode("idna")  # as sockets do: a label is of 1 to 63 bytes (RFC 1035, 2.3.4)
    except (httpx.InvalidURL, ValueError) as err:
        raise TargetRefused("that is no URL") from err
    if url.scheme != "https" and not (url.scheme == "http" and rules.is_loopback_allowed):
        raise TargetRefused("say it with https://")
    if not host or url.userinfo or url.fragment:
        raise TargetRefused("a target has a host, and no user name, password or fragment")
    if not rules.is_loopback_allowed and port_of(url) not in rules.ports:
        raise TargetRefused(f"webhooks go to the ports {', '.join(map(str, sorted(rules.ports)))}")
    literal = _literal_of(host)
    if literal is not None:
        check_addresses(url, [literal], rules)
    return url


def port_of(url: httpx.URL) -> int:
    """The port that a URL means; 0 where it means none that there is."""
    port = _DEFAULT_PORTS.get(url.scheme, 0) if url.port is None else url.port
    return port if 0 < port <= MOST_PORT else 0


def reachable(url: httpx.URL, rules: TargetRules, resolve: Resolve, within_s: float) -> Sequence[str]:
    """The addresses of a checked target that may be connected to. Raises TargetRefused, OSError for an unknown name."""
    host = url.raw_host.decode("ascii")  # the very name that TLS and HTTP are told
    literal = _literal_of(host)
    addresses = [literal] if literal is not None else list(dict.fromkeys(resolve(host, port_of(url), within_s)))
    if not addresses:
        raise socket.gaierror(socket.EAI_NONAME, "no address")
    check_addresses(url, addresses, rules)
    return addresses


def check_addresses(url: httpx.URL, addresses: Sequence[str], rules: TargetRules) -> None:
    """Passes where every address may be connected to. Raises TargetRefused."""
    if rules.is_loopback_allowed and all(map(is_loopback, addresses)):
        return
    if url.scheme != "https" or port_of(url) not in rules.ports:
        raise TargetRefused("outside of this computer webhooks go over https, to their own ports")
    if not all(map(is_global, addresses)):
        raise TargetRefused("its address is not one of the public internet")


def is_global(address: str) -> bool:
    """Whether an address is one of the public internet, and leads to one where it has another inside."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return _is_global_4(ip)
    if ip.scope_id is not None:
        return False
    inside = ip.ipv4_mapped or (ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF) if ip in _NAT64 else None)
    if inside is not None:
        return _is_global_4(inside)
    is_public = ip.is_global and not (ip.is_multicast or ip.is_reserved)
    return is_public and ip in _GLOBAL_UNICAST and not any(ip in network for network in _TUNNELS_AND_EXAMPLES)


def _is_global_4(ip: ipaddress.IPv4Address) -> bool:
    is_public = ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)
    return is_public and not any(ip in network for network in _RELAYS_AND_PROTOCOLS)


def is_loopback(address: str) -> bool:
    """Whether an address is this computer's own."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _literal_of(host: str) -> str | None:
    """The address that a host is by itself, in any way of writing that the system reads: 0x7f.1 is 127.0.0.1."""
    host = host.removesuffix(".")
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def looked_up(host: str, port: int, within_s: float) -> Sequence[str]:
    """The system's answer, waited for so long and no longer. Raises OSError, TimeoutError."""
    found: list[str] = []
    failed: list[OSError] = []

    def look() -> None:
        try:
            found.extend(str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as err:
            failed.append(err)
        except UnicodeError:
            failed.append(socket.gaierror(socket.EAI_NONAME, "no name"))

    looking = threading.Thread(target=look, name="webhook's name", daemon=True)
    looking.start()
    looking.join(max(0.0, within_s))
    if looking.is_alive():
        raise TimeoutError("the name server does not answer")
    if failed:
        raise failed[0]
    return list(found)


class PinnedNetwork(httpcore.NetworkBackend):
    """A network that has nothing but these addresses: no name is looked up again, whoever asks for which."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002 — what it is called is for TLS and HTTP alone
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Connects to the first address that answers. Raises httpcore.ConnectError, httpcore.ConnectTimeout."""
        share_s = None if timeout is None else timeout / len(self._addresses)
        failed: Exception | None = None
        for address in self._addresses:
            try:
                return self._network.connect_tcp(address, port, share_s, local_address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as err:
                failed = err
        raise failed or httpcore.ConnectError("no address")
