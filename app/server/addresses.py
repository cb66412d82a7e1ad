"""Where a request comes from: the other end of the line, or what a proxy of ours says of it.

Owns whom to believe. `X-Forwarded-For` is written by whoever likes; it counts only where the line itself comes from an
address that the operator named as a proxy's.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import Scope

from app.errors import AppError

Network = IPv4Network | IPv6Network
UNKNOWN = "unknown"
CALLER = "doorlight.caller"
"""Where a request's scope says who called, as `address_of` sees it."""
_MOST_HOPS = 16
_SUBNET = 64
"""A household or a stand gets 2^64 IPv6 addresses: they are one caller."""
_FORWARDED = {b"x-forwarded-for", b"forwarded", b"x-real-ip"}
_LOCAL_NAMES = {b"localhost", b"127.0.0.1", b"[::1]"}


class ProxyWrong(AppError):
    """What was said to be a proxy's address is none."""

    def __init__(self, told: str) -> None:
        super().__init__("proxy_wrong", told=told[:64])


def networks_of(told: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks (`10.0.0.0/8`) of proxies. Raises ProxyWrong."""
    return tuple(_network(text) for text in told)


def _network(text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as err:
        raise ProxyWrong(text) from err


def caller_of(scope: Scope, proxies: Sequence[Network]) -> str:
    """The address that a request counts for: that of `address_of`, of IPv6 its /64."""
    return _counted(address_of(scope, proxies))


def address_of(scope: Scope, proxies: Sequence[Network]) -> str:
    """Where a request comes from: the nearest address that is no proxy of ours; `unknown` for what is no address."""
    peer = (scope.get("client") or (UNKNOWN,))[0]
    hops = [*_told_hops(scope), peer] if _is_ours(peer, proxies) else [peer]
    strangers = [hop for hop in hops if not _is_ours(hop, proxies)]
    address = _address(strangers[-1] if strangers else hops[0])
    return UNKNOWN if address is None else str(address)


def is_own_machine(scope: Scope) -> bool:
    """Whether a program of this machine asks, by this machine's name, and for nobody else.

    The name keeps out a page in a browser here whose own name was made to point here.
    """
    address = _address((scope.get("client") or (UNKNOWN,))[0])
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"")
    name = host[: host.index(b"]") + 1] if host.startswith(b"[") and b"]" in host else host.partition(b":")[0]
    is_direct = not any(each in headers for each in _FORWARDED)
    return address is not None and address.is_loopback and is_direct and name.lower() in _LOCAL_NAMES


def _told_hops(scope: Scope) -> list[str]:
    """What proxies wrote down, the farthest first; several headers are one list (RFC 9110, section 5.3)."""
    told = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    return [hop.strip() for hop in told.decode("latin-1").split(",")[-_MOST_HOPS:] if hop.strip()]


def _is_ours(text: str, proxies: Sequence[Network]) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in proxies)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    bare = text.partition(":")[0] if text.count(":") == 1 else text.partition("%")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _counted(text: str) -> str:
    address = _address(text)
    if address is None:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _SUBNET), strict=False))
    return str(address)
