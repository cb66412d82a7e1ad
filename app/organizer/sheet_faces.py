"""A page's own face, or one sheet in its place.

Owns which of the two is seen, and that the keyboard comes back to the page once the sheet is gone.
"""

from collections.abc import Callable

from PySide6.QtWidgets import QStackedLayout, QWidget

from app.organizer.sheet_page import SheetPage
from app.organizer.surroundings import Surroundings
from app.widgets.theme import Theme


class SheetFaces(QStackedLayout):
    """The layout of a page. `home` says where the keyboard goes when a sheet is left."""

    def __init__(self, page: QWidget, face: QWidget, at: Surroundings, home: Callable[[], QWidget]) -> None:
        super().__init__(page)
        self._at = at
        self._home = home
        self.sheet: SheetPage | None = None
        self.addWidget(face)

    def open_sheet(self, sheet: SheetPage) -> None:
        """Shows a sheet until it is left, in the place of one that was open."""
        self.close_sheet()
        self.sheet = sheet
        sheet.left.connect(self.close_sheet)
        self.addWidget(sheet)
        sheet.show_base(self._at.base_px)
        sheet.show_theme(self._at.theme)
        self.setCurrentWidget(sheet)
        sheet.setFocus()

    def close_sheet(self) -> None:
        """Shows the page again."""
        sheet, self.sheet = self.sheet, None
        if sheet is None:
            return
        self.setCurrentIndex(0)
        self.removeWidget(sheet)
        sheet.hide()
        sheet.deleteLater()
        self._home().setFocus()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        if self.sheet is not None:
            self.sheet.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        if self.sheet is not None:
            self.sheet.show_base(base_px)
