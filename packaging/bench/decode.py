"""How well and how fast the door reads: Doorlight's decoder, pyzbar alone and OpenCV alone, on the same frames.

    python packaging/bench/decode.py [--quick] [--seed report|tune|NUMBER] [--photos DIR] [--json]

One core: OpenCV is held to one thread, the decoders have one each; times are processor time. The first frames of each
decoder are not timed.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

from app.device.change import ALERT_FRAMES  # noqa: E402
from app.device.decoder import Decoder, Luma, Reading  # noqa: E402
from app.device.pipeline import Pipeline, open_pipeline  # noqa: E402
from app.device.still import open_still  # noqa: E402
from app.device.vision import cv2  # noqa: E402
from app.device.zbar import PyzbarDecoder  # noqa: E402
from app.device.zxing import ZxingDecoder  # noqa: E402
from bench import mockups  # noqa: E402

PICTURES = {".png", ".jpg", ".jpeg"}
STILL_FRAMES = 12
"""A photograph as a camera would show it: held for this many frames."""

Texts = Callable[[Luma], set[str]]


@dataclass(slots=True)
class Score:
    """One decoder's tally at one size."""

    frames: int = 0
    frames_read: int = 0
    guests: int = 0
    guests_read: int = 0
    wrong: int = 0
    ms: list[float] = field(default_factory=list)
    families: dict[str, list[int]] = field(default_factory=dict)
    empty_ms: list[float] = field(default_factory=list)
    still_ms: list[float] = field(default_factory=list)
    phantoms: int = 0

    def guest(self, family: str, hits: Sequence[bool]) -> None:
        """Counts one presentation, frame by frame."""
        self.frames += len(hits)
        self.frames_read += sum(hits)
        self.guests += 1
        self.guests_read += any(hits)
        row = self.families.setdefault(family, [0, 0, 0, 0])
        for place, more in enumerate((len(hits), sum(hits), 1, int(any(hits)))):
            row[place] += more

    def hard(self) -> tuple[float, float]:
        """Share of hard frames read, and of hard guests."""
        rows = [row for family, row in self.families.items() if family in mockups.HARD]
        total = [sum(row[i] for row in rows) for i in range(4)]
        return total[1] / max(1, total[0]), total[3] / max(1, total[2])

    def summary(self) -> dict[str, Any]:
        """The figures, rounded."""
        frames, guests = self.hard()
        return {
            "hard_frames_read": round(frames, 4),
            "hard_guests_read": round(guests, 4),
            "all_frames_read": round(self.frames_read / max(1, self.frames), 4),
            "code_ms": _mean(self.ms),
            "empty_moving_ms": _mean(self.empty_ms),
            "empty_still_ms": _mean(self.still_ms[ALERT_FRAMES:]),
            "wrong_texts": self.wrong,
            "phantoms": self.phantoms,
            "families": {name: round(row[1] / row[0], 3) for name, row in self.families.items()},
        }


def contenders() -> dict[str, Callable[[], Texts]]:
    """Makers of each decoder, fresh for each presentation, so that no memory is carried over."""
    zbar, zxing, detector = PyzbarDecoder(), ZxingDecoder(), cv2.QRCodeDetector()
    return {
        "doorlight": lambda: _texts(open_pipeline()),
        "zxing": lambda: _texts(zxing),
        "pyzbar": lambda: _texts(zbar),
        "opencv": lambda: lambda luma: _by_opencv(detector, luma),
    }


def _texts(decoder: Decoder) -> Texts:
    return lambda luma: {code.text for code in decoder.decode(luma).texts}


def _by_opencv(detector: Any, luma: Luma) -> set[str]:
    try:
        text, _, _ = detector.detectAndDecode(luma)
    except (cv2.error, UnicodeDecodeError):  # OpenCV 5.0's detector throws on dark frames, and on bytes
        return set()
    return {text} if text else set()


def measured(
    size: tuple[int, int], seed: int, per_family: int, empties: int, names: Iterable[str] | None = None
) -> dict[str, Score]:
    """Every contender over the same presentations and the same empty frames."""
    makers = {name: make for name, make in contenders().items() if names is None or name in names}
    scores = {name: Score() for name in makers}
    for guest in mockups.presentations(seed, size, per_family):
        for name, make in makers.items():
            read, score = make(), scores[name]
            hits = []
            for frame in guest.frames:
                texts, took = _timed(read, frame)
                score.ms.append(took)
                hits.append(guest.text in texts)
                score.wrong += bool(texts - {guest.text})
            score.guest(guest.family, hits)
    for moving in (True, False):
        frames = list(mockups.empties(seed, size, empties, moving)) * (1 if moving else 3)
        for name, make in makers.items():
            read, score = make(), scores[name]
            for frame in frames:
                texts, took = _timed(read, frame)
                (score.empty_ms if moving else score.still_ms).append(took)
                score.phantoms += len(texts)
    return scores


def _timed(read: Texts, frame: Luma) -> tuple[set[str], float]:
    """The texts, and the milliseconds of processor time: others on the machine don't count."""
    start = time.thread_time_ns()
    texts = read(frame)
    return texts, (time.thread_time_ns() - start) / 1e6


