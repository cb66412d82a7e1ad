"""Every test of widgets reads in the project's own typeface, as a bare machine does."""

import pytest
from PySide6.QtWidgets import QApplication

from app.widgets.typeface import load_typeface


@pytest.fixture(autouse=True)
def _typeface(qapp: QApplication) -> None:
    load_typeface()
