"""One glance from 3 m: the sizes of every verdict, in both languages and in one that is two fifths longer."""

from itertools import combinations, product

import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFont, QFontMetricsF

from app.kiosk.measures import ACTIONS_PX, STATUS_PX, Measures
from app.kiosk.present import ScreenText, present
from app.kiosk.verdict_layout import VerdictLayout, lay_out
from app.kiosk.words import KioskWords, load_kiosk_words, read_kiosk_words
from app.widgets.typeface import font
from app.widgets.words import load_tables
from core.gate.verdict import Plain
from core.model.outcomes import Outcome
from tests.kiosk.verdicts import NOW_MS, ZONE, long_detail, usual_detail, verdict
from tests.support.pseudo_locale import lengthened

SIZES = [QSize(1280, 800), QSize(800, 480), QSize(1920, 1080), QSize(1024, 600), QSize(1366, 768)]
ENGLISH = load_kiosk_words()
PSEUDO = read_kiosk_words(lengthened(load_tables("en")))
LANGUAGES = {"en": ENGLISH, "de": load_kiosk_words("de"), "pseudo": PSEUDO}


def name(size: QSize) -> str:
    return f"{size.width()}x{size.height()}"


@pytest.fixture(params=SIZES, ids=name)
def measures(request: pytest.FixtureRequest) -> Measures:
    return Measures(request.param)


@pytest.fixture(params=LANGUAGES)
def words(request: pytest.FixtureRequest) -> KioskWords:
    return LANGUAGES[request.param]


def laid_out(measures: Measures, words: KioskWords) -> list[tuple[ScreenText, VerdictLayout, QRectF]]:
    """Every outcome with no, its usual and its longest detail."""
    area = QRectF(0, 0, measures.verdict.width(), measures.verdict.height())
    found = []
    for outcome, detail in product(Outcome, (lambda _: Plain(), usual_detail, long_detail)):
        text = present(verdict(outcome, detail(outcome)), words, ZONE, NOW_MS)
        found.append((text, lay_out(area, measures, text), area))
    return found


def word_area(layout: VerdictLayout) -> QRectF:
    """From the top of the first line's capitals to the last baseline, as wide as the widest line."""
    metrics = QFontMetricsF(layout.word_font)
    width = max(metrics.horizontalAdvance(line) for line in layout.word) * layout.squeeze
    first, last = layout.baselines[0], layout.baselines[-1]
    top = first.y() - metrics.capHeight()
    return QRectF(first.x() - width / 2, top, width, last.y() - top)


def test_the_verdict_has_two_thirds_of_the_window(measures: Measures) -> None:
    window = measures.size.width() * measures.size.height()
    corner = measures.preview(is_idle=False)
    hidden = corner.width() * corner.height() if measures.is_small else 0
    assert (measures.verdict.width() * measures.verdict.height() - hidden) / window >= 0.65


def test_a_notice_takes_nothing_from_a_verdict_and_leaves_room_to_wait(measures: Measures) -> None:
    with_notice = Measures(measures.size, 56)
    assert with_notice.verdict == measures.verdict
    assert with_notice.preview(is_idle=False) == measures.preview(is_idle=False)
    waiting = with_notice.preview(is_idle=True), with_notice.recent(is_idle=True)
    parts = combinations((with_notice.notice, *waiting, with_notice.actions), 2)
    assert not any(one.intersects(other) for one, other in parts)
    assert not with_notice.page.intersects(with_notice.notice)
    assert with_notice.page.height() >= 160


def test_the_lines_of_the_window_keep_their_heights(measures: Measures) -> None:
    assert (measures.status.height(), STATUS_PX) == (56, 56)
    assert measures.actions.height() == ACTIONS_PX >= 64
    assert measures.verdict.right() == measures.size.width() - 1
    assert measures.verdict.top() == measures.status.bottom() + 1
    assert measures.verdict.bottom() == measures.actions.top() - 1


def test_words_are_an_eighth_of_the_windows_height_and_signs_as_tall(measures: Measures, words: KioskWords) -> None:
    height = measures.size.height()
    for text, layout, _ in laid_out(measures, words):
        capitals_px = QFontMetricsF(layout.word_font).capHeight()
        assert capitals_px >= 0.12 * height - 0.5, text.word
        assert layout.sign.height() >= capitals_px - 0.5, text.word
        assert layout.squeeze > 0.6, text.word


def test_nothing_of_a_verdict_covers_anything_else(measures: Measures, words: KioskWords) -> None:
    preview = QRectF(measures.preview(is_idle=False).translated(-measures.verdict.topLeft()))
    for text, layout, area in laid_out(measures, words):
        word = word_area(layout)
        assert area.contains(word), text.word
        assert layout.sign.top() >= area.top(), text.word
        assert layout.sign.bottom() <= word.top(), text.word
        tops = [word.bottom(), *(line.top() for line in layout.lines)]
        assert tops == sorted(tops)
        assert max([word.bottom(), *(line.bottom() for line in layout.lines)]) <= layout.band.top() + 8.5, text.word
        assert not word.intersects(preview), text.word
        assert not layout.evidence.intersects(preview), text.word


def test_the_longest_details_lose_no_line(measures: Measures, words: KioskWords) -> None:
    assert [text.word for text, layout, _ in laid_out(measures, words) if len(layout.lines) != len(text.lines)] == []


def test_the_next_step_stays_on_one_line(measures: Measures, words: KioskWords) -> None:
    for text, layout, _ in laid_out(measures, words):
        width = QFontMetricsF(font(layout.step_px, QFont.Weight.Medium)).horizontalAdvance(text.next_step)
        assert width + 2 * layout.step_px <= layout.band.width(), text.next_step


def test_a_word_that_would_be_too_small_takes_two_lines() -> None:
    layouts = {text.word: layout for text, layout, _ in laid_out(Measures(QSize(1280, 800)), ENGLISH)}
    assert layouts["ADMIT"].word == ("ADMIT",)
    assert layouts["ALREADY INSIDE"].word == ("ALREADY", "INSIDE")
