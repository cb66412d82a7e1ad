"""An organizer with an empty server: a first event, its gates, classes and staff; the same once more next year.

Over a real line to a real server. Two windows change one event; the later one is told.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from app.ledger.admin import Office, open_ledger
from app.organizer.network_desk import NetworkDesk
from app.organizer.setup.editor import Editor
from app.organizer.setup.set_up_page import SetUpPage
from app.organizer.setup.setup_words import SectionName
from app.organizer.setup.step_row import StepMark
from app.server.program import build_app
from core.gate.operators import DoorRole
from core.model.ids import EventId
from core.model.roles import Role
from core.sync.messages import EventRow, Me, RoleRow
from tests.organizer.desk_contract import until
from tests.organizer.shots import surroundings_at
from tests.server.serving import served

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_leftovers")]

TOKEN = "organizers-token-of-the-test"
OWNER = Me("ana", [RoleRow(None, Role.OWNER)], must_change=False)


class Window:
    """A Set-up page over a real line."""

    def __init__(self, url: str, folder: Path, event: EventId | None, qtbot: QtBot) -> None:
        self.desk = NetworkDesk(url, folder)
        self.desk.use(TOKEN, OWNER)
        self.desk.show_event(event)
        self.page = SetUpPage(surroundings_at(self.desk))
        qtbot.addWidget(self.page)
        self.page.resize(1280, 800)
        self.page.show()
        self.page.begin()
        self._qtbot = qtbot

    @property
    def editor(self) -> Editor:
        assert self.page.editor is not None
        return self.page.editor

    def wait(self, is_so: Callable[[], object]) -> None:
        until(self._qtbot, is_so)

    def knows_its_event(self) -> bool:
        return self.editor._known is not None

    def close(self) -> None:
        self.page.rest()
        self.desk.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Office, str]]:
    with closing(open_ledger(None, tmp_path / "ledger")) as office, served(build_app(office, TOKEN)) as url:
        yield office, url


def policy(office: Office, event: EventId) -> EventRow:
    return office.show_event(event).policy


def test_an_evening_is_set_up_from_nothing_and_once_more(
    house: tuple[Office, str], tmp_path: Path, qtbot: QtBot
) -> None:  # D1
    office, url = house
    with closing(Window(url, tmp_path / "first", None, qtbot)) as first:
        form = first.page.first.create_form
        form.name.line.setText("Summer Night")
        form.zone.line.setText("Europe/Berlin")
        for field, day, time in ((form.starts, "2026-12-04", "20:00"), (form.ends, "2026-12-05", "04:00")):
            field.day.setText(day)
            field.time.setText(time)
        form.make()
        first.wait(lambda: first.page._at.teller.events)
        event = EventId(UUID(first.page._at.teller.events[0]))
    assert [each.policy.name for each in office.list_events()] == ["Summer Night"]
    with closing(Window(url, tmp_path / "second", event, qtbot)) as window:
        window.wait(window.knows_its_event)
        body = window.editor
        body.gates.list.add()
        body.gates.gate_form.name.line.setText("Back door")
        body.gates.save()
        window.wait(lambda: len(policy(office, event).gates) == 2 and not body.gates.is_unsaved)
        body.classes.list.add()
        form_of = body.classes.class_form.fields
        form_of["name"].show_value("Weekend")
        form_of["entries"].show_value(3)
        form_of["capacity"].show_value(200)
        body.classes.class_form.every_gate.rows[0].click()
        form_of["gates"].rows[1].click()  # type: ignore[attr-defined]
        body.classes.save()
        window.wait(lambda: not body.classes.is_unsaved)
        weekend = policy(office, event).classes[1]
        assert (weekend.name, weekend.entries, weekend.gates) == ("Weekend", 3, ["back-door"])
        assert [each.capacity for each in office.status_of(event).classes] == [None, weekend.capacity] == [None, 200]
        body.gates.list.open(1)
        body.gates.list.remove()
        body.gates.save()
        assert body.gates.message == "Weekend still names the gate Back door: change that class first."
        body.gates.discard()
        body.staff.open("")
        body.staff.form.name.line.setText("Ben")
        body.staff.form.role.rows[1].click()
        body.staff.form.pin.line.setText("840217")
        body.staff.save()
        window.wait(lambda: office.operators.list(event))
        (ben,) = office.operators.list(event)
        assert (ben.name, ben.role) == ("Ben", DoorRole.SUPERVISOR)
        window.wait(lambda: body.rows[SectionName.STAFF].mark is StepMark.DONE)
        card = tmp_path / "ben.png"
        body.staff.save_badge("png", card)
        window.wait(card.exists)
        assert card.read_bytes().startswith(b"\x89PNG")
        office.issue_tickets(event, office.show_event(event).policy.classes[0].id, 1)
        copying = body.copy_form
        copying.name.line.setText("Summer Night, October")
        copying.starts.day.setText("2027-10-30")
        copying.starts.time.setText("20:00")
        assert copying.preview[-1].endswith("longer by 1 h.")
        copying.copy()
        window.wait(lambda: window.page._at.teller.events)
        copied = policy(office, EventId(UUID(window.page._at.teller.events[0])))
        before = policy(office, event)
        assert (copied.ends_ms - copied.starts_ms) - (before.ends_ms - before.starts_ms) == 3_600_000
        assert [each.name for each in copied.classes] == ["Ticket", "Weekend"]


def test_the_later_of_two_windows_is_told_by_the_server(
    house: tuple[Office, str], tmp_path: Path, qtbot: QtBot
) -> None:  # D6
    office, url = house
    start = 1_796_400_000_000
    row = EventRow("", "Night", "UTC", start, start + 3_600_000)
    made = office.edits.create(
        {
            **{name: getattr(row, name) for name in ("name", "time_zone", "starts_ms", "ends_ms")},
            "gates": [{"id": "main", "name": "Main"}],
            "classes": [{"id": 1, "name": "Day"}],
        }
    )
    event = EventId(UUID(made.event))
    with closing(Window(url, tmp_path / "here", event, qtbot)) as here:
        here.wait(here.knows_its_event)
        dates = here.editor.dates
        here.page.rest()  # what it hears from now on it hears by its own deed alone
        office.edits.update(event, {"name": "Theirs"})
        dates.name.line.setText("Mine")
        dates.save()
        here.wait(lambda: dates.message.startswith("Somebody changed this meanwhile"))
        assert policy(office, event).name == "Theirs", "nothing of theirs was taken back"
        assert dates.name.value == "Mine", "nor of what was typed"
        here.page.begin()
        here.wait(lambda: here.editor.dates.row is not None and here.editor.dates.row.name == "Theirs")
        dates.keep_mine()
        dates.save()
        here.wait(lambda: policy(office, event).name == "Mine")
