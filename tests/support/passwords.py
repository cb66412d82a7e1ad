"""Passwords for tests that make many: the same function at a small part of its costs."""

import pytest

from core.ticket import seal

_KIB = 64


def make_passwords_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with 64 KiB and one pass until the test ends. What the costs are is tested elsewhere, at full price."""
    monkeypatch.setattr(seal, "ARGON2_KIB", _KIB)
    monkeypatch.setattr(seal, "ARGON2_PASSES", 1)
    monkeypatch.setattr(seal, "_COSTS", f"$argon2id$v=19$m={_KIB},t=1,p={seal.ARGON2_LANES}$")
