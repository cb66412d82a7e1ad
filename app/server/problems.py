"""What went wrong, as a problem reply (RFC 9457) with a stable code.

Owns the one table from error keys to statuses. Details of an error stay on this side: they may name paths and causes.
"""

import json
import re
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from app.errors import AppError
from app.faults import log_fault
from app.ledger.engine import LedgerBusy, LedgerUnavailable
from app.log import logger

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of problem: its status, its title, and when to ask again."""

    status: int
    title: str
    retry_after_s: int | None = None


TABLE: dict[str, Row] = {
    "credentials_wrong": Row(401, "Who calls is not known here"),
    "device_revoked": Row(401, "The organizer took this device's rights away"),
    "bad_batch_signature": Row(401, "The batch is not signed by the calling device's key"),
    "confirmation_expired": Row(401, "Nobody compared the six digits in time: enrol again"),
    "credentials_over": Row(401, "This session or key is over: log in again, or ask for another key"),
    "log_in_wrong": Row(401, "The name or the password is wrong"),
    "password_over": Row(401, "The one-time password is too old: ask for another one"),
    "too_many_tries": Row(429, "Too many wrong tries at this name: wait a quarter of an hour", retry_after_s=900),
    "password_change_needed": Row(403, "Choose a password of your own first"),
    "password_unfit": Row(422, "This password can't be taken"),
    "account_unknown": Row(404, "There is no such account"),
    "account_name_wrong": Row(422, "A name has 1 to 64 of the characters a-z 0-9 . _ @ -"),
    "account_name_taken": Row(409, "There is an account of this name"),
    "last_owner": Row(409, "Nobody could run the installation any more: make another owner first"),
    "api_key_unknown": Row(404, "There is no such API key"),
    "api_key_wrong": Row(422, "An API key can't be like that"),
    "push_token_wrong": Row(422, "That is no push token"),
    "fcm_key_wrong": Row(422, "Nothing can be pushed with this key: `detail` says why"),
    "not_confirmed": Row(403, "The organizer has not compared this device's six digits yet"),
    "not_authorised": Row(403, "This caller has no rights here"),
    "event_unknown": Row(404, "There is no such event"),
    "ticket_unknown": Row(404, "There is no such ticket"),
    "event_wrong": Row(422, "An event can't be like that: `detail` says why"),
    "event_changed": Row(409, "Somebody else changed this meanwhile: `detail` says what; look at it again"),
    "adapter_in_use": Row(409, "Codes are listed under an adapter that this would read otherwise: `detail` names it"),
    "adapter_key_missing": Row(422, "The secret of an adapter is missing, or there is none of its name: see `detail`"),
    "reissue_refused": Row(409, "This ticket gets no new code"),
    "device_unknown": Row(404, "The event has no such device"),
    "device_name_wrong": Row(422, "A kiosk's name has 1 to 64 characters that a screen can show"),
    "device_name_taken": Row(409, "Another kiosk has this name"),
    "device_not_pending": Row(409, "This device does not wait for its digits to be compared"),
    "digits_wrong": Row(409, "These are not the digits on the kiosk's screen"),
    "digits_wrong_thrice": Row(409, "The third wrong try: the kiosk has to enrol again"),
    "queue_file_foreign": Row(422, "This file is no kiosk's queue"),
    "queue_file_newer": Row(422, "A later program wrote this file: update the server"),
    "queue_file_too_large": Row(413, "This file is larger than any kiosk's queue"),
    "queue_file_damaged": Row(422, "This file changed on its way: copy it anew"),
    "queue_file_wrong_signature": Row(422, "Another device wrote this file, or somebody changed it"),
    "queue_file_other_server": Row(422, "This file is sealed to another server"),
    "gate_unknown": Row(422, "The event has no such gate"),
    "profile_unfit": Row(422, "A kiosk that holds public keys alone can't verify this event's tickets"),
    "incident_unknown": Row(404, "There is no such incident, or later facts took it back"),
    "note_wrong": Row(422, "A note has 1 to 2,000 characters, and an incident 100 notes at most"),
    "operator_unknown": Row(404, "The event has nobody of that id among its door staff"),
    "operator_wrong": Row(422, "Door staff can't be like that: `detail` says why"),
    "endpoint_unknown": Row(404, "The event has no such endpoint"),
    "endpoint_wrong": Row(422, "An endpoint can't be like that, or not now: `detail` says why"),
    "target_refused": Row(422, "Nothing is sent there: `detail` says why"),
    "stripe_unset": Row(404, "The event has no Stripe account"),
    "stripe_signature_wrong": Row(400, "No signing secret of the account signed this, or not now: `detail` says why"),
    "stripe_event_wrong": Row(400, "What is signed is no message of Stripe's: `detail` says why"),
    "stripe_wrong": Row(422, "A Stripe account can't be like that, or not now: `detail` says why"),
    "payment_unknown": Row(404, "Nobody told with what that order was bought"),
    "intent_unknown": Row(404, "There is no such refund"),
    "refund_refused": Row(422, "Money can't go back like that, and nothing was canceled: `detail` says why"),
    "refund_not_allowed": Row(403, "This caller may not give money back: cancel for another reason, or ask for it"),
    "payment_wrong": Row(422, "A payment can't be like that, or not now: `detail` says why"),
    "account_email_wrong": Row(422, "No mail can be sent to that address"),
    "report_time_wrong": Row(422, "A time of day is told as 08:00"),
    "job_unknown": Row(404, "There is no job of that name"),
    "mail_unset": Row(404, "The event has no mail account"),
    "mail_wrong": Row(422, "A mail account can't be like that: `detail` says why"),
    "mail_refused": Row(409, "No mail is sent for these tickets: `detail` says why"),
    "address_wrong": Row(422, "That is no mail address"),
    "address_unknown": Row(404, "That address is not among those that get no more mail"),
    "message_unknown": Row(404, "The event has no such message"),
    "message_not_dead": Row(409, "This message waits, was sent, or was given up already"),
    "no_ticket_mail": Row(409, "This message is no mail with tickets: no guest's address is behind it"),
    "address_unchanged": Row(409, "That is the address that the message went to: send it again"),
    "address_suppressed": Row(409, "That address is among those that get no more mail"),
    "nothing_to_readdress": Row(409, "No ticket of the message that counts has its address any more"),
    "nothing_chosen": Row(422, "Name the messages, or what they have in common"),
    "import_unknown": Row(404, "The event has no such import"),
    "import_refused": Row(409, "The import does not take this now: `detail` says why"),
    "person_unknown": Row(404, "The event knows nobody by that order or ticket"),
    "order_unknown": Row(404, "The event has no ticket of such an order"),
    "file_unknown": Row(404, "There is no such file, or none any more: ask for the manifest again"),
    "authority_unknown": Row(404, "This server has no certificate authority of its own"),
    "range_not_satisfiable": Row(416, "The file ends before that"),
    "enrol_code_wrong": Row(404, "There is no such enrolment code"),
    "enrol_code_used": Row(409, "The enrolment code was used already"),
    "enrol_code_expired": Row(410, "The enrolment code is over: ask for a new one"),
    "enrol_code_withdrawn": Row(410, "The organizer took the enrolment code back: ask for a new one"),
    "kiosk_outdated": Row(409, "This kiosk speaks an older protocol: update the kiosk"),
    "server_outdated": Row(409, "This kiosk speaks a newer protocol: update the server"),
    "device_key_wrong": Row(422, "A public key of the device is none"),
    "manifest_full": Row(409, "The event's manifest has no room for another key or kiosk"),
    "manifest_unfit": Row(500, "The event's manifest is one that no kiosk would take: the server's log says why"),
    "no_active_key": Row(409, "The event has no key that seals tickets"),
    "id_reuse": Row(422, "Another fact is known under this id"),
    "ticket_refused": Row(422, "This ticket can't be taken over"),
    "source_wrong": Row(422, "A shop's name has 1 to 64 characters"),
    "span_wrong": Row(422, "A span of time ends after it begins, and has at most 1,440 steps"),
    "class_unknown": Row(422, "The event has no such class of tickets"),
    "window_wrong": Row(422, "The ticket's window is impossible"),
    "invalid_request": Row(422, "The request is not what this route takes"),
    "batch_too_large": Row(413, "At most 200 facts and 256 KiB in one batch"),
    "body_too_large": Row(413, "The body is larger than 1 MiB"),
    "body_too_slow": Row(408, "The body did not come in time"),
    "head_too_slow": Row(408, "The request's head did not come in time"),
    "head_too_large": Row(431, "The request's head is larger than 16 KiB"),
    "address_too_long": Row(414, "The address is longer than 8 KiB, or its query than 4 KiB"),
    "bad_address": Row(400, "The address has a control character"),
    "json_too_deep": Row(422, "Lists and objects are nested more than 32 deep"),
    "json_too_large": Row(413, "The body has more than 60,000 members and items"),
    "nul_in_text": Row(422, "A text has a NUL character"),
    "too_many_requests": Row(429, "Too many requests: ask again later", retry_after_s=1),
    "server_slow": Row(503, "The answer took too long: ask again", retry_after_s=2),
    "not_ready": Row(503, "This server can't serve its database", retry_after_s=5),
    "server_busy": Row(503, "Others hold what this needs: ask again", retry_after_s=1),
    "database_unavailable": Row(503, "The database does not answer: ask again", retry_after_s=2),
    "not_found": Row(404, "There is nothing at this address"),
    "method_not_allowed": Row(405, "This address does not take this method"),
    "bad_request": Row(400, "The request can't be read"),
    "server_error": Row(500, "The server made a mistake"),
}
_CODES_OF_STATUS = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


_IS_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}|[0-9]{1,6}", re.ASCII)
"""A field's name or an item's number; whatever else a place is made of came with the request."""


class TooManyRequests(AppError):
    """Somebody calls more often than the limits allow; `retry_after_s` says when again."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too_many_requests", retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class BatchTooLarge(AppError):
    """More facts than one transaction takes."""

    def __init__(self, facts: int) -> None:
        super().__init__("batch_too_large", facts=facts)