def photographs(folder: Path) -> dict[str, dict[str, Any]]:
    """How many of a folder's pictures (NAME.txt beside each) every decoder reads, alone and held for some frames."""
    pictures = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    labelled = [path for path in pictures if path.with_suffix(".txt").exists()]
    zbar, zxing, detector = PyzbarDecoder(), ZxingDecoder(), cv2.QRCodeDetector()
    ways: dict[str, Texts] = {
        "doorlight still": lambda luma: _set(open_pipeline().decode_still(luma)),
        "doorlight frames": lambda luma: _held(open_pipeline(), luma),
        "zxing": lambda luma: _set(zxing.decode(luma)),
        "pyzbar": lambda luma: _set(zbar.decode(luma)),
        "opencv": lambda luma: _by_opencv(detector, luma),
    }
    table: dict[str, dict[str, Any]] = {name: {"read": 0, "wrong": 0, "of": 0, "missed": []} for name in ways}
    for path in labelled:
        luma, truth = open_still(path), _truth(path.with_suffix(".txt"))
        for name, read in ways.items():
            texts, row = {_plain(text) for text in read(luma)}, table[name]
            row["of"] += 1
            row["read"] += truth in texts
            row["wrong"] += bool(texts - {truth})
            if truth not in texts:
                row["missed"].append(path.relative_to(folder).as_posix())
    return table


def _set(reading: Reading) -> set[str]:
    return {code.text for code in reading.texts}


def _held(pipeline: Pipeline, luma: Luma) -> set[str]:
    found: set[str] = set()
    for _ in range(STILL_FRAMES):
        found |= _set(pipeline.decode(luma))
    return found


def _truth(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return _plain(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return _plain(raw.decode("latin-1"))


def _plain(text: str) -> str:
    """Line ends are the checkout's business."""
    return text.replace("\r\n", "\n").rstrip("\n")


def _mean(values: Sequence[float]) -> float:
    kept = values[2:] or values
    return round(sum(kept) / max(1, len(kept)), 3)


def ratios(rows: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Doorlight's figures per pyzbar's."""
    ours, theirs = rows["doorlight"], rows["pyzbar"]
    return {
        "hard_frames_read": round(ours["hard_frames_read"] / max(1e-9, theirs["hard_frames_read"]), 3),
        "hard_guests_read": round(ours["hard_guests_read"] / max(1e-9, theirs["hard_guests_read"]), 3),
        "empty_moving_ms": round(ours["empty_moving_ms"] / max(1e-9, theirs["empty_moving_ms"]), 3),
        "empty_still_ms": round(ours["empty_still_ms"] / max(1e-9, theirs["empty_still_ms"]), 3),
        "code_ms": round(ours["code_ms"] / max(1e-9, theirs["code_ms"]), 3),
    }


def _print_table(report: dict[str, Any]) -> None:
    columns = ("hard_frames_read", "hard_guests_read", "code_ms", "empty_moving_ms", "empty_still_ms", "phantoms")
    for size, part in report["sizes"].items():
        print(f"\n{size}: {part['guests']} guests of {part['frames']} frames, {part['empties']} empty frames twice")
        print(f"  {'':10}" + "".join(f"{column:>18}" for column in columns))
        for name, row in part["decoders"].items():
            print(f"  {name:10}" + "".join(f"{row[column]:>18}" for column in columns))
        if "ratios" in part:
            print("  doorlight / pyzbar: " + ", ".join(f"{key} {value}" for key, value in part["ratios"].items()))
    families = {size: part["decoders"] for size, part in report["sizes"].items()}
    for size, decoders in families.items():
        print(f"\n{size}: share of frames read, by what makes them hard")
        print(f"  {'':10}" + "".join(f"{name:>11}" for name in mockups.FAMILIES))
        for name, row in decoders.items():
            print(f"  {name:10}" + "".join(f"{row['families'][f]:>11}" for f in mockups.FAMILIES))
    for name, row in report.get("photographs", {}).items():
        print(f"{name:18} {row['read']:4} of {row['of']} photographs, {row['wrong']} wrong")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the comparison and prints it. Returns 0."""
    parser = argparse.ArgumentParser(description="Compare decoders on mock-ups and photographs.")
    parser.add_argument("--quick", action="store_true", help="at most a minute: 720p only, few guests")
    parser.add_argument("--seed", default="report", help="report, tune, or a number")
    parser.add_argument("--sizes", nargs="*", choices=list(mockups.SIZES), default=None)
    parser.add_argument("--guests", type=int, default=None, help="guests per family and size")
    parser.add_argument("--only", nargs="*", default=None, help="decoders to compare")
    parser.add_argument("--photos", type=Path, default=None, help="folder with NAME.png and NAME.txt")
    parser.add_argument("--no-photos", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(argv)
    cv2.setNumThreads(1)
    seeds = {"report": mockups.SEED_REPORT, "tune": mockups.SEED_TUNE}
    seed = seeds[asked.seed] if asked.seed in seeds else int(asked.seed)
    sizes = asked.sizes or (["720p"] if asked.quick else list(mockups.SIZES))
    guests = asked.guests or (2 if asked.quick else 6)
    report: dict[str, Any] = {"seed": seed, "sizes": {}, "threads": 1}
    for name in sizes:
        empties = 20 if asked.quick else 40
        scores = measured(mockups.SIZES[name], seed, guests, empties, asked.only)
        rows = {contender: score.summary() for contender, score in scores.items()}
        part: dict[str, Any] = {"guests": guests * len(mockups.FAMILIES), "frames": mockups.FRAMES, "empties": empties}
        part["decoders"] = rows
        if {"doorlight", "pyzbar"} <= rows.keys():
            part["ratios"] = ratios(rows)
        report["sizes"][name] = part
    photos = asked.photos or ROOT.parent / "shared" / "photos"
    if photos.is_dir() and not asked.no_photos and not asked.quick:
        report["photographs"] = photographs(photos)
    if asked.json:
        print(json.dumps(report, indent=1))
    else:
        _print_table(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
