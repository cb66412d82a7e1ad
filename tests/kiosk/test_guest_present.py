"""The pages about guests in words: how a ticket stands, where to send whom this door can't let in."""

from dataclasses import replace

import pytest

from app.kiosk.guest_present import Reader, present_found, present_group, present_guest, standing_text
from app.kiosk.people_worker import ListState
from app.kiosk.words import load_kiosk_words
from app.runtime.guest_line import Parties, Party
from core.model.outcomes import Outcome, OutcomeClass
from core.people.view import AT_THE_LANE, Field, Guest
from core.redeem.answer import Answer
from core.sync.adoption import Objection
from tests.kiosk.people_pages import FAMILY, FOUND, LOADED, USED, guest, tid
from tests.kiosk.verdicts import NOW_MS, ZONE, verdict
from tests.support.door import SOUTH_ONLY, SUMMER_NIGHT

WORDS = load_kiosk_words()
READER = Reader(WORDS, ZONE, NOW_MS, frozenset(Field), SUMMER_NIGHT)
NONE = Parties()
IN = Outcome.ADMITTED


def said(outcome: Outcome, used: int = 0, allowed: int = 1, *, ticket: object = None) -> str:
    made = guest(1, "Ada", Answer(outcome, None, used, allowed, USED.first if used else None))
    if ticket is not None:
        made = Guest(replace(made.person, ticket=ticket), made.class_name, made.answer)  # type: ignore[type-var]
    return standing_text(made, READER)


def test_how_a_ticket_stands_is_said_with_what_helps() -> None:  # A18
    listed = guest(1, "Ada").person.ticket
    assert listed is not None
    assert said(Outcome.ADMITTED_OFFLINE) == "not used yet"
    assert said(Outcome.ALREADY_USED, 1) == "ALREADY USED · first used 20:02 at South gate"
    assert said(Outcome.LIMIT_REACHED, 3, 3).startswith(f"{WORDS.outcomes[Outcome.LIMIT_REACHED].word} · first used")
    assert said(Outcome.WRONG_GATE, ticket=replace(listed, cls=SOUTH_ONLY)) == "WRONG GATE · go to South gate"
    early = said(Outcome.TOO_EARLY, ticket=replace(listed, nbf=NOW_MS // 1000 + 3_600))
    assert early == f"{WORDS.outcomes[Outcome.TOO_EARLY].word} · valid from 21:14"
    assert said(Outcome.CANCELED) == WORDS.outcomes[Outcome.CANCELED].word


def test_entries_that_are_left_are_counted() -> None:
    weekend = guest(1, "Ada", Answer(Outcome.ADMITTED_OFFLINE, 2, 2, 3, USED.first))
    assert standing_text(weekend, READER) == "1 of 3 entries used · first used 20:02 at South gate"


@pytest.mark.parametrize(
    ("parties", "typed", "state", "note"),
    [
        (NONE, "", LOADED, WORDS.people.search.hint),
        (NONE, "an", LOADED, WORDS.people.search.hint),
        (NONE, "xyzzy", LOADED, WORDS.people.search.nobody),
        (FOUND, "müller", LOADED, WORDS.people.search.cut),
        (replace(FOUND, is_cut=False), "müller", LOADED, ""),
        (NONE, "müller", ListState(share=0.426), "Reading the guest list: 42 %"),
        (NONE, "müller", ListState(), WORDS.people.search.no_list),
        (NONE, "müller", ListState(objection=Objection.LIST_DIFFERS), "one of its lists is damaged"),
    ],
)
def test_one_line_says_what_to_do_or_what_is_the_matter(
    parties: Parties, typed: str, state: ListState, note: str
) -> None:
    found = present_found(parties, typed, state, READER)
    assert found.note.endswith(note) if note else found.note == ""
    assert len(found.rows) == len(found.guests)


def test_a_newer_list_that_is_being_read_disturbs_no_search() -> None:
    assert present_found(FOUND, "müller", replace(LOADED, share=0.3), READER).rows


def test_others_of_an_order_stand_below_and_many_are_told_of() -> None:
    rows = present_found(FOUND, "müller", LOADED, READER).rows
    assert [row.is_beside for row in rows] == [False, False, True, True, False, False]
    assert (rows[3].title, rows[3].is_ready) == (WORDS.people.search.others, False)


def test_a_guest_is_presented_once_an_id_was_seen_where_the_event_wants_it() -> None:  # A18
    ada = guest(1, "Ada")
    assert present_guest(ada, READER, is_exit=False).wants_id
    trusting = replace(READER, event=replace(SUMMER_NIGHT, checks_identity_by_name=False))
    assert not present_guest(ada, trusting, is_exit=False).wants_id
    assert not present_guest(ada, READER, is_exit=True).wants_id
    assert present_guest(ada, READER, is_exit=True).ask == WORDS.people.search.let_out
    used = present_guest(guest(1, "Ada", USED), READER, is_exit=False)
    assert (used.wants_id, used.ask, used.outcome_class) == (False, WORDS.people.search.ask, OutcomeClass.DENY)
    asked = present_guest(guest(1, "Ada", Answer(Outcome.ANSWERS_REQUIRED)), READER, is_exit=False)
    assert asked.wants_id, "who somebody is comes before what they answer"


def test_a_nameless_guest_has_a_word_for_it() -> None:
    bare = guest(1, "")
    assert present_guest(bare, READER, is_exit=False).name == WORDS.people.search.nameless
    hidden = replace(READER, fields=AT_THE_LANE - {Field.NAME})
    assert present_guest(guest(1, "Ada"), hidden, is_exit=False).name == WORDS.people.search.nameless


def test_of_a_group_only_those_can_be_ticked_whom_the_door_would_let_in() -> None:  # A19
    text = present_group(FAMILY, {tid(3)}, {}, READER, first=IN, is_looking=False)
    assert [(row.is_ticked, row.is_ready) for row in text.rows] == [(None, False), (None, False), (True, True)]
    assert (text.note, text.admit) == (WORDS.people.group.who, "Let 1 in")
    assert present_group(FAMILY, (), {}, READER, first=IN, is_looking=False).admit == ""
    done = present_group(FAMILY, (), {tid(3): verdict(Outcome.ADMITTED)}, READER, first=IN, is_looking=False)
    assert (done.is_done, done.note, done.rows[2].sign) == (True, "1 of 1 let in", OutcomeClass.ADMIT)


def test_a_group_that_can_t_be_told_says_why() -> None:  # A19
    assert present_group(None, (), {}, READER, first=IN, is_looking=True).note == WORDS.people.group.looking
    assert present_group(None, (), {}, READER, first=IN, is_looking=False).note == WORDS.people.group.unknown
    alone = present_group(Party(FAMILY.guests[:1]), (), {}, READER, first=IN, is_looking=False)
    assert alone.note == WORDS.people.group.alone
