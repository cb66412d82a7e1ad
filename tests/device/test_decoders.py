"""What every decoder keeps: one suite, each implementation."""

from collections.abc import Callable

import numpy as np
import pytest

from app.device.decoder import MOST_PIXELS, Decoded, Decoder, DecoderMissing, Hint
from app.device.pipeline import Pipeline, missing_libraries, open_pipeline
from app.device.zbar import PyzbarDecoder
from app.device.zxing import ZxingDecoder, hint_for
from tests.device.pictures import OTHER, TICKET, code, door, noisy, with_codes

MAKERS: dict[str, Callable[[], Decoder]] = {
    "zxing": ZxingDecoder,
    "pyzbar": PyzbarDecoder,
    "pipeline": open_pipeline,
    "pipeline without zxing": lambda: Pipeline(PyzbarDecoder()),
    "pipeline without zbar": lambda: Pipeline(ZxingDecoder()),
}
READS_INVERTED = {"zxing", "pipeline", "pipeline without zbar"}


@pytest.fixture(params=MAKERS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def decoder(kind: str) -> Decoder:
    return MAKERS[kind]()


def texts(decoder: Decoder, frame: np.ndarray) -> list[str]:
    return [read.text for read in decoder.decode(frame).texts]


def test_a_ticket_is_read_and_placed(decoder: Decoder) -> None:
    read = decoder.decode(with_codes(code(TICKET))).texts[0]
    assert read.text == TICKET
    assert read.is_exact
    x, y = read.centre
    assert abs(x - 102) < 12
    assert abs(y - 180) < 12


def test_all_codes_of_a_frame_are_read_the_nearest_to_the_centre_first(decoder: Decoder) -> None:
    assert texts(decoder, with_codes(code(TICKET), code(OTHER))) == [OTHER, TICKET]


def test_an_inverted_code_is_read(kind: str, decoder: Decoder) -> None:
    found = texts(decoder, with_codes(code(TICKET, inverted=True)))
    assert found == ([TICKET] if kind in READS_INVERTED else [])


@pytest.mark.parametrize("text", ["Müller · 日本 · 🎟", "T1:A\r\n", "0123456789" * 20, "\\000026T1:A", "<b>&amp;</b>"])
def test_utf8_is_read_exactly(decoder: Decoder, text: str) -> None:
    assert texts(decoder, with_codes(code(text.encode(), 3, mode="byte"))) == [text]


def test_bytes_that_are_no_text_are_told_apart() -> None:
    read = ZxingDecoder().decode(with_codes(code(b"\xff\xfe\x00\x80T1:", mode="byte"))).texts[0]
    assert not read.is_exact
    assert read.text == "\\xff\\xfe\x00\\x80T1:"


def test_bytes_harm_no_decoder(decoder: Decoder) -> None:
    found = decoder.decode(with_codes(code(bytes(range(128, 200)), mode="byte"))).texts
    assert len(found) <= 1
    assert all(read.text.encode("utf-8") for read in found), "no half of a surrogate pair"


def test_no_code_is_invented(decoder: Decoder) -> None:
    for seed in range(40):
        empty = door(seed) if seed % 2 else noisy(np.full((200, 300), 120, np.float32), seed, 60)
        assert texts(decoder, empty) == []


def test_a_code_of_the_micro_family_is_not_ours(decoder: Decoder) -> None:
    import segno

    light = np.array([[0 if dark else 255 for dark in row] for row in segno.make_micro("12345").matrix], np.uint8)
    micro = np.kron(np.pad(light, 4, constant_values=255), np.ones((6, 6), np.uint8))
    assert texts(decoder, with_codes(micro)) == []


@pytest.mark.parametrize("shape", [(0, 0), (0, 7), (1, 1), (3, 3), (20, 20), (21, 21), (31, 700), (700, 31), (33, 33)])
def test_odd_frames_hold_nothing(decoder: Decoder, shape: tuple[int, int]) -> None:
    for _ in range(8):  # every stage has its turn
        assert texts(decoder, np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)) == []


def test_a_view_with_strides_is_read_as_it_is(decoder: Decoder) -> None:
    wide = np.zeros((360, 1280), np.uint8)
    wide[:, ::2] = with_codes(code(TICKET))
    assert texts(decoder, wide[:, ::2]) == [TICKET]
    padded = np.zeros((360, 704), np.uint8)
    padded[:, :640] = with_codes(code(OTHER))
    assert texts(decoder, padded[:, :640]) == [OTHER]


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((4, 4, 3), np.uint8),
        np.zeros((4, 4), np.float32),
        np.broadcast_to(np.zeros(1, np.uint8), (10_000, MOST_PIXELS // 10_000 + 1)),
    ],
    ids=["colour", "float", "huge"],
)
def test_what_is_no_frame_is_refused(decoder: Decoder, frame: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a frame"):
        decoder.decode(frame)


def test_a_text_shows_in_no_repr(decoder: Decoder) -> None:
    assert "ABCDEF" not in repr(decoder.decode(with_codes(code(TICKET))))
    assert "secret" not in repr(Decoded("secret", ((0, 0),) * 4))


def test_without_any_library_the_door_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zxingcpp", None)
    monkeypatch.setitem(__import__("sys").modules, "pyzbar", None)
    with pytest.raises(DecoderMissing) as told:
        open_pipeline()
    assert told.value.key == "decoder_missing"
    assert [missing.details["library"] for missing in missing_libraries()] == ["zxing-cpp", "libzbar"]


def test_without_libzbar_zxing_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_library(*_: object, **__: object) -> None:
        raise ImportError("Unable to find zbar shared library")

    import sys

    for name in [name for name in sys.modules if name.startswith("pyzbar")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("ctypes.util.find_library", no_library)
    assert [missing.details["library"] for missing in missing_libraries()] == ["libzbar"]
    assert texts(open_pipeline(), with_codes(code(TICKET))) == [TICKET]


def test_without_zxing_pyzbar_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zxingcpp", None)
    assert texts(open_pipeline(), with_codes(code(TICKET))) == [TICKET]


@pytest.mark.parametrize(
    ("grey", "hint"), [(30, Hint.BRIGHTER_SCREEN), (120, Hint.HOLD_STILL)], ids=["dim", "bright enough"]
)
def test_a_hint_follows_from_the_light(grey: int, hint: Hint) -> None:
    patch = np.full((200, 200), grey, np.uint8)
    assert hint_for(patch, ((10, 10), (180, 10), (180, 180), (10, 180))) is hint


def test_a_reflection_and_a_distant_code_have_their_hints() -> None:
    patch = np.full((200, 200), 120, np.uint8)
    assert hint_for(patch, ((10, 10), (40, 10), (40, 40), (10, 40))) is Hint.COME_CLOSER
    patch[60:110, 60:110] = 255
    assert hint_for(patch, ((10, 10), (180, 10), (180, 180), (10, 180))) is Hint.TILT_AWAY
    assert hint_for(patch, ((500, 500), (600, 500), (600, 600), (500, 600))) is Hint.HOLD_STILL
