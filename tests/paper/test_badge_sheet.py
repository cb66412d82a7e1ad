"""A badge on paper: one page, the code that a kiosk reads, and no name too long or too strange for it."""

import pytest

from app.paper.badge_sheet import PaperBadge, badge_sheet

TEXT = "DLBADGE1." + "ab" * 16 + "." + "A" * 26


@pytest.mark.parametrize("name", ["Ana", "W" * 64, "Ana\u202eanA\n", "名前" * 20, ""])
def test_any_name_makes_one_page(name: str) -> None:
    made = badge_sheet(PaperBadge("Summer Night " * 5, name, TEXT))
    assert made.startswith(b"%PDF-")
    assert made.count(b"/Type /Page\n") == 1
    assert badge_sheet(PaperBadge("Summer Night " * 5, name, TEXT)) == made
