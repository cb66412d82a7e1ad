"""The closed table of outcomes agrees with the list that everybody works from."""

import pytest

from core.model.outcomes import ADMISSIONS, LOOKS, TABLE, Outcome, OutcomeClass, Override, is_admission

AGREED = """
admitted              A  ok                    –
admitted_offline      A  ok                    –
admitted_reentry      A  ok                    –
exit_recorded         L  ok                    –
exit_without_entry    B  ok                    –
attention             B  ok                    ack
legacy_admitted       B  ok                    –
answers_required      H  incomplete            supervisor
confirm_identity      H  –                     ack
unpaid                H  unpaid                supervisor
just_scanned_here     H  –                     –
unlisted              H  invalid               supervisor
legacy_expired        H  invalid               supervisor
already_used          D  already_redeemed      supervisor
already_inside        D  already_redeemed      supervisor
limit_reached         D  rules                 supervisor
too_early             D  invalid_time          supervisor
too_late              D  invalid_time          supervisor
wrong_gate            D  rules                 supervisor
wrong_product         D  product               supervisor
wrong_date            D  product               supervisor
wrong_event           D  invalid               –
canceled              D  canceled              supervisor
revoked               D  revoked               supervisor
blocked               D  blocked               admin
bad_signature         D  invalid               –
damaged_code          D  invalid               –
unknown_code          D  invalid               –
replayed_code         D  invalid               supervisor
bad_proof             D  invalid               supervisor
proof_missing         D  invalid               supervisor
ambiguous             D  ambiguous             pick
not_a_ticket          S  invalid               –
unknown_key           S  invalid               admin
key_revoked           S  invalid               admin
snapshot_expired      S  invalid               admin
clock_untrusted       S  –                     supervisor
update_required       S  –                     –
device_revoked        S  401                   –
not_authorised        S  403                   –
storage_failed        S  –                     –
undone                S  annulled              supervisor
undo_refused          S  annulled              supervisor
quarantined           S  error                 –
server_busy           S  error                 –
server_error          S  error                 –
timeout               S  error                 –
"""
CLASSES = {
    "A": OutcomeClass.ADMIT,
    "L": OutcomeClass.LEAVE,
    "B": OutcomeClass.ADMIT_AND_ACT,
    "H": OutcomeClass.HOLD,
    "D": OutcomeClass.DENY,
    "S": OutcomeClass.SYSTEM,
}
OVERRIDES = {
    "–": Override.NOBODY,
    "ack": Override.ACKNOWLEDGE,
    "pick": Override.PICK_ONE,
    "supervisor": Override.SUPERVISOR,
    "admin": Override.ADMIN,
}
ROWS = [line.split() for line in AGREED.strip().splitlines()]


def test_every_outcome_has_exactly_one_row() -> None:
    assert set(TABLE) == set(Outcome)
    assert [row[0] for row in ROWS] == [outcome.value for outcome in Outcome]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_table_says_what_was_agreed(row: list[str]) -> None:
    code, letter, reason, override = row
    found = TABLE[Outcome(code)]
    assert found.outcome_class is CLASSES[letter]
    assert found.pretix_reason == reason.replace("–", "")
    assert found.override is OVERRIDES[override]


def test_classes_differ_in_shape_and_in_rhythm() -> None:
    assert set(LOOKS) == set(OutcomeClass)
    assert len({look.shape for look in LOOKS.values()}) == len(LOOKS)
    assert len({look.sound for look in LOOKS.values()}) == len(LOOKS)


def test_nothing_green_is_shown_when_nobody_may_pass() -> None:
    green = {OutcomeClass.ADMIT, OutcomeClass.ADMIT_AND_ACT}
    passes = ADMISSIONS | {Outcome.EXIT_WITHOUT_ENTRY}
    assert {outcome for outcome in Outcome if TABLE[outcome].outcome_class in green} == passes


def test_an_exit_is_no_admission() -> None:
    assert not is_admission(Outcome.EXIT_RECORDED)
    assert not is_admission(Outcome.EXIT_WITHOUT_ENTRY)
    assert is_admission(Outcome.ATTENTION)
