"""How a verdict fills its ground.

Owns the sizes: the word's capitals at least 12 % of the window's height, the sign at least as tall, the next step in
one line on a band. The word is as large as it fits on one line; one that would have to be smaller than the least size
takes two lines, and what is too wide even then is squeezed, never lowered.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from app.kiosk.measures import Measures
from app.kiosk.present import ScreenText
from app.widgets.plain_text import plain
from app.widgets.theme import GRID_PX, type_px
from app.widgets.typeface import font

LEAST_CAPITALS = 0.12
MOST_CAPITALS = 0.19
BAND_SHARE = 0.12
SIGN_GROWTH = 1.7
"""How much taller than the word a sign may become where there is room."""
WORD_LEADING = 1.3
LINE_LEADING = 1.25
LINE_STEPS = (3, 2, 1, 0)
MEASURED_PX = 1_000


@dataclass(frozen=True, slots=True)
class VerdictLayout:
    """Where each part goes. `baselines` are the word's, one per line of it, at the middle of the line."""

    sign: QRectF
    word: tuple[str, ...]
    baselines: tuple[QPointF, ...]
    capitals_px: float
    squeeze: float
    lines: tuple[QRectF, ...]
    line_px: int
    band: QRectF
    step_px: int
    evidence: QRectF
    evidence_px: int

    @property
    def word_font(self) -> QFont:
        """The font whose capitals are `capitals_px` tall."""
        return font(self.capitals_px / capitals_share(), QFont.Weight.Bold)


@dataclass(frozen=True, slots=True)
class _Trial:
    """One way to set the word and the lines."""

    word: tuple[str, ...]
    capitals_px: float
    squeeze: float
    line_px: int

    def word_height(self) -> float:
        return self.capitals_px * (1 + WORD_LEADING * (len(self.word) - 1))

    def height(self, line_count: int, gap: float) -> float:
        lines = line_count * self.line_px * LINE_LEADING
        return self.capitals_px + gap + self.word_height() + (gap + lines if line_count else 0)


def lay_out(area: QRectF, measures: Measures, text: ScreenText) -> VerdictLayout:
    """The layout of `text` on `area`."""
    base_px, window_height = measures.base_px, measures.size.height()
    band_height = round(window_height * BAND_SHARE / GRID_PX) * GRID_PX
    band = QRectF(area.left(), area.bottom() - band_height, area.width(), band_height)
    edge = (2.0 if measures.is_small else 3.0) * GRID_PX
    evidence = QRectF(area.center().x(), area.top() + GRID_PX, area.width() / 2 - edge, base_px * LINE_LEADING)
    free = QRectF(area.left() + edge, area.top(), area.width() - 2 * edge, area.height() - band_height)
    free.adjust(0, evidence.height() if not measures.is_small else GRID_PX, 0, -GRID_PX)
    gap = (1.2 if measures.is_small else 1.6) * base_px
    trial = _first_that_fits(free, window_height, text, base_px, gap)
    return _placed(trial, free, text, gap, band, evidence, base_px)


def capitals_share() -> float:
    """The height of capitals over the font's size."""
    return QFontMetricsF(font(MEASURED_PX, QFont.Weight.Bold)).capHeight() / MEASURED_PX


def _first_that_fits(free: QRectF, window_height: int, text: ScreenText, base_px: int, gap: float) -> _Trial:
    trials = list(_trials(free.width(), window_height, plain(text.word), base_px))
    fitting = (trial for trial in trials if trial.height(len(text.lines), gap) <= free.height())
    return next(fitting, trials[-1])


def _trials(width: float, window_height: int, word: str, base_px: int) -> Iterator[_Trial]:
    """The ways to set the word, best first: a smaller word before smaller lines."""
    least_px = window_height * LEAST_CAPITALS
    way = (word,) if _capitals_px((word,), width) >= least_px else _in_two(word)
    fitting_px = _capitals_px(way, width)
    squeeze = min(1.0, fitting_px / least_px)
    largest_px = max(least_px, min(fitting_px, window_height * MOST_CAPITALS))
    for step in LINE_STEPS:
        for capitals_px in (largest_px, (largest_px + least_px) / 2, least_px):
            yield _Trial(way, capitals_px, squeeze, type_px(base_px, step))


def _in_two(word: str) -> tuple[str, ...]:
    """Parted at the space nearest to the middle, if there is one."""
    spaces = [at for at, letter in enumerate(word) if letter == " "]
    if not spaces:
        return (word,)
    middle = min(spaces, key=lambda at: max(at, len(word) - at))
    return (word[:middle].strip(), word[middle:].strip())


def _capitals_px(way: tuple[str, ...], width: float) -> float:
    """The capitals' height at which the widest line is `width` wide."""
    metrics = QFontMetricsF(font(MEASURED_PX, QFont.Weight.Bold))
    widest = max(metrics.horizontalAdvance(line) for line in way)
    return metrics.capHeight() * width / max(1.0, widest)


def _placed(
    trial: _Trial, free: QRectF, text: ScreenText, gap: float, band: QRectF, evidence: QRectF, base_px: int
) -> VerdictLayout:
    spare = max(0.0, free.height() - trial.height(len(text.lines), gap))
    sign_px = min(trial.capitals_px + 0.6 * spare, trial.capitals_px * SIGN_GROWTH)
    top = free.top() + (spare - (sign_px - trial.capitals_px)) / 2
    middle = free.center().x()
    first = top + sign_px + gap + trial.capitals_px
    leading = trial.capitals_px * WORD_LEADING
    baselines = tuple(QPointF(middle, first + leading * n) for n in range(len(trial.word)))
    line_height, lines_top = trial.line_px * LINE_LEADING, baselines[-1].y() + gap
    room = int((free.bottom() + GRID_PX - lines_top) / line_height)
    lines = tuple(
        QRectF(free.left(), lines_top + n * line_height, free.width(), line_height)
        for n in range(min(len(text.lines), room))
    )
    return VerdictLayout(
        sign=QRectF(free.left(), top, free.width(), sign_px),
        word=trial.word,
        baselines=baselines,
        capitals_px=trial.capitals_px,
        squeeze=trial.squeeze,
        lines=lines,
        line_px=trial.line_px,
        band=band,
        step_px=_step_px(text.next_step, free.width() - band.height(), base_px),
        evidence=evidence,
        evidence_px=base_px if base_px > 16 else 14,  # beside the picture in the corner there is little room
    )


def _step_px(step: str, width: float, base_px: int) -> int:
    """The largest size at which the next step stays on one line."""
    sizes = [type_px(base_px, steps) for steps in LINE_STEPS]
    fitting = (px for px in sizes if QFontMetricsF(font(px, QFont.Weight.Medium)).horizontalAdvance(step) <= width)
    return next(fitting, sizes[-1])