class BatchUnsigned(AppError):
    """A batch without its device's signature, or with one of something else."""

    def __init__(self) -> None:
        super().__init__("bad_batch_signature")


class IdReuse(AppError):
    """Another fact is known under this id; the incident is stored."""

    def __init__(self, fact: str) -> None:
        super().__init__("id_reuse", fact=fact)


def problem(code: str, detail: str | None = None, *, retry_after_s: int | None = None) -> Response:
    """The reply of a row of the table, or with another wait; a code without a row is the server's mistake."""
    row = TABLE.get(code) or TABLE["server_error"]
    known = code if code in TABLE else "server_error"
    body = {"type": f"urn:doorlight:problem:{known}", "title": row.title, "status": row.status, "code": known}
    if detail is not None:
        body["detail"] = detail
    wait_s = row.retry_after_s if retry_after_s is None else retry_after_s
    headers = {"Retry-After": str(wait_s)} if wait_s is not None else {}
    if row.status == 401:
        headers["WWW-Authenticate"] = 'Device realm="doorlight", Bearer realm="doorlight"'
    return Response(json.dumps(body), row.status, headers, media_type=MEDIA_TYPE)


def handle_problems(app: FastAPI) -> None:
    """Turns what a route raises into its problem reply; bugs pass, to the `Frame` around the application."""
    app.add_exception_handler(AppError, _of_app_error)
    app.add_exception_handler(RequestValidationError, _of_invalid_request)
    app.add_exception_handler(HTTPException, _of_http_exception)


