"""The numbered checks that a presented text passes before anything is asked of a journal or a server.

Owns the order: each way to fail has exactly one outcome, and the first check that refuses gives it. Checks 8–10 are
`core.ticket.terms`, shared with the server; check 12 is the fold in `core.redeem`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from core.model.codes import BY_NAME_FORM, BY_NUMBER_FORM, T1_FORM, CodeMode
from core.model.event import Direction, Event
from core.model.ids import ClassId, CodeDigest, GateId, TicketHandle, digest_of_number
from core.model.moments import Millis, Moment
from core.model.outcomes import Outcome
from core.ticket import seal
from core.ticket.keyring import Algorithm, Key, Keyring, KeyState, VerifyProfile
from core.ticket.legacy import Forged, Recognised, digest_of, recognise
from core.ticket.lists import EVERY_GEN, Listed, Lists
from core.ticket.proof import flaw_of, secret_of, step_at
from core.ticket.terms import STEP_OF, Circumstances, Terms, refusal_by_terms
from core.ticket.wire import DOMAIN, Claims, Code, Flaw, Proof, parse, strip_transport

_ROUTING = 2
"""The check that says whose a text is."""


class AcceptedSteps(Protocol):
    """What the door remembers of rotating proofs."""

    def highest_step(self, tid: TicketHandle) -> int | None:
        """The highest 30 s step accepted of a ticket so far."""


@dataclass(frozen=True, slots=True)
class NoSteps:
    """A door that has accepted no proof yet."""

    def highest_step(self, tid: TicketHandle) -> int | None:  # noqa: ARG002
        """Nothing, ever."""
        return None


@dataclass(frozen=True, slots=True)
class Trust:
    """What a verifier trusts: its event, the keys and lists of its manifest, and how long they may be used.

    `profile` says how a T1 is proven: by its seal (`mac`, `sig`), or by the allow list alone (`list`). `legacy_key` (32
    bytes) looks old codes up; `adapter_keys` prove those of `hmac` adapters.
    """

    event: Event
    keyring: Keyring
    lists: Lists
    lease_until_ms: Millis
    steps: AcceptedSteps = field(default_factory=NoSteps)
    profile: VerifyProfile = VerifyProfile.MAC
    legacy_key: bytes | None = field(default=None, repr=False)
    adapter_keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Barred:
    """A door that may verify nothing: no manifest yet, revoked, without rights. Says which."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a presentation happens."""

    gate: GateId
    direction: Direction


@dataclass(frozen=True, slots=True)
class Identity:
    """The ticket behind an authentic code. `form` is `t1` or the adapter's name."""

    tid: TicketHandle
    gen: int
    cls: ClassId
    form: str


@dataclass(frozen=True, slots=True)
class Refused:
    """No: the outcome and the number of the check; what is known of the ticket and the code.

    `identity` and `terms` are there once the code is authentic. `digest` is the one that lists carry, with the form of
    the code, where a server can look a code up whose ticket is not known here.
    """

    outcome: Outcome
    step: int
    identity: Identity | None = None
    terms: Terms | None = None
    digest: CodeDigest | None = None
    form: str | None = None
    code: Code | None = None
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Genuine:
    """An authentic code that passed every check of its own; the facts of the ticket still have a say (12).

    `proof_step` is the accepted step of a rotating proof. `is_flagged`: a denied guest who leaves. `code` is None for a
    code that existed before T1.
    """

    identity: Identity
    terms: Terms
    proof_step: int | None
    is_flagged: bool
    code: Code | None = None


