"""Whatever becomes of a step of the start window's, one signal answers it, and its words stay out of the log."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.errors import AppError
from app.start import worker as workers
from app.start.worker import StartWorker

SECRET = "T1:AAAAAAAAAAAAAAAA"


def test_a_fault_of_the_programs_own_is_a_refusal_and_what_it_quoted_is_not_logged(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr(workers, "prepare", broken)
    worker = StartWorker()
    with qtbot.waitSignal(worker.server_refused) as refused:
        worker.prepare(tmp_path, 8080, False)
    assert refused.args is not None
    error: AppError = refused.args[0]
    told = "".join(capsys.readouterr())
    assert (error.key, error.details) == ("start_failed", {"cause": "KeyError"})
    assert ("KeyError" in told, "test_worker.py" in told, SECRET in told) == (True, True, False)
