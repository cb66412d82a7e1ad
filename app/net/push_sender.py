"""Sends one push: to a telephone that is active at that moment, in its language, by the project that the message names.

Owns the way of a parcel to FCM: the project's key, kept open while it is used; the token, read at the last moment; the
texts, made at the last moment. No message holds a token, and no attempt that is kept shows one. What an answer means is
decided by `core.delivery.meaning`.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import urlsplit

from app.errors import AppError
from app.net.fcm import FCM_HOSTS, HIDDEN, Fcm, FcmKeyWrong, PushText, is_googles, read_key
from core.delivery.meaning import UNREADABLE, Heard
from core.delivery.parcel import Handed, Parcel
from core.delivery.push_token import Reached, TokenState, untold_of

MOST_PROJECTS = 16
"""Projects whose connections are kept: the one that was used least lately makes room."""

Texts = Callable[[str, Mapping[str, Any], str | None], tuple[str, str]]
"""From a kind of message, its body and a telephone's language to a title and a text.

Raises AppError, LookupError, ValueError.
"""


class Telephones(Protocol):
    """Who knows where a telephone is reached."""

    def find(self, id_: bytes) -> Reached | TokenState | None:
        """Where it is reached now; its state where it gets no push, None where it is gone."""
        ...


class PushSender:
    """Sends pushes, one after the other or at the same time from several threads. `close` it at the end.

    `to_loopback`: a project may be played by a peer on this computer, for development. `test_kind` is the kind of a
    message that only asks whether the project would take one.
    """

    def __init__(self, telephones: Telephones, texts: Texts, *, test_kind: str, to_loopback: bool = False) -> None:
        self._telephones = telephones
        self._texts = texts
        self._test_kind = test_kind
        self._to_loopback = to_loopback
        self._projects: OrderedDict[tuple[str, bytes], Fcm] = OrderedDict()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Closes the connections of all projects."""
        with self._lock:
            projects, self._projects = list(self._projects.values()), OrderedDict()
        for each in projects:
            each.close()

    def send(self, parcel: Parcel) -> Handed:
        """One attempt; total but for the ledger's errors, after which it is tried again."""
        try:
            fcm = self._project(parcel)
        except FcmKeyWrong as err:
            return Handed(Heard(None, "key_wrong", str(err.details["cause"])))
        if parcel.kind == self._test_kind:
            text = self._text(parcel, None)
            return Handed(Heard(None, UNREADABLE) if text is None else fcm.check(text), _told(parcel, is_test=True))
        found = self._telephones.find(_id(parcel.recipient))
        if not isinstance(found, Reached):
            return Handed(Heard(None, untold_of(found).value))
        text = self._text(parcel, found.language)
        if text is None:
            return Handed(Heard(None, UNREADABLE, "no texts for it"))
        return Handed(fcm.push(found.token, text), _told(parcel, is_test=False))

    def _project(self, parcel: Parcel) -> Fcm:
        """The project of a parcel, its connections open. Raises FcmKeyWrong."""
        if not parcel.secrets:
            raise FcmKeyWrong("there is none: give the project its key again")
        if not is_googles(parcel.target, FCM_HOSTS, to_loopback=self._to_loopback):
            raise FcmKeyWrong("the project's address is none of Google's")
        place = (parcel.target, parcel.secrets[0])
        with self._lock:
            known = self._projects.get(place)
            if known is not None:
                self._projects.move_to_end(place)
                return known
            parts = urlsplit(parcel.target)
            key = read_key(parcel.secrets[0].decode("utf-8", "replace"), to_loopback=self._to_loopback)
            made = self._projects[place] = Fcm(key, f"{parts.scheme}://{parts.netloc}")
            if len(self._projects) > MOST_PROJECTS:
                self._projects.popitem(last=False)[1].close()
            return made

    def _text(self, parcel: Parcel, language: str | None) -> PushText | None:
        """What the telephone shows; None where nobody can put it into words."""
        with suppress(AppError, LookupError, ValueError):
            told = json.loads(parcel.body)
            title, text = self._texts(parcel.kind, told, language)
            ids = {name: str(told[name]) for name in _IDS if told.get(name) is not None}
            return PushText(parcel.id.hex, title, text, {"kind": parcel.kind, **ids})
        return None


_IDS = ("event", "scan", "device", "ticket")
"""What of a message's facts a telephone's app is handed, to open what it is about: ids alone."""


def _id(recipient: str | None) -> bytes:
    """A token's id; none that there is for what is none."""
    try:
        return bytes.fromhex(recipient or "")
    except ValueError:
        return b""


def _told(parcel: Parcel, *, is_test: bool) -> str:
    """What was asked, for a person: neither the token nor the texts."""
    whom = {"validate_only": True} if is_test else {"token": HIDDEN}
    return json.dumps(
        {"method": "POST", "url": parcel.target, "message_id": parcel.id.hex, "kind": parcel.kind, **whom}
    )
