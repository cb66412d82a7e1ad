"""Picture files: read within limits, refused by name."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from app.device import still
from app.device.still import PictureProblem, claimed_size, decode_image, luma_of, open_still
from app.device.vision import cv2
from tests.device.pictures import TICKET, code


def encoded(suffix: str, image: np.ndarray | None = None) -> bytes:
    return bytes(cv2.imencode(suffix, code(TICKET) if image is None else image)[1].tobytes())


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".gif"])
def test_common_pictures_are_read(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"ticket{suffix}"
    colour = cv2.cvtColor(code(TICKET), cv2.COLOR_GRAY2BGR)
    file.write_bytes(encoded(suffix, colour))
    assert claimed_size(file.read_bytes()) == (164, 164)
    answer = decode_image(file)
    assert answer["texts"] == [TICKET]
    assert answer["decoder"] == "zxing"
    assert answer["ms"] > 0
    assert answer["file"] == str(file)


def test_transparent_parts_are_paper(tmp_path: Path) -> None:
    light = code(TICKET)
    image = np.zeros((*light.shape, 4), np.uint8)
    image[:, :, 3] = 255 - light  # black ink on nothing
    (tmp_path / "clear.png").write_bytes(encoded(".png", image))
    assert decode_image(tmp_path / "clear.png")["texts"] == [TICKET]


def test_sixteen_bits_are_read(tmp_path: Path) -> None:
    (tmp_path / "deep.png").write_bytes(encoded(".png", code(TICKET).astype(np.uint16) * 257))
    assert decode_image(tmp_path / "deep.png")["texts"] == [TICKET]


def png_of(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (b"", "picture_unknown"),
        (b"not a picture at all, only some text of it", "picture_unknown"),
        (png_of(60_000, 60_000), "picture_too_large"),
        (png_of(2**31 - 1, 2**31 - 1), "picture_too_large"),
        (b"\xff\xd8" + b"\xff\xe1\xff\xff" * 20, "picture_unknown"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "picture_unknown"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "picture_unknown"),
    ],
    ids=["empty", "text", "bomb", "larger bomb", "endless jpeg", "no header", "svg"],
)
def test_hostile_files_are_refused_by_name(raw: bytes, key: str) -> None:
    with pytest.raises(PictureProblem) as told:
        luma_of(raw, "hostile.png")
    assert told.value.key == key


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp"])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_cut_off_pictures_are_read_or_refused(suffix: str, share: float) -> None:
    whole = encoded(suffix)
    try:
        assert luma_of(whole[: int(len(whole) * share)], "cut").ndim == 2
    except PictureProblem as told:
        refusal = told.key
    else:
        refusal = "picture_unknown"
    assert refusal == "picture_unknown"


def test_a_file_out_of_reach_is_a_sentence(tmp_path: Path) -> None:
    for place in (tmp_path / "missing.png", tmp_path):
        with pytest.raises(PictureProblem) as told:
            open_still(place)
        assert told.value.key == "picture_out_of_reach"


def test_a_file_is_measured_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "MOST_BYTES", 100)
    (tmp_path / "big.png").write_bytes(encoded(".png"))
    with pytest.raises(PictureProblem) as told:
        open_still(tmp_path / "big.png")
    assert told.value.key == "picture_too_large"
