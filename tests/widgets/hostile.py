"""Texts that a widget must take literally, whatever they hope to be taken for."""

import random

NESTED_TABLES = "<table><tr><td>" * 271 + "x"
"""A QLabel left to guess lays this out for most of a minute."""

KNOWN = (
    "<b>free</b>",
    "<img src='file:///etc/passwd'>",
    '<img src="http://example.org/pixel.png" width="9999999" height="9999999">',
    "<a href='file:///etc/passwd'>ticket</a>",
    "file:///etc/passwd",
    "javascript:alert(1)",
    NESTED_TABLES,
    "<html><head><style>*{font-size:9999px}</style></head><body>ADMIT</body></html>",
    "&lt;b&gt;&amp;&nbsp;",
    "DENIED\u202eTIMDA",
    "\u2066ADMIT\u2069\u200f",
    "line\nbreak\r\ttab\0nul",
    "e" + "\u0301" * 5_000,
    "A" * 1_000_000,
    "\ud800 alone",
    "%s%n{0}{word.__class__}",
    "\x1b[2J\x07",
    "﷽" * 400,
    "👩\u200d👩\u200d👧" * 200,
    " " * 1_000,
    "",
)

_PIECES = (
    *KNOWN[:6],
    "<table>",
    "<tr><td>",
    "</td>",
    "<font size=7>",
    "<br>",
    "<!--",
    "&#x202e;",
    "\u202e",
    "\u200b",
    "\n",
    "ü",
    "票",
    "تذكرة",
    "\u0336",
    "<svg onload=x>",
    "{gate}",
    "0" * 99,
    "<ul><li>",
)


def hostile_texts(count: int = 500, seed: int = 271) -> list[str]:
    """The known ones and as many made of their pieces, the same each time."""
    chance = random.Random(seed)
    made = ["".join(chance.choices(_PIECES, k=chance.randint(1, 60))) for _ in range(count - len(KNOWN))]
    return [*KNOWN, *made]
