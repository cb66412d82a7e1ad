"""A list that comes in parts: every call may be repeated, a worker may die, and nothing is taken over twice."""

from uuid import UUID

import pytest

from app.ledger import import_jobs
from app.ledger.import_jobs import DEAD_AFTER_MS, ImportRefused, ImportUnknown, Wish
from app.runtime.import_line import ImportLine
from core.model.ids import EventId
from core.sync.import_messages import MOST_PARTS, ImportJob, JobState, RowFlaw
from core.sync.messages import AdapterRow, CodesRow
from core.ticket.wire import Code, parse
from tests.contract.ledger_rig import House, policy

ON_SQLITE = pytest.mark.parametrize("home", ["sqlite"], indirect=True)
"""Where the database decides nothing."""
JOB = UUID(int=7)
SHOP = Wish("shop")


def body(count: int = 6) -> bytes:
    rows = [f"A-{number},Standard,Guest {number},O-{number // 2}\n" for number in range(count)]
    return ("external_ref,class,name,order\n" + "".join(rows)).encode()


def sent(house: House, whole: bytes, wish: Wish = SHOP, job: UUID = JOB) -> None:
    """A file in three parts, cut anywhere, the last one first."""
    house.office.import_jobs.open(house.event, job, wish)
    third = len(whole) // 3
    parts = [whole[:third], whole[third : 2 * third], whole[2 * third :]]
    for number in (2, 0, 1):
        house.office.import_jobs.put_part(house.event, job, number, parts[number])


def done(house: House, *, applies: bool, job: UUID = JOB) -> ImportJob:
    jobs = house.office.import_jobs
    work = jobs.take(house.event, job, applies=applies)
    assert work is not None
    jobs.run(work)
    return jobs.show(house.event, job)


def test_a_list_is_looked_at_and_taken_over(house: House) -> None:
    sent(house, body())
    looked = done(house, applies=False)
    assert (looked.state, looked.report and looked.report["new"]) == (JobState.PREVIEWED, 6)
    assert house.office.status_of(house.event).tickets == 0
    taken = done(house, applies=True)
    assert (taken.state, taken.done, taken.rows, taken.parts) == (JobState.DONE, 6, 6, 0)
    assert taken.report is not None
    assert (taken.report["new"], taken.report["issued"]) == (6, 6)
    assert house.office.status_of(house.event).tickets == 6
    assert "Guest" not in str(taken.report), "no name stays in a report"


def test_every_call_may_be_repeated(house: House) -> None:
    jobs = house.office.import_jobs
    sent(house, body())
    sent(house, body())
    done(house, applies=True)
    assert jobs.take(house.event, JOB, applies=True) is None
    assert jobs.take(house.event, JOB, applies=False) is None
    assert jobs.open(house.event, JOB, SHOP).state is JobState.DONE
    again = UUID(int=8)
    sent(house, body(), job=again)
    told = done(house, applies=True, job=again)
    assert told.report is not None
    assert (told.report["new"], told.report["unchanged"]) == (0, 6)


def test_what_contradicts_itself_is_refused(house: House) -> None:
    jobs = house.office.import_jobs
    sent(house, body())
    with pytest.raises(ImportRefused):
        jobs.open(house.event, JOB, Wish("another"))
    with pytest.raises(ImportRefused):
        jobs.put_part(house.event, JOB, 1, b"other bytes")
    with pytest.raises(ImportRefused):
        jobs.put_part(house.event, JOB, MOST_PARTS, b"")
    with pytest.raises(ImportRefused):
        jobs.open(house.event, UUID(int=9), Wish("shop", columns=("nonsense",)))
    with pytest.raises(ImportUnknown):
        jobs.put_part(house.event, UUID(int=9), 0, b"")
    gap = UUID(int=10)
    jobs.open(house.event, gap, SHOP)
    jobs.put_part(house.event, gap, 1, b"x")
    with pytest.raises(ImportRefused):
        jobs.take(house.event, gap, applies=True)


