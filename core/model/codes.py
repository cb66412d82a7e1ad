"""How an event sells its codes: sealed by us, sold elsewhere, or on the way from one to the other.

Owns the settings of codes that existed before T1; what a code of each kind looks like is `core.ticket.legacy`.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from core.model.moments import Millis


class CodeMode(StrEnum):
    """Whose codes open the doors: T1 alone; old ones too until a day; those of another shop for ever."""

    T1 = "t1"
    MIGRATING = "migrating"
    FOREIGN = "foreign"


class AdapterKind(StrEnum):
    """The fixed forms of codes that existed before T1. None of them takes a pattern: each reads in linear time."""

    OPAQUE = "opaque"
    UUID = "uuid"
    URL = "url"
    JSON = "json"
    HMAC = "hmac"


class Symbology(StrEnum):
    """The kinds of printed code that a door reads. T1 is always a QR code; the others are other shops'.

    The flat ones (from `code128` on) are read by a line across them and have weak checks of their own: they are read
    only where an event has such tickets.
    """

    QR = "qr"
    AZTEC = "aztec"
    DATA_MATRIX = "data_matrix"
    PDF417 = "pdf417"
    CODE128 = "code128"
    CODE39 = "code39"
    EAN13 = "ean13"
    ITF = "itf"


QR_ONLY = (Symbology.QR,)


T1_FORM = "t1"
"""The form of a T1 code; no adapter may be named so."""
BY_NAME_FORM = "by_name"
"""In the place of a form: no code was seen, staff found the ticket by its guest's name, its order or its reference."""
BY_NUMBER_FORM = "by_number"
"""In the place of a form: no code could be read, staff typed a number (`tid`) that the kiosk's guest list has not."""
RESERVED_FORMS = frozenset({T1_FORM, BY_NAME_FORM, BY_NUMBER_FORM})
"""What no adapter may be named."""


def is_old_form(form: str | None) -> bool:
    """Whether a presentation showed a code that existed before T1. Whom staff found by name showed none."""
    return form is not None and form not in RESERVED_FORMS


@dataclass(frozen=True, slots=True)
class Adapter:
    """How one kind of old code is recognised and what of it names the ticket.

    `name` is part of the code's digest: it never changes once codes are listed.

    opaque: the text itself, `least` to `most` characters, with `prefix` in front where there is one.
    uuid:   a UUID in any usual spelling.
    url:    an address of `host`; the code is the query parameter `field`, or the last part of the path without one.
    json:   an object with the code in `field`.
    hmac:   `payload.hexdigest`, HMAC-SHA-256 of the payload with the adapter's own key; the whole text is the code, and
            the bounds are the payload's.

    `folds_case`: the shop does not tell upper from lower case.
    """

    name: str
    kind: AdapterKind
    host: str = ""
    field: str = ""
    prefix: str = ""
    least: int = 4
    most: int = 128
    folds_case: bool = False


@dataclass(frozen=True, slots=True)
class CodeRules:
    """An event's codes. `is_final`: no more tickets are sold, so a code that is not listed is nobody's.

    `symbologies` are the kinds of code that its doors' cameras look for. `legacy_until_ms` ends a migration: old codes
    are `legacy_expired` from then on; None leaves it open.
    """

    mode: CodeMode = CodeMode.T1
    is_final: bool = False
    legacy_until_ms: Millis | None = None
    adapters: tuple[Adapter, ...] = field(default=())
    symbologies: tuple[Symbology, ...] = QR_ONLY

    def are_old_codes_over(self, earliest_ms: int) -> bool:
        """Whether a migration has ended for certain; `earliest_ms` is the earliest that it can be now."""
        is_migrating = self.mode is CodeMode.MIGRATING and self.legacy_until_ms is not None
        return is_migrating and earliest_ms >= (self.legacy_until_ms or 0)
