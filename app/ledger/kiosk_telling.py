"""What an organizer is told of kiosks: their rows, what they said they hold, and what of it is here.

Owns the putting together; the shapes are `core.sync.kiosk_replies`.
"""

from collections.abc import Sequence

from app.ledger.admin import Office
from app.ledger.device_rows import DeviceSummary
from core.model.ids import EventId
from core.sync.kiosk_replies import KioskClock, KioskReply, KioskVitals


def kiosks_told(office: Office, event: EventId, kiosks: Sequence[DeviceSummary]) -> list[KioskReply]:
    """What an organizer is told of these kiosks, in their order."""
    counts = {row.device: (row.told_count, row.held_count) for row in office.tallies.summaries(event)}
    waiting = office.salvage.waiting(event)
    return [_reply(each, counts.get(each.id), waiting.get(each.id, 0)) for each in kiosks]


def _reply(device: DeviceSummary, counts: tuple[int, int] | None, salvageable: int) -> KioskReply:
    told = device.clock
    clock = None if told is None else KioskClock(told.offset_ms, told.uncertainty_ms, told.quality.value, told.at_ms)
    return KioskReply(
        id=device.id.hex,
        name=device.name,
        gate=device.gate,
        state=device.state.value,
        profile=device.profile.value,
        last_seen_ms=device.last_seen_ms,
        clock=clock,
        digits=device.digits,
        replaces=None if device.replaces is None else device.replaces.hex,
        is_over=device.is_over,
        told_facts=counts[0] if counts else None,
        held_facts=counts[1] if counts else None,
        vitals=None if device.vitals is None else KioskVitals(device.vitals.told, device.vitals.at_ms),
        confirm_until_ms=device.confirm_until_ms,
        revoked_at_ms=device.revoked_at_ms,
        salvageable=salvageable,
    )
