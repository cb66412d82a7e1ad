"""Enrolments that go as a test says: the fake behind the contract of `app.kiosk.enrolling`."""

import threading
from dataclasses import dataclass, field

from app.kiosk.enrolling import Begun, Enroller, EnrolTrouble, Holds, Progress, Wanted
from core.model.moments import Millis
from core.sync.enrolment import Invitation
from core.ticket.keyring import VerifyProfile

INVITATION = Invitation("https://tickets.example.org", "ABCD-EFGH-IJKL-MNOP-QRST", Millis(1_900_000_000_000), bytes(32))
BEGUN = Begun("493 027", "Summer Night", "North gate", "North 1", VerifyProfile.MAC)
PATIENCE_S = 20.0


@dataclass
class FakeEnroller(Enroller):
    """Waits for `say_yes` where a real one waits for the organizer; `wants` is what it was asked for."""

    begins: Begun | EnrolTrouble | Exception = BEGUN
    confirms: EnrolTrouble | None = None
    loads: list[Holds | EnrolTrouble] = field(default_factory=lambda: [Holds(41_203, 41_203)])
    steps: tuple[tuple[int, int], ...] = ((0, 35_000_000), (12_000_000, 35_000_000), (35_000_000, 35_000_000))
    wants: list[Wanted] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._yes = threading.Event()

    def say_yes(self) -> None:
        """The organizer has compared the digits."""
        self._yes.set()

    def begin(self, wanted: Wanted) -> Begun | EnrolTrouble:
        """What was set."""
        self.wants.append(wanted)
        self.threads.add(threading.current_thread().name)
        if isinstance(self.begins, Exception):
            raise self.begins
        return self.begins

    def wait(self, stop: threading.Event) -> EnrolTrouble | None:
        """Until the organizer says yes, or nobody wants to know any more."""
        for _ in range(int(PATIENCE_S * 100)):
            if stop.is_set() or self._yes.wait(0.01):
                break
        return self.confirms

    def load(self, stop: threading.Event, progress: Progress) -> Holds | EnrolTrouble:
        """The next of what was set."""
        for done, total in self.steps:
            if not stop.is_set():
                progress(done, total)
        return self.loads.pop(0) if len(self.loads) > 1 else self.loads[0]
