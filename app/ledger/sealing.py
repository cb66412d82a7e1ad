"""How new T1 codes come about in the ledger: a key that seals, and the digest of what it sealed."""

from dataclasses import replace

from app.errors import AppError
from app.ledger.event_book import own_window
from app.ledger.import_plan import Maker, Sealed
from app.ledger.key_book import Signer
from core.model.event import Event
from core.model.ids import CodeDigest
from core.ticket.keyring import NO_KID
from core.ticket.wire import Claims, Code, parse


class NoActiveKey(AppError):
    """The event has no key that seals."""

    def __init__(self, event: str) -> None:
        super().__init__("no_active_key", event=event)


def sealing(event: Event, signer: Signer, *, kid_free: bool = False) -> Maker:
    """A maker of T1 codes; with `kid_free`, of tickets without one, except where a ticket has one already."""

    def seal(claims: Claims) -> Sealed:
        text = signer.seal(replace(claims, kid=signer.kid))
        return Sealed(text, digest_of_text(text))

    return Maker(NO_KID if kid_free else signer.kid, own_window(event), seal)


def unsealed(event: Event) -> Maker:
    """A maker of tickets without a T1; it raises NoActiveKey where one is wanted all the same."""

    def seal(_: Claims) -> Sealed:
        raise NoActiveKey(event.id.hex)

    return Maker(NO_KID, own_window(event), seal)


def digest_of_text(text: str) -> CodeDigest:
    """What a sealed T1 goes by on lists. Raises TypeError for a text that is none: nobody sealed it."""
    code = parse(text)
    if not isinstance(code, Code):
        raise TypeError("a sealed ticket does not parse")
    return code.digest
