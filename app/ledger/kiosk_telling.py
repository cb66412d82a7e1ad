"""What an organizer is told of kiosks: their rows, what they said they hold, and what of it is here.

Owns the putting together; the shapes are `core.sync.kiosk_replies`.
"""

from dataclasses import replace

from app.ledger.admin import Office
from app.ledger.device_rows import DeviceState, DeviceSummary, DeviceUnknown
from core.insight.hearing import hearing_of
from core.model.ids import DeviceId, EventId
from core.sync.kiosk_replies import KioskClock, KioskReply, KioskVitals


def kiosks_told(office: Office, event: EventId) -> list[KioskReply]:
    """What an organizer is told of an event's kiosks, in the order in which they came."""
    counts = {row.device: (row.told_count, row.held_count) for row in office.tallies.summaries(event)}
    waiting = office.salvage.waiting(event)
    kiosks = office.devices.list(event)
    told = [_reply(each, counts.get(each.id), waiting.get(each.id, 0)) for each in kiosks]
    now_ms = office.now_ms()
    return [
        replace(each, hearing=hearing_of(each, told, now_ms)) if each.state == DeviceState.ACTIVE.value else each
        for each in told
    ]


def kiosk_told(office: Office, event: EventId, device: DeviceId) -> KioskReply:
    """What an organizer is told of one of them. Raises DeviceUnknown."""
    found = next((each for each in kiosks_told(office, event) if each.id == device.hex), None)
    if found is None:
        raise DeviceUnknown(device.hex)
    return found


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
