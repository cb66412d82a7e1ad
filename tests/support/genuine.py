"""Genuine codes of every kind, the doors that take them, and the judge of what a changed code was told.

Owns the second opinion: when may a text pass? It is worked out here from the genuine codes alone, by other means than
`core.ticket`, so that a mistake there can't excuse itself.
"""

import hmac
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import TypeAlias
from urllib.parse import unquote

from core.model.codes import Adapter, AdapterKind, CodeMode, CodeRules
from core.model.event import Direction
from core.model.ids import ClassId, CodeDigest, TicketHandle
from core.model.outcomes import Outcome
from core.ticket.issue import with_proof
from core.ticket.keyring import Algorithm, KeyUse, VerifyProfile, derive, keyring_of
from core.ticket.legacy import Recognised, digest_of
from core.ticket.lists import Listed, ListsInMemory
from core.ticket.proof import secret_of
from core.ticket.verify import Genuine, Lane, Refused, Trust, verify
from core.ticket.wire import Claims, Code, parse
from tests.support import facts
from tests.support.mutations import mutant, neighbours

PER_KIND = 12
LEGACY_KEY = bytes(range(64, 96))
PAYLOAD_KEY = b"the old shop's own key"
HOST = "tickets.example"

ADAPTERS = (
    Adapter("signed", AdapterKind.HMAC, prefix="v1|"),
    Adapter("guid", AdapterKind.UUID),
    Adapter("link", AdapterKind.URL, host=HOST, field="code"),
    Adapter("page", AdapterKind.URL, host="pages.example"),
    Adapter("json", AdapterKind.JSON, field="code"),
    Adapter("loose", AdapterKind.OPAQUE, prefix="CASE-", folds_case=True),
    Adapter("plain", AdapterKind.OPAQUE),
)
ROTATING, LISTED = 1, 2

Kind: TypeAlias = str
Decide = Callable[..., Genuine | Refused]


@dataclass(frozen=True, slots=True)
class Original:
    """A genuine code: what it is, its text, and what of the text makes it genuine."""

    kind: Kind
    tid: TicketHandle
    text: str
    essence: str


# --- the codes ----------------------------------------------------------------------------------------------------


def originals() -> tuple[Original, ...]:
    """Twelve of each kind, the same at every call."""
    return tuple(original for number in range(PER_KIND) for original in _one_of_each(number, Random(number)))


def code_number(number: int, *, is_signed: bool = False) -> str:
    """One of a row of genuine codes: random handles, the editions of a real sale, an HMAC or an Ed25519 key."""
    random = Random(number)
    kid = facts.ED_KID if is_signed else facts.KID
    return facts.text_of(_claims(random, kid, gen=random.choice((0, 0, 0, 1, 7, 255))))


def _claims(random: Random, kid: int, flags: int = 0, gen: int = 0) -> Claims:
    return replace(facts.claims(kid=kid, flags=flags, gen=gen), tid=TicketHandle(random.randbytes(8)))


def _one_of_each(number: int, random: Random) -> Iterator[Original]:
    for kind, kid, flags in (
        ("hmac", facts.KID, 0),
        ("older", facts.OLD_KID, 0),
        ("listed-only", facts.LISTED_KID, 0),
        ("listed", facts.KID, LISTED),
        ("signed-t1", facts.ED_KID, 0),
    ):
        claims = _claims(random, kid, flags)
        text = facts.text_of(claims)
        yield Original(kind, claims.tid, text, text)
    claims = _claims(random, facts.KID, ROTATING)
    secret = secret_of(derive(facts.MASTER, KeyUse.ROTATING, facts.EVENT, facts.KID), claims)
    text = facts.text_of(claims)
    yield Original("rotating", claims.tid, with_proof(text, secret, facts.NOW_S), text)
    for kind, (spelled, essence) in _old_spellings(number, random).items():
        yield Original(kind, TicketHandle(random.randbytes(8)), spelled, essence)


def _old_spellings(number: int, random: Random) -> Mapping[str, tuple[str, str]]:
    code = f"{random.randrange(10**12):012d}"
    word = "".join(random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=14))
    payload = f"v1|{code}|{number}"
    tag = hmac.new(PAYLOAD_KEY, payload.encode(), "sha256").hexdigest()
    return {
        "signed": (f"{payload}.{tag}", f"{payload}.{tag}"),
        "guid": (str(guid := uuid.UUID(int=random.getrandbits(128))), guid.hex),
        "link": (f"https://{HOST}/check?event=7&code={word}", word),
        "page": (f"https://pages.example/t/{word}", word),
        "json": (json.dumps({"event": 7, "code": word, "name": "A B"}), word),
        "loose": (f"CASE-{word}", f"case-{word.lower()}"),
        "plain": (f"{code}-{number:03d}", f"{code}-{number:03d}"),
    }


