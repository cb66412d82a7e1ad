"""Ports for what has to be told its port before it starts."""

import random
import socket
from pathlib import Path

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST, USUAL = 10_240, 32_768
ATTEMPTS = 200
_DICE = random.SystemRandom()


def _ceiling() -> int:
    """The first port that the system gives to whoever asks for any: below it nobody is put by chance (ip(7))."""
    try:
        first = int(EPHEMERAL.read_text(encoding="ascii").split()[0])
    except OSError:
        return USUAL
    return first if first > LOWEST + ATTEMPTS else USUAL


def free_port(beside: int = 0) -> int:
    """A TCP port that nobody listens on at this moment, and none of the `beside` ports behind it.

    It lies outside the range from which the system serves connections and listeners on port 0: a port that was taken
    from there and given back is another process's before long, and the tests of the next process make thousands.
    No seed decides it: pytest-randomly's begins anew with each test, in all workers alike, who drew the same numbers.
    """
    ceiling = _ceiling() - beside
    for _ in range(ATTEMPTS):
        port = _DICE.randrange(LOWEST, ceiling)
        if all(_is_free(each) for each in range(port, port + 1 + beside)):
            return port
    raise OSError(f"no free port in {ATTEMPTS} attempts between {LOWEST} and {ceiling}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104
        except OSError:
            return False
    return True
