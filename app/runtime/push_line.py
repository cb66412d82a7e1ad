"""The line of pushes: notices to telephones, and what the provider's word about a token means for its life.

Owns the putting together. A token that the provider knows no more ends in the transaction that ends the push, and only
where that push counts: a worker that slept through its lease ends nobody's telephone. No other answer touches a token.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.ledger.admin import Office
from app.ledger.deliveries import LEASE_MS, Also, Claimed
from app.ledger.endpoint_book import TEST_KIND
from app.paper.push_text import TEST, language_of, shown_text
from app.runtime.delivery_line import DeliveryLine
from app.runtime.rounds import Duty
from core.delivery.meaning import TOKEN_INVALID, Fate, Meaning
from core.delivery.message import Channel
from core.delivery.parcel import Handed
from core.model.moments import Millis

if TYPE_CHECKING:
    from app.net.push_sender import PushSender


class PushLine:
    """The pushes of one worker. `to_loopback`: a project may be played by a peer on this computer."""

    def __init__(self, office: Office, *, to_loopback: bool = False) -> None:
        self._push = office.push
        self._to_loopback = to_loopback
        self._sender: PushSender | None = None
        self._line = DeliveryLine(office, Channel.PUSH, self._make, aftermath=self._aftermath)

    @property
    def duty(self) -> Duty:
        """What goes round."""
        return replace(self._line.duty, end=self._end)

    def _make(self) -> "PushSender":
        from app.net.push_sender import PushSender  # Google's library: a worker without pushes starts without it

        self._sender = PushSender(self._push, texts_of, test_kind=TEST_KIND, to_loopback=self._to_loopback)
        return self._sender

    def _end(self) -> None:
        self._line.drain()
        if self._sender is not None:
            self._sender.close()

    def _aftermath(self, claimed: Claimed, _: Handed, meaning: Meaning) -> Also | None:
        """The token's end, where that is what the provider said. It was asked after the message was claimed."""
        if meaning.reason != TOKEN_INVALID or meaning.fate is not Fate.DEAD:
            return None
        asked_at = Millis(claimed.lease_until - LEASE_MS)
        return self._push.ending(bytes.fromhex(claimed.recipient or ""), asked_at)


def texts_of(kind: str, told: Mapping[str, Any], language: str | None) -> tuple[str, str]:
    """What a telephone shows of a message. Raises LookupError, PushWordsUnfit."""
    shown = shown_text(TEST if kind == TEST_KIND else kind, told, language_of(language))
    return shown.title, shown.text
