"""The live page: one ticket and no more, the right digits at any second, a code that doors read, hostile names."""

import base64
import hashlib
import json
import random
import re
from dataclasses import replace

import numpy as np
import pytest

import resources
from app.device.decoder import Luma
from app.device.zbar import PyzbarDecoder
from app.device.zxing import ZxingDecoder
from app.paper.live_page import LiveTicket, live_page
from core.model.outcomes import Outcome
from core.ticket.issue import with_proof
from core.ticket.proof import TOLERANCE_S, digits_at, secret_of, step_at
from core.ticket.verify import Genuine, verify
from core.ticket.wire import ROTATING
from tests.paper.live_pages import Page, browser, in_node, needs_node
from tests.support import facts

CLAIMS = facts.claims(flags=ROTATING)
SECRET = secret_of(facts.mac_key(facts.KID).rotating or b"", CLAIMS)
TICKET = LiveTicket("Summer Night", "Day ticket", "2026-11-18 20:00", facts.text_of(CLAIMS), SECRET)
SIGNED = facts.text_of(facts.claims(flags=ROTATING, kid=facts.ED_KID))
LIVE, QRCODE = (resources.read_text(f"live/{name}.js") for name in ("live", "qrcode"))

HOSTILE = [
    "</script><b>bold</b>",
    "<!--<script>",
    "$ticket ${ticket} $$",
    '"><img src=x onerror=alert(1)>',
    "&lt;i&gt; & 'quotes' \"double\"",
    "line one\nline two\x00\x1b[0m",
    "\ud83c alone",
    "\u202edrawkcab \u202cمقصورة",
    "x" * 5_000,
]


def picture_of(modules: list[list[bool]], scale: int = 4, margin: int = 4) -> Luma:
    """The modules as a screen shows them, with a margin in modules."""
    dark = np.pad(np.array(modules, dtype=bool), margin)
    return np.where(np.kron(dark, np.ones((scale, scale), dtype=bool)), 0, 255).astype(np.uint8)


def modules_of_path(path: str, side: int) -> list[list[bool]]:
    """The cells that a drawn path fills, its margin included."""
    cells = [[False] * side for _ in range(side)]
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path):
        cells[int(y)][int(x)] = True
    return cells


def read(picture: Luma) -> list[str]:
    """The one text that both of the door's decoders read."""
    by_zxing, by_zbar = (d.decode(picture).texts for d in (ZxingDecoder(), PyzbarDecoder()))
    assert [code.text for code in by_zxing] == [code.text for code in by_zbar]
    return [code.text for code in by_zxing]


# --- digits -------------------------------------------------------------------------------------------------------


@needs_node
def test_digits_are_those_of_rfc_6238_appendix_b() -> None:
    secret = list(b"12345678901234567890")
    seconds = [59, 1_111_111_109, 1_111_111_111, 1_234_567_890, 2_000_000_000, 20_000_000_000]
    told = in_node(LIVE, returns=f"{seconds}.map((second) => digitsAt({secret}, second))")
    assert told == ["94287082", "07081804", "14050471", "89005924", "69279037", "65353130"]


@needs_node
def test_sha1_is_right_at_every_length_around_its_blocks() -> None:
    told = in_node(LIVE, returns="Array.from({ length: 200 }, (_, n) => sha1(new Array(n).fill(97)))")
    expected = [list(hashlib.sha1(b"a" * length, usedforsecurity=False).digest()) for length in range(200)]
    assert told == expected


@needs_node
def test_the_page_and_the_door_agree_on_the_digits_of_any_second() -> None:
    draw = random.Random(6238)
    cases = [(draw.randbytes(20), at) for at in (0, 29, 30, 59, 2**31 - 1, 2**31, 2**32 - 1)]
    cases += [(draw.randbytes(20), draw.randrange(2**32)) for _ in range(500)]
    asked = json.dumps([[secret.hex(), at] for secret, at in cases])
    told = in_node(LIVE, returns=f"{asked}.map(([secret, second]) => digitsAt(bytesOf(secret), second))")
    assert told == [digits_at(secret, at) for secret, at in cases]
    assert any(digits.startswith("0") for digits in told), "leading zeros are among them"


