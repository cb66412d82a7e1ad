"""Real photographs, where they are at hand: a floor under what is read."""

import os
from pathlib import Path

import pytest

from app.device.pipeline import open_pipeline
from app.device.still import open_still

pytestmark = pytest.mark.slow

FOLDER = Path(os.environ.get("DOORLIGHT_PHOTOS", Path(__file__).parents[3] / "shared" / "photos"))
LABELLED = sorted(p for p in FOLDER.rglob("*.*") if p.suffix in {".png", ".jpg"} and p.with_suffix(".txt").exists())


@pytest.mark.skipif(len(LABELLED) < 50, reason="needs the photographs")
@pytest.mark.parametrize("held", [1, 12], ids=["alone", "held"])
def test_ninety_five_of_a_hundred_photographs_are_read_and_none_wrong(held: int) -> None:
    read = 0
    for picture in LABELLED:
        pipeline, luma = open_pipeline(), open_still(picture)
        readings = [pipeline.decode_still(luma)] if held == 1 else [pipeline.decode(luma) for _ in range(held)]
        texts = {plain(code.text) for reading in readings for code in reading.texts}
        truth = plain(picture.with_suffix(".txt").read_text("utf-8", "replace"))
        read += truth in texts
        assert not texts or truth in texts, picture.name
    assert read / len(LABELLED) >= 0.95


def plain(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip("\n")