async def _of_app_error(request: Request, err: Exception) -> Response:
    key = err.key if isinstance(err, AppError) else ""
    if key not in TABLE or TABLE[key].status >= 500:
        logger(__name__).warning("request_failed", route=_route(request.scope), why=key, cause=_cause_of(err))
    return problem(key, retry_after_s=err.retry_after_s if isinstance(err, TooManyRequests) else None)


def _cause_of(err: Exception) -> str:
    """A database's own word for it, else the type of what was raised: texts of errors quote rows and bodies."""
    if isinstance(err, LedgerBusy | LedgerUnavailable):
        return str(err.details["cause"])
    return type(err.__cause__).__name__ if err.__cause__ else ""


async def _of_invalid_request(_: Request, err: Exception) -> Response:
    """Says where and what, never the value: it may be a ticket."""
    first = err.errors()[0] if isinstance(err, RequestValidationError) and err.errors() else {}
    place = [str(part) if _IS_NAME.fullmatch(str(part)) else "?" for part in first.get("loc", ())]
    if first.get("type") == "extra_forbidden":  # the last part is the sender's own word
        place[-1:] = ["?"]
    return problem("invalid_request", f"{'.'.join(place)}: {first.get('msg', '')}")


async def _of_http_exception(_: Request, err: Exception) -> Response:
    status = err.status_code if isinstance(err, HTTPException) else 500
    reply = problem(_CODES_OF_STATUS.get(status, "bad_request" if status < 500 else "server_error"))
    if isinstance(err, HTTPException) and err.headers and "Allow" in err.headers:
        reply.headers["Allow"] = err.headers["Allow"]
    return reply


def problem_of_fault(scope: Scope, err: Exception) -> Response:
    """The reply to a request that met a fault of this program's."""
    log_fault(_route(scope), err)
    return problem("server_error")


def _route(scope: Scope) -> str:
    route = scope.get("route")
    return f"{scope['method']} {getattr(route, 'path', '?')}" if route is not None else "?"
