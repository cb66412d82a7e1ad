"""What the status line is told, read from the kiosk's parts at one moment.

Owns the counts of this kiosk's own admissions. Refuses Qt.
"""

from collections import deque

from app.errors import AppError
from app.kiosk.shift_present import ShiftFacts
from app.kiosk.status import SoundState, StatusFacts
from app.kiosk.storage_facts import StorageFacts
from app.kiosk.trust_reading import Standing, read_trust
from app.log import logger
from app.runtime.inside import Inside
from app.runtime.staff_line import StaffLine
from app.runtime.station import Station
from app.store.journal import Journal
from core.gate.verdict import Verdict
from core.journal.scan import Override, Undo
from core.model.event import Event
from core.model.moments import Millis
from core.model.outcomes import Outcome, is_admission
from core.model.timekeeping import ClockTrust
from core.ticket.verify import Trust

RATE_WINDOW_MS = 60_000
FAULT_SHOWN_MS = 600_000
"""How long a fault of this program's own is told of after the last one."""


class StatusReader:
    """Reads for one thread, with a journal of its own. `close` it."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._journal: Journal | None = None
        self._admissions: deque[int] = deque()
        self._admitted = 0
        self.standing = Standing(are_keys_lost=station.are_keys_lost, rescue=station.rescue)
        self.skew_ms: int | None = None
        self.inside: Inside | None = None
        self.storage = StorageFacts(rescue=station.rescue)
        self._fault_ms: int | None = None  # monotonic

    def open_journal(self) -> None:
        """Opens the journal and counts what an earlier run of this kiosk admitted. A journal that fails is logged."""
        try:
            self._journal = self._station.open_journal()
            self._admitted = sum(
                count for name, count in self._journal.summary().by_outcome.items() if is_admission(Outcome(name))
            )
        except AppError as err:
            logger(__name__).error("kiosk", key=err.key)

    def take_storage(self, storage: StorageFacts) -> None:
        """Takes what the lane says of the disk; a journal that was rebuilt is opened anew."""
        is_another = storage.openings != self.storage.openings
        self.storage = storage
        if is_another or (self._journal is None and not storage.is_failing):
            self.close()
            self.open_journal()

    @property
    def staff(self) -> StaffLine | None:
        """What staff may decide, read in this thread; None while the journal can't be read."""
        return None if self._journal is None else self._station.staff_line(self._journal)

    def shift(self, open_questions: int) -> ShiftFacts | None:
        """What the shift of now came to, at this kiosk; None while the journal can't be read."""
        if self._journal is None:
            return None
        try:
            return self._shift(self._journal, open_questions)
        except AppError as err:
            logger(__name__).error("kiosk", key=err.key)
            return None

    def _shift(self, journal: Journal, open_questions: int) -> ShiftFacts:
        since_ms = self._station.post.watch.since_ms
        said = journal.words_since(since_ms)
        return ShiftFacts(
            operator=self.operator_name,
            since_ms=since_ms or journal.first_ms() or self._station.clock.now().at_ms,
            now_ms=self._station.clock.now().at_ms,
            shown=journal.shown_since(since_ms),
            overrides=sum(isinstance(fact, Override) for fact in said),
            undos=sum(isinstance(fact, Undo) for fact in said),
            waiting=journal.queue_length(),
            questions=open_questions,
            incidents=journal.incidents_since(since_ms),
        )

    @property
    def operator_name(self) -> str:
        """Who is on shift; empty for nobody."""
        id_ = self._station.post.operator()
        return next((each.name for each in self._station.box.in_force.operators if each.id == id_), "")

    def close(self) -> None:
        """Closes the journal."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def count(self, verdict: Verdict) -> None:
        """Takes one more verdict into the counts."""
        if is_admission(verdict.outcome):
            self._admitted += 1
            self._admissions.append(verdict.at_ms)

    def note_fault(self) -> None:
        """This program has just met a fault of its own."""
        self._fault_ms = self._station.clock.monotonic_ms()

    @property
    def waiting(self) -> int | None:
        """How many facts wait to be sent; None while the journal can't be read, and after `close`."""
        if self._journal is None:
            return None
        try:
            return self._journal.queue_length()
        except AppError:
            return None

    @property
    def event(self) -> Event | None:
        """The event of the manifest in force."""
        trust = self._station.box.trust
        return trust.event if isinstance(trust, Trust) else None

    def facts(self, sound: SoundState, open_questions: int = 0) -> StatusFacts:
        """The state of things now."""
        station, profile, event = self._station, self._station.profile, self.event
        now, health, place = station.clock.now(), station.link.health, station.place
        gate = event.gates.get(place.gate) if event else None
        while self._admissions and self._admissions[0] < now.at_ms - RATE_WINDOW_MS:
            self._admissions.popleft()
        return StatusFacts(
            event_name=event.name if event else profile.event_name,
            gate_name=gate.name if gate else place.gate,
            device_name=place.name,
            direction=station.post.direction(),
            now_ms=now.at_ms,
            link=health.link,
            trouble=health.trouble,
            since_ms=health.since_ms,
            queue_length=self.waiting or 0,
            trust=read_trust(station.box, now, self.standing, self.storage),
            clock=ClockTrust(now.quality, now.uncertainty_ms, self.skew_ms),
            sound=sound,
            admitted=self._admitted,
            inside=self.inside.count if self.inside else None,
            inside_as_of_ms=Millis(self.inside.as_of_ms) if self.inside else None,
            per_minute=len(self._admissions),
            operator=self.operator_name,
            open_questions=open_questions,
            no_internet_since_ms=self._no_internet_since_ms(),
            fault_ms=self._fault_at(now.at_ms),
        )

    def _fault_at(self, now_ms: Millis) -> Millis | None:
        """When the last fault was, by the clock of now."""
        ago_ms = None if self._fault_ms is None else self._station.clock.monotonic_ms() - self._fault_ms
        return None if ago_ms is None or ago_ms >= FAULT_SHOWN_MS else Millis(now_ms - ago_ms)

    def _no_internet_since_ms(self) -> Millis | None:
        """As the server said when it was last asked."""
        heard = self._station.news.heard
        since_ms = None if heard is None else heard.reply.no_internet_since_ms
        return None if since_ms is None else Millis(since_ms)