# --- the doors ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Door:
    """Whoever takes codes, and which kinds of them it lets pass."""

    name: str
    trust: Trust
    lane: Lane
    takes: frozenset[Kind]
    originals: tuple[Original, ...] = field(repr=False)

    @property
    def taken(self) -> tuple[Original, ...]:
        """The genuine codes that pass here as they are."""
        return _taken(self.name)


T1_KINDS = frozenset({"hmac", "older", "listed-only", "listed", "signed-t1", "rotating"})
OLD_KINDS = frozenset(adapter.name for adapter in ADAPTERS)


@cache
def _taken(name: str) -> tuple[Original, ...]:
    door = next(door for door in doors() if door.name == name)
    return tuple(each for each in door.originals if each.kind in door.takes)


@cache
def doors() -> tuple[Door, ...]:
    """Ways in and out of an event with every kind, and with T1 alone; kiosks that hold lists or public keys only."""
    known = originals()
    lists = ListsInMemory(
        allowed=frozenset(_digest(each.essence) for each in known if each.kind in T1_KINDS),
        old_codes={_old_digest(each): _listed(each) for each in known if each.kind in OLD_KINDS},
    )
    trust = replace(facts.trust(lists=lists), legacy_key=LEGACY_KEY, adapter_keys={"signed": PAYLOAD_KEY})
    public_only = keyring_of(
        key if key.algorithm is Algorithm.ED25519 else replace(key, verifying=None, rotating=None)
        for key in trust.keyring.values()
    )

    def door(name: str, mode: CodeMode, takes: frozenset[Kind], way: Direction, **changes: object) -> Door:
        event = replace(trust.event, codes=CodeRules(mode, adapters=ADAPTERS))
        return Door(name, replace(trust, event=event, **changes), facts.lane(way), takes, known)  # type: ignore[arg-type]

    entry, leaving = Direction.ENTRY, Direction.EXIT
    bare = {"keyring": public_only, "adapter_keys": {}}
    return (
        door("all kinds", CodeMode.FOREIGN, T1_KINDS | OLD_KINDS, entry),
        door("migrating", CodeMode.MIGRATING, T1_KINDS | OLD_KINDS, entry),
        door("way out", CodeMode.FOREIGN, T1_KINDS | OLD_KINDS, leaving),
        door("T1 alone", CodeMode.T1, T1_KINDS, entry),
        door("list", CodeMode.FOREIGN, T1_KINDS - {"rotating"} | OLD_KINDS, entry, profile=VerifyProfile.LIST, **bare),
        door("sig", CodeMode.T1, frozenset({"signed-t1"}), entry, profile=VerifyProfile.SIG, **bare),
    )


def _digest(text: str) -> CodeDigest:
    code = parse(text)
    assert isinstance(code, Code)
    return code.digest


def _old_digest(original: Original) -> CodeDigest:
    return digest_of(LEGACY_KEY, Recognised(original.kind, original.essence))


def _listed(original: Original) -> Listed:
    return Listed(original.tid, 0, ClassId(1), facts.NBF_S, facts.EXP_S)


# --- the judge ----------------------------------------------------------------------------------------------------

_TRANSPORT = re.compile(r"(?:\\[0-9]{6})?(.*?)(?:\r\n|\r|\n)?", re.DOTALL)
_PROOF = re.compile(r"\.([0-9]{10})\.([0-9]{8})")

KNOWN_ANSWERS = {
    (Outcome.NOT_A_TICKET, 1),
    (Outcome.NOT_A_TICKET, 2),
    (Outcome.UPDATE_REQUIRED, 2),
    (Outcome.DAMAGED_CODE, 3),
    (Outcome.UPDATE_REQUIRED, 4),
    (Outcome.UNKNOWN_KEY, 5),
    (Outcome.WRONG_EVENT, 5),
    (Outcome.DAMAGED_CODE, 5),
    (Outcome.BAD_SIGNATURE, 6),
    (Outcome.UNLISTED, 6),
    (Outcome.UNLISTED, 7),
    (Outcome.PROOF_MISSING, 11),
    (Outcome.BAD_PROOF, 11),
    (Outcome.REPLAYED_CODE, 11),
    (Outcome.DAMAGED_CODE, 11),
    (Outcome.CONFIRM_IDENTITY, 11),
}
"""What a changed code may be told, with the number of the check. A lane's other answers need an authentic ticket."""


def may_pass(text: str, door: Door) -> frozenset[TicketHandle]:
    """The tickets that a text shows whole, to a person who knows the genuine codes and nothing of verifiers."""
    found = _TRANSPORT.fullmatch(text)
    bare = found[1] if found else text
    return frozenset(
        each.tid for each in door.originals if each.kind in door.takes and _shows(bare, each, door.lane.direction)
    )


