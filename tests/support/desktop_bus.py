"""A desktop's message bus of its own: what keeps a computer awake, and says what it was asked.

Run as a program it is the service; `desktop_bus()` starts both, bus and service, on addresses of their own.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class DesktopBus:
    """The bus's address, and the service's process."""

    address: str
    service: "subprocess.Popen[str]"

    def told(self) -> str:
        """The next line that the service says."""
        assert self.service.stdout is not None
        return self.service.stdout.readline().strip()


@contextmanager
def desktop_bus() -> Iterator[DesktopBus | None]:
    """A bus with a screen saver and a log-in manager on it; None where this machine has no bus program."""
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    try:
        daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    except FileNotFoundError:
        yield None
        return
    assert daemon.stdout is not None
    address = daemon.stdout.readline().strip()
    told = {"DBUS_SESSION_BUS_ADDRESS": address, "DBUS_SYSTEM_BUS_ADDRESS": address}
    service = subprocess.Popen(
        [sys.executable, "-m", "tests.support.desktop_bus"],
        cwd=ROOT,
        env={**os.environ, **told},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    bus = DesktopBus(address, service)
    try:
        assert bus.told() == "ready"
        yield bus
    finally:
        for process in (service, daemon):
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()


def serve() -> None:
    """The service: says on a line what it is asked, and when the lock that it gave is gone."""
    from PySide6.QtCore import ClassInfo, QCoreApplication, QObject, QSocketNotifier, Slot
    from PySide6.QtDBus import QDBusConnection, QDBusUnixFileDescriptor

    app = QCoreApplication([])

    @ClassInfo({"D-Bus Interface": "org.freedesktop.ScreenSaver"})
    class Saver(QObject):
        @Slot(str, str, result="uint")
        def Inhibit(self, who: str, why: str) -> int:  # noqa: N802
            print("screen", who, why, sep="|", flush=True)
            return 77

    @ClassInfo({"D-Bus Interface": "org.freedesktop.login1.Manager"})
    class Login(QObject):
        @Slot(str, str, str, str, result=QDBusUnixFileDescriptor)
        def Inhibit(self, what: str, who: str, why: str, mode: str) -> QDBusUnixFileDescriptor:  # noqa: N802
            print("sleep", what, who, why, mode, sep="|", flush=True)
            self._ours, theirs = os.pipe()
            self._watch = QSocketNotifier(self._ours, QSocketNotifier.Type.Read, self)
            self._watch.activated.connect(self._be_let_go)
            lent = QDBusUnixFileDescriptor(theirs)
            os.close(theirs)
            return lent

        @Slot()
        def _be_let_go(self) -> None:
            self._watch.setEnabled(False)
            print("sleep free", flush=True)

    bus, saver, login = QDBusConnection.sessionBus(), Saver(), Login()
    slots = QDBusConnection.RegisterOption.ExportAllSlots
    for name, path, made in (
        ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", saver),
        ("org.freedesktop.login1", "/org/freedesktop/login1", login),
    ):
        assert bus.registerObject(path, made, slots)
        assert bus.registerService(name)
    print("ready", flush=True)
    app.exec()


if __name__ == "__main__":
    serve()
