"""What an installation has to do without being asked: the list that the worker goes through.

Owns the list, and which channels have a sender. Each duty does one bounded piece of work (a second or so) and says
whether more is due at once; several workers may have the same duty at the same moment, so it takes what it does in a
transaction of its own.
"""

from collections.abc import Callable

from app.ledger.admin import Office
from app.net.webhook_sender import WebhookSender
from app.net.webhook_target import TargetRules
from app.runtime.delivery_line import DeliveryLine, Sender
from app.runtime.job_table import runner_of
from app.runtime.notice_line import NoticeLine
from app.runtime.pace import Rate
from app.runtime.push_line import PushLine
from app.runtime.rounds import Duty
from app.runtime.stripe_line import stripe_line
from core.delivery.message import Channel
from core.model.ids import EventId
from core.model.settings import Language

MAIL_CONNECTIONS, MAIL_PACE = 2, Rate(600)
"""To one mail server at the same moment, and in a minute, from each worker: what shared servers take from one client.
One core draws and hands in about sixteen mails a second, so that ten thousand guests have theirs in 17 minutes."""

Report = Callable[[Office, EventId, Language], bytes]


def duties_of(office: Office, rules: TargetRules | None = None, report: Report | None = None) -> list[Duty]:
    """The duties of a ledger's worker.

    `rules`: where webhooks may go; to the public internet alone without any. `report` makes an event's report (PDF) for
    its daily mail, which goes without a file where nobody does.
    """
    targets = rules or TargetRules()
    webhooks = DeliveryLine(office, Channel.WEBHOOK, lambda: WebhookSender(targets))
    mails = DeliveryLine(
        office,
        Channel.EMAIL,
        lambda: mail_sender_of(office, report),
        per_endpoint=MAIL_CONNECTIONS,
        pace=MAIL_PACE,
        aftermath=office.suppressions.aftermath,
    )
    pushes = PushLine(office, to_loopback=targets.is_loopback_allowed)
    lines = [NoticeLine(office).duty, webhooks.duty, mails.duty, pushes.duty, stripe_line(office).duty]
    return [*runner_of(office).duties, *lines]


def mail_sender_of(office: Office, report: Report | None = None) -> Sender:
    """What sends the mails of a ledger; what it takes (SMTP, PDF, QR) is loaded where something is to be sent."""
    from app.net.mail_sender import MailSender
    from app.runtime.mail_desk import MailDesk

    return MailSender(MailDesk(office, report).compose)
