"""Which versions of the protocol are spoken: this one and the one before."""

import pytest

from core.sync.protocols import PROTOCOL, VERSIONS, Fit, fit_of

LATER = ("2027-09", "2027-02", *VERSIONS)


@pytest.mark.parametrize(
    ("spoken", "fit"),
    [
        ("2027-09", Fit.SPOKEN),
        ("2027-02", Fit.SPOKEN),
        (VERSIONS[0], Fit.KIOSK_OUTDATED),  # two back
        (VERSIONS[1], Fit.KIOSK_OUTDATED),
        ("2027-03", Fit.KIOSK_OUTDATED),  # never released
        ("", Fit.KIOSK_OUTDATED),
        ("2027-10", Fit.SERVER_OUTDATED),
    ],
)
def test_one_version_back_is_spoken_and_no_other(spoken: str, fit: Fit) -> None:  # G28
    assert fit_of(spoken, LATER) is fit


def test_versions_fall_and_this_program_speaks_the_newest() -> None:
    assert list(VERSIONS) == sorted(VERSIONS, reverse=True)
    assert VERSIONS[0] == PROTOCOL
    assert fit_of("2026-11") is Fit.SPOKEN
