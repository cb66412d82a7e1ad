"""What an answer of the other side means for a message: one table per channel.

Owns the tables. A message that may yet arrive is never given up for one answer: only what the other side says for good
ends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from core.delivery.account_trouble import AccountTrouble
from core.delivery.mail import Unsent
from core.delivery.message import Channel
from core.delivery.push_token import Untold


class Fate(Enum):
    """What becomes of a message after an attempt."""

    SENT = "sent"
    LATER = "later"
    DEAD = "dead"
    CLOSED = "closed"  # dead, and its endpoint wants no more
    CANCELED = "canceled"  # nobody wants it any more: it was not sent, and there is nothing to mend
    EARLY = "early"  # the other side is well, and what the message is about is not here yet: later, and dead in the end
    RESTS = "rests"  # the account's trouble: its endpoint is left alone, and the try counts against no message
    AGAIN = "again"  # the other side is well, and the message goes on at once: the try counts against nobody


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back of one attempt.

    `code` is the answer's number, None where none came. `word` tells answers of one number apart: for e-mail the
    command that was answered, for push the provider's own name of the error. `said` is the answer's text, or in a word
    why none came; `asked_s` the seconds that the other side asked to wait.
    """

    code: int | None
    word: str = ""
    said: str = ""
    asked_s: float | None = None

    @property
    def status(self) -> str:
        """The answer in a word, as it is kept with the attempt."""
        return str(self.code) if self.code is not None else self.word or "no_answer"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A fate, with the reason of one that ends the message.

    `is_recipients`: a trouble of whoever this one message is for; the endpoint did what it should, and does not rest.
    `trouble`: what is wrong with the account, where that is why an endpoint rests.
    """

    fate: Fate
    reason: str | None = None
    is_recipients: bool = False
    trouble: AccountTrouble | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Answers of these numbers (None: whatever comes, or nothing), of these words where some are named."""

    codes: range | None
    meaning: Meaning
    words: frozenset[str] = frozenset()

    def covers(self, heard: Heard) -> bool:
        """Whether the row says what this answer means."""
        has_code = self.codes is None or (heard.code is not None and heard.code in self.codes)
        return has_code and (not self.words or heard.word in self.words)


def _only(code: int) -> range:
    return range(code, code + 1)


def _rests(trouble: AccountTrouble, codes: range | None, *words: str) -> Row:
    return Row(codes, Meaning(Fate.RESTS, trouble=trouble), frozenset(words))


