"""The page on a guest's phone: the rotating code of one ticket, drawn anew while it is looked at.

Owns what the page holds: one ticket's text and its 20-byte secret, never a key of the event. It is one file that asks
nobody for anything: its policy (Content Security Policy, level 2) names its own scripts and its style by their hashes
and allows nothing else, so that a name that slipped through the escaping would still not run.

The clock is the phone's. Offline there is nothing to check it against: the page shows its time instead, and a door
that trusts its own clock refuses a screen that is more than 30 s off (docs/ticket-format.md).
"""

import base64
import hashlib
import html
import json
import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

import resources
from app.paper.sheet import handle_of
from core.ticket.proof import SECRET_BYTES
from core.ticket.wire import Code, parse, spell

_SCRIPTS = ("qrcode", "live", "page")
"""In the order in which they run: the symbol's encoder, the code of a second, the drawing."""
_UNSHOWN = {"Cc", "Cs"}
"""Unicode categories that no document may hold: control characters and halves of characters."""


@dataclass(frozen=True, slots=True)
class LiveTicket:
    """One rotating ticket: three lines for people, the T1 text without a proof, and its 20-byte secret."""

    event_name: str
    class_name: str
    valid: str
    text: str = field(repr=False)
    secret: bytes = field(repr=False)


def live_page(ticket: LiveTicket) -> str:
    """The page as HTML, in UTF-8 once written. Names may hold any text.

    Raises ValueError for a text that is no rotating T1 or brings its own proof, and for a secret of another length.
    """
    check_rotates(ticket.text, ticket.secret)
    scripts = {name: resources.read_text(f"live/{name}.js") for name in _SCRIPTS}
    style = resources.read_text("live/page.css")
    parts = {
        "policy": _policy(scripts.values(), style),
        "event_name": _shown(ticket.event_name),
        "class_name": _shown(ticket.class_name),
        "valid": _shown(ticket.valid),
        "handle": _shown(handle_of(ticket.text)),
        "license": resources.read_text("live/LICENSE.qrcode-generator.txt").strip(),
        "style": style,
        "ticket": _data(ticket),
        **scripts,
    }
    return string.Template(resources.read_text("live/page.html")).substitute(parts)


def check_rotates(text: str, secret: bytes) -> None:
    """Passes for what a live screen can show. Raises ValueError as `live_page`."""
    code = parse(text)
    if not isinstance(code, Code) or spell(code.header, code.auth) != text or not code.claims.is_rotating:
        raise ValueError("only a rotating T1 without a proof can be shown live")
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a rotating ticket's secret is {SECRET_BYTES} bytes")


def _policy(scripts: Iterable[str], style: str) -> str:
    allowed = " ".join(map(_hash, scripts))
    return f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"


def _hash(source: str) -> str:
    """How a policy names an inline source (CSP level 2, section 4.2.5)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def _shown(text: str) -> str:
    """A text for people on one line, as HTML."""
    spaced = " ".join(text.split())
    return html.escape("".join(char for char in spaced if unicodedata.category(char) not in _UNSHOWN))


def _data(ticket: LiveTicket) -> str:
    """JSON for a script element: without a `<`, nothing in it can end the element (HTML, section 4.12.1.3)."""
    return json.dumps({"text": ticket.text, "secret": ticket.secret.hex()}).replace("<", "\\u003c")