# --- the code -----------------------------------------------------------------------------------------------------


@needs_node
@pytest.mark.parametrize(("text", "side"), [(TICKET.text, 37), (SIGNED, 45)], ids=["mac", "signed"])
def test_what_the_page_shows_at_a_second_is_read_at_the_door(text: str, side: int) -> None:
    page = Page(live_page(replace(TICKET, text=text)))
    returns = f"modulesOf(codeAt({page.data}, {facts.NOW_S}))"
    modules = in_node(*page.scripts[:2], returns=returns)
    assert len(modules) == side
    assert read(picture_of(modules)) == [with_proof(text, SECRET, facts.NOW_S)]


@needs_node
def test_a_door_admits_the_shown_code_and_knows_its_screenshot() -> None:
    page = Page(live_page(TICKET))
    shown = in_node(*page.scripts[:2], returns=f"codeAt({page.data}, {facts.NOW_S})")

    def at_the_door(code: object, later_s: int) -> object:
        now = facts.moment(facts.NOW + 1000 * later_s)
        return verify(str(code), trust=facts.trust(), lane=facts.lane(), now=now)

    assert isinstance(at_the_door(shown, 0), Genuine)
    assert isinstance(at_the_door(shown, TOLERANCE_S), Genuine)
    assert at_the_door(shown, TOLERANCE_S + 1).outcome is Outcome.REPLAYED_CODE
    other = page.data.replace(SECRET.hex(), bytes(20).hex())
    guessed = in_node(*page.scripts[:2], returns=f"codeAt({other}, {facts.NOW_S})")
    assert at_the_door(guessed, 0).outcome is Outcome.BAD_PROOF


@needs_node
def test_a_drawn_code_is_at_most_half_as_old_as_a_door_forgives_and_never_of_an_older_step() -> None:
    draws, refresh = in_node(
        LIVE, returns=f"[Array.from({{ length: 120 }}, (_, s) => spanOf({facts.NOW_S} + s + 0.999)), REFRESH_S]"
    )
    assert 2 * refresh <= TOLERANCE_S
    drawn_at = facts.NOW_S
    for at in range(facts.NOW_S, facts.NOW_S + 120):
        if at > facts.NOW_S and draws[at - facts.NOW_S] != draws[at - facts.NOW_S - 1]:
            drawn_at = at
        assert at - drawn_at < refresh
        assert step_at(at) == step_at(drawn_at)


@needs_node
def test_the_opened_page_draws_counts_down_and_draws_again() -> None:
    page = Page(live_page(TICKET))
    start = facts.NOW_S - facts.NOW_S % 30 + 4  # 11 s before the next drawing
    told = in_node(
        *browser(page, 1000 * start),
        returns="""{
            first: element("modules").attributes.d, box: element("code").attributes.viewBox, live: classes.has("live"),
            left: element("seconds").textContent, bar: element("left").style.transform, locks,
            same: tickAt(START + 10900), next: tickAt(START + 11000), slept: tickAt(START + 86400000 + 7000),
            back: tickAt(START - 3600000),
        }""".replace("START", str(1000 * start)),
    )
    assert (told["box"], told["live"], told["left"], told["locks"]) == ("0 0 45 45", True, "11", 1)
    assert re.fullmatch(r"scaleX\(0\.7\d*\)", told["bar"])
    assert told["same"] == told["first"]
    shown = [told["first"], told["next"], told["slept"], told["back"]]
    seconds = [start, start + 11, start + 86_400 + 7, start - 3_600]
    for path, at in zip(shown, seconds, strict=True):
        cells = modules_of_path(path, 45)
        margin = [*cells[:4], *cells[-4:], *(row[:4] + row[-4:] for row in cells)]
        assert not any(map(any, margin)), "the quiet zone is clear"
        assert read(picture_of(cells, margin=0)) == [with_proof(TICKET.text, SECRET, at)]


# --- the page -----------------------------------------------------------------------------------------------------


