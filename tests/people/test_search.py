"""Guests are found by what staff type: three letters of a name, an order, a reference, however it is spelt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.people.folding import fold_code, fold_words
from core.people.index import IndexBuilder
from core.people.search import MOST_HITS, Hits, is_enough, search
from tests.people.lists import guest, handle, indexed

PARTY = [
    guest(1, "Jörg Müller", "A-1001", "REF-77"),
    guest(2, "Heike Mueller", "A-1001"),
    guest(3, "Tim Muller", "A-1002"),
    guest(4, "Anna Obermüller", "A-1003"),
    guest(5, "Łukasz Kowalski", "B-2OO1"),
    guest(6, "Søren Ørsted", None, "XK-9"),
    guest(7, "Иван Петров", "C-1"),
    guest(8, "Ann Weiß", "C-2"),
    guest(9, "Annette Weiss-Sommer", "C-2"),
    guest(10, "Mülle Rademacher", "C-3"),
    guest(11, "王伟", "C-4"),
    guest(12, "Seán O'Brien", "C-5"),
    guest(13, "", "D-EMPTY"),
]
INDEX = indexed(PARTY)


def found(typed: str) -> list[str]:
    return [person.name for person in search(INDEX, typed).people]


@pytest.mark.parametrize("typed", ["Müller", "Mueller", "Muller", "MÜLLER", "mueller ", "Mu\u0308ller"])
def test_an_umlaut_may_be_typed_in_any_way(typed: str) -> None:  # A18
    assert set(found(typed)[:3]) == {"Jörg Müller", "Heike Mueller", "Tim Muller"}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("jörg mul", "Jörg Müller"),
        ("müller joerg", "Jörg Müller"),
        ("kowalsky", "Łukasz Kowalski"),
        ("lukas kowalsi", "Łukasz Kowalski"),
        ("sorne orsted", "Søren Ørsted"),
        ("petrow", "Иван Петров"),
        ("Петров", "Иван Петров"),
        ("weiss", "Ann Weiß"),
        ("rademahcer", "Mülle Rademacher"),
        ("王伟", "王伟"),
        ("obrien", "Seán O'Brien"),
        ("O’Brien", "Seán O'Brien"),
        ("sommer", "Annette Weiss-Sommer"),
    ],
)
def test_typos_accents_scripts_and_halves_are_forgiven(typed: str, name: str) -> None:  # A18
    assert name in found(typed)[:2]


@pytest.mark.parametrize("typed", ["A-1001", "a1001", "A 1001", "a-10o1", "A-l00l"])
def test_an_order_is_found_however_it_is_written(typed: str) -> None:  # A18
    assert set(found(typed)[:2]) == {"Jörg Müller", "Heike Mueller"}


def test_a_reference_and_the_beginning_of_an_order_are_found() -> None:  # A18
    assert found("ref77") == ["Jörg Müller"]
    assert found("xk9") == ["Søren Ørsted"]
    assert found("B-20") == ["Łukasz Kowalski"]
    assert found("d-empty") == [""]


def test_the_best_come_first() -> None:
    """A whole word before a beginning, before a typo, before the middle of a word."""
    assert found("ann")[0] == "Ann Weiß"
    assert found("muller").index("Anna Obermüller") == len(found("muller")) - 1
    assert found("mulle")[0] == "Mülle Rademacher"


@pytest.mark.parametrize("typed", ["", "a", "an", "  a n  ", "--", "…!?", "ue"])
def test_fewer_than_three_letters_find_nobody(typed: str) -> None:  # A18
    assert not is_enough(typed)
    assert search(INDEX, typed) == Hits()


def test_all_words_have_to_fit() -> None:
    assert found("jörg kowalski") == []
    assert found("heike müller") == ["Heike Mueller"]


def test_order_siblings_are_those_of_the_very_order() -> None:  # A19
    assert [person.tid for person in INDEX.siblings("A-1001")] == [handle(1), handle(2)]
    assert INDEX.siblings("A1001") == (), "another spelling is another order of the shop's"
    assert INDEX.siblings("") == ()
    assert len(indexed(guest(n, f"Guest {n}", "BIG") for n in range(200)).siblings("BIG", 60)) == 60


def test_a_guest_is_found_by_the_ticket() -> None:
    assert INDEX.of_ticket(handle(5)) == PARTY[4]
    assert INDEX.of_ticket(handle(99)) is None
    assert indexed([]).of_ticket(handle(1)) is None


def test_more_than_a_page_is_cut_and_said() -> None:
    many = indexed(guest(number, f"Anna Muster{number}", f"O-{number}") for number in range(1_000))
    hits = search(many, "anna")
    assert (len(hits.people), hits.is_cut) == (MOST_HITS, True)


def test_a_search_that_nobody_wants_any_more_ends() -> None:
    asked = []

    def is_over() -> bool:
        asked.append(1)
        return True

    assert len(search(INDEX, "kowalsky", is_over=is_over).people) <= 1
    assert 1 <= len(asked) <= 8, "once in each way of looking, and no more"


@given(st.text(max_size=120))
def test_any_text_may_be_typed(typed: str) -> None:
    found = search(INDEX, typed)
    assert len(found.people) <= MOST_HITS
    assert fold_code(typed) == fold_code(fold_code(typed)), "folded once is folded"


@given(st.text(max_size=60))
def test_folding_leaves_letters_and_digits_alone(text: str) -> None:
    assert all(word.isascii() and word.isalnum() for word in fold_words(text))
    assert fold_code(text).isalnum() or fold_code(text) == ""
    assert fold_words(text.upper()) == fold_words(text.lower()) or not text.isascii()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=12))
def test_whoever_is_on_the_list_is_found_by_the_whole_name(names: list[str]) -> None:
    people = [guest(number, name, f"ORDER{number:04}") for number, name in enumerate(names)]
    index = indexed(people)
    assert index.count == len(people)
    for person in people:
        if is_enough(person.name):
            assert person in search(index, person.name, most=100).people
        assert index.of_ticket(person.tid) == person
        assert index.siblings(person.order or "") == (person,)


def test_lines_that_are_no_guests_are_passed_over() -> None:
    plain = b'[\n["00",1],\n{"a": 1},\n["0000000000000001","Ada","O-1",0,1,1,2,null]\n]'
    builder = IndexBuilder(plain)
    assert not builder.read()
    assert (builder.built().count, builder.unreadable, builder.share) == (1, 2, 1.0)
