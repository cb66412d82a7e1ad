"""The manifest as files: a folder, such as a USB stick's, in place of a server.

Owns the reading of that folder: `manifest.json`, `manifest.sig`, `files/<sha256>`. Trusts nothing in it: whoever takes
a manifest from here checks it as one from the network.
"""

from pathlib import Path

from app.errors import AppError
from app.net.gate_client import FreshManifest, Received, Sink, Unchanged
from core.sync.adoption import MAX_MANIFEST_BYTES
from core.sync.answers import Done, Later, Rejected

MANIFEST_FILE = "manifest.json"
SIGNATURE_FILE = "manifest.sig"
FILES_FOLDER = "files"
_MAX_SIGNATURE = 256
_CHUNK = 256 * 1024


class ManifestFolderFailed(AppError):
    """The folder has no manifest, or can't be read."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__("manifest_folder_failed", path=path, cause=cause)


class FolderSource:
    """A source of manifests. Raises ManifestFolderFailed where the folder can't be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def manifest(self, held: int | None) -> Done[FreshManifest | Unchanged] | Later | Rejected:  # noqa: ARG002
        """The manifest in the folder, whatever is held."""
        body = self._head(MANIFEST_FILE, MAX_MANIFEST_BYTES)
        signature = self._head(SIGNATURE_FILE, _MAX_SIGNATURE)
        return Done(FreshManifest(body, signature.decode("ascii", "replace").strip()), 0)

    def file(self, sha256: str, offset: int, sink: Sink, most: int) -> Done[Received] | Later | Rejected:
        """The bytes of a file from `offset` on, at most `most`. Rejected with 404 where there is none."""
        path = self._folder / FILES_FOLDER / sha256
        came = 0
        try:
            with path.open("rb") as file:
                file.seek(offset)
                while came < most and (part := file.read(min(_CHUNK, most - came))):
                    came += len(part)
                    if not sink(part):
                        return Done(Received(came, is_end=False), 0)
        except FileNotFoundError:
            return Rejected(404, "file_unknown")
        except OSError as err:
            raise ManifestFolderFailed(path, err.strerror or str(err)) from err
        return Done(Received(came, is_end=True), 0)

    def _head(self, name: str, most: int) -> bytes:
        """A file, cut one byte above what it may have."""
        path = self._folder / name
        try:
            with path.open("rb") as file:
                return file.read(most + 1)
        except OSError as err:
            raise ManifestFolderFailed(path, err.strerror or str(err)) from err
