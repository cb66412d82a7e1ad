"""The routes of what a kiosk trusts: the signed manifest, and the files that its lists are made of.

Owns their shapes on HTTP, ranges (RFC 9110, section 14) and validators among them. Decides nothing else.
"""

import re
from typing import Annotated

from fastapi import FastAPI, Header, Response
from starlette.responses import StreamingResponse

from app.errors import AppError
from app.ledger.admin import Office
from app.ledger.file_store import StoredFile
from app.server.callers import AtEvent, Callers
from app.server.problems import problem
from core.model.ids import EventId
from core.model.roles import Right
from core.sync.messages import SIGNATURE_HEADER, Manifest

_FILE_TYPE = "application/octet-stream"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{1,18})?", re.ASCII)


class FileUnknown(AppError):
    """The event has no such file, or none any more: a newer manifest names others."""

    def __init__(self) -> None:
        super().__init__("file_unknown")


class ManifestApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._press = office.press
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        event, get = "/api/v1/events/{event}", ["GET"]
        reading = self._callers.allow(Right.READ_MANIFEST)
        app.add_api_route(
            f"{event}/manifest",
            self.manifest,
            methods=get,
            dependencies=reading,
            summary="What a kiosk trusts",
            response_model=Manifest,
        )
        app.add_api_route(
            f"{event}/files/{{sha256}}",
            self.file,
            methods=get,
            dependencies=reading,
            summary="A piece of a list",
            response_class=Response,
        )

    def manifest(self, caller: AtEvent, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """The newest manifest with its signature; 304 where the caller holds that version already."""
        at = caller.at
        version = self._press.version(at)
        if if_none_match == _tag(version):
            return Response(status_code=304, headers={"ETag": _tag(version)})
        newest = self._press.stored(at, version) or self._press.published(at)
        headers = {"ETag": _tag(newest.version), SIGNATURE_HEADER: newest.signature.hex()}
        return Response(newest.body, headers=headers, media_type="application/json")

    def file(
        self,
        sha256: str,
        caller: AtEvent,
        wanted: Annotated[str | None, Header(alias="Range")] = None,
    ) -> Response:
        """A file's bytes from where a download broke off; 206 with a range, 416 beyond its end.

        Any other kind of range is answered with the whole, as a server may.
        """
        at = caller.at
        found = self._press.find_file(at, bytes.fromhex(sha256)) if _SHA256.fullmatch(sha256) else None
        if found is None:
            raise FileUnknown
        asked = _RANGE.fullmatch(wanted or "")
        if asked is None or found.size == 0:
            return self._stream(at, found, 0, found.size, {}, 200)
        start, end = int(asked[1]), min(int(asked[2]) + 1 if asked[2] else found.size, found.size)
        if start >= end:
            return _beyond(found)
        told = {"Content-Range": f"bytes {start}-{end - 1}/{found.size}"}
        return self._stream(at, found, start, end, told, 206)

    def _stream(
        self, event: EventId, file: StoredFile, start: int, end: int, told: dict[str, str], status: int
    ) -> Response:
        headers = told | {
            "Accept-Ranges": "bytes",
            "Content-Length": str(end - start),
            "ETag": f'"{file.sha256.hex()}"',
        }
        parts = self._press.file(event, file, start, end)
        return StreamingResponse(parts, status, headers, media_type=_FILE_TYPE)


def _beyond(file: StoredFile) -> Response:
    reply = problem("range_not_satisfiable")
    reply.headers["Content-Range"] = f"bytes */{file.size}"
    return reply


def _tag(version: int) -> str:
    return f'"{version}"'
