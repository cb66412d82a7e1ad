"""OpenCV's one door leaves Qt's environment as it was."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.device.vision import put_back

ROOT = Path(__file__).parents[2]


def test_what_an_import_changes_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", "cv2's")
    monkeypatch.setenv("QT_QPA_FONTDIR", "cv2's")
    put_back({"QT_QPA_PLATFORM_PLUGIN_PATH": None, "QT_QPA_FONTDIR": "mine"})
    assert "QT_QPA_PLATFORM_PLUGIN_PATH" not in os.environ
    assert os.environ["QT_QPA_FONTDIR"] == "mine"


@pytest.mark.parametrize("before", [None, "mine"])
def test_importing_the_door_changes_nothing_even_with_a_cv2_that_does(tmp_path: Path, before: str | None) -> None:
    (tmp_path / "cv2.py").write_text("import os\nos.environ['QT_QPA_FONTDIR'] = 'cv2'\n", "utf-8")
    program = "import os, app.device.vision; print(os.environ.get('QT_QPA_FONTDIR'))"
    surroundings = {key: value for key, value in os.environ.items() if key != "QT_QPA_FONTDIR"}
    surroundings["PYTHONPATH"] = os.pathsep.join([str(tmp_path), str(ROOT)])
    if before is not None:
        surroundings["QT_QPA_FONTDIR"] = before
    done = subprocess.run(
        [sys.executable, "-c", program], env=surroundings, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == str(before)


def test_nobody_else_imports_cv2() -> None:
    elsewhere = [
        file.relative_to(ROOT).as_posix()
        for folder in ("app", "core")
        for file in (ROOT / folder).rglob("*.py")
        if "import cv2" in file.read_text("utf-8") and "app.device.vision import cv2" not in file.read_text("utf-8")
    ]
    assert elsewhere == ["app/device/vision.py"]
