"""Documents are drawn one at a time: ReportLab mixes the letters of two that are drawn at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.paper.alone import drawn_alone
from app.paper.badge_sheet import badge_sheet
from app.paper.check_sheet import check_sheet
from app.paper.guest_list import guest_list
from app.paper.night_paper import night_paper
from app.paper.sheet import ticket_sheet


def meet(guard: Callable[[Callable[[], bool]], Callable[[], bool]], patience_s: float) -> list[bool]:
    """Whether two threads are inside of a drawing at the same moment, where each waits there for the other."""
    both = threading.Barrier(2)

    def draw() -> bool:
        try:
            both.wait(patience_s)
        except threading.BrokenBarrierError:
            return False
        return True

    guarded = guard(draw)
    with ThreadPoolExecutor(2) as pool:
        return [drawing.result() for drawing in (pool.submit(guarded), pool.submit(guarded))]


def test_two_documents_are_never_drawn_at_the_same_moment() -> None:
    assert meet(drawn_alone, 0.2) == [False, False]


def test_two_that_nobody_keeps_apart_are() -> None:  # negative control
    assert meet(lambda draw: draw, 20.0) == [True, True]


@pytest.mark.parametrize("draw", [badge_sheet, check_sheet, guest_list, night_paper, ticket_sheet])
def test_every_document_of_the_program_is_kept_apart(draw: Callable[..., bytes]) -> None:
    assert hasattr(draw, "__wrapped__")
