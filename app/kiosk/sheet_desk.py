"""Which sheet is open: one at a time, by key or by whoever has something to ask.

Owns the register of what can be opened, who may open it, and that a page that holds codes is not replaced by a touch.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.kiosk.sheet import BIG_KEYS, Offer, Sheet, SheetName
from app.kiosk.sheet_frame import SheetFrame
from core.model.roles import Right


class SheetDesk(QObject):
    """Opens and closes. Parts of the kiosk `offer` what they have; the window opens it when its key is touched.

    `unlock` is asked when the person on shift lacks the right to what was touched: it may ask for a PIN, and then call
    what it is given.
    """

    offers_changed = Signal()
    """Another key works, another title, or other rights."""
    opened = Signal()
    closed = Signal()
    held = Signal(bool)
    """Whether another code has to wait from now on."""

    def __init__(self, frame: SheetFrame, titles: Callable[[SheetName], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._frame = frame
        self._titles = titles
        self._offers: dict[SheetName, Offer] = {}
        self._rights = frozenset(Right)
        self._counts: dict[SheetName, int] = {}
        self.unlock: Callable[[Right, Callable[[], None]], None] = lambda _right, _then: None
        frame.close_wanted.connect(self.close)

    # --- what can be opened -------------------------------------------------------------------------------------

    def offer(self, name: SheetName, offer: Offer) -> None:
        """Gives a key its work, in place of what it did before."""
        self._offers[name] = offer
        self.offers_changed.emit()

    def withdraw(self, name: SheetName) -> None:
        """Takes a key's work away."""
        if self._offers.pop(name, None) is not None:
            self.offers_changed.emit()

    def show_rights(self, rights: frozenset[Right]) -> None:
        """Takes another person on shift."""
        if rights != self._rights:
            self._rights = rights
            self.offers_changed.emit()

    @property
    def rights(self) -> frozenset[Right]:
        """What the person on shift may do."""
        return self._rights

    def show_count(self, name: SheetName, count: int) -> None:
        """Says on a key how much waits behind it; on More too, where the key is found there."""
        if count != self._counts.get(name, 0):
            self._counts[name] = count
            self.offers_changed.emit()

    @property
    def offered(self) -> tuple[SheetName, ...]:
        """What has something to do, in the order of the names."""
        return tuple(name for name in SheetName if name in self._offers)

    def title(self, name: SheetName) -> str:
        """What stands on the key."""
        offer = self._offers.get(name)
        told = offer.title() if offer is not None and offer.title is not None else self._titles(name)
        count = self._count(name)
        return f"{told} · {count}" if count else told

    def _count(self, name: SheetName) -> int:
        if name is not SheetName.MORE:
            return self._counts.get(name, 0)
        return sum(n for each, n in self._counts.items() if each not in BIG_KEYS and each in self._offers)

    def is_ready(self, name: SheetName) -> bool:
        """Whether a touch would do something at the moment."""
        offer = self._offers.get(name)
        return offer is not None and offer.is_ready()

    def is_locked(self, name: SheetName) -> bool:
        """Whether the person on shift lacks the right to it."""
        offer = self._offers.get(name)
        return offer is not None and offer.right is not None and offer.right not in self._rights

    # --- what is open -------------------------------------------------------------------------------------------

    @property
    def sheet(self) -> Sheet | None:
        """The sheet that is open."""
        return self._frame.sheet

    @property
    def holds_codes(self) -> bool:
        """Whether another code has to wait."""
        return self.sheet is not None and self.sheet.holds_codes

    def touch(self, name: SheetName) -> None:
        """A key was touched: opens its page, or closes the one that the same key opened.

        A page that holds codes stays until it is answered or closed by its own key.
        """
        offer = self._offers.get(name)
        if offer is None or not offer.is_ready() or self.holds_codes:
            return
        is_open = self.sheet is not None and self.sheet.objectName() == name.value
        self.close()
        if is_open:
            return
        if self.is_locked(name) and offer.right is not None:
            self.unlock(offer.right, lambda: self._make(name, offer))
        else:
            self._make(name, offer)

    def show(self, sheet: Sheet) -> None:
        """Opens a sheet in place of the one that is open."""
        self._leave()
        sheet.done.connect(self.close)
        self._frame.hold(sheet)
        self.opened.emit()
        if sheet.holds_codes:
            self.held.emit(True)

    def close(self) -> None:
        """Closes the sheet that is open."""
        if self._leave():
            self.closed.emit()

    def step_aside(self) -> bool:
        """A verdict comes: closes what holds no codes. Whether the verdict can be seen."""
        if not self.holds_codes:
            self.close()
        return self.sheet is None

    def _make(self, name: SheetName, offer: Offer) -> None:
        sheet = offer.make()
        self.offers_changed.emit()  # a switch has another title now
        if sheet is not None:
            sheet.setObjectName(name.value)
            self.show(sheet)

    def _leave(self) -> bool:
        sheet = self._frame.release()
        if sheet is None:
            return False
        sheet.done.disconnect(self.close)
        sheet.left.emit()
        if sheet.holds_codes:
            self.held.emit(False)
        sheet.deleteLater()
        return True
