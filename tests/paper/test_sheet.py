"""Sheets of tickets: what is printed, that it scans, and that no name breaks out of its place."""

import io
import shutil
import subprocess
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PageObject, PdfReader

from app.paper.sheet import PER_PAGE, PaperTicket, handle_of, ticket_sheet
from core.model.ids import TicketHandle
from tests.support import facts

A4 = (595, 842)
MOST_BYTES_A_TICKET = 4_000
MOST_MEMORY_A_TICKET = 16 * 1024


def _code(number: int, *, kid: int = facts.KID) -> str:
    return facts.text_of(replace(facts.claims(kid=kid), tid=TicketHandle(number.to_bytes(8))))


def _ticket(number: int, **change: str) -> PaperTicket:
    usual = PaperTicket("Summer Night", "Weekend ticket", "20 to 22 November 2026", _code(number), number)
    return replace(usual, **change)


def _pages(tickets: list[PaperTicket]) -> list[PageObject]:
    return list(PdfReader(io.BytesIO(ticket_sheet(tickets)), strict=True).pages)


def _drawn(page: PageObject, pixels_a_point: int = 3) -> np.ndarray:
    """The filled rectangles of a page as a picture: everything that the sheet fills is a QR code."""
    contents = page.get_contents()
    assert contents is not None
    picture = np.full((A4[1] * pixels_a_point, A4[0] * pixels_a_point), 255, dtype=np.uint8)
    for line in contents.get_data().decode("latin-1").splitlines():
        for at, word in enumerate(words := line.split()):
            if word == "re":
                x, y, width, height = (float(number) * pixels_a_point for number in words[at - 4 : at])
                bottom = len(picture) - y
                picture[round(bottom - height) : round(bottom), round(x) : round(x + width)] = 0
    return picture


def _read(picture: np.ndarray) -> set[str]:
    return {found.text for found in zxingcpp.read_barcodes(picture)}


# --- what is printed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (8, 1), (9, 2), (17, 3)])
def test_eight_tickets_fill_a_page(count: int, pages: int) -> None:
    made = _pages([_ticket(number) for number in range(count)])
    assert len(made) == pages
    assert all((round(page.mediabox.width), round(page.mediabox.height)) == A4 for page in made)


def test_a_ticket_says_what_a_guest_and_the_staff_need() -> None:
    text = _pages([_ticket(0xA7F8022A4EEDEF2A)])[0].extract_text()
    for words in ("Summer Night", "Weekend ticket", "20 to 22 November", "a7f8 022a 4eed ef2a", "№ 1210"):
        assert words in text.replace("\n", " ")


def test_the_handle_is_told_in_groups_and_only_of_our_own_codes() -> None:
    assert handle_of(_code(0x0123456789ABCDEF)) == "0123 4567 89ab cdef"
    assert handle_of("https://example.org") == ""


def test_every_code_on_every_page_scans() -> None:
    tickets = [_ticket(number) for number in range(1, 10)] + [_ticket(10, text=_code(10, kid=facts.ED_KID))]
    for at, page in enumerate(_pages(tickets)):
        assert _read(_drawn(page)) == {ticket.text for ticket in tickets[at * PER_PAGE : (at + 1) * PER_PAGE]}


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler's pdftoppm is not installed")
def test_a_printed_page_scans(tmp_path: Path) -> None:
    tickets = [_ticket(number) for number in range(1, PER_PAGE + 1)]
    sheet = tmp_path / "sheet.pdf"
    sheet.write_bytes(ticket_sheet(tickets))
    subprocess.run(["pdftoppm", "-r", "150", "-gray", "-png", "-singlefile", sheet, tmp_path / "page"], check=True)
    with Image.open(tmp_path / "page.png") as picture:
        assert _read(np.asarray(picture.convert("L"))) == {ticket.text for ticket in tickets}


def test_the_same_tickets_make_the_same_bytes() -> None:
    tickets = [_ticket(number, event_name="Fête d’été") for number in range(10)]
    assert ticket_sheet(tickets) == ticket_sheet(tickets)
    assert ticket_sheet(tickets) != ticket_sheet(tickets[::-1])


def _peak_bytes(count: int) -> int:
    tickets = [_ticket(number) for number in range(count)]
    tracemalloc.start()
    try:
        assert len(ticket_sheet(tickets)) < 100_000 + count * MOST_BYTES_A_TICKET
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_each_further_ticket_costs_little_memory() -> None:
    """A thousand tickets at this rate take less than 16 MB on the way to a file of 2 MB."""
    _peak_bytes(1)
    assert _peak_bytes(20) - _peak_bytes(4) < 16 * MOST_MEMORY_A_TICKET


def test_a_ticket_does_not_print_its_code_in_a_log() -> None:
    assert "T1:" not in repr(_ticket(1))


# --- text from outside --------------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=15)
@given(st.lists(st.text(st.characters(), max_size=300), min_size=3, max_size=3))
def test_any_unicode_is_printed_beside_a_code_that_scans(texts: list[str]) -> None:
    event, of, valid = texts
    (page,) = _pages([_ticket(5, event_name=event, class_name=of, valid=valid)])
    assert _read(_drawn(page)) == {_code(5)}


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        (") Tj ET (", ") Tj ET ("),
        ("\\) Do /Evil", "\\) Do /Evil"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("a\x00b\r\nc\td", "ab c d"),
        ("live\u202egnp", "livegnp"),
        ("日本 🎉", "?? ?"),
        ("Ägäis Ω Б", "Ägäis Ω Б"),
        ("e\u0301te\u0301", "été"),
        ("half \ud800", "half"),
    ],
    ids=ascii,
)
def test_names_are_text_and_nothing_else(name: str, printed: str) -> None:
    text = _pages([_ticket(1, event_name=name)])[0].extract_text()
    assert text.splitlines()[0].strip() == printed


LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenverleihtagung " * 4


def test_long_names_stay_in_their_place_and_end_in_an_ellipsis() -> None:
    """Two lines of the event, two of the class, three of the time, the number, the handle."""
    lines = _pages([_ticket(1, event_name=LONG, class_name=LONG, valid=LONG)])[0].extract_text().splitlines()
    assert len(lines) == 9
    assert [line.endswith("…") for line in lines] == [at in (1, 3, 6) for at in range(9)]


@pytest.mark.parametrize("tickets", [[], [_ticket(1, text="")]], ids=["no ticket", "no code"])
def test_a_sheet_with_nothing_on_it_is_not_made(tickets: list[PaperTicket]) -> None:
    with pytest.raises(ValueError, match=r"needs a ticket|nothing to encode"):
        ticket_sheet(tickets)
