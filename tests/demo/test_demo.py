"""The whole demo, as a newcomer without a display runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtGui import QImage

from app.demo.guests import Picture
from app.demo.report_page import NIGHT, PAGE, door_file
from app.demo.scenes import Scene, scene_file

ROOT = Path(__file__).resolve().parents[2]
PICTURES = (*map(door_file, Picture), *map(scene_file, Scene))


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_night_balances_leaves_a_report_and_ends(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    env["QT_QPA_PLATFORM"] = "offscreen"  # as dev.py sets it: nobody could close the windows
    command = [sys.executable, "-m", "app", "demo", "--report", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=230, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["faults"] == []
    assert report["unseen"] == [], "the organizer's window came to every state by itself"
    assert (report["lost"], report["waiting"], report["drained"]) == (0, 0, True)
    assert report["double_admissions"] == 1
    assert report["redemptions"] == report["tickets_admitted"] == report["admissions"] - 1
    assert report["offline_admissions"] >= 10, "the network was cut in the middle"
    refusals = {"bad_signature", "too_late", "wrong_event", "not_a_ticket", "already_used"}
    assert refusals | {"legacy_admitted", "replayed_code", "unknown_key"} <= set(report["by_outcome"])
    assert report["latency_ms"]["verdicts"] >= report["guests"], "on a busy machine a guest may hold a code up twice"
    for name in PICTURES:
        picture = QImage(str(tmp_path / name))
        assert (picture.width(), picture.height()) == (1280, 800)
        assert len({picture.pixel(x, y) for x in range(0, 1280, 40) for y in range(0, 800, 40)}) > 3
    page = (tmp_path / PAGE).read_text("utf-8")
    assert [name for name in PICTURES if f'src="{name}"' not in page] == []
    assert "http" not in page.replace("https://", "http://").split("</style>")[1], "it asks no other machine"
    assert f"{report['redemptions']} entries" in PdfReader(tmp_path / NIGHT).pages[0].extract_text()
    shown = {scene: QImage(str(tmp_path / scene_file(scene))) for scene in (Scene.LIVE, Scene.DEGRADED, Scene.OFFLINE)}
    banners = {scene: picture.pixelColor(640, 110).name() for scene, picture in shown.items()}
    assert len(set(banners.values())) == 3, f"each state has a banner of its own: {banners}"