def test_the_page_holds_this_ticket_and_its_secret_and_no_key() -> None:
    source = live_page(TICKET)
    page = Page(source)
    assert json.loads(page.data) == {"text": TICKET.text, "secret": SECRET.hex()}
    key = facts.mac_key(facts.KID)
    for hidden in (facts.MASTER, key.verifying, key.rotating):
        assert hidden is not None
        assert hidden.hex() not in source.lower()
        assert base64.b64encode(hidden).decode() not in source


def test_the_page_asks_nobody_for_anything() -> None:
    page = Page(live_page(TICKET))
    reaching = {"src", "href", "srcset", "action", "formaction", "poster", "data", "ping", "background", "style"}
    assert [(tag, name) for tag, attrs in page.elements for name in attrs if name in reaching or name[:2] == "on"] == []
    assert {tag for tag, _ in page.elements} & {"link", "iframe", "object", "embed", "img", "base", "form"} == set()
    assert "url(" not in "".join(page.styles)
    assert "@import" not in "".join(page.styles)
    ours = LIVE + resources.read_text("live/page.js")
    assert re.search(r"fetch|XMLHttp|import|WebSocket|sendBeacon|localStorage|eval|https?:", ours) is None


def test_the_policy_allows_the_page_s_own_scripts_and_style_and_nothing_else() -> None:
    page = Page(live_page(TICKET))

    def named(sources: list[str]) -> list[str]:
        return [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in sources]

    rules = dict(rule.strip().split(" ", 1) for rule in page.policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "script-src": " ".join(named(page.scripts)),
        "style-src": " ".join(named(page.styles)),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert len(page.scripts) == 3
    first = [tag for tag, attrs in page.elements if tag != "meta" or "http-equiv" in attrs][:3]
    assert first == ["html", "head", "meta"], "the policy stands before anything that it rules"


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("field", ["event_name", "class_name", "valid"])
def test_a_hostile_name_is_a_text_and_nothing_else(field: str, name: str) -> None:
    honest, page = Page(live_page(TICKET)), Page(live_page(replace(TICKET, **{field: name})))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in honest.elements]
    assert (page.scripts, page.data, page.policy) == (honest.scripts, honest.data, honest.policy)
    shown = re.sub(r"[\x00\x1b\ud83c]", "", " ".join(name.split()))
    assert shown in page.texts
    page.source.encode("utf-8")


def test_an_unescaped_name_would_be_found() -> None:
    """Negative control: the parser does see elements that a name brings."""
    honest = Page(live_page(TICKET))
    planted = Page(honest.source.replace("Summer Night", "<b>Summer</b> Night"))
    assert [tag for tag, _ in planted.elements] != [tag for tag, _ in honest.elements]


def test_who_does_not_see_the_code_is_told_what_it_is() -> None:
    page = Page(live_page(TICKET))
    (label,) = [attrs["aria-label"] for tag, attrs in page.elements if tag == "svg"]
    assert "a7f8 022a 4eed ef2a" in label
    assert "Ticket a7f8 022a 4eed ef2a" in page.texts
    said = " ".join(page.texts)
    assert "Screenshots do not work" in said
    assert "preview that runs no scripts" in said


def test_the_library_comes_with_its_licence() -> None:
    source = live_page(TICKET)
    assert "Copyright (c) 2009 Kazuhiko Arase" in QRCODE
    assert resources.read_text("live/LICENSE.qrcode-generator.txt").strip() in source


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (facts.text_of(facts.claims()), SECRET),
        (with_proof(TICKET.text, SECRET, facts.NOW_S), SECRET),
        (TICKET.text + "\n", SECRET),
        ("https://example.org/t/1", SECRET),
        (TICKET.text, SECRET[:19]),
    ],
    ids=["static", "with a proof", "with a line end", "no T1", "short secret"],
)
def test_only_a_rotating_ticket_with_its_secret_is_shown_live(text: str, secret: bytes) -> None:
    with pytest.raises(ValueError, match=r"rotating|20 bytes"):
        live_page(replace(TICKET, text=text, secret=secret))


def test_the_secret_is_in_no_repr() -> None:
    assert SECRET.hex() not in repr(TICKET)
    assert repr(SECRET) not in repr(TICKET)
    assert TICKET.text not in repr(TICKET)