TOKEN_INVALID = Untold.INVALID.value
"""The reason of a push whose token the provider knows no more: the one that ends the token too."""
DEVICE_QUOTA = "DEVICE_QUOTA_EXCEEDED"
"""Our word for a quota that is one telephone's: the provider has one name for that and for the project's."""
THIRD_PARTY = "THIRD_PARTY_AUTH_ERROR"
"""The provider's word for what Apple, or a browser's maker, does not take of the project."""
UNREADABLE = "unreadable"
"""Our word for a message that nobody can put into words."""
NO_SECRET = "no_secret"  # noqa: S105 — a word
"""Our word for an endpoint whose secret is missing, or does not open here."""
LOGIN_MISSING = "login_missing"
"""Our word for a mail server that offers no log-in to an account that has one."""
NO_NAME = "name_unknown"
"""Our word for a host that has no address, as far as a name server said so."""
_FOR_GOOD = range(500, 600)
_CERTIFICATES = ("certificate_name", "certificate_stranger", "certificate_expired", "certificate_early")
_SENT, _LATER = Meaning(Fate.SENT), Meaning(Fate.LATER)
_ELSE = Row(None, _LATER)
MEANINGS: Mapping[Channel, tuple[Row, ...]] = MappingProxyType(
    {
        # RFC 5321: a 5yz from RCPT on is about this recipient or this message; before, about who sends. RFC 4954: 530,
        # 534, 535 and 538 are about the log-in, whatever they answer. A full mailbox, or a server that greets each
        # stranger with patience (4yz at RCPT), is no trouble of the account. What was not sent at all has a word and
        # no number; that no server answers may pass.
        Channel.EMAIL: (
            *(Row(None, Meaning(Fate.CANCELED, each.value), frozenset({each.value})) for each in Unsent),
            *(Row(None, Meaning(Fate.DEAD, each), frozenset({each})) for each in ("address_wrong", "mail_too_large")),
            Row(range(200, 300), _SENT),
            _rests(AccountTrouble.LOGIN_WANTED, _only(530)),
            _rests(AccountTrouble.LOGIN_WANTED, _only(538)),
            _rests(AccountTrouble.PASSWORD_REFUSED, range(534, 536)),
            Row(_FOR_GOOD, Meaning(Fate.DEAD, "refused"), frozenset({"RCPT", "DATA"})),
            _rests(AccountTrouble.SENDER_REFUSED, _FOR_GOOD, "MAIL"),
            *(_rests(AccountTrouble.LOGIN_MISSING, _only(code), "AUTH") for code in (500, 502, 503, 504)),
            _rests(AccountTrouble.PASSWORD_REFUSED, _FOR_GOOD, "AUTH"),
            _rests(AccountTrouble.SERVER_REFUSES, _FOR_GOOD, "connect", "EHLO", "STARTTLS"),
            _rests(AccountTrouble.LOGIN_MISSING, None, LOGIN_MISSING),
            _rests(AccountTrouble.NAME_UNKNOWN, None, NO_NAME),
            _rests(AccountTrouble.TARGET_REFUSED, None, "target_refused"),
            _rests(AccountTrouble.TLS_UNFIT, None, "tls_missing", "tls_old"),
            _rests(AccountTrouble.CERTIFICATE_REFUSED, None, *_CERTIFICATES),
            _rests(AccountTrouble.UNREADABLE, None, "no_account"),
            Row(_only(421), _LATER),  # the server as a whole closes
            Row(range(400, 500), Meaning(Fate.LATER, is_recipients=True), frozenset({"RCPT"})),
            _ELSE,
        ),
        # Standard Webhooks: 2xx has it, 410 wants no more; a redirect is never followed, and everything else may pass.
        # 401 and 403 are the receiver's word about a message, as 500 is: it may not know our secret yet. What is ours
        # alone is that a secret is missing.
        Channel.WEBHOOK: (
            Row(range(200, 300), _SENT),
            Row(_only(410), Meaning(Fate.CLOSED, "endpoint_gone")),
            _rests(AccountTrouble.UNREADABLE, None, NO_SECRET),
            _ELSE,
        ),
        # FCM HTTP v1: the token is no more, or is another project's, or the message can't be like that. A 404 that is
        # not the provider's own word is somebody's in between. Google's own words for who is not let in are about the
        # project; but what Apple or a browser does not take of it is no matter of the other telephones.
        Channel.PUSH: (
            *(Row(None, Meaning(Fate.CANCELED, each.value), frozenset({each.value})) for each in Untold),
            Row(range(200, 300), _SENT),
            Row(None, Meaning(Fate.DEAD, TOKEN_INVALID), frozenset({"UNREGISTERED"})),
            Row(_only(404), Meaning(Fate.DEAD, TOKEN_INVALID), frozenset({"NOT_FOUND"})),
            Row(None, Meaning(Fate.DEAD, "sender_mismatch"), frozenset({"SENDER_ID_MISMATCH"})),
            Row(_only(400), Meaning(Fate.DEAD, "payload_refused")),
            Row(None, Meaning(Fate.DEAD, "payload_refused"), frozenset({UNREADABLE})),
            Row(None, Meaning(Fate.LATER, is_recipients=True), frozenset({DEVICE_QUOTA, THIRD_PARTY})),
            _rests(AccountTrouble.KEY_REFUSED, _only(401), "UNAUTHENTICATED"),
            _rests(AccountTrouble.KEY_REFUSED, _only(403), "PERMISSION_DENIED"),
            _rests(AccountTrouble.KEY_REFUSED, None, "account_refused"),
            _rests(AccountTrouble.UNREADABLE, None, "key_wrong"),
            _ELSE,
        ),
        # Stripe: `core.payment.answer` reads the answers; what a whole conversation came to is one of its words.
        Channel.STRIPE: (
            Row(None, _SENT, frozenset({"done"})),
            _rests(AccountTrouble.KEY_REFUSED, None, "account_refused"),
            _rests(AccountTrouble.UNREADABLE, None, NO_SECRET),
            _rests(AccountTrouble.TARGET_REFUSED, None, "target_refused"),
            Row(None, Meaning(Fate.AGAIN), frozenset({"new_attempt"})),
            Row(None, Meaning(Fate.DEAD, "refused"), frozenset({"refused"})),
            Row(None, Meaning(Fate.DEAD, "payment_unknown"), frozenset({"payment_unknown"})),
            Row(None, Meaning(Fate.DEAD, "nothing_left"), frozenset({"nothing_left"})),
            Row(None, Meaning(Fate.DEAD, "parameters_differ"), frozenset({"parameters_differ"})),
            # what Stripe told: an order may come after its payment, an object that is gone never does
            Row(None, Meaning(Fate.EARLY, "order_unknown"), frozenset({"order_unknown"})),
            Row(None, Meaning(Fate.DEAD, "object_unknown"), frozenset({"object_unknown"})),
            _ELSE,
        ),
    }
)
"""The rows of each channel; the first that covers an answer counts, and the last covers everything."""


def meaning_of(channel: Channel, heard: Heard) -> Meaning:
    """What an answer means. Total: each table ends with a row for everything."""
    return next(row.meaning for row in MEANINGS[channel] if row.covers(heard))