def verify(text: str, *, trust: Trust | Barred, lane: Lane, now: Moment) -> Genuine | Refused:
    """Checks 0–11 on a presented text, in order.

    0. the door itself may verify: manifest present, lease not over
    1–4. shape (`core.ticket.wire.parse`)
    2. no T1: a configured adapter knows it (`core.ticket.legacy`), in an event with old codes
    5. the key is known and held, of this event, and the body has its algorithm's length
    6. the seal is right, compared in constant time; without a key (`list`), the code is on the allow list
    7. the key's state; an L code or a listed-only key wants the code on the allow list; an old code is listed
    8. deny list · 9. class, gate, date · 10. window (`core.ticket.terms`)
    11. a rotating code's proof

    Exits skip 9–11. Total: any string, any trust.
    """
    barred = _bar(trust, now)  # (0)
    if barred is not None or isinstance(trust, Barred):
        return Refused(barred or Outcome.SNAPSHOT_EXPIRED, 0)
    code = parse(text)  # (1)–(4)
    if isinstance(code, Flaw):
        old = _recognised(text, code, trust)  # (2)
        if old is None:
            return Refused(code.outcome, code.step)
        return _verify_old(old, trust, lane, now)
    key = trust.keyring.get(code.claims.kid)  # (5)
    flaw = _flaw_of_key(code, key, trust.event)
    if flaw is not None or key is None:
        return Refused(flaw or Outcome.UNKNOWN_KEY, 5)
    if trust.profile is VerifyProfile.LIST:
        if not trust.lists.allows(code.digest):  # (6)
            outcome = Outcome.UNKNOWN_CODE if trust.event.codes.is_final else Outcome.UNLISTED
            return Refused(outcome, 6, digest=code.digest, form=T1_FORM, proof=code.proof)
    elif key.verifying is None:  # (5)
        return Refused(Outcome.UNKNOWN_KEY, 5)
    elif not is_sealed(code, key):  # (6)
        return Refused(Outcome.BAD_SIGNATURE, 6)
    return _verify_authentic(code, key, trust, lane, now)


def _recognised(text: str, flaw: Flaw, trust: Trust) -> Recognised | Forged | None:
    """An old code of this event; only a text that is no T1 by its prefix can be one."""
    rules = trust.event.codes
    if flaw.step != _ROUTING or rules.mode is CodeMode.T1 or trust.legacy_key is None:
        return None
    return recognise(strip_transport(text), rules.adapters, trust.adapter_keys)


def _verify_old(old: Recognised | Forged, trust: Trust, lane: Lane, now: Moment) -> Genuine | Refused:
    """Checks 6–10 on a code that existed before T1: the list says whose it is."""
    if isinstance(old, Forged):
        return Refused(Outcome.BAD_SIGNATURE, 6)
    digest = digest_of(trust.legacy_key or b"", old)
    listed = trust.lists.listed(digest)
    if listed is None:  # (7)
        is_nobodys = trust.event.codes.is_final and not old.is_authentic
        outcome = Outcome.UNKNOWN_CODE if is_nobodys else Outcome.UNLISTED
        return Refused(outcome, 7, digest=digest, form=old.adapter)
    identity = Identity(listed.tid, listed.gen, listed.cls, old.adapter)
    terms = _terms_listed(listed, trust)
    return _refusal(identity, terms, trust, lane, now) or _passed(identity, terms, lane, None)


def verify_found(listed: Listed, *, trust: Trust | Barred, lane: Lane, now: Moment) -> Genuine | Refused:
    """Checks 0 and 8–10 on a ticket that staff found on the guest list: nobody has shown a code of it.

    Of whom the organizer's own list names, no seal is asked, and no rotating proof.
    """
    barred = _bar(trust, now)  # (0)
    if barred is not None or isinstance(trust, Barred):
        return Refused(barred or Outcome.SNAPSHOT_EXPIRED, 0)
    identity = Identity(listed.tid, listed.gen, listed.cls, BY_NAME_FORM)
    terms = _terms_listed(listed, trust)
    return _refusal(identity, terms, trust, lane, now) or _passed(identity, terms, lane, None)


def verify_number(tid: TicketHandle, *, trust: Trust | Barred, now: Moment) -> Refused:
    """Checks 0 and 8 on a ticket of which staff know the printed number alone, and this kiosk nothing at all.

    Nobody is let in on it here: the server may know the ticket, and else a supervisor decides.
    """
    barred = _bar(trust, now)  # (0)
    if barred is not None or isinstance(trust, Barred):
        return Refused(barred or Outcome.SNAPSHOT_EXPIRED, 0)
    digest = digest_of_number(tid)
    denial = trust.lists.denial(tid)
    if denial is not None and denial.min_gen >= EVERY_GEN:  # (8) whichever edition it is
        return Refused(denial.reason.outcome, 8, digest=digest, form=BY_NUMBER_FORM)
    return Refused(Outcome.UNLISTED, 7, digest=digest, form=BY_NUMBER_FORM)


def _bar(trust: Trust | Barred, now: Moment) -> Outcome | None:
    if isinstance(trust, Barred):
        return trust.outcome
    is_over = now.at_ms - now.uncertainty_ms > trust.lease_until_ms and not now.is_suspect
    return Outcome.SNAPSHOT_EXPIRED if is_over else None


