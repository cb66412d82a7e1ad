"""A night's report on paper: what stands in the PDF is what the figures are, and what lacks is said."""

import io
import json
from dataclasses import replace

import pytest
from pydantic import TypeAdapter
from pypdf import PdfReader

from app.organizer.reports_present import incident_sheet, present_night, warnings_of
from app.organizer.reports_questions import incidents
from app.organizer.reports_words import load_report_words
from app.paper.night_paper import PaperTable, nice_top, night_paper
from core.insight.night_report import Answer, NightSources, night_of
from core.model.moments import Millis
from core.sync.incident_replies import Incident, IncidentPage, Side
from tests.insight.test_night_report import END, SOURCES, START, kiosk

MADE = END + 60_000


def side(gate: str) -> Side:
    return Side("ab", gate.lower(), gate, "cd", "North 1", "Ana", START, 100, "synced", "admitted")


RESOLVED = Incident(
    *("ab", "double_admission", "high", "resolved", START, END, True, "00ff", "77", side("North gate"), side("East")),
    *(None, "shared_code", "ana", "paid <b>twice</b>"),
    name="Grace Hopper",
)


def text_of(sources: NightSources, language: str = "en") -> str:
    body = night_paper(present_night(night_of(sources), load_report_words(language), MADE))
    pages = PdfReader(io.BytesIO(body)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_paper_says_the_figures_and_what_incidents_were() -> None:  # A25, D5
    told = text_of(replace(SOURCES, incidents=[RESOLVED]))
    for figure in ("40 entries of 100 tickets", "38 guests came", "60 tickets never came", "12 inside", "8 refusals"):
        assert figure in told
    assert "1 let in twice" in told
    assert "East / North gate" in told
    assert "Shared code, by ana: paid <b>twice</b>" in told, "a note is text, not markup"
    assert "Grace Hopper" not in told, "no guest is named"
    assert "All devices have told all: 1 of 1." in told
    assert "Page 1 of" in told


def test_german_says_the_same_figures() -> None:
    told = text_of(replace(SOURCES, incidents=[RESOLVED]), "de")
    for figure in ("40 Eintritte von 100 Tickets", "38 Gäste kamen", "Tor", "Vorfälle", "Seite 1 von"):
        assert figure in told
    assert "entries" not in told


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kiosks": [kiosk(queue=28), kiosk()]}, "1 of 2 devices have told all. North 1 lacks 14 scans here."),
        ({"kiosks": [kiosk(at_ms=START)]}, "0 of 1 devices have told all. North 1: not heard until the end."),
        ({"kiosks": None}, "Not in this report, because it could not be had: the devices."),
        ({"incidents": None}, "could not be had: the incidents."),
        ({"old": {Answer.STATUS: Millis(END)}}, "Old figures: the figures as of"),
        ({"status": replace(SOURCES.status, at_ms=START)}, "The event is not over"),
        ({"status": replace(SOURCES.status, quarantined=3)}, "3 records wait in quarantine"),
    ],
)
def test_what_is_incomplete_or_old_stands_before_the_figures(changed: dict[str, object], said: str) -> None:
    told = text_of(replace(SOURCES, **changed))  # type: ignore[arg-type]
    assert said in told
    assert told.index(said) < told.index("40 entries")
    assert said not in text_of(SOURCES), "and only then"


def test_incidents_of_the_cache_are_listed_with_their_time_and_ones_that_are_not_known_are_never_none() -> None:
    """G22: the report of a window that is offline: what it kept, of when, and what nobody can know."""
    kept = replace(SOURCES, incidents=[RESOLVED], old={Answer.STATUS: Millis(END), Answer.INCIDENTS: Millis(START)})
    told = text_of(kept)
    assert "Old figures: the figures as of 18 Nov, 19:00; the incidents as of 18 Nov, 13:00." in told
    assert "In all 1, open 0. As of 18 Nov, 13:00, as this computer kept them: later ones are missing" in told
    assert "East / North gate" in told
    none_kept = text_of(replace(kept, incidents=[]))
    assert "There was no incident. As of 18 Nov, 13:00, as this computer kept them" in none_kept
    unknown = text_of(replace(SOURCES, incidents=None, kiosks=None))
    assert unknown.count("Not known: they could not be had") == 2, "of incidents, and of devices"
    assert "There was no incident" not in unknown
    assert "No device took part" not in unknown
    assert "There was no incident." in text_of(SOURCES), "the server's own word that there was none"
    assert "each is an incident below" not in unknown


def test_a_sheet_of_kept_incidents_says_first_what_it_is() -> None:
    words = load_report_words("en")
    kept = night_of(replace(SOURCES, incidents=[RESOLVED], old={Answer.INCIDENTS: Millis(START)}))
    title, about, blank, head, *rows = incident_sheet(kept, words)
    assert (title, blank, head[0], len(rows)) == (("Incidents: Summer Night",), (), "Time", 1)
    assert about[0].startswith("In all 1, open 0. As of 18 Nov, 13:00, as this computer kept them")
    assert incident_sheet(night_of(replace(SOURCES, incidents=None)), words) == ()


def test_what_the_cache_keeps_of_incidents_is_what_the_report_says_and_no_guest() -> None:
    kept = incidents().keep(json.loads(TypeAdapter(IncidentPage).dump_json(IncidentPage([RESOLVED], "xyz"))))
    told = json.dumps(kept)
    for hidden in ("Grace", "00ff", '"77"', "paid", '"ab"', '"Ana"', "xyz"):
        assert hidden not in told
    page = incidents().read(kept)
    again, whole = (text_of(replace(SOURCES, incidents=each)) for each in (page.incidents, [RESOLVED]))
    assert again == whole.replace(": paid <b>twice</b>", "")
    assert page.after is not None, "that there are more is kept"


def test_a_whole_night_has_nothing_to_warn_of() -> None:
    assert list(warnings_of(night_of(SOURCES), load_report_words("en"))) == []


def test_a_long_night_goes_over_several_pages_with_heads_repeated_and_the_same_bytes_twice() -> None:
    sources = replace(SOURCES, incidents=[RESOLVED] * 120, has_more=True)
    paper = present_night(night_of(sources), load_report_words("en"), MADE)
    body = night_paper(paper)
    pages = PdfReader(io.BytesIO(body)).pages
    assert len(pages) >= 4
    assert all("What it was" in page.extract_text() for page in pages[2:-1])
    assert "the CSV of incidents has all" in text_of(sources)
    assert night_paper(paper) == body
    assert any(isinstance(block, PaperTable) and len(block.rows) == 120 for block in paper.blocks)


@pytest.mark.parametrize(("most", "top"), [(0, 4), (3.2, 4), (22, 24), (41, 80), (400, 400), (1e9, 1e9)])
def test_an_axis_ends_at_a_number_that_people_count_in(most: float, top: float) -> None:
    assert nice_top(most) == top
