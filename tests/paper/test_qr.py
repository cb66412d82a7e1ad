"""QR codes on paper: the right symbol, and two readers that read the text back."""

import io
from collections.abc import Callable

import numpy as np
import pytest
import segno
import zxingcpp
from PIL import Image
from pyzbar import pyzbar

from app.paper.qr import QUIET_ZONE, qr_png, qr_runs, qr_terminal
from core.ticket.issue import with_proof
from tests.support import facts

T1 = facts.text_of(facts.claims())
SIGNED = facts.text_of(facts.claims(kid=facts.ED_KID))
LIVE = with_proof(facts.text_of(facts.claims(flags=1)), bytes(20), facts.NOW_S)


def _picture(png: bytes) -> Image.Image:
    with Image.open(io.BytesIO(png)) as picture:
        return picture.convert("L")


def _by_zxing(png: bytes) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(np.asarray(_picture(png)))]


def _by_zbar(png: bytes) -> list[str]:
    return [found.data.decode() for found in pyzbar.decode(_picture(png), symbols=[pyzbar.ZBarSymbol.QRCODE])]


READERS = [_by_zxing, _by_zbar]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("text", [T1, SIGNED, LIVE, "0042", "https://example.org/t/1?a=b"], ids=lambda text: text[:12])
@pytest.mark.parametrize("scale", [3, 8])
def test_a_picture_of_a_code_reads_back(read: Callable[[bytes], list[str]], text: str, scale: int) -> None:
    assert read(qr_png(text, scale=scale)) == [text]


def test_a_picture_with_a_finder_covered_is_not_read() -> None:
    """Negative control: the readers read the picture, not the caller's mind."""
    picture = _picture(qr_png(T1, scale=4))
    picture.paste(255, (0, 0, 60, 60))
    spoiled = io.BytesIO()
    picture.save(spoiled, "PNG")
    assert [read(spoiled.getvalue()) for read in READERS] == [[], []]


def test_a_t1_fills_version_4_q_in_alphanumeric_mode_to_the_last_character() -> None:
    assert len(T1) == 67
    symbol = segno.make(T1, error="q", micro=False, boost_error=False)
    assert (symbol.designator, symbol.mode) == ("4-Q", "alphanumeric")
    assert qr_runs(T1)[0] == 33
    assert qr_runs(T1 + "A")[0] > 33


def test_a_short_text_is_no_micro_qr() -> None:
    assert qr_runs("1")[0] == 21


@pytest.mark.parametrize(("scale", "border"), [(1, 4), (4, 4), (4, 0), (7, 10)])
def test_a_picture_has_the_size_that_was_asked_for(scale: int, border: int) -> None:
    side = (33 + 2 * border) * scale
    assert _picture(qr_png(T1, scale=scale, border=border)).size == (side, side)


def test_the_margin_is_clear() -> None:
    pixels = np.asarray(_picture(qr_png(T1, scale=2)))
    edge = 2 * QUIET_ZONE
    assert pixels[:edge].min() == pixels[-edge:].min() == pixels[:, :edge].min() == pixels[:, -edge:].min() == 255
    assert pixels[edge, edge] == 0


def test_runs_are_the_dark_modules_of_the_picture() -> None:
    side, runs = qr_runs(T1)
    drawn = np.full((side, side), 255, dtype=np.uint8)
    for row, column, length in runs:
        drawn[row, column : column + length] = 0
    assert (drawn == np.asarray(_picture(qr_png(T1, scale=1, border=0)))).all()


@pytest.mark.parametrize("text", ["", "x" * 5000, "\ud800"], ids=["empty", "too long", "no text"])
def test_what_no_code_holds_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        qr_png(text, scale=1)


@pytest.mark.parametrize("read", READERS)
def test_a_code_on_a_terminal_reads_back(read: Callable[[bytes], list[str]]) -> None:
    text = '{"doorlight":{"v":1,"url":"https://door.example"}}' * 4
    upper, lower = {" ": 0, "▀": 255, "▄": 0, "█": 255}, {" ": 0, "▀": 0, "▄": 255, "█": 255}
    lines = [line.removeprefix("\x1b[97;40m").removesuffix("\x1b[0m") for line in qr_terminal(text).splitlines()]
    rows = [[half[char] for char in line] for line in lines for half in (upper, lower)]
    pixels = np.kron(np.array(rows, dtype=np.uint8), np.ones((4, 4), dtype=np.uint8))
    drawn = io.BytesIO()
    Image.fromarray(pixels).save(drawn, "PNG")
    assert read(drawn.getvalue()) == [text]
    assert max(map(len, lines)) <= 80


def test_nothing_is_no_code_on_a_terminal_either() -> None:
    with pytest.raises(ValueError, match="nothing"):
        qr_terminal("")
