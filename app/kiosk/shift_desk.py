"""Who is on shift at this door, what they may open, which way the lane goes, and what a shift leaves to the next."""

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import QObject, Signal, Slot

from app.errors import AppError
from app.kiosk.authorise_sheet import AuthoriseSheet
from app.kiosk.confirm_sheet import ConfirmSheet
from app.kiosk.pin_guard import PinGuard
from app.kiosk.sheet import Offer, Sheet, SheetName
from app.kiosk.shift_present import ShiftText
from app.kiosk.shift_sheet import ShiftSheet
from app.kiosk.window import KioskWindow
from app.kiosk.words import KioskWords
from app.runtime.handover import save_handover
from app.runtime.station import Station
from core.gate.badge import badge_from, whose
from core.gate.operators import DoorRole, Operator
from core.model.event import Direction
from core.model.roles import RIGHTS, Right, Role

ROLE_OF = {DoorRole.OPERATOR: Role.OPERATOR, DoorRole.SUPERVISOR: Role.SUPERVISOR}


def rights_of(operator: Operator | None, staff: tuple[Operator, ...]) -> frozenset[Right]:
    """What may be opened without a further PIN. Where the organizer names no door staff, there is nobody to ask."""
    if not staff:
        return RIGHTS[Role.SUPERVISOR]
    return RIGHTS[ROLE_OF[operator.role] if operator else Role.OPERATOR]


