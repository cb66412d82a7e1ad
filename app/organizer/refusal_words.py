"""The codes of a server's refusals that have a sentence of their own, with the cure: `[organizer_refusal]`."""

from collections.abc import Mapping
from enum import StrEnum

from app.widgets.words import Table, read_by_member, read_text, table_at


class RefusalCode(StrEnum):
    """As the server calls them (`app.server.problems`, and the queue files')."""

    DEVICE_UNKNOWN = "device_unknown"
    DEVICE_NAME_TAKEN = "device_name_taken"
    DEVICE_NAME_WRONG = "device_name_wrong"
    DEVICE_NOT_PENDING = "device_not_pending"
    DIGITS_WRONG = "digits_wrong"
    DIGITS_WRONG_THRICE = "digits_wrong_thrice"
    CONFIRMATION_EXPIRED = "confirmation_expired"
    GATE_UNKNOWN = "gate_unknown"
    PROFILE_UNFIT = "profile_unfit"
    MANIFEST_FULL = "manifest_full"
    ENROL_CODE_WRONG = "enrol_code_wrong"
    ENROL_CODE_USED = "enrol_code_used"
    INCIDENT_UNKNOWN = "incident_unknown"
    NOTE_WRONG = "note_wrong"
    QUEUE_FILE_FOREIGN = "queue_file_foreign"
    QUEUE_FILE_NEWER = "queue_file_newer"
    QUEUE_FILE_OTHER_SERVER = "queue_file_other_server"
    QUEUE_FILE_TOO_LARGE = "queue_file_too_large"
    QUEUE_FILE_WRONG_SIGNATURE = "queue_file_wrong_signature"
    QUEUE_FILE_DAMAGED = "queue_file_damaged"
    PASSWORD_CHANGE_NEEDED = "password_change_needed"  # noqa: S105  a code
    TICKET_UNKNOWN = "ticket_unknown"
    ORDER_UNKNOWN = "order_unknown"
    REISSUE_REFUSED = "reissue_refused"
    NO_ACTIVE_KEY = "no_active_key"
    NOT_AUTHORISED = "not_authorised"
    ENDPOINT_UNKNOWN = "endpoint_unknown"
    ENDPOINT_WRONG = "endpoint_wrong"
    TARGET_REFUSED = "target_refused"
    REFUND_REFUSED = "refund_refused"
    REFUND_NOT_ALLOWED = "refund_not_allowed"
    MAIL_UNSET = "mail_unset"
    MAIL_REFUSED = "mail_refused"
    MESSAGE_UNKNOWN = "message_unknown"
    MESSAGE_NOT_DEAD = "message_not_dead"
    NO_TICKET_MAIL = "no_ticket_mail"
    ADDRESS_WRONG = "address_wrong"
    ADDRESS_UNCHANGED = "address_unchanged"
    ADDRESS_SUPPRESSED = "address_suppressed"
    NOTHING_TO_READDRESS = "nothing_to_readdress"
    JOB_UNKNOWN = "job_unknown"
    FILE_UNWRITABLE = "file_unwritable"  # said by this computer, not by a server
    SERVER_BUSY = "server_busy"
    TOO_MANY_REQUESTS = "too_many_requests"


def read_refusal_words(tables: Table) -> Mapping[RefusalCode, str]:
    """The section of a language's tables, none missing."""
    return read_by_member(table_at(tables, "organizer_refusal"), RefusalCode, read_text, "organizer_refusal")
