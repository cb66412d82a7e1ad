"""A language nobody speaks: English with accents, two fifths longer. What fits in it fits in German."""

from collections.abc import Mapping
from string import Formatter

_ACCENTED = str.maketrans("aceinouyACEINOUYSZ", "áčêïñöüýÁČÊÏÑÖÜÝŠŽ")
GROWTH = 0.4


def lengthened(tables: Mapping[str, object]) -> dict[str, object]:
    """The same keys with longer texts; placeholders stay."""
    return {key: _longer(value) for key, value in tables.items()}


def lengthened_text(text: str) -> str:
    """The same text in the language nobody speaks."""
    if not text:
        return text
    parts = []
    for literal, name, _, _ in Formatter().parse(text):
        parts.append(literal.translate(_ACCENTED))
        parts.append("" if name is None else f"{{{name}}}")
    more = max(1, round(len(text) * GROWTH))
    tail = ("Ñöčh mêhr " * 9)[:more]
    return "".join(parts) + (tail.upper() if text.isupper() else tail)


def _longer(value: object) -> object:
    if isinstance(value, str):
        return lengthened_text(value)
    if isinstance(value, Mapping):
        return lengthened(value)
    return [_longer(item) for item in value] if isinstance(value, list) else value
