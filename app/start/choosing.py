"""Which door this computer becomes: the questions about it, one after the other, and the way back.

Owns their order: event, gate, yes or no. What there is only one of is not asked about. Refuses Qt, and every effect.
"""

from dataclasses import replace

from app.start.state import Asked, EventHere, StartState


def asking(state: StartState) -> StartState:
    """Somebody wants this computer to be a door: with the first question; as it was where no event has a gate."""
    return _asking_next(replace(state, event=None, gate=None)) if state.events else state


def picked(state: StartState, value: str) -> StartState:
    """The event or the gate of this id was chosen; as it was where there is none."""
    if state.asked is Asked.EVENT:
        event = next((each for each in state.events if each.id == value), None)
        return state if event is None else _asking_next(replace(state, event=event, gate=None))
    if state.asked is Asked.GATE and state.event is not None:
        gate = next((each for each in state.event.gates if each.id == value), None)
        return state if gate is None else _asking_next(replace(state, gate=gate))
    return state


def stepped_back(state: StartState) -> StartState:
    """One question back, past those that were not asked; without a question before the first of them."""
    gates = state.event.gates if state.event is not None else ()
    if state.asked is Asked.ENROL and len(gates) > 1:
        return replace(state, asked=Asked.GATE, gate=None)
    if state.asked in {Asked.ENROL, Asked.GATE} and len(state.events) > 1:
        return replace(state, asked=Asked.EVENT, event=None, gate=None)
    return replace(state, asked=None, event=None, gate=None)


def _asking_next(state: StartState) -> StartState:
    event = state.event or _only(state.events)
    if event is None:
        return replace(state, asked=Asked.EVENT)
    gate = state.gate or (event.gates[0] if len(event.gates) == 1 else None)
    return replace(state, event=event, gate=gate, asked=Asked.GATE if gate is None else Asked.ENROL)


def _only(events: tuple[EventHere, ...]) -> EventHere | None:
    return events[0] if len(events) == 1 else None
