"""Defects that tests plant, to see that they would be seen.

Owns those that more than one channel's tests plant.
"""

from typing import Any

import pytest
from sqlalchemy import update

from app.ledger import deliveries
from app.ledger.schema import outbox


def without_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that slept through its lease finishes the message all the same, whoever has it by now."""

    def unfenced(connection: Any, claimed: Any, **values: Any) -> bool:
        mine = (outbox.c.event_id == claimed.event) & (outbox.c.id == claimed.id)
        return bool(connection.execute(update(outbox).where(mine).values(values)).rowcount)

    monkeypatch.setattr(deliveries, "_change", unfenced)
