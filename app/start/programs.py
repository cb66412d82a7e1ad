"""The programs that the start window starts: processes of their own, watched until they end.

Owns one `QProcess` for each. A program's standard output comes line by line. Its standard error goes into a file that
this account alone can read, so that a start window that hangs or dies holds up nobody; of it the last line is told
where the program fails. What a program is given in secret goes to its standard input.
"""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal, Slot

from app.runtime.own_programs import command_of, without_watcher

STOP_MS = 20_000
"""As long as a server may take for its last requests."""
MOST_SAID = 4_096
MOST_FILE = 1024 * 1024
"""What a program's standard error may fill of this computer's temporary folder."""
LOOK_EVERY_MS = 30_000
_PREFIX = "doorlight: "


class Program(QObject):
    """One program at a time: `start` it, `stop` it; it tells what it says and how it ended."""

    said = Signal(str)
    """A line of its standard output."""
    ended = Signal(int, str)
    """Its status, and the last line of its standard error; -1 where it could not be started or was killed."""

    def __init__(self, name: str, folder: Path, parent: QObject | None = None) -> None:
        """`folder` takes its standard error."""
        super().__init__(parent)
        self._errors = folder / f"{name}.err"
        self._process: QProcess | None = None
        self._killer = QTimer(self, singleShot=True, interval=STOP_MS)
        self._killer.timeout.connect(self.kill)
        self._keeper = QTimer(self, interval=LOOK_EVERY_MS)
        self._keeper.timeout.connect(self._keep_small)

    @property
    def is_running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """Its process; 0 without one."""
        return int(self._process.processId()) if self._process is not None else 0

    def start(self, words: Sequence[str], secret: bytes = b"") -> None:
        """Starts it with these words, unless it runs; `secret` is all of its standard input."""
        if self._process is not None:
            return
        process = QProcess(self)
        program, *arguments = command_of(*words)
        process.setProgram(program)
        process.setArguments(arguments)
        process.setProcessEnvironment(_environment())
        os.close(os.open(self._errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        process.setStandardErrorFile(str(self._errors), QProcess.OpenModeFlag.Append)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._finish)
        process.errorOccurred.connect(self._fail)
        self._process = process
        self._keeper.start()
        process.start()
        if secret:
            process.write(secret)
        process.closeWriteChannel()

    @Slot()
    def stop(self) -> None:
        """Asks it to end, as a service manager would; whoever has not by then is killed."""
        if self._process is not None:
            self._process.terminate()
            self._killer.start()

    @Slot()
    def kill(self) -> None:
        """Ends it now."""
        if self._process is not None:
            self._process.kill()

    @Slot()
    def _read(self) -> None:
        while self._process is not None and self._process.canReadLine():
            self.said.emit(bytes(self._process.readLine().data()).decode("utf-8", "replace").rstrip("\r\n"))

    @Slot(int, QProcess.ExitStatus)
    def _finish(self, status: int, how: QProcess.ExitStatus) -> None:
        self._over(status if how is QProcess.ExitStatus.NormalExit else -1)

    @Slot(QProcess.ProcessError)
    def _fail(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._over(-1)

    def _over(self, status: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        self._killer.stop()
        self._keeper.stop()
        process.deleteLater()
        self.ended.emit(status, last_line(self._errors))

    @Slot()
    def _keep_small(self) -> None:
        if self._errors.exists() and self._errors.stat().st_size > MOST_FILE:
            os.truncate(self._errors, 0)  # it is open for appending: what comes next is at the beginning


def last_line(path: Path) -> str:
    """What a program said last on its standard error, without its name; empty where it said nothing."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - MOST_SAID))
            lines = [line.strip() for line in file.read().decode("utf-8", "replace").splitlines()]
    except OSError:
        return ""
    spoken = [line for line in lines if line.startswith(_PREFIX)] or [line for line in lines if line]
    return spoken[-1].removeprefix(_PREFIX) if spoken else ""


def _environment() -> QProcessEnvironment:
    made = QProcessEnvironment()
    for name, value in without_watcher(os.environ).items():
        made.insert(name, value)
    return made


def private_folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder that this account alone can read, and that ends with whoever made it."""
    return tempfile.TemporaryDirectory(prefix="doorlight-start-")