def _flaw_of_key(code: Code, key: Key | None, event: Event) -> Outcome | None:
    if key is None:
        return Outcome.UNKNOWN_KEY
    if key.event != event.id:
        return Outcome.WRONG_EVENT
    if len(code.auth) != key.algorithm.auth_bytes:
        return Outcome.DAMAGED_CODE
    return None


def is_sealed(code: Code, key: Key) -> bool:
    """Check 6: whether the code's seal was made with this key. False where the verifying part is not held."""
    if key.verifying is None:
        return False
    message = sealed_bytes(key.algorithm, code.header)
    match key.algorithm:
        case Algorithm.HMAC_SHA256_128:
            return seal.is_hmac_tag(key.verifying, message, code.auth)
        case Algorithm.ED25519:
            return seal.is_ed25519_signature(key.verifying, message, code.auth)


def sealed_bytes(algorithm: Algorithm, header: bytes) -> bytes:
    """What is under a seal: `event-ticket/v1`, a zero byte, the algorithm's byte, the 24 header bytes."""
    return DOMAIN + algorithm.byte.to_bytes(1) + header


def _verify_authentic(code: Code, key: Key, trust: Trust, lane: Lane, now: Moment) -> Genuine | Refused:
    claims = code.claims
    identity = Identity(claims.tid, claims.gen, claims.cls, T1_FORM)
    terms = terms_of(claims, trust)
    if key.state is KeyState.REVOKED:  # (7)
        return Refused(Outcome.KEY_REVOKED, 7, identity, terms, code=code)
    wants_listing = key.state is KeyState.LISTED_ONLY or claims.must_be_listed
    if wants_listing and not trust.lists.allows(code.digest):
        return Refused(Outcome.UNLISTED, 7, identity, terms, code.digest, T1_FORM, code, code.proof)
    refusal = _refusal(identity, terms, trust, lane, now)  # (8)–(10)
    if refusal is not None:
        return replace(refusal, code=code)
    if lane.direction is Direction.ENTRY:
        flaw = _flaw_of_proof(code, key, trust, now)  # (11)
        if flaw is not None:
            unproven = code.proof if flaw is Outcome.CONFIRM_IDENTITY else None
            return Refused(flaw, 11, identity, terms, code=code, proof=unproven)
    return _passed(identity, terms, lane, code)


def _refusal(identity: Identity, terms: Terms, trust: Trust, lane: Lane, now: Moment) -> Refused | None:
    at = Circumstances(identity.gen, lane.gate, lane.direction, now, identity.form)
    refusal = refusal_by_terms(terms, trust.event, at)
    return None if refusal is None else Refused(refusal, STEP_OF[refusal], identity, terms)


def _passed(identity: Identity, terms: Terms, lane: Lane, code: Code | None) -> Genuine:
    if lane.direction is Direction.EXIT:
        is_flagged = terms.denial is not None and terms.denial.refuses(identity.gen)
        return Genuine(identity, terms, None, is_flagged, code)
    return Genuine(
        identity, terms, step_at(code.proof.at_s) if code and code.proof else None, is_flagged=False, code=code
    )


def terms_of(claims: Claims, trust: Trust) -> Terms:
    """The terms of a ticket as its code and this manifest tell them."""
    ticket_class = trust.event.classes.get(ClassId(claims.cls))
    denial, marks = trust.lists.denial(claims.tid), trust.lists.marks(claims.tid)
    return Terms(claims.tid, ticket_class, claims.nbf, claims.exp, denial, marks=marks)


def _terms_listed(listed: Listed, trust: Trust) -> Terms:
    ticket_class = trust.event.classes.get(listed.cls)
    denial, marks = trust.lists.denial(listed.tid), trust.lists.marks(listed.tid)
    return Terms(listed.tid, ticket_class, listed.nbf, listed.exp, denial, marks=marks)


def _flaw_of_proof(code: Code, key: Key, trust: Trust, now: Moment) -> Outcome | None:
    if not code.claims.is_rotating:
        return Outcome.DAMAGED_CODE if code.proof else None
    if code.proof is None:
        return Outcome.PROOF_MISSING
    if key.rotating is None:
        return Outcome.CONFIRM_IDENTITY
    secret = secret_of(key.rotating, code.claims)
    return flaw_of(code.proof, secret, now, trust.steps.highest_step(code.claims.tid))
