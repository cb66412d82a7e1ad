"""Texts that somebody might put into a QR code: truncated, huge, binary, markup, addresses, near misses of tickets."""

from collections.abc import Iterator

from tests.support.door import ticket

MARKUP = (
    "<b>bold</b>",
    "<img src=file:///etc/passwd>",
    "<img src='http://tickets.example/beacon.png'>",
    "<table>" * 271,
    "<a href='file:///bin/sh'>ADMIT</a>",
    "<script>alert(1)</script>",
    "&#x3c;b&#x3e;",
    "<style>*{font-size:900px}</style>",
    "<h1>ADMIT</h1>" * 30,
)
ADDRESSES = (
    "https://tickets.example/t/123",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,<h1>hi</h1>",
    "WIFI:T:WPA;S=door;P=secret;;",
    "tel:+491234567",
    "BEGIN:VCARD\nEND:VCARD",
    "smb://host/share",
    "\\\\host\\share",
    "mailto:a@example.org?subject=x",
)
CONTROLS = (
    "",
    " ",
    "\x00",
    "\x07\x1b[2J\x1b[31mADMIT",
    "\u202eTIMDA",
    "\u2066\u2067\u2068",
    "\ufeffT1:",
    "T1:\u0410\u0410",
    "\ud800",
    "a\u0300" * 200,
    "😀" * 120,
    "\r\n" * 200,
    "'; DROP TABLE facts; --",
    "%s%s%n%n",
    "{0}{1}{__class__}",
    "../" * 100,
    "$(reboot)",
)


def hostile_texts() -> Iterator[str]:
    """At least 500 of them, the same at every call, none a genuine ticket."""
    yield from MARKUP
    yield from ADDRESSES
    yield from CONTROLS
    genuine = ticket(1)
    yield from (genuine[:length] for length in range(len(genuine)))
    yield from (genuine[:place] + chr(0x0410) + genuine[place + 1 :] for place in range(len(genuine)))
    yield from (genuine[:place] + genuine[place + 1 :] for place in range(3, len(genuine)))
    yield from (genuine[:place] + genuine[place:].lower() for place in range(2, len(genuine) - 6))
    yield from (genuine + "A" * length for length in (1, 2, 77, 440, 5_000, 100_000))
    yield from (f"T{number}:{genuine[3:]}" for number in range(2, 200))
    yield from (character * 300 for character in "T1:.=\\<&%\t\x7f")
    yield from (f"{genuine}.{stamp}" for stamp in ("1", "1795003600.1", "1795003600.12345678", "." * 9))
    yield from ("\\000026" * count + genuine for count in range(2, 6))
    yield from (genuine + end for end in ("\n\n", "\r\r", " \n", "\x00"))
