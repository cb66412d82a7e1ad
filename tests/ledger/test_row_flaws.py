"""Every refusal of a row says what kind it is: the window tells it in the language of whoever reads."""

from collections.abc import Iterator

import pytest

from app.ledger.shop_files import ShopFile, read_file
from core.sync.import_messages import NOT_UTF8, RowFlaw
from core.sync.messages import AdapterRow, CodesRow
from core.sync.shop_columns import Columns
from tests.contract.ledger_rig import STANDARD, Home, House, open_house

HEADER = "code,external_ref,class,name,status,nbf,exp\n"
LIST: tuple[tuple[str, RowFlaw, str], ...] = (
    ("8.1E+17,A-1,Standard,,,,", RowFlaw.SPOILED, ""),
    ("12345,A-2,Standard,,,,", RowFlaw.LOST_ZEROS, "10"),
    (f"1000000003,A-3,Standard,{'x' * 600},,,", RowFlaw.TOO_LONG, ""),
    ("1000000004,A-4,Standard,,half paid,,", RowFlaw.STATUS, "half paid"),
    ("1000000005,A-5,Standard,,,soon,", RowFlaw.TIME, ""),
    ("1000000006,A-6,Standard,,,2026-12-02T20:00,2026-12-01T20:00", RowFlaw.WINDOW, ""),
    ("1000000007,A-7,Balloon,,,,", RowFlaw.NO_CLASS, "Balloon"),
    (",,Standard,,paid,,", RowFlaw.NO_KEY, ""),
    (f"1000000009,{'A' * 200},Standard,,,,", RowFlaw.REFERENCE_WRONG, ""),
    ("1000000010,A-0,Standard,,,,", RowFlaw.REFERENCE_TWICE, "2"),
    ("1000000000,A-11,Standard,,,,", RowFlaw.CODE_TWICE, "2"),
    ("ab,A-12,Standard,,,,", RowFlaw.NO_ADAPTER, "shop"),
    ("T1:nonsense,A-13,Standard,,,,", RowFlaw.NO_SOUND_T1, ""),
)


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(Home(None, tmp_path_factory.mktemp("flaws"))) as opened:
        adapter = AdapterRow("shop", "opaque", least=4)
        opened.office.codes.set_rules(opened.event, CodesRow("migrating", adapters=[adapter]), {})
        yield opened


def taken(body: str) -> ShopFile:
    found = read_file(body.encode(), Columns(), zone="Europe/Berlin")
    assert isinstance(found, ShopFile)
    return found


def test_every_refusal_has_its_kind_and_what_it_is_about(house: House) -> None:  # G26
    good = [f"{1_000_000_100 + n},G-{n},Standard,,,," for n in range(20)]
    body = HEADER + "\n".join(["1000000000,A-0,Standard,,,,", *(line for line, _, _ in LIST), *good]) + "\n"
    told = house.office.imports.preview(house.event, "shop", taken(body))
    found = {row.line: (row.flaw, row.about) for row in told.refused}
    assert found == {place: (flaw, about) for place, (_, flaw, about) in enumerate(LIST, 3)}
    assert told.new == 21


def test_what_belongs_to_another_ticket_says_so(house: House) -> None:
    house.office.imports.apply(house.event, "shop", taken(HEADER + "2000000001,A-1,Standard,,,,\n"))
    told = house.office.imports.preview(house.event, "other", taken(HEADER + "2000000001,B-1,Standard,,,,\n"))
    assert [(row.flaw, row.about) for row in told.refused] == [(RowFlaw.CODE_TAKEN, "A-1")]
    one, two = house.office.issue_tickets(house.event, STANDARD, 2)
    house.office.imports.apply(house.event, "shop", taken(HEADER + f"{one.text},C-1,Standard,,,,\n"))
    told = house.office.imports.preview(house.event, "shop", taken(HEADER + f"{two.text},C-1,Standard,,,,\n"))
    assert [row.flaw for row in told.refused] == [RowFlaw.REFERENCE_TAKEN]


def test_a_list_that_breaks_off_and_one_in_another_alphabet_say_so() -> None:
    broken = taken(HEADER + '1,A-1,Standard,"no end,,,\n')
    assert [row.flaw for row in broken.refused] == [RowFlaw.NO_CSV]
    found = read_file((HEADER + "1,A-1,Standard,Jörg,,,\n").encode("cp1252"))
    assert isinstance(found, ShopFile)
    assert found.notes == (NOT_UTF8,)


def test_in_an_event_of_its_own_codes_others_are_told_apart(house: House) -> None:
    house.office.codes.set_rules(house.event, CodesRow("t1"), {})
    told = house.office.imports.preview(house.event, "shop", taken(HEADER + "2000000001,A-1,Standard,,,,\n"))
    assert [row.flaw for row in told.refused] == [RowFlaw.ONLY_T1]
