"""What earlier releases left behind: their folders as they were, and what their kiosks said.

The files: tests/fixtures/releases.
"""

import json
import lzma
import tarfile
from pathlib import Path
from typing import Any

RELEASES = Path(__file__).parents[1] / "fixtures" / "releases"
NAMES = sorted(entry.name for entry in RELEASES.iterdir() if entry.is_dir())


def unpack(release: str, what: str, folder: Path) -> Path:
    """A folder of a release, each file for its owner alone."""
    with tarfile.open(RELEASES / release / f"{what}.tar.xz") as tar:
        for member in tar.getmembers():
            place = folder / member.name
            assert place.resolve().is_relative_to(folder.resolve())
            if member.isdir():
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
            else:
                body = tar.extractfile(member)
                assert body is not None
                place.write_bytes(body.read())
                place.chmod(0o600)
    return folder


def session(release: str) -> dict[str, Any]:
    """`exchanges` in their order, and the `texts` of tickets."""
    loaded: dict[str, Any] = json.loads(lzma.decompress((RELEASES / release / "session.json.xz").read_bytes()))
    return loaded
