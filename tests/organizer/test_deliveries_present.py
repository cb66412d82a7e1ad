"""What the page of deliveries says: messages, receivers and jobs as values in, texts out."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from app.ledger.dead_letters import MOST_WHY
from app.ledger.deliveries import ENDPOINT_DISABLED, ENDPOINT_REMOVED, SPENT
from app.ledger.outbox import TOLD_BEFORE
from app.ledger.ticket_mail import KIND, READDRESSED
from app.organizer.deliveries.present_endpoints import present_endpoint, present_endpoint_rows
from app.organizer.deliveries.present_jobs import present_job, present_job_rows
from app.organizer.deliveries.present_letters import (
    ALL,
    TICKET_MAIL,
    present_choices,
    present_heaps,
    present_letter,
    present_letters,
    present_summary,
    present_view,
    present_waiting,
    which_of,
)
from app.organizer.deliveries.questions import (
    ENDPOINTS,
    HEAPS,
    JOBS,
    SUMMARY,
    Chosen,
    Which,
    letter,
    letters,
    place_behind,
    runs,
)
from app.organizer.deliveries.texts import Act, Reader, short_target
from app.organizer.deliveries.words import ChannelWord, JobWord, MessageWord, ReasonWord, TroubleWord, View
from app.organizer.words import load_organizer_words
from app.runtime.job_table import JOBS as CRON_TABLE
from core.delivery.account_trouble import AccountTrouble
from core.delivery.mail import Unsent
from core.delivery.meaning import MEANINGS
from core.delivery.message import Channel
from core.delivery.news import NewsKind
from core.delivery.notice import NoticeKind
from core.model.outcomes import OutcomeClass
from core.sync.delivery_replies import OpenLetter
from tests.organizer import deliveries_shots as told
from tests.organizer.deliveries_shots import GONE, MAILER, SHOP
from tests.organizer.still_desk import NOW_MS

_OPEN = TypeAdapter(OpenLetter)
RECEIVERS = ENDPOINTS.read(told.RECEIVERS)


def reader(language: str = "en") -> Reader:
    words = load_organizer_words(language)
    return Reader(words, ZoneInfo("Europe/Berlin"), NOW_MS, {each.id: each for each in RECEIVERS})


def opened(one: dict[str, Any], *tries: dict[str, Any]) -> OpenLetter:
    return _OPEN.validate_python(told.open_letter(one, *tries))


def acts(one: dict[str, Any], *, may_change: bool = True) -> list[Act]:
    return [key.act for key in present_letter(opened(one), reader(), may_change=may_change).keys]


# --- what a server may say has a word ---------------------------------------------------------------------------------


def test_every_channel_reason_kind_and_job_of_this_program_has_a_word() -> None:
    """A missing one: a line in `app/organizer/deliveries/words.py`, and in both `organizer_deliveries.toml`."""
    reasons = {row.meaning.reason for rows in MEANINGS.values() for row in rows if row.meaning.reason}
    reasons |= {SPENT, ENDPOINT_DISABLED, ENDPOINT_REMOVED, TOLD_BEFORE, READDRESSED, *(each.value for each in Unsent)}
    kinds = {kind.value.replace(".", "_") for kind in (*NewsKind, *NoticeKind)}
    jobs = {job.name.replace("-", "_") for job in CRON_TABLE}
    assert {channel.value for channel in Channel} - {each.value for each in ChannelWord} == set()
    assert reasons - {each.value for each in ReasonWord} == set()
    assert kinds - {each.value for each in MessageWord} == set()
    assert jobs - {each.value for each in JobWord} == set()
    assert {each.value for each in AccountTrouble} == {each.value for each in TroubleWord} - {"unknown"}


def test_what_a_newer_server_says_is_shown_as_it_came() -> None:
    strange = told.letter(channel="pigeon", kind="weather.report", reason="too_windy", state="resting")
    one = present_letter(opened(strange), reader(), may_change=True)
    assert (one.title, one.lead) == ("weather.report", "Resting · too_windy")
    assert dict(one.facts)["Channel"] == "pigeon"
    assert one.keys == (), "nobody knows what may be done to it"


# --- messages ---------------------------------------------------------------------------------------------------------


def test_one_glance_says_when_the_last_one_died() -> None:
    assert present_summary(SUMMARY.read(told.summary()), reader()) == "The last one 12 min ago"
    assert present_summary(SUMMARY.read(told.summary(0, 5)), reader()) == "Nothing is left over"


def test_one_glance_says_whose_account_is_refused_and_its_key_wants_somebody() -> None:
    refused = SUMMARY.read(told.REFUSED[SUMMARY.name])
    assert present_summary(refused, reader()) == "E-mail: The password is not taken"
    assert present_view(View.ENDPOINTS, refused, reader()) == "Receivers !"
    of_before = SUMMARY.read(told.summary(0, 5))
    assert present_view(View.ENDPOINTS, of_before, reader()) == "Receivers"


def test_the_dead_are_counted_by_reason_and_receiver_the_largest_heap_first_below_all_of_them() -> None:
    rows = present_heaps(HEAPS.read(told.HEAPED), Which(), reader())
    assert [(row.title, row.aside) for row in rows] == [
        ("Everything", "14 · 45 min"),
        ("The receiver wants no more", "12 · 20 min"),
        ("No attempt succeeded", "2 · 45 min"),
    ]
    assert rows[1].line == "Webhook · till.example/in"
    assert which_of(rows[1].name) == Which(channel="webhook", endpoint=GONE, reason="endpoint_gone")
    assert which_of(ALL) == Which()
    assert present_heaps(HEAPS.read(told.HEAPED), Which(channel="email"), reader()) == ()


def test_what_waits_is_counted_by_receiver() -> None:
    rows = present_waiting(RECEIVERS, Which(is_dead=False), reader())
    assert [(row.title, row.aside) for row in rows] == [("Everything", "3"), ("mail.example/in", "3")]


def test_a_filter_offers_what_there_is_and_keeps_what_was_chosen_and_is_no_more() -> None:
    which = Which(reason="refused", endpoint="9" * 32)
    choices = present_choices(HEAPS.read(told.HEAPED), which, reader())
    assert [text for _, text in choices.channels] == ["Every channel", "Webhook"]
    assert ("9" * 32, "a receiver that is not there any more") in choices.endpoints
    assert [key for key, _ in choices.reasons] == ["", "attempts_spent", "refused", "endpoint_gone"]


def test_a_message_in_a_list_says_where_to_why_and_since_when_and_never_a_whole_address() -> None:
    dead = letters(Which()).read([told.ONE, told.MAILED])
    first, mailed = present_letters(dead, (), reader(), is_ticking=False)
    assert (first.title, first.line) == ("Ticket was used", "till.example/in · The receiver wants no more")
    assert (first.aside, first.sign) == ("12 min ago", OutcomeClass.DENY)
    assert mailed.line == "m…@example.org · The address was refused"
    (waiting,) = present_letters(letters(Which(is_dead=False)).read([told.NEXT]), (), reader(), is_ticking=False)
    assert (waiting.line, waiting.aside) == ("mail.example/in · 2 attempts", "in 4 min")


def test_while_several_are_chosen_the_sign_says_which() -> None:
    dead = letters(Which()).read([told.ONE, told.SPENT])
    first, second = present_letters(dead, {dead[0].id}, reader(), is_ticking=True)
    assert (first.sign, first.aside, second.sign) == (OutcomeClass.ADMIT, "chosen", None)


def test_one_message_tells_every_attempt_the_last_one_first_with_its_request_and_its_answer() -> None:
    one = present_letter(
        opened(told.SPENT, told.tried(1, 20, "timed_out", ""), told.tried(2, 15), told.tried(3, 1, None)),
        reader(),
        may_change=True,
    )
    assert one.lead == "No attempt succeeded"
    running, answered, silent = one.blocks
    assert (running.title, running.line) == ("3. 20:03", "goes on, or its worker was lost")
    assert (answered.line, answered.is_trouble) == ("answered 500 · took 0.3 s", True)
    assert dict(answered.facts)["webhook-signature"] == "(hidden)"
    assert dict(answered.facts)["Asked"] == "POST https://till.example/in"
    assert dict(answered.facts)["Answer"] == "no such order"
    assert silent.line == "no answer in time · took 0.3 s"
    assert dict(silent.facts)["Answer"] == "no text"


def test_an_answer_is_cut_to_a_kibibyte_and_shown_on_one_line() -> None:
    long = "<html>\n\t<body>\n" + "x" * 4_000
    one = present_letter(opened(told.ONE, told.tried(1, 5, "500", long)), reader(), may_change=True)
    answer = dict(one.blocks[0].facts)["Answer"]
    assert answer.startswith("<html> <body> x")
    assert len(answer) == 1_024


def test_an_attempt_that_asked_for_nothing_anybody_kept_says_so() -> None:
    bare = told.tried(1, 5, "250", "") | {"request": None}
    one = present_letter(opened(told.MAILED, bare), reader(), may_change=True)
    assert (one.blocks[0].is_trouble, dict(one.blocks[0].facts)) == (False, {"Answer": "no text"})


def test_only_who_may_change_it_gets_keys_and_only_for_what_is_dead() -> None:
    assert acts(told.ONE) == [Act.REPLAY, Act.ADDRESS, Act.DISCARD]
    assert acts(told.MAILED) == [Act.REPLAY, Act.RECIPIENT, Act.DISCARD], "a mail's address is not its account's"
    assert TICKET_MAIL == KIND, "as the server calls it"
    for other in ({"kind": "notice.daily_report"}, {"recipient": None}, {"channel": "push"}):
        assert acts(told.MAILED | other) == [Act.REPLAY, Act.DISCARD], "no guest's address is behind it"
    assert acts(told.NEXT) == []
    assert acts(told.ONE, may_change=False) == []
    assert present_letter(opened(told.ONE), reader(), may_change=False).note.startswith("Your account may look")


@pytest.mark.parametrize(
    ("state", "reason", "lead"),
    [
        ("ready", None, "Waits for its next attempt"),
        ("leased", None, "Is on its way now"),
        ("sent", None, "Was delivered"),
        ("canceled", "discarded: the shop is closed", "Was given up · discarded: the shop is closed"),
        ("canceled", "address_suppressed", "Was given up · The address is on the suppression list"),
    ],
)
def test_how_a_message_stands(state: str, reason: str | None, lead: str) -> None:
    assert present_letter(opened(told.letter(state=state, reason=reason)), reader(), may_change=True).lead == lead


def test_the_longest_reason_that_anybody_can_type_is_read() -> None:
    reason = f"discarded: {'x' * MOST_WHY}"
    assert (
        reason in present_letter(opened(told.letter(state="canceled", reason=reason)), reader(), may_change=True).lead
    )


# --- receivers --------------------------------------------------------------------------------------------------------


def test_receivers_that_want_somebody_come_first() -> None:
    rows = present_endpoint_rows(RECEIVERS, reader())
    assert [(row.name, row.line) for row in rows] == [
        (GONE, "said itself that it wants no more"),
        (MAILER, "does not answer · 3 waiting"),
        (SHOP, "takes messages · last success 20:01"),
    ]
    assert rows[0].aside == "12 dead"


def test_a_receiver_says_how_it_fares_what_helps_and_what_can_be_done() -> None:
    shop, gone, mailer = RECEIVERS
    good = present_endpoint(shop, reader(), may_change=True)
    assert (good.lead, good.cure) == ("Takes messages", "Everything arrives.")
    assert [key.act for key in good.keys] == [Act.TEST, Act.ADDRESS, Act.DISABLE]
    over = present_endpoint(gone, reader(), may_change=True)
    assert [key.act for key in over.keys] == [Act.ENABLE, Act.ADDRESS, Act.SHOW_DEAD]
    rests = present_endpoint(mailer, reader(), may_change=True, note="on its way")
    assert rests.lead == "Does not answer, and is left alone until 20:08"
    assert (dict(rests.facts)["Failing since"], dict(rests.facts)["Failures in a row"]) == ("19:46", "7")
    assert rests.note == "on its way"
    looked = present_endpoint(gone, reader(), may_change=False)
    assert [key.act for key in looked.keys] == [Act.SHOW_DEAD]
    account = replace(shop, channel="email", target="smtps://mail.example")
    assert Act.ADDRESS not in [key.act for key in present_endpoint(account, reader(), may_change=True).keys]


def test_an_account_that_is_refused_comes_first_and_says_what_helps() -> None:
    rows = ENDPOINTS.read(told.REFUSED[ENDPOINTS.name])
    (first, _) = present_endpoint_rows(rows, reader())
    assert (first.name, first.sign) == (told.POST, OutcomeClass.DENY)
    assert first.line == "account refused: The password is not taken · 40 waiting"
    one = present_endpoint(rows[1], reader(), may_change=True)
    assert one.lead == "Account refused: The password is not taken"
    assert "doorlight mail set" in one.cure
    assert "no attempt is spent" in one.cure
    assert one.keys[0].act is Act.TEST
    off = present_endpoint(replace(rows[1], state="disabled"), reader(), may_change=True)
    assert off.lead == "Switched off by a person", "what is off is said before why it failed"


@pytest.mark.parametrize(
    ("state", "sign"),
    [("disabled", OutcomeClass.LEAVE), ("failing", OutcomeClass.DENY), ("of tomorrow", OutcomeClass.LEAVE)],
)
def test_a_receiver_that_hears_nothing_is_no_good_one(state: str, sign: OutcomeClass) -> None:
    one = present_endpoint(replace(RECEIVERS[0], state=state), reader(), may_change=True)
    assert (one.sign, one.keys[0].act) == (sign, Act.ENABLE)
    assert one.lead


def test_an_address_is_shown_without_what_may_be_a_key() -> None:
    assert short_target("https://shop.example/hook/?token=secret") == "shop.example/hook"
    assert len(short_target("https://" + "x" * 400)) == 80


# --- jobs -------------------------------------------------------------------------------------------------------------


def test_a_job_whose_last_run_failed_comes_first() -> None:
    rows = present_job_rows(JOBS.read(told.TABLE), reader())
    assert [(row.title, row.line, row.aside) for row in rows][:2] == [
        ("Forgetting people's data", "19:41: failed: LedgerBusy", "in 19 min"),
        ("Automatic check-out", "20:03: done, nobody was due", "in 30 s"),
    ]
    assert rows[-1].line == "has not run yet"


def test_a_job_tells_its_runs_and_why_they_ran() -> None:
    table = JOBS.read(told.TABLE)
    one = present_job(table[1], runs("retention").read(told.RUNS), reader(), may_run=True)
    assert [block.line for block in one.blocks] == [
        "failed: LedgerBusy · took 1.2 s",
        "done, 12 runs forgotten · took 1.2 s · asked for by a person",
        "done, 12 runs forgotten · took 1.2 s · 2 tries · made up for",
        "its worker was lost 5 times · took 1.2 s",
    ]
    assert [block.is_trouble for block in one.blocks] == [True, False, False, True]
    assert dict(one.facts) == {"Due": "23 * * * * (UTC)", "Next run": "20:23 (in 19 min)"}
    assert [key.act for key in one.keys] == [Act.RUN]
    assert present_job(table[1], (), reader(), may_run=False).keys == ()


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_a_page_goes_on_behind_its_last_message_by_the_time_that_it_is_ordered_by() -> None:
    (dead,) = letters(Which()).read([told.ONE])
    assert place_behind(dead, Which()) == f"{dead.closed_ms}.{dead.id}"
    assert place_behind(dead, Which(is_dead=False)) == f"{dead.due_ms}.{dead.id}"


def test_a_deed_on_all_of_a_filter_names_what_they_have_in_common_and_what_was_there_when_it_was_asked() -> None:
    assert Chosen(which=Which(endpoint=GONE), before_ms=7).body == {"endpoint": GONE, "before_ms": 7}
    assert Chosen(before_ms=7).body == {"before_ms": 7}, "never everything by naming nothing"
    assert Chosen(("a" * 32,)).body == {"messages": ["a" * 32]}


def test_what_names_a_guest_is_never_kept() -> None:
    assert not letter("a" * 32).is_kept, "its body and the other side's answer may hold an address"
    assert letters(Which()).is_kept, "its recipients are masked"
