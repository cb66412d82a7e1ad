"""What counts as a refusal: one definition for the page Live, the reports, and whatever else tells of a night. Pure."""

from core.model.outcomes import TABLE, Outcome, OutcomeClass

REFUSING = frozenset({OutcomeClass.HOLD, OutcomeClass.DENY, OutcomeClass.SYSTEM})
"""What stops a guest, for a moment or for good."""
NO_REFUSALS = frozenset({Outcome.JUST_SCANNED_HERE, Outcome.UNDONE})
"""The same guest still, and a scan that was taken back: nobody was sent away."""


def is_refusal(name: str) -> bool:
    """Whether an outcome stopped a guest. One that a newer server knows is none of ours to judge: it counts."""
    if name not in set(Outcome):
        return True
    outcome = Outcome(name)
    return TABLE[outcome].outcome_class in REFUSING and outcome not in NO_REFUSALS