def _shows(bare: str, original: Original, way: Direction) -> bool:
    """A T1 is shown by its exact text; an old code by any text that says it as a whole in its own form."""
    essence = original.essence
    if original.kind in T1_KINDS:
        is_live = original.kind == "rotating" and way is Direction.ENTRY
        rest = bare.removeprefix(essence) if bare.startswith(essence) else None
        if rest is None or is_live:
            return rest is not None and _is_live(rest, original)
        return rest == "" or (way is Direction.EXIT and _PROOF.fullmatch(rest) is not None)
    return _SAYS[original.kind](bare, original)


def _is_live(rest: str, original: Original) -> bool:
    """The genuine digits with a stamp of the same half minute: the digits are all that a wallet authenticates."""
    own, shown = _PROOF.fullmatch(original.text.removeprefix(original.essence)), _PROOF.fullmatch(rest)
    return bool(own and shown and own[2] == shown[2] and int(own[1]) // 30 == int(shown[1]) // 30)


def _says_in_json(bare: str, original: Original) -> bool:
    try:
        values = json.loads(bare, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return False
    return [value for name, value in values if name == "code"] == [original.essence] if _is_object(values) else False


def _is_object(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(each, tuple) for each in values)


_SAYS: dict[Kind, Callable[[str, Original], bool]] = {
    "signed": lambda bare, original: bare == original.text,
    "guid": lambda bare, original: re.sub(r"^urn:uuid:|[-{} ]", "", bare.lower()) == original.essence,
    "link": lambda bare, original: f"code={original.essence}" in _plain_address(bare),
    "page": lambda bare, original: f"/{original.essence}" in _plain_address(bare),
    "json": _says_in_json,
    "loose": lambda bare, original: bare.strip(" ").casefold() == original.essence,
    "plain": lambda bare, original: bare.strip(" ") == original.essence,
}


def _plain_address(bare: str) -> str:
    """Browsers, and RFC 3986 with them, read an address over line ends, tabs and percent signs."""
    return unquote(re.sub(r"[\r\n\t]", "", bare))


@dataclass(frozen=True, slots=True)
class Finding:
    """A changed code that was told something wrong. Names no text: `seed` makes it again."""

    seed: int
    door: str
    kind: Kind
    changes: tuple[str, ...]
    problem: str


def changed(seed: int) -> tuple[Door, Original, str, tuple[str, ...]]:
    """Which code, changed how, comes to which door: all of it from the seed."""
    random = Random(seed)
    door = random.choice(doors())
    pool = door.taken if random.random() < 0.9 else door.originals
    original, other = random.choice(pool), random.choice(door.originals)
    text, changes = mutant(random, original.text, other.text)
    return door, original, text, changes


def finding_of(seed: int, decide: Decide = verify) -> Finding | None:
    """What is wrong with the answer to the mutant of a seed; None when it is right."""
    door, original, text, changes = changed(seed)
    try:
        problem = problem_with(text, door, decide)
    except Exception as err:  # noqa: BLE001 — this is what is looked for
        problem = f"raised {type(err).__name__}"
    return None if problem is None else Finding(seed, door.name, original.kind, changes, problem)


def problem_with(text: str, door: Door, decide: Decide = verify) -> str | None:
    """Why an answer is wrong, in words without the text."""
    answer = decide(text, trust=door.trust, lane=door.lane, now=facts.moment())
    if isinstance(answer, Refused):
        is_known = (answer.outcome, answer.step) in KNOWN_ANSWERS
        return None if is_known else f"was told {answer.outcome.value} by check {answer.step}"
    if answer.identity.tid in may_pass(text, door):
        return None
    return "passed without being genuine"


def findings(first: int, count: int) -> list[Finding]:
    """What is wrong among the mutants of so many seeds."""
    found = (finding_of(seed) for seed in range(first, first + count))
    return [each for each in found if each is not None]


def passing_neighbours(first: int, count: int, decide: Decide = verify) -> tuple[int, list[str]]:
    """How many neighbours of so many codes were tried, and a line for each code that has one which passes.

    Every tenth code is an Ed25519 one. A code that does not pass itself is a finding too.
    """
    tried, found = 0, []
    for number in range(first, first + count):
        text = code_number(number, is_signed=number % 10 == 9)
        if not passes(text, decide):
            found.append(f"code {number} itself is refused")
        near = list(neighbours(text))
        tried += len(near)
        wrong = sum(passes(each, decide) for each in near)
        found += [f"code {number}: {wrong} of its {len(near)} neighbours pass"] if wrong else []
    return tried, found


def passes(text: str, decide: Decide = verify) -> bool:
    """Whether the usual door, which takes T1 alone, lets a text in."""
    door = _usual_door()
    return isinstance(decide(text, trust=door.trust, lane=door.lane, now=facts.moment()), Genuine)


@cache
def _usual_door() -> Door:
    return Door("usual", facts.trust(), facts.lane(), T1_KINDS, ())
