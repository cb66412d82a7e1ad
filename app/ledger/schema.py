"""The tables of the ledger, one schema for SQLite and PostgreSQL.

Owns columns, keys and indexes. Every key of event data begins with `event_id`; rows that belong to no event carry the
nil UUID there. Instants are unix milliseconds. `migrations/versions` holds the same schema as numbered steps, and a
test compares the two.
"""

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
)

from core.model.roles import INSTALLATION

NO_EVENT: UUID = INSTALLATION
"""The event of what belongs to the installation."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(column_0_label)s",
    }
)


def _event() -> Column[UUID]:
    return Column("event_id", Uuid, primary_key=True, nullable=False)


installation = Table(
    "installation",
    metadata,
    _event(),
    Column("epoch", Uuid, nullable=False),  # another one after a restore, so that devices send again
    Column("check_value", LargeBinary, nullable=False),  # tells whether a master key is this database's
    Column("made_at", BigInteger, nullable=False),
    Column("root_public", LargeBinary),  # Ed25519: signs manifests and times
    Column("root_private", LargeBinary),  # wrapped: AES-256-GCM under a key of the master
    Column("server_public", LargeBinary),  # X25519: kiosks seal the export of their queue to it
    Column("server_private", LargeBinary),  # wrapped
    Column("ca_certificate", LargeBinary),  # X.509 (DER): vouches for this installation's servers, none before TLS
    Column("ca_private", LargeBinary),  # wrapped
    Column("ca_is_used", Boolean),  # whether enrolment codes name it
    Column("restored_at", BigInteger),  # when this epoch began, where it began with a backup
)

events = Table(
    "events",
    metadata,
    _event(),
    Column("policy", Text, nullable=False),  # JSON of core.sync.messages.EventRow
    Column("manifest_version", BigInteger, nullable=False),
    Column("manifest_at", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    _event(),
    Column("kid", BigInteger, primary_key=True, autoincrement=False),
    Column("algorithm", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("public", LargeBinary),  # Ed25519 keys alone; the others are derived
    Column("private", LargeBinary),  # wrapped
)

adapter_keys = Table(
    "adapter_keys",
    metadata,
    _event(),
    Column("name", Text, primary_key=True),  # of an adapter of kind hmac
    Column("secret", LargeBinary, nullable=False),  # wrapped
)

key_ids = Table(
    "key_ids",
    metadata,
    _event(),  # always nil: a kid is unique in the installation
    Column("kid", BigInteger, primary_key=True, autoincrement=False),
    Column("of_event", Uuid, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    _event(),
    Column("tid", LargeBinary, primary_key=True),
    Column("kid", BigInteger, nullable=False),
    Column("flags", SmallInteger, nullable=False),
    Column("gen", SmallInteger, nullable=False),
    Column("cls", Integer, nullable=False),
    Column("nbf", BigInteger, nullable=False),
    Column("exp", BigInteger, nullable=False),
    Column("denial", Text),  # a core.ticket.lists.DenialReason, with its min_gen and the manifest that first said it
    Column("denial_min_gen", SmallInteger),
    Column("denial_since", BigInteger),
    Column("is_inside", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("external_ref", Text),
    Column("issued_at", BigInteger, nullable=False),
    Column("digest", LargeBinary),  # of the newest edition's T1; null for tickets that have none
    UniqueConstraint("event_id", "source", "external_ref"),
)
Index(
    "tickets_by_digest",
    tickets.c.event_id,
    tickets.c.digest,
    postgresql_where=text("digest IS NOT NULL"),
    sqlite_where=text("digest IS NOT NULL"),
)
Index(
    "tickets_denied",
    tickets.c.event_id,
    postgresql_where=text("denial IS NOT NULL"),
    sqlite_where=text("denial IS NOT NULL"),
)
Index("tickets_inside", tickets.c.event_id, postgresql_where=text("is_inside"), sqlite_where=text("is_inside"))

codes = Table(
    "codes",
    metadata,
    _event(),
    Column("digest", LargeBinary, primary_key=True),  # of a code that existed before T1
    Column("tid", LargeBinary, nullable=False),
    Column("form", Text, nullable=False),  # the adapter's name
    Column("gen", SmallInteger, nullable=False),  # the edition that the code stands for
)
Index("codes_of_ticket", codes.c.event_id, codes.c.tid)

attendees = Table(
    "attendees",
    metadata,
    _event(),
    Column("tid", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("order_ref", Text),
    Column("email", Text),  # where the ticket is sent; no kiosk ever has it
)

Index(
    "attendees_by_order",
    attendees.c.event_id,
    attendees.c.order_ref,
    postgresql_where=text("order_ref IS NOT NULL"),
    sqlite_where=text("order_ref IS NOT NULL"),
)

ticket_marks = (
    Table(  # what concerns a single ticket: the numbers of attention items, as core.model.attention packs them
        "ticket_marks",
        metadata,
        _event(),
        Column("tid", LargeBinary, primary_key=True),
        Column("bits", Integer, nullable=False),
    )
)

manifests = Table(
    "manifests",
    metadata,
    _event(),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),  # the bytes that are signed
    Column("signature", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)

segments = Table(
    "segments",
    metadata,
    _event(),
    Column("kind", Text, primary_key=True),
    Column("is_stale", Boolean, nullable=False),  # what it lists has changed since it was made
    Column("row", Text),  # JSON of core.sync.messages.SegmentRow; null before the first
    Column("marks", BigInteger, nullable=False, server_default="0"),  # how often it was said that it has changed
)

segment_parts = Table(
    "segment_parts",
    metadata,
    _event(),
    Column("sha256", LargeBinary, primary_key=True),  # of the whole file
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    _event(),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("secret_sha256", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("incarnation", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("last_seen", BigInteger),
    Column("profile", Text, nullable=False, server_default="mac"),
    Column("sealing_key", LargeBinary),  # X25519 and Ed25519, public
    Column("signing_key", LargeBinary),
    Column("digits", Text),  # what both screens show until the organizer confirms
    Column("tries", SmallInteger, nullable=False, server_default="0"),  # wrong digits so far
    Column("replaces", Uuid),  # the device whose facts this one may deliver too
    Column("next_secret_sha256", LargeBinary),  # said, not used yet: both open until the new one is used
    Column("clock_offset_ms", BigInteger),  # the device's clock minus the server's, when it last asked
    Column("clock_uncertainty_ms", BigInteger),
    Column("clock_quality", Text),
    Column("clock_at", BigInteger),
    Column("vitals", Text),  # a core.sync.messages.Vitals, by the device's own word
    Column("vitals_at", BigInteger),
    Column("revoked_at", BigInteger),  # when an active device lost its rights: what it has not sent may still come
    UniqueConstraint("event_id", "name"),
)

enrol_codes = Table(
    "enrol_codes",
    metadata,
    _event(),  # always nil: a kiosk that enrols does not know its event yet
    Column("handle", Text, primary_key=True),
    Column("secret_sha256", LargeBinary, nullable=False),
    Column("of_event", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("profile", Text, nullable=False, server_default="mac"),
    Column("replaces", Uuid),
    Column("withdrawn_at", BigInteger),
)

facts = Table(
    "facts",
    metadata,
    _event(),
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),  # of core.journal.scan, or empty for a record that is no fact
    Column("device", Uuid, nullable=False),  # who sent it, as authenticated
    Column("incarnation", BigInteger),
    Column("seq", BigInteger),  # null where the place in the device's chain is in doubt
    Column("tid", LargeBinary),
    Column("refers_to", Uuid),
    Column("ts", BigInteger),
    Column("record", Text, nullable=False),  # canonical JSON (RFC 8785); cut to 4 KiB where it is no fact
    Column("fingerprint", LargeBinary, nullable=False),
    Column("arrival", Text, nullable=False),  # applied, or quarantined with its reason
    Column("reason", Text),
    Column("outcome", Text),  # scan: what it was answered; shown: what the door saw
    Column("is_promise", Boolean, nullable=False),  # a guest waited for this answer
    Column("answer", Text),  # JSON of core.redeem.answer.Answer
    Column("received_at", BigInteger, nullable=False),
    Column("digest", LargeBinary),  # of a code whose ticket the kiosk did not know: a later import may
    Column("gen", SmallInteger),  # the edition that such a code stood for when its ticket was found
    Column("is_resent", Boolean, nullable=False, server_default=false()),  # acknowledged before a restore lost it
    Column("erased_at", BigInteger),  # its answers were blanked: the record is no longer what the fingerprint is of
    UniqueConstraint("event_id", "device", "incarnation", "seq"),
)
Index(
    "facts_shown_of_nobody",
    facts.c.event_id,
    facts.c.refers_to,
    postgresql_where=text("refers_to IS NOT NULL AND tid IS NULL"),
    sqlite_where=text("refers_to IS NOT NULL AND tid IS NULL"),
)
Index(
    "facts_by_digest",
    facts.c.event_id,
    facts.c.digest,
    postgresql_where=text("digest IS NOT NULL"),
    sqlite_where=text("digest IS NOT NULL"),
)
Index(
    "facts_of_ticket",
    facts.c.event_id,
    facts.c.tid,
    postgresql_where=text("tid IS NOT NULL"),
    sqlite_where=text("tid IS NOT NULL"),
)
Index(
    "facts_shown",
    facts.c.event_id,
    facts.c.outcome,
    postgresql_where=text("kind = 'shown'"),
    sqlite_where=text("kind = 'shown'"),
)
Index(
    "facts_quarantined",
    facts.c.event_id,
    facts.c.reason,
    postgresql_where=text("arrival = 'quarantined'"),
    sqlite_where=text("arrival = 'quarantined'"),
)

tallies = Table(
    "tallies",
    metadata,
    _event(),
    Column("device", Uuid, primary_key=True),
    Column("incarnation", BigInteger, primary_key=True, autoincrement=False),
    Column("told_count", BigInteger, nullable=False),  # what the kiosk said it holds
    Column("told_seq", BigInteger, nullable=False),
    Column("held_count", BigInteger, nullable=False),  # what the ledger held then, as far as that place
    Column("last_seq", BigInteger, nullable=False),  # and the highest place that it held at all
    Column("finding", Text, nullable=False),  # a core.sync.tally.Finding
    Column("at", BigInteger, nullable=False),
)

redemptions = Table(
    "redemptions",
    metadata,
    _event(),
    Column("tid", LargeBinary, primary_key=True),
    Column("entry_number", Integer, primary_key=True, autoincrement=False),
    Column("scan_id", Uuid, nullable=False),
    Column("device", Uuid, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("gate", Text, nullable=False),
    Column("cls", Integer, nullable=False),
    UniqueConstraint("event_id", "scan_id"),
)
Index("redemptions_by_place", redemptions.c.event_id, redemptions.c.gate, redemptions.c.cls)

incidents = Table(
    "incidents",
    metadata,
    _event(),
    Column("scan_id", Uuid, primary_key=True),  # the device's id where the incident is a device's own
    Column("kind", Text, primary_key=True),
    Column("severity", Text, nullable=False),
    Column("against", Uuid),
    Column("is_order_provable", Boolean, nullable=False),
    Column("tid", LargeBinary),
    Column("evidence", Text),  # the other record under one id
    Column("state", Text, nullable=False),  # open, resolved by a person, or withdrawn when later facts undid it
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("finding", Text),  # a core.journal.scan.Finding, with who found it and what they noted
    Column("found_by", Text),
    Column("note", Text),
)
Index("incidents_of_ticket", incidents.c.event_id, incidents.c.tid)
Index("incidents_by_kind", incidents.c.event_id, incidents.c.state, incidents.c.kind)

counters = Table(
    "counters",
    metadata,
    _event(),
    Column("kind", Text, primary_key=True),  # an app.ledger.counters.Counted
    Column("name", Text, primary_key=True),  # a gate, an outcome, a standing or a lane, as its kind says
    Column("cls", Integer, primary_key=True, autoincrement=False),  # or a minute since 1970
    Column("slot", SmallInteger, primary_key=True, autoincrement=False),  # the sum over the slots counts
    Column("n", BigInteger, nullable=False),
)

incident_notes = Table(
    "incident_notes",
    metadata,
    _event(),
    Column("scan_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("note", Text, nullable=False),
)

operators = Table(
    "operators",
    metadata,
    _event(),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),  # a core.gate.operators.DoorRole
    Column("verifier", Text, nullable=False),  # of the PIN: Argon2id (RFC 9106) as a PHC string
    Column("budget", Integer, nullable=False),  # overrides in one shift
    Column("is_active", Boolean, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    UniqueConstraint("event_id", "name"),
)

import_jobs = Table(
    "import_jobs",
    metadata,
    _event(),
    Column("id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("wanted", Text, nullable=False),  # JSON: preset, columns, whether cancels are agreed to
    Column("state", Text, nullable=False),  # an app.ledger.import_jobs.JobState
    Column("done", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("report", Text),  # JSON: what it would do or did
    Column("made_at", BigInteger, nullable=False),
    Column("beaten_at", BigInteger, nullable=False),  # the last sign of life of whoever works on it
)

import_parts = Table(
    "import_parts",
    metadata,
    _event(),
    Column("job", Uuid, primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

endpoints = Table(
    "endpoints",
    metadata,
    _event(),
    Column("id", Uuid, primary_key=True),
    Column("channel", Text, nullable=False),  # a core.delivery.message.Channel
    Column("target", Text, nullable=False),
    Column("kinds", Text, nullable=False),  # JSON list of core.delivery.news.NewsKind; empty: all of them
    Column("state", Text, nullable=False),  # a core.delivery.circuit.EndpointState
    Column("made_at", BigInteger, nullable=False),
    Column("secret", LargeBinary),  # wrapped; null for one of before, and for one that is no more
    Column("old_secret", LargeBinary),  # the one before, while both count
    Column("old_until", BigInteger),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row: with the four below its Health
    Column("failing_since", BigInteger),
    Column("open_until", BigInteger),
    Column("last_sent_at", BigInteger),
    Column("trouble", Text),  # a core.delivery.account_trouble.AccountTrouble: why its account is refused
    Column("settings", Text),  # JSON: what its channel has to know beside the target (core.delivery.mail.MailAccount)
)

suppressions = Table(
    "suppressions",
    metadata,
    _event(),
    Column("address_mac", LargeBinary, primary_key=True),  # HMAC-SHA256: without the master key nobody can try names
    Column("shown", Text, nullable=False),  # the address masked, to be known again by
    Column("reason", Text, nullable=False),  # a core.delivery.suppression.Suppressed
    Column("made_at", BigInteger, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    _event(),
    Column("id", Uuid, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("endpoint", Uuid),  # whose circuit and whose secret; null where the target is in the body
    Column("dedupe_key", Text, nullable=False),
    Column("body", Text, nullable=False),  # what is sent, byte for byte
    Column("state", Text, nullable=False),  # a core.delivery.message.MessageState
    Column("reason", Text),  # why it is dead or canceled
    Column("run_at", BigInteger, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("max_attempts", SmallInteger, nullable=False),
    Column("lease_until", BigInteger),
    Column("owner", Text),
    Column("made_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("recipient", Text),  # whom an endpoint that reaches many is to reach; forgotten as names are
    UniqueConstraint("event_id", "dedupe_key"),
)
Index(
    "outbox_due",
    outbox.c.event_id,
    outbox.c.endpoint,
    outbox.c.run_at,
    postgresql_where=text("state = 'ready'"),
    sqlite_where=text("state = 'ready'"),
)
Index(
    "outbox_leased",
    outbox.c.event_id,
    outbox.c.lease_until,
    postgresql_where=text("state = 'leased'"),
    sqlite_where=text("state = 'leased'"),
)
Index(
    "outbox_dead_why",
    outbox.c.event_id,
    outbox.c.reason,
    outbox.c.endpoint,
    outbox.c.channel,
    outbox.c.made_at,
    outbox.c.closed_at,
    outbox.c.id,
    postgresql_where=text("state = 'dead'"),
    sqlite_where=text("state = 'dead'"),
)
Index(
    "outbox_dead_when",
    outbox.c.event_id,
    outbox.c.closed_at,
    outbox.c.id,
    outbox.c.reason,
    outbox.c.endpoint,
    outbox.c.channel,
    outbox.c.made_at,
    postgresql_where=text("state = 'dead'"),
    sqlite_where=text("state = 'dead'"),
)
Index(
    "outbox_dead_made",
    outbox.c.event_id,
    outbox.c.made_at,
    outbox.c.id,
    outbox.c.reason,
    outbox.c.endpoint,
    outbox.c.channel,
    postgresql_where=text("state = 'dead'"),
    sqlite_where=text("state = 'dead'"),
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    _event(),
    Column("message", Uuid, primary_key=True),
    Column("attempt", SmallInteger, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("status", Text),  # what the other side said, in a word; null while it runs or when its worker died
    Column("error", Text),  # cut to a limit
    Column("request", Text),  # what was asked, as JSON, without secrets
)

stripe_accounts = (
    Table(  # whose Stripe account an event's orders are paid through; its API key is its endpoint's secret
        "stripe_accounts",
        metadata,
        _event(),
        Column("endpoint", Uuid, nullable=False),  # of channel stripe: key, health, enabled or not
        Column("api_base", Text),  # another server than Stripe's: for development, on this computer
        Column("signing_secret", LargeBinary),  # of incoming events, wrapped
        Column("old_signing_secret", LargeBinary),  # the one before, while both count
        Column("old_until", BigInteger),
        Column("partial_refund", Text, nullable=False),  # a core.payment.money.PartialRefundPolicy
        Column("dispute", Text, nullable=False),  # a core.payment.money.DisputePolicy
        Column("made_at", BigInteger, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
    )
)

payments = Table(  # what an order was bought with
    "payments",
    metadata,
    _event(),
    Column("id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),  # the shop, as its tickets name it
    Column("order_ref", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),  # in the smallest unit of the currency
    Column("currency", Text, nullable=False),
    Column("payment_intent", Text),  # Stripe's names of it
    Column("checkout_session", Text),
    Column("charge", Text),
    Column("state", Text, nullable=False),  # a core.payment.money.PaymentState
    Column("refunded", BigInteger, nullable=False, server_default="0"),  # in all, as Stripe told it last
    Column("prices", Text),  # JSON object: a ticket's handle (hex) to what was paid for it
    Column("made_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    UniqueConstraint("event_id", "source", "order_ref"),
    UniqueConstraint("event_id", "payment_intent"),
    UniqueConstraint("event_id", "checkout_session"),
    UniqueConstraint("event_id", "charge"),
)
Index("payments_by_order", payments.c.event_id, payments.c.order_ref)

stripe_intents = Table(  # what Stripe is asked to do: one row for each idempotency key, committed before the first call
    "stripe_intents",
    metadata,
    _event(),
    Column("id", Uuid, primary_key=True),
    Column("operation_type", Text, nullable=False),  # a core.payment.intent.Operation
    Column("stable_id", Text, nullable=False),  # what is to happen once, however often it is tried
    Column("attempt", SmallInteger, nullable=False),  # from 1: each has a key of its own
    Column("key", Text, nullable=False),
    Column("parameters", Text, nullable=False),  # canonical JSON (RFC 8785)
    Column("parameters_sha256", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),  # a core.payment.intent.IntentState
    Column("reason", Text),  # why it is refused
    Column("answer", Text),  # JSON: what of Stripe's answer is kept
    Column("object_id", Text),  # Stripe's name of what it made
    Column("payment", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("tids", Text, nullable=False),  # JSON list of the handles (hex) that it is for
    Column("message", Uuid, nullable=False),  # of the outbox: who tries it, when and how often
    Column("called_at", BigInteger),  # before its key was used for the first time
    Column("made_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    UniqueConstraint("event_id", "operation_type", "stable_id", "attempt"),
    UniqueConstraint("event_id", "key"),
)
Index("stripe_intents_of_payment", stripe_intents.c.event_id, stripe_intents.c.payment)
Index("stripe_intents_by_age", stripe_intents.c.event_id, stripe_intents.c.made_at)
Index("stripe_intents_of_message", stripe_intents.c.event_id, stripe_intents.c.message)

stripe_events = Table(  # what Stripe told, each once; of each no more than what it is about
    "stripe_events",
    metadata,
    _event(),  # whose account it came for: two events that share one each get their own
    Column("id", Text, primary_key=True),  # Stripe's own
    Column("type", Text, nullable=False),
    Column("object_id", Text),  # Stripe's name of what it is about
    Column("made_at", BigInteger, nullable=False),  # by Stripe's clock
    Column("came", Text, nullable=False),  # an app.ledger.stripe_events.Came
    Column("received_at", BigInteger, nullable=False),
    Column("outcome", Text),  # a core.payment.look.Outcome; null while its work waits, or is dead
    Column("trouble", Text),  # a core.payment.look.Trouble: what people were told
    Column("payment", Uuid),  # of `payments`, once it is known
    Column("done_at", BigInteger),
)
Index("stripe_events_by_age", stripe_events.c.event_id, stripe_events.c.received_at)
Index("stripe_events_of_payment", stripe_events.c.event_id, stripe_events.c.payment)

job_runs = Table(
    "job_runs",
    metadata,
    _event(),  # always nil: a job looks after all events
    Column("name", Text, primary_key=True),
    Column("due_at", BigInteger, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),  # an app.ledger.job_book.RunState
    Column("tries", SmallInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("outcome", Text),
    Column("error", Text),
    Column("cause", Text),  # an app.ledger.job_book.RunCause; null for the clock's, of before
)
Index(
    "job_runs_going_on",  # of one job one at a time
    job_runs.c.event_id,
    job_runs.c.name,
    unique=True,
    postgresql_where=text("state = 'running'"),
    sqlite_where=text("state = 'running'"),
)
Index("job_runs_by_start", job_runs.c.event_id, job_runs.c.started_at)

audit = Table(
    "audit",
    metadata,
    _event(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # from 1, without a gap
    Column("record", Text, nullable=False),  # canonical JSON (RFC 8785) of a core.journal.audit.Record
    Column("hash", LargeBinary, nullable=False),  # of the record; the next one carries it
    Column("about", Text),  # what the record says that it is about, to be found by; null where it says nothing
)
Index(
    "audit_about",
    audit.c.event_id,
    audit.c.about,
    audit.c.seq,
    postgresql_where=text("about IS NOT NULL"),
    sqlite_where=text("about IS NOT NULL"),
)

audit_heads = Table(
    "audit_heads",
    metadata,
    _event(),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("tag", LargeBinary, nullable=False),  # under a key of the master: the end is this one, and no other
)

accounts = Table(
    "accounts",
    metadata,
    _event(),  # always nil: an account is of the installation, its roles may be of events
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("password", Text, nullable=False),  # a PHC string: Argon2id
    Column("is_one_time", Boolean, nullable=False),  # chosen by the program: another must be chosen at the first log-in
    Column("password_until", BigInteger),  # when a one-time password ends
    Column("is_active", Boolean, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("email", Text),  # where notices go by mail; null: nowhere
    UniqueConstraint("event_id", "name"),
)

report_wishes = Table(
    "report_wishes",
    metadata,
    _event(),
    Column("account", Uuid, primary_key=True),
    Column("at_min", SmallInteger, nullable=False),  # minutes after midnight by the event's wall
    Column("since", BigInteger, nullable=False),  # what was due before is not told
)

capacity_watches = Table(
    "capacity_watches",
    metadata,
    _event(),
    Column("level", SmallInteger, nullable=False),  # with the next a core.insight.capacity.Watch
    Column("told", SmallInteger, nullable=False),
)

account_roles = Table(
    "account_roles",
    metadata,
    _event(),  # always nil
    Column("account", Uuid, primary_key=True),
    Column("of_event", Uuid, primary_key=True),  # nil: for the installation, and so for every event
    Column("role", Text, nullable=False),  # a core.model.roles.Role
    Column("given_at", BigInteger, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    _event(),  # always nil
    Column("token_sha256", LargeBinary, primary_key=True),
    Column("account", Uuid, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
)
Index("sessions_of_account", sessions.c.event_id, sessions.c.account)

log_in_tries = Table(
    "log_in_tries",
    metadata,
    _event(),  # always nil
    Column("name_sha256", LargeBinary, primary_key=True),  # of whatever was typed, whether there is such an account
    Column("tries", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)
Index("log_in_tries_by_age", log_in_tries.c.event_id, log_in_tries.c.since)

api_keys = Table(
    "api_keys",
    metadata,
    _event(),  # always nil
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_sha256", LargeBinary, nullable=False),
    Column("rights", Text, nullable=False),  # JSON list of core.model.roles.Right
    Column("of_events", Text, nullable=False),  # JSON list of ids; the nil UUID means every event
    Column("made_by", Text, nullable=False),  # the account, or how else it was made
    Column("made_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("used_at", BigInteger),
)

push_tokens = Table(  # where an account's telephones are reached
    "push_tokens",
    metadata,
    _event(),  # always nil
    Column("token_sha256", LargeBinary, primary_key=True),
    Column("token", LargeBinary, nullable=False),  # AES-256-GCM under the wrapping key
    Column("account", Uuid, nullable=False),
    Column("session_sha256", LargeBinary, nullable=False),  # whose log-out ends it
    Column("registered_at", BigInteger, nullable=False),
    Column("refreshed_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("ending", Text),  # a core.delivery.push_token.Ending
    Column("language", Text),  # a core.model.settings.Language; null for whoever has said nothing
)
Index("push_tokens_of_account", push_tokens.c.event_id, push_tokens.c.account)

rate_counts = Table(
    "rate_counts",
    metadata,
    _event(),  # always nil: who calls too often is a matter of the installation
    Column("key", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
Index("rate_counts_by_end", rate_counts.c.event_id, rate_counts.c.expires_at)
