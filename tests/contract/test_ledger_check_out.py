"""At the event's own hour everybody inside counts as gone: once, over both changes of the clocks, without an exit."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.ledger.check_out import AGAIN_MS
from app.ledger.outbox import add_endpoint
from app.ledger.schema import facts, outbox
from app.runtime.job_table import check_out
from core.delivery.message import Channel
from core.model.event import Direction
from core.model.outcomes import Outcome
from tests.contract.ledger_rig import NOW, Home, House, open_house

HOUR = 3_600_000
BERLIN = ZoneInfo("Europe/Berlin")


def ms(local: str, fold: int = 0) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=BERLIN, fold=fold).timestamp() * 1000)


class Night:
    """An event with a check-out at a local time of day, guests inside, and a clock of the test's own."""

    def __init__(self, house: House, evening: str, at: str) -> None:
        self.house = house
        self.start = ms(evening)
        policy = house.office.show_event(house.event).policy
        window = {"starts_ms": self.start - 6 * HOUR, "ends_ms": self.start + 60 * HOUR}
        house.office.events.change(house.event, lambda row: replace(row, checkout_at=at, **window))
        assert policy.time_zone == "Europe/Berlin"
        self.office = house.office
        self.pretend(self.start)

    def pretend(self, now_ms: int) -> None:
        """The server's clock says so."""
        for part in (self.office, self.office.facts, self.office.check_outs, self.office.jobs, self.office.tickets):
            if hasattr(part, "_now_ms"):
                part._now_ms = lambda: now_ms
        self.office.now_ms = lambda: now_ms
        self.now = now_ms

    def guests(self, count: int) -> None:
        """They come now."""
        first, last = self.start // 1000 - 6 * 3600, self.start // 1000 + 60 * 3600
        for ticket in self.office.issue_tickets(self.house.event, 1, count, first, last):  # type: ignore[arg-type]
            scan = self.house.scan(bytes.fromhex(ticket.tid), after_ms=self.now - NOW)  # type: ignore[arg-type]
            answer = self.house.ask(scan).answer
            assert answer is not None
            assert answer.outcome is Outcome.ADMITTED

    def run(self, now_ms: int) -> int:
        """The job, at this time; how many are inside afterwards."""
        self.pretend(now_ms)
        check_out(self.office, lambda: None)
        return len(self.house.inside())


@pytest.fixture
def house(own_home: Home) -> Iterator[House]:
    """The job looks at all events: this one has a database of its own."""
    with open_house(own_home) as opened:
        yield opened


def test_inside_is_nobody_once_and_nothing_else_is_changed(house: House) -> None:  # A15
    night = Night(house, "2026-11-27 23:00", "06:00")
    with house.office._database.writing() as connection:
        add_endpoint(connection, house.event, Channel.WEBHOOK, "https://shop.example", frozenset(), NOW)
    night.guests(3)
    entries, stored, told = house.entries(), house.stored(), messages(house)
    assert night.run(ms("2026-11-28 05:59:59")) == 3
    assert night.run(ms("2026-11-28 06:00")) == 0
    assert night.run(ms("2026-11-28 06:05")) == 0
    assert (house.entries(), house.stored(), messages(house)) == (entries, stored, told)
    assert house.open_incidents() == set()
    with house.office._database.reading() as connection:
        kinds = set(connection.execute(select(facts.c.kind).where(facts.c.event_id == house.event)).scalars())
    assert kinds == {"scan"}, "no exit was made up"
    assert house.office.status_of(house.event).inside == 0


def messages(house: House) -> set[str]:
    with house.office._database.reading() as connection:
        return set(connection.execute(select(outbox.c.kind).where(outbox.c.event_id == house.event)).scalars())


def test_who_came_after_it_is_inside_until_the_next_night(house: House) -> None:
    night = Night(house, "2026-11-27 23:00", "06:00")
    night.guests(2)
    night.run(ms("2026-11-28 06:00"))
    night.pretend(ms("2026-11-28 09:00"))
    night.guests(1)
    assert night.run(ms("2026-11-28 09:01")) == 1
    assert night.run(ms("2026-11-29 05:59")) == 1
    assert night.run(ms("2026-11-29 06:00")) == 0


@pytest.mark.parametrize(
    ("evening", "at", "before", "then"),
    [
        ("2026-10-24 23:00", "06:00", "2026-10-25T04:59:59.999Z", "2026-10-25T05:00:00Z"),  # an hour longer
        ("2026-10-24 23:00", "02:30", "2026-10-25T00:29:59.999Z", "2026-10-25T00:30:00Z"),  # it comes twice: the first
        ("2027-03-27 23:00", "06:00", "2027-03-28T03:59:59.999Z", "2027-03-28T04:00:00Z"),  # an hour shorter
        ("2027-03-27 23:00", "02:30", "2027-03-28T01:29:59.999Z", "2027-03-28T01:30:00Z"),  # it never comes
    ],
)
def test_it_is_the_hour_on_the_wall_over_both_changes(
    house: House, evening: str, at: str, before: str, then: str
) -> None:  # A15
    night = Night(house, evening, at)
    night.guests(2)
    assert night.run(int(datetime.fromisoformat(before).timestamp() * 1000)) == 2
    due = int(datetime.fromisoformat(then).timestamp() * 1000)
    assert night.run(due) == 0
    night.pretend(due + 40 * 60_000)
    night.guests(1)
    assert night.run(due + HOUR) == 1, "the second 02:30 of a night checks nobody out"


def test_a_guest_let_in_by_a_transaction_that_was_under_way_is_found_ten_minutes_later(house: House) -> None:
    night = Night(house, "2026-11-27 23:00", "06:00")
    due = ms("2026-11-28 06:00")
    night.pretend(due - 1)
    assert night.run(due) == 0
    night.pretend(due - 1)  # its clock was read before, its commit came after
    night.guests(1)
    assert night.run(due + 60_000) == 1
    assert night.run(due + AGAIN_MS) == 0


def test_many_guests_are_looked_at_in_pieces_and_a_run_that_was_cut_off_goes_on(house: House) -> None:
    night = Night(house, "2026-11-27 23:00", "06:00")
    night.guests(60)
    due = ms("2026-11-28 06:00")

    class Killed(BaseException):
        """The process is gone."""

    def die() -> None:
        raise Killed

    night.pretend(due)
    with pytest.raises(Killed):
        check_out(night.office, die)
    assert 0 < len(house.inside()) < 60
    assert night.run(due + 5 * 60_000) == 0


def test_an_event_without_the_hour_checks_nobody_out(house: House) -> None:
    night = Night(house, "2026-11-27 23:00", "06:00")
    night.guests(1)
    house.office.events.change(house.event, lambda row: replace(row, checkout_at=None))
    assert night.run(ms("2026-11-28 06:00")) == 1


def test_who_went_out_and_came_back_counts_as_inside_until_the_hour(house: House) -> None:
    night = Night(house, "2026-11-27 23:00", "06:00")
    night.guests(1)
    (tid,) = house.inside()
    house.ask(house.scan(tid, after_ms=night.now + 60_000 - NOW, direction=Direction.EXIT))  # type: ignore[arg-type]
    assert house.inside() == []
    assert night.run(ms("2026-11-28 06:00")) == 0
