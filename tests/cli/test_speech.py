"""How a failure becomes one sentence with its cure."""

import pytest

from app.errors import AppError
from app.speech import sentence_for


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("unreachable", "no server answers"),
        ("enrol_code_used", "made a kiosk already"),
        ("enrol_code_expired", "older than 15 minutes"),
        ("enrol_code_wrong", "type it again"),
        ("kiosk_outdated", "update this program"),
    ],
)
def test_each_refusal_of_an_enrolment_has_its_own_cure(code: str, said: str) -> None:  # A22
    sentence = sentence_for(AppError("enrolment_failed", code=code))
    assert said in sentence
    assert code not in sentence


def test_a_refusal_that_nobody_foresaw_names_its_code() -> None:
    assert "quite_new" in sentence_for(AppError("enrolment_failed", code="quite_new"))


def test_an_error_without_a_code_has_the_sentence_of_its_key() -> None:
    assert sentence_for(AppError("device_unknown", device="North 1")).startswith("there is no device North 1")
