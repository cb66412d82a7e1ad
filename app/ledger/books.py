"""The books of one ledger, put together over its database and its master key.

Owns which book knows which: no book makes another.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from app.ledger.accounts import Accounts
from app.ledger.addressees import addressed
from app.ledger.api_keys import ApiKeys
from app.ledger.audit import AuditLog
from app.ledger.authority import Authorities
from app.ledger.check_out import CheckOut
from app.ledger.code_book import CodeBook
from app.ledger.dead_letters import DeadLetters
from app.ledger.deliveries import Deliveries
from app.ledger.devices import Devices
from app.ledger.endpoint_book import EndpointBook
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.event_edits import EventEdits
from app.ledger.exports import ExportBook
from app.ledger.import_book import ImportBook
from app.ledger.import_jobs import ImportJobs
from app.ledger.incident_book import IncidentBook
from app.ledger.intent_book import IntentBook
from app.ledger.job_book import JobBook
from app.ledger.live_tickets import LiveTickets
from app.ledger.mail_accounts import MailAccounts
from app.ledger.mark_book import MarkBook
from app.ledger.night_watch import NightWatch
from app.ledger.notice_book import NoticeBook
from app.ledger.operator_book import OperatorBook
from app.ledger.orders import OrderBook
from app.ledger.paper_book import PaperBook
from app.ledger.passwords import Passwords
from app.ledger.payment_book import PaymentBook
from app.ledger.press import Press
from app.ledger.pruning import Pruning
from app.ledger.push_book import PushBook
from app.ledger.queue_files import QueueFiles
from app.ledger.rate_counts import RateCounts
from app.ledger.redemptions import SqlLedger
from app.ledger.report_wishes import ReportWishes
from app.ledger.retention import Retention
from app.ledger.root_keys import root_keys
from app.ledger.salvage import Salvage
from app.ledger.sessions import Sessions
from app.ledger.spares import Spares
from app.ledger.stripe_accounts import StripeAccounts
from app.ledger.stripe_events import StripeEvents
from app.ledger.suppressions import Suppressions
from app.ledger.tallies import Tallies
from app.ledger.ticket_book import TicketBook
from app.ledger.ticket_mail import TicketMail
from app.ledger.ticket_search import TicketSearch
from core.delivery.message import Channel
from core.model.roles import INSTALLATION
from core.ticket.keyring import NO_KID, KeyUse, check_value, derive


class Books:
    """Every book of a ledger. Safe between threads; close it, or use it as a context."""

    def __init__(self, database: Database, master: bytes, now_ms: Callable[[], int]) -> None:
        self._database = database
        database.audit_key = derive(master, KeyUse.AUDIT, INSTALLATION, NO_KID)
        self.audit = AuditLog(database)
        self._check_value = check_value(master)
        self.rate_counts = RateCounts(database)
        self._passwords = Passwords()
        self.sessions = Sessions(database, self._passwords, now_ms)
        self.accounts = Accounts(database, self._passwords, now_ms, self.sessions.forget)
        self.api_keys = ApiKeys(database, now_ms)
        self.push = PushBook(database, master, now_ms)
        self.authorities = Authorities(database, master, now_ms)
        self.roots = root_keys(database, master)
        self._now_ms = now_ms
        self.now_ms = now_ms
        self.facts = SqlLedger(database, now_ms, lambda event, kid: derive(master, KeyUse.ROTATING, event, kid))
        self.events = EventBook(database, master, now_ms)
        self.press = Press(database, self.events, self.roots, now_ms)
        self.live = LiveTickets(database, self.events)
        self.devices = Devices(database, self.roots.root_public, self.events.raise_version, now_ms)
        self.tallies = Tallies(database, now_ms)
        self.salvage = Salvage(database, now_ms)
        self._spares = Spares(database, self.roots.root_public, self.events.raise_version, now_ms)
        self._queue_files = QueueFiles(database, self.roots.server_private, now_ms)
        self.suppressions = Suppressions(database, master, self.events, now_ms)
        self.ticket_mail = TicketMail(database, self.events, self.suppressions, now_ms)
        self.tickets = TicketBook(database, self.events, self.facts, self.ticket_mail, now_ms)
        self.codes = CodeBook(database, self.events)
        self.marks = MarkBook(database, self.events, now_ms)
        self.edits = EventEdits(database, self.events, self.facts, now_ms)
        self.intents = IntentBook(database, self.events, now_ms)
        self.orders = OrderBook(database, self.events, self.facts, self.intents, now_ms)
        self.operators = OperatorBook(database, self.events, now_ms)
        self.incidents = IncidentBook(database, self.events, self.facts, now_ms)
        self.exports = ExportBook(database, self.events, self.roots, now_ms)
        self.search = TicketSearch(database, self.events, self.codes, self.tickets)
        self.imports = ImportBook(database, self.events, self.codes, self.facts, now_ms)
        self.import_jobs = ImportJobs(database, self.events, self.imports, now_ms)
        self.paper = PaperBook(database)
        self.jobs = JobBook(database, now_ms)
        self.check_outs = CheckOut(database, self.facts, now_ms)
        self.deliveries = Deliveries(database, now_ms)
        self.endpoints = EndpointBook(database, master, self.events, now_ms)
        self.mail_accounts = MailAccounts(database, master, self.events, now_ms)
        self.letters = DeadLetters(database, self.events, now_ms)
        reach = {Channel.PUSH: self.push.reached, Channel.EMAIL: addressed}
        self.notices = NoticeBook(database, self.events, reach, now_ms)
        self.stripe_accounts = StripeAccounts(database, master, self.events, now_ms)
        self.payments = PaymentBook(database, self.events, now_ms)
        self.stripe_events = StripeEvents(
            database, self.events, self.orders, self.stripe_accounts, self.intents, now_ms
        )
        self.night_watch = NightWatch(database, now_ms)
        self.report_wishes = ReportWishes(database, self.events, now_ms)
        self.pruning = Pruning(database, now_ms)
        self.retention = Retention(database, self.events, now_ms)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the database's connections."""
        self._database.close()
