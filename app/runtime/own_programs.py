"""How one of our programs starts another as a process of its own: what is typed, and what it is not told.

Owns the command, and the environment without what belongs to whoever starts it. Another door than this account's is
told neither of its passphrase nor where its keys lie; nobody is told of a watcher that is not their own.
"""

import sys
from collections.abc import Mapping

_WATCHER = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
_KEYS = ("DOORLIGHT_PASSPHRASE_FILE", "DOORLIGHT_VAULT")


def command_of(*words: str) -> list[str]:
    """The same program with other words."""
    return [sys.executable, "-m", "app", *words]


def without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment for another door: without what belongs to this one."""
    return _without(environment, (*_WATCHER, *_KEYS))


def without_watcher(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment for another program of this account."""
    return _without(environment, _WATCHER)


def _without(environment: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in names}
