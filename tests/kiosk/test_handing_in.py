"""What is taken of what somebody pastes or drops: a code's text, or pictures on this machine's own disks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

from app.kiosk.handing_in import MOST_FILES, MOST_TEXT, Pasted, Pictures, first_line, handed
from tests.support.door import ticket
from tests.support.hostile import hostile_texts

TICKET = ticket(1)


def of_text(text: str) -> QMimeData:
    data = QMimeData()
    data.setText(text)
    return data


def of_urls(*addresses: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(address) for address in addresses])
    return data


@pytest.mark.parametrize("text", [TICKET, TICKET + "\n", f"\n\n  {TICKET}  \r\nsecond line"])
def test_text_is_a_code(text: str) -> None:
    assert handed(of_text(text)) == Pasted(TICKET)


def test_a_picture_of_the_clipboard_is_searched() -> None:
    data = QMimeData()
    data.setImageData(QImage(8, 8, QImage.Format.Format_RGB32))
    given_ = handed(data)
    assert isinstance(given_, Pictures)
    assert isinstance(given_.pictures[0], QImage)


def test_files_that_are_named_as_pictures_are_searched() -> None:
    data = of_urls("file:///media/stick/ticket.PNG", "file:///media/stick/b.jpeg", "file:///media/stick/notes.txt")
    assert handed(data) == Pictures((Path("/media/stick/ticket.PNG"), Path("/media/stick/b.jpeg")))


@pytest.mark.parametrize(
    "address",
    [
        "file:///bin/sh",
        "file:///media/stick/ticket.svg",
        "file:///media/stick/ticket.png.exe",
        "file:///media/stick/list.m3u8",
        "file://server/share/ticket.png",
        "file:////server/share/ticket.png",
        "http://tickets.example/ticket.png",
        "smb://host/share/ticket.png",
        "javascript:alert(1)//.png",
        "data:image/png;base64,AAAA",
        "",
    ],
)
def test_nothing_else_is_ever_opened(address: str) -> None:
    assert handed(of_urls(address)) is None


def test_a_whole_folder_is_cut() -> None:
    given_ = handed(of_urls(*(f"file:///p/{number}.png" for number in range(500))))
    assert isinstance(given_, Pictures)
    assert len(given_.pictures) == MOST_FILES


def test_an_address_as_text_is_a_code_like_any_other() -> None:
    """It is presented, told to be no ticket, and never opened."""
    assert handed(of_text("https://tickets.example/t/1")) == Pasted("https://tickets.example/t/1")


def test_nothing_is_nothing() -> None:
    assert handed(None) is None
    assert handed(QMimeData()) is None
    assert handed(of_text(" \n\t ")) is None


@given(st.one_of(st.text(max_size=3_000), st.sampled_from(list(hostile_texts()))))
def test_any_text_is_one_short_line(text: str) -> None:
    line = first_line(text)
    assert len(line) <= MOST_TEXT
    assert line == line.rstrip()
    assert len(line.splitlines()) <= 1


def test_what_is_handed_in_is_in_no_trace() -> None:
    assert TICKET not in repr(handed(of_text(TICKET)))
