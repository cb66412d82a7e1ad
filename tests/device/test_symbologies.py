"""Other kinds of printed code: read where an event has them, and only there."""

import numpy as np
import pytest
import zxingcpp
from pytestqt.qtbot import QtBot

from app.device.camera import Frame, grey_picture
from app.device.decoder import Luma
from app.device.decoding import DecodeLane, Sighted
from app.device.pipeline import open_pipeline
from app.device.zxing import _FORMATS, ZxingDecoder
from core.model.codes import QR_ONLY, Symbology
from tests.device.pictures import SIZE, TICKET, code, door, with_codes

TEXTS = {Symbology.EAN13: "4006381333931", Symbology.ITF: "00427731", Symbology.CODE39: "AB-0042-7731"}
USUAL = "SHOP-0042-7731"


def drawn(symbology: Symbology, text: str) -> Luma:
    """A code of a kind, on a door, as large as a phone shows it."""
    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, _FORMATS[symbology]))
    picture = np.array(zxingcpp.write_barcode_to_image(made, scale=3))
    frame = door(0, (max(SIZE[0], picture.shape[1] + 80), max(SIZE[1], picture.shape[0] + 80)))
    frame[40 : 40 + picture.shape[0], 40 : 40 + picture.shape[1]] = picture
    return frame


@pytest.mark.parametrize("symbology", Symbology)
def test_each_kind_is_read_where_it_is_looked_for_and_nowhere_else(symbology: Symbology) -> None:
    text = TEXTS.get(symbology, USUAL)
    frame = drawn(symbology, text)
    assert [found.text for found in open_pipeline((symbology,)).decode(frame).texts] == [text]
    others = tuple(each for each in Symbology if each is not symbology)
    assert text not in [found.text for found in open_pipeline(others).decode(frame).texts]


def test_qr_alone_is_looked_for_unless_an_event_says_more() -> None:
    assert QR_ONLY == (Symbology.QR,)
    assert open_pipeline().decode(drawn(Symbology.CODE128, USUAL)).texts == ()
    assert [found.text for found in open_pipeline(tuple(Symbology)).decode(with_codes(code(TICKET))).texts] == [TICKET]


def test_no_kind_finds_a_code_at_an_empty_door() -> None:
    decoder = ZxingDecoder(tuple(Symbology))
    assert all(decoder.decode(door(seed)).texts == () for seed in range(20))


def test_a_running_lane_looks_for_other_kinds_from_the_next_frame_on(qtbot: QtBot) -> None:
    lane, luma = DecodeLane(), drawn(Symbology.CODE128, USUAL)
    lane.start()

    def look() -> Sighted:
        with qtbot.waitSignal(lane.decoded, timeout=15_000) as caught:
            lane.offer(Frame(luma, 1, lambda: grey_picture(luma)))
        assert caught.args is not None
        return caught.args[0]

    assert look().reading.texts == ()
    lane.use(lambda: open_pipeline((Symbology.QR, Symbology.CODE128)))
    assert [found.text for found in look().reading.texts] == [USUAL]
    lane.stop()