def test_a_job_that_lost_its_worker_is_done_by_the_next(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = house.office.import_jobs
    sent(house, body(900))
    work = jobs.take(house.event, JOB, applies=True)
    assert work is not None

    def die() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        jobs.run(work, die)
    assert 0 < house.office.status_of(house.event).tickets < 900
    assert jobs.take(house.event, JOB, applies=True) is None, "it may still be alive"
    with pytest.raises(ImportRefused):
        jobs.remove(house.event, JOB)
    later = house.office.now_ms() + DEAD_AFTER_MS
    monkeypatch.setattr(jobs, "_now_ms", lambda: later)
    assert jobs.show(house.event, JOB).is_stalled
    told = done(house, applies=True)
    assert told.report is not None
    assert told.report["new"] + told.report["unchanged"] == 900
    assert house.office.status_of(house.event).tickets == 900


def test_a_line_ends_between_two_pieces_and_lets_the_job_go(house: House) -> None:
    jobs, line = house.office.import_jobs, ImportLine(house.office.import_jobs)
    sent(house, body(900))
    work = jobs.take(house.event, JOB, applies=True)
    assert work is not None
    line._stopper.set()  # the server ends as the import begins
    line._run(work)
    line.close()
    assert jobs.show(house.event, JOB).is_stalled
    assert done(house, applies=True).state is JobState.DONE


def test_a_file_that_is_no_list_fails_with_the_cure(house: House) -> None:
    sent(house, b"colour;size\nred;9\nblue;7\n")
    told = done(house, applies=False)
    assert (told.state, told.report and told.report["cause"]) == (
        JobState.FAILED,
        "no column is a code, a reference or a name",
    )


def test_an_event_holds_few_imports_and_forgets_them(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_jobs, "MOST_JOBS", 2)
    jobs = house.office.import_jobs
    for number in range(2):
        jobs.open(house.event, UUID(int=number), SHOP)
    with pytest.raises(ImportRefused):
        jobs.open(house.event, UUID(int=2), SHOP)
    jobs.remove(house.event, UUID(int=0))
    jobs.open(house.event, UUID(int=2), SHOP)
    other = EventId(UUID(house.office.create_event(policy("Other")).event))
    assert jobs.list(other) == []  # A24
    with pytest.raises(ImportUnknown):
        jobs.show(other, UUID(int=2))


def test_the_codes_of_an_import_can_be_had_again_and_again(house: House) -> None:
    sent(house, body())
    done(house, applies=True)
    first = house.office.tickets.codes(house.event, "shop", most=4)
    assert first.after is not None
    rest = house.office.tickets.codes(house.event, "shop", after=bytes.fromhex(first.after))  # type: ignore[arg-type]
    found = {each.external_ref: each.text for each in (*first.codes, *rest.codes)}
    assert (sorted(found), rest.after) == ([f"A-{number}" for number in range(6)], None)
    codes = [parse(text) for text in found.values()]
    assert all(isinstance(code, Code) for code in codes)
    assert house.office.tickets.codes(house.event, "nobody").codes == []
    for text in found.values():
        assert house.office.search.find(house.event, text).matches[0].by == "code"


def test_what_a_list_would_do_is_found_out_anew_whenever_somebody_asks(house: House) -> None:
    """A preview of an hour ago knows nothing of the import that came between."""
    sent(house, body())
    assert (done(house, applies=False).report or {})["new"] == 6
    sent(house, body(), job=UUID(int=8))
    done(house, applies=True, job=UUID(int=8))
    report = done(house, applies=False).report or {}
    assert (report["new"], report["unchanged"]) == (0, 6)


def test_cancels_are_agreed_to_after_the_preview(house: House) -> None:  # G26
    jobs = house.office.import_jobs
    sent(house, body())
    done(house, applies=True)
    called_off = body().replace(b"order\n", b"order,status\n").replace(b"O-0\n", b"O-0,canceled\n")
    for job, is_agreed in ((UUID(int=8), False), (UUID(int=9), True)):
        sent(house, called_off, job=job)
        assert (done(house, applies=False, job=job).report or {})["canceled"] == 2
        work = jobs.take(house.event, job, applies=True, allow_cancel=is_agreed)
        assert work is not None
        jobs.run(work)
        report = jobs.show(house.event, job).report or {}
        assert (report["canceled"], report["spared"]) == ((2, 0) if is_agreed else (0, 2))


# --- hold up one of your tickets ------------------------------------------------------------------------------------


def test_a_list_is_proven_with_one_of_its_tickets(house: House) -> None:  # D2
    adapter = AdapterRow("shop", "opaque", least=4)
    house.office.codes.set_rules(house.event, CodesRow("foreign", adapters=[adapter]), {})
    jobs = house.office.import_jobs
    whole = b"code,class,name\nQ7-0001,Standard,Ana Ruiz\nQ7-0002,VIP,Ben\n"
    jobs.open(house.event, JOB, SHOP)
    with pytest.raises(ImportRefused):
        jobs.sample(house.event, JOB, "Q7-0002")
    jobs.put_part(house.event, JOB, 0, whole)
    found = jobs.sample(house.event, JOB, "Q7-0001")
    assert (found.line, found.class_name, found.name) == (2, "Standard", "Ana Ruiz")
    missed = jobs.sample(house.event, JOB, "Q7-9999")
    assert (missed.line, "no row has it" in missed.cause, "column" in missed.cure) == (None, True, True)
    assert house.office.status_of(house.event).tickets == 0
    with pytest.raises(ImportUnknown):
        jobs.sample(house.event, UUID(int=99), "Q7-0001")


@ON_SQLITE
@pytest.mark.parametrize(("coded", "width"), [("utf-8", 1), ("utf-16", 2), ("cp1252", 1)])
def test_of_a_long_list_the_beginning_is_looked_through_and_it_says_how_far(
    house: House, monkeypatch: pytest.MonkeyPatch, coded: str, width: int
) -> None:  # D2
    """Cut anywhere, within a character as well: the rows before stay what they are."""
    adapter = AdapterRow("shop", "opaque", least=4)
    house.office.codes.set_rules(house.event, CodesRow("foreign", adapters=[adapter]), {})
    jobs = house.office.import_jobs
    rows = [f"Q7-{number:04},Standard,Zoë {number}" for number in range(1, 9)]
    whole = "\r\n".join(["code,class,name", *rows]).encode(coded)
    jobs.open(house.event, JOB, SHOP)
    for number, at in enumerate(range(0, len(whole), 40)):
        jobs.put_part(house.event, JOB, number, whole[at : at + 40])
    for most in range(80, 106):
        monkeypatch.setattr(import_jobs, "MOST_SAMPLED_BYTES", most * width)
        found = jobs.sample(house.event, JOB, "Q7-0002")
        assert (found.line, found.class_name, found.name) == (3, "Standard", "Zoë 2")
        missed = jobs.sample(house.event, JOB, "Q7-0008")
        assert (missed.line, missed.flaw) == (None, RowFlaw.NOT_IN_HEAD)
        assert 3 <= int(missed.about) < 9
        assert f"up to line {missed.about}" in missed.cause
    monkeypatch.setattr(import_jobs, "MOST_SAMPLED_BYTES", len(whole))
    assert jobs.sample(house.event, JOB, "Q7-0008").line == 9
    assert jobs.sample(house.event, JOB, "Q7-9999").flaw is RowFlaw.NO_ROW
