"""Where everything of the kiosk's window goes, for any size of it.

Owns the shares that the door needs: the verdict at least 65 % of the window, the status line and the actions at fixed
heights. A window too small for a column beside the verdict keeps the camera's picture in a corner.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize

from app.widgets.theme import GRID_PX, TOUCH_PX

STATUS_PX = 56
ACTIONS_PX = 64
VERDICT_SHARE = 0.655
LEAST_COLUMN_PX = 256
MOST_COLUMN_PX = 400
LOW_PX = 640
"""A window lower than this is written a step smaller."""
FULL = QSize(1920, 1080)
LOW_SHEET_PX = TOUCH_PX + 3 * GRID_PX
CORNER = QSize(128, 54)
"""The picture beside a verdict on a small screen."""
SIGNS_PX = 18
"""The signs of the last decisions below it: both end above the highest word."""


def hint_px(base_px: int) -> int:
    """The height of the hint below the camera's picture."""
    return max(40, 2 * base_px)


@dataclass(frozen=True, slots=True)
class Measures:
    """The rectangles of one window. `column_px` is 0 where the picture keeps to a corner.

    `notice_px` is the height of the strip for what is worth knowing: it lies above what waits for guests and gives way
    to a verdict, so that a verdict has the same size with and without one. `banner_px` is that of the banner, which
    gives way to nothing.
    """

    size: QSize
    notice_px: int = 0
    banner_px: int = 0

    @property
    def zoom(self) -> float:
        """How much larger everything is on a screen larger than Full HD, as on one with four times as many dots."""
        return max(1.0, min(self.size.width() / FULL.width(), self.size.height() / FULL.height()))

    @property
    def base_px(self) -> int:
        """The first step of the type scale."""
        return 16 if self.size.height() < LOW_PX else round(20 * self.zoom)

    @property
    def status_px(self) -> int:
        """The height of the line at the top."""
        return round(STATUS_PX * self.zoom)

    @property
    def actions_px(self) -> int:
        """The height of the keys at the bottom."""
        return round(ACTIONS_PX * self.zoom)

    @property
    def body(self) -> QRect:
        """Everything between status line and actions."""
        top = self.status_px + self.banner_px
        return QRect(0, top, self.size.width(), max(0, self.size.height() - top - self.actions_px))

    @property
    def banner(self) -> QRect:
        """The line that says, above everything else, that this is no door at the moment; empty while it is one."""
        return QRect(0, self.status_px, self.size.width(), self.banner_px)

    @property
    def column_px(self) -> int:
        """The width that the verdict can spare."""
        width, body = self.size.width(), self.body.height()
        spare = width - VERDICT_SHARE * width * self.size.height() / max(1, body + self.banner_px)
        column = min(round(MOST_COLUMN_PX * self.zoom), int(spare) // GRID_PX * GRID_PX)
        return column if column >= LEAST_COLUMN_PX else 0

    @property
    def is_small(self) -> bool:
        """Whether there is no room for a column."""
        return self.column_px == 0

    @property
    def status(self) -> QRect:
        """The line at the top."""
        return QRect(0, 0, self.size.width(), self.status_px)

    @property
    def actions(self) -> QRect:
        """The keys at the bottom."""
        return QRect(0, self.size.height() - self.actions_px, self.size.width(), self.actions_px)

    @property
    def verdict(self) -> QRect:
        """The verdict's ground, to the window's right edge."""
        return self.body.adjusted(self.column_px, 0, 0, 0)

    @property
    def sheet(self) -> QRect:
        """Where a sheet lies: over the verdict, so that picture and last decisions stay in sight where they can."""
        return self.verdict

    @property
    def low_sheet(self) -> QRect:
        """Where a strip lies that keeps its verdict: at the lower edge, below all that the verdict says."""
        height = round(LOW_SHEET_PX * self.zoom)
        return QRect(self.verdict.left(), self.verdict.bottom() + 1 - height, self.verdict.width(), height)

    @property
    def notice(self) -> QRect:
        """The strip: beside the column, so that the picture stays where it is when a verdict comes."""
        return QRect(self.verdict.topLeft(), QSize(self.verdict.width(), self.notice_px))

    @property
    def waiting(self) -> QRect:
        """The verdict's ground without the strip."""
        return self.verdict.adjusted(0, self.notice_px, 0, 0)

    def preview(self, *, is_idle: bool) -> QRect:
        """The camera's picture; its lowest part is the hint's."""
        body = self.waiting if self.is_small and is_idle else self.body
        left, top = GRID_PX, body.top() + GRID_PX
        if not self.is_small:
            width = self.column_px - 2 * GRID_PX
            return QRect(left, top, width, width * 3 // 4 + hint_px(self.base_px))
        if is_idle:
            height = body.height() - 2 * GRID_PX
            return QRect(left, top, min(body.width() // 2, (height - hint_px(self.base_px)) * 4 // 3), height)
        return QRect(left, top, CORNER.width(), CORNER.height())

    @property
    def page(self) -> QRect:
        """Where an idle screen writes: beside the picture."""
        if not self.is_small:
            return self.waiting
        return self.waiting.adjusted(
            self.preview(is_idle=True).right() + GRID_PX, 0, 0, -self.recent(is_idle=True).height()
        )

    def recent(self, *, is_idle: bool) -> QRect:
        """The last decisions; on a small screen that shows a verdict a strip of signs below the picture."""
        body, preview = self.body, self.preview(is_idle=True)
        if not self.is_small:
            top = preview.bottom() + 1 + GRID_PX
            return QRect(GRID_PX, top, preview.width(), max(0, body.bottom() - top - GRID_PX))
        if not is_idle:
            corner = self.preview(is_idle=False)
            return QRect(corner.left(), corner.bottom() + 1, corner.width(), SIGNS_PX)
        height, left = (2 if self.notice_px else 3) * TOUCH_PX, preview.right() + 2 * GRID_PX
        return QRect(left, body.bottom() - height, max(0, body.width() - left - GRID_PX), height)