class ShiftDesk(QObject):
    """Offers Staff, Shift, Entry / Exit and Simulate, and unlocks what the person on shift may not open alone."""

    changed = Signal()
    """Somebody else is on shift, or the lane goes the other way: the status line says so."""
    turned = Signal()
    """The lane goes the other way."""
    simulated = Signal(bool)
    """Whether the lane writes nothing from now on."""

    def __init__(
        self,
        station: Station,
        window: KioskWindow,
        words: KioskWords,
        guard: PinGuard,
        summary: Callable[[], ShiftText | None],
        parent: QObject | None = None,
    ) -> None:
        """`summary` counts the shift of now in the window's thread; None while the journal can't be read."""
        super().__init__(parent)
        self._station = station
        self._window = window
        self._words = words
        self._guard = guard
        self._summary = summary
        self._is_simulating = False
        desk, run = window.desk, Right.RUN_DEVICES
        desk.unlock = self._unlock
        desk.offer(SheetName.BADGE, Offer(self._make_log_in))
        desk.offer(SheetName.SHIFT, Offer(self._make_shift))
        desk.offer(SheetName.DIRECTION, Offer(self._make_turn, right=run, title=self._turn_title))
        desk.offer(SheetName.SIMULATE, Offer(self._make_simulate, right=run, title=self._simulate_title))
        self.look()

    @property
    def operator(self) -> Operator | None:
        """Who is on shift."""
        id_ = self._station.post.operator()
        return next((each for each in self._staff if each.id == id_), None)

    def look(self) -> None:
        """Takes what the newest manifest says of the door staff; who is no more of them goes off shift."""
        held = self._station.box.in_force
        if held.taken is not None and self.operator is None and self._station.post.operator() is not None:
            self._take(None)
        self._window.desk.show_rights(rights_of(self.operator, self._staff))

    @Slot(str)
    def take_badge(self, text: str) -> None:
        """A badge before the camera: its owner comes on shift, a supervisor after a PIN."""
        if self._window.desk.holds_codes:
            return
        badge = badge_from(text)
        found = whose(badge, self._staff) if badge is not None else None
        if found is None:
            self._window.tell(lambda: self._words.staff.shift.unknown_badge)
        elif found.id == self._station.post.operator():
            self._window.desk.show(self._make_shift())
        elif found.role is DoorRole.SUPERVISOR:
            self._window.desk.show(self._log_in((found,)))
        else:
            self._take(found)

    @property
    def _staff(self) -> tuple[Operator, ...]:
        return self._station.box.in_force.operators

    # --- who ----------------------------------------------------------------------------------------------------

    def _make_log_in(self) -> Sheet:
        if not self._staff:
            return self._told(SheetName.BADGE, self._words.staff.shift.no_staff)
        return self._log_in(self._staff)

    def _log_in(self, people: tuple[Operator, ...]) -> AuthoriseSheet:
        title = self._words.staff.shift.who
        sheet = AuthoriseSheet(title, people, self._guard.check, self._words.staff.override)
        sheet.authorised.connect(lambda who, _reason: self._log_in_done(who))
        return sheet

    def _log_in_done(self, who: Operator) -> None:
        self._window.desk.close()
        self._take(who)

    def _take(self, who: Operator | None) -> None:
        before = self.operator
        self._station.post.take(who.id if who else None, self._station.clock.now().at_ms)
        self._window.desk.show_rights(rights_of(who, self._staff))
        if who is not None:
            self._window.tell(lambda: self._words.staff.shift.is_on.fill(name=who.name))
        elif before is not None:
            self._window.tell(lambda: self._words.staff.shift.is_off.fill(name=before.name))
        self.changed.emit()

    def _unlock(self, right: Right, then: Callable[[], None]) -> None:
        """Asks for the PIN of somebody who may."""
        people = [each for each in self._staff if right in RIGHTS[ROLE_OF[each.role]]]
        if not people:
            self._window.tell(lambda: self._words.staff.override.unlock)
            return
        sheet = AuthoriseSheet(self._words.staff.override.unlock, people, self._guard.check, self._words.staff.override)

        def go_on(_who: Operator, _reason: str) -> None:
            self._window.desk.close()
            then()

        sheet.authorised.connect(go_on)
        self._window.desk.show(sheet)

    # --- which way ----------------------------------------------------------------------------------------------

    def _make_turn(self) -> Sheet:
        said, is_entry = self._words.staff.lane, self._is_entry
        text = said.turn_to_exit if is_entry else said.turn_to_entry
        sheet = ConfirmSheet(self._turn_title(), text, said.turn, said.keep)
        sheet.confirmed.connect(lambda: self._turn(Direction.EXIT if is_entry else Direction.ENTRY))
        return sheet

    def _turn(self, direction: Direction) -> None:
        self._station.post.turn(direction)
        self._window.desk.close()
        self._window.desk.offers_changed.emit()
        self.turned.emit()
        self.changed.emit()

    @property
    def _is_entry(self) -> bool:
        return self._station.post.direction() is Direction.ENTRY

    def _turn_title(self) -> str:
        return self._words.staff.lane.to_exit if self._is_entry else self._words.staff.lane.to_entry

    # --- simulation ---------------------------------------------------------------------------------------------

    def _make_simulate(self) -> Sheet | None:
        if self._is_simulating:
            self._simulate(is_on=False)
            return None
        said = self._words.staff.lane
        sheet = ConfirmSheet(said.simulate, said.simulate_text, said.simulate_start, self._words.sheet.close)
        sheet.confirmed.connect(lambda: self._simulate(is_on=True))
        return sheet

    def _simulate(self, *, is_on: bool) -> None:
        self._is_simulating = is_on
        self._window.show_banner(lambda: self._words.staff.lane.banner if is_on else "")
        self.simulated.emit(is_on)
        self._window.desk.close()

    def _simulate_title(self) -> str:
        said = self._words.staff.lane
        return said.end_simulation if self._is_simulating else said.simulate

    # --- hand-over ----------------------------------------------------------------------------------------------

    def _make_shift(self) -> Sheet:
        text = self._summary()
        if text is None:
            return self._told(SheetName.SHIFT, self._words.staff.shift.not_saved)
        sheet = ShiftSheet(self._words.sheet_titles[SheetName.SHIFT], text, self._words.staff.shift)
        sheet.saved.connect(lambda: self._save(sheet, text))
        sheet.ended.connect(self._end)
        return sheet

    def _save(self, sheet: ShiftSheet, text: ShiftText) -> None:
        said, now = self._words.staff.shift, datetime.fromtimestamp(self._station.clock.now().at_ms / 1000, UTC)
        try:
            path = save_handover(self._station.folder, text.as_file(self._station.place.name), now)
        except AppError:
            sheet.tell(said.not_saved)
        else:
            sheet.tell(said.saved.fill(file=path.name))

    def _end(self) -> None:
        self._window.desk.close()
        self._take(None)

    def _told(self, name: SheetName, text: str) -> Sheet:
        return ConfirmSheet(self._words.sheet_titles[name], text, "", self._words.sheet.close)
