"""Fields, keys and paragraphs: literal, named, large enough, readable."""

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter
from pytestqt.qtbot import QtBot

from app.widgets.form import LargeLine, ShareBar, entry, key
from app.widgets.plain_text import MAX_LONG, PlainParagraph, draw_lines, lines_of
from app.widgets.theme import THEMES, ThemeName
from app.widgets.typeface import font
from tests.widgets.hostile import hostile_texts
from tests.widgets.test_theme import EVERYWHERE, FOR_SIGNS, contrast

SENTENCE = "The list is 2 h 10 min old: new tickets and cancellations since then are unknown"


def test_a_paragraph_takes_markup_literally(qtbot: QtBot) -> None:
    paragraph = PlainParagraph()
    qtbot.addWidget(paragraph)
    paragraph.show_text("<b>free</b>")
    assert (paragraph.text(), paragraph.textFormat()) == ("<b>free</b>", Qt.TextFormat.PlainText)
    assert paragraph.accessibleName() == "<b>free</b>"


def test_an_empty_paragraph_takes_no_room(qtbot: QtBot) -> None:
    paragraph = PlainParagraph()
    qtbot.addWidget(paragraph)
    paragraph.show_text("")
    assert paragraph.isHidden()


def test_fields_and_keys_can_be_touched_and_have_names(qtbot: QtBot) -> None:
    field, pressed = entry("One-time code", 64), key("Yes & no")
    for each in (field, pressed):
        qtbot.addWidget(each)
    assert (field.accessibleName(), pressed.accessibleName()) == ("One-time code", "Yes & no")
    assert min(field.minimumHeight(), pressed.minimumHeight(), pressed.minimumWidth()) >= 48
    field.setText("x" * 100)
    assert len(field.text()) == 64


@pytest.mark.parametrize("width", [300, 900])
def test_a_large_line_fills_its_place_and_no_more(qtbot: QtBot, width: int) -> None:
    line = LargeLine("#FFFFFF")
    qtbot.addWidget(line)
    line.resize(width, 400)
    line.show_text("493 027")
    used = QFontMetricsF(font(line.text_px, QFont.Weight.Bold)).horizontalAdvance("493 027")
    assert 0.95 * width <= used <= width + 1
    assert line.accessibleName() == "493 027"


def test_a_bar_tells_its_share(qtbot: QtBot) -> None:
    bar = ShareBar(THEMES[ThemeName.DARK])
    qtbot.addWidget(bar)
    bar.resize(200, 16)
    bar.show_share(0.5, "12 of 24 MB")
    image = bar.grab().toImage()
    assert image.pixelColor(50, 8).name().upper() == THEMES[ThemeName.DARK].focus
    assert image.pixelColor(150, 8).name().upper() == THEMES[ThemeName.DARK].line
    assert bar.accessibleName() == "12 of 24 MB"


@pytest.mark.parametrize("name", ThemeName)
def test_forms_can_be_read(name: ThemeName) -> None:
    theme = THEMES[name]
    assert min(contrast(text, theme.raised) for text in (theme.text, theme.muted)) >= EVERYWHERE[name]
    assert min(contrast(text, theme.ground) for text in (theme.text, theme.notice)) >= EVERYWHERE[name]
    assert contrast(theme.focus, theme.sunken) >= FOR_SIGNS
    assert contrast(theme.focus, theme.ground) >= FOR_SIGNS


@pytest.mark.parametrize("width", [200, 400, 2_000])
def test_lines_break_between_words_and_lose_nothing(width: int) -> None:
    used = font(20)
    lines = lines_of(SENTENCE, used, width, 9)
    assert " ".join(lines) == SENTENCE
    assert all(QFontMetricsF(used).horizontalAdvance(line) <= width + 1 for line in lines)


def test_what_does_not_fit_stays_on_the_last_line_to_be_elided() -> None:
    lines = lines_of(SENTENCE, font(20), 200, 2)
    assert len(lines) == 2
    assert " ".join(lines) == SENTENCE


def test_hostile_texts_are_drawn_on_bounded_lines() -> None:
    image = QImage(300, 60, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setFont(font(20))
    painter.setPen(Qt.GlobalColor.white)
    for text in hostile_texts(60):
        lines = lines_of(text, painter.font(), 300, 2, MAX_LONG)
        assert len(lines) <= 2, ascii(text[:40])
        assert sum(map(len, lines)) <= MAX_LONG + 1, "what is measured and drawn is cut first"
        image.fill(Qt.GlobalColor.black)
        draw_lines(painter, QRectF(0, 15, 300, 30), Qt.AlignmentFlag.AlignLeft, f"x {text}", 1)
        ink = {y for y in range(60) for x in range(0, 300, 3) if image.pixelColor(x, y) != Qt.GlobalColor.black}
        assert ink
        assert min(ink) >= 12, "one line is drawn, and none above or below it"
        assert max(ink) <= 48
    painter.end()
