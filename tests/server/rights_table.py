"""Every operation of the interface and what it asks of its caller: the closed table that the matrix is tested against.

A new route gets its row here, written by hand: the table is what the organizer was told, not what the code says.
"""

from dataclasses import dataclass

from core.model.roles import Right


@dataclass(frozen=True, slots=True)
class Needed:
    """What an operation asks: a right; `is_account`, to be logged in; or, with neither, nothing.

    `pending` and `salvages`: devices that wait for their confirmation, or were revoked lately, may call it too.
    `anywhere`: it is enough to have the right for some event.
    """

    right: Right | None = None
    is_account: bool = False
    pending: bool = False
    salvages: bool = False
    anywhere: bool = False

    @property
    def is_open(self) -> bool:
        """Whether anybody may call it."""
        return self.right is None and not self.is_account


OPEN = Needed()
ACCOUNT = Needed(is_account=True)
_FACTS = Needed(Right.SEND_FACTS)
_OWN = Needed(Right.OWN_DEVICE)
_SELL, _TICKETS = Needed(Right.SELL_TICKETS), Needed(Right.READ_TICKETS)
_CANCEL, _INCIDENTS = Needed(Right.CANCEL_TICKETS), Needed(Right.READ_INCIDENTS)
_DEVICES, _RUN = Needed(Right.READ_DEVICES), Needed(Right.RUN_DEVICES)
_ACCOUNTS, _ROLES = Needed(Right.CHANGE_ACCOUNTS), Needed(Right.GRANT_ROLES)
_DELIVERIES, _TO_DELIVER = Needed(Right.READ_DELIVERIES), Needed(Right.CHANGE_DELIVERIES)
_PAYMENTS = Needed(Right.CHANGE_PAYMENTS)
_RUN_ALL = Needed(Right.RUN_INSTALLATION)
_KEYS, _AUDIT = Needed(Right.CHANGE_API_KEYS), Needed(Right.READ_AUDIT)

TABLE: dict[str, Needed] = {
    # kiosks
    "POST /api/v1/events/{event}/redemptions": _FACTS,
    "POST /api/v1/events/{event}/redemptions/batch": Needed(Right.SEND_FACTS, salvages=True),
    "GET /api/v1/events/{event}/manifest": Needed(Right.READ_MANIFEST),
    "GET /api/v1/events/{event}/files/{sha256}": Needed(Right.READ_MANIFEST),
    "POST /api/v1/devices/enrol": OPEN,  # proves a one-time code
    "GET /api/v1/events/{event}/devices/me": Needed(Right.OWN_DEVICE, pending=True),
    "GET /api/v1/events/{event}/devices/me/tally": _OWN,
    "POST /api/v1/events/{event}/devices/me/tally": _OWN,
    "GET /api/v1/events/{event}/devices/me/door": _OWN,
    "PUT /api/v1/events/{event}/devices/me/vitals": _OWN,
    "POST /api/v1/events/{event}/devices/me/credential": _OWN,
    # the event
    "GET /api/v1/events/{event}/status": Needed(Right.READ_STATUS),
    "GET /api/v1/events/{event}/arrivals": Needed(Right.READ_STATUS),
    "GET /api/v1/events/{event}/lanes": Needed(Right.READ_DEVICES),
    "GET /api/v1/events/{event}/stream": Needed(Right.READ_STATUS),
    "GET /api/v1/events": Needed(Right.READ_EVENT, anywhere=True),
    "POST /api/v1/events": Needed(Right.CREATE_EVENT),
    "POST /api/v1/event-copies": Needed(Right.CREATE_EVENT),
    "GET /api/v1/events/{event}": Needed(Right.READ_EVENT),
    "PATCH /api/v1/events/{event}": Needed(Right.CHANGE_EVENT),
    "PUT /api/v1/events/{event}/codes": Needed(Right.CHANGE_EVENT),
    "PUT /api/v1/events/{event}/lease": Needed(Right.CHANGE_EVENT),
    # tickets and orders
    "POST /api/v1/events/{event}/tickets": _SELL,
    "GET /api/v1/events/{event}/tickets": _TICKETS,
    "PUT /api/v1/events/{event}/tickets/{source}/{external_ref}": _SELL,
    "POST /api/v1/events/{event}/tickets/search": _TICKETS,
    "GET /api/v1/events/{event}/tickets/{tid}": _TICKETS,
    "PUT /api/v1/events/{event}/tickets/{tid}/attention": _SELL,
    "POST /api/v1/events/{event}/tickets/{tid}/cancel": _CANCEL,
    "POST /api/v1/events/{event}/tickets/{tid}/restore": _CANCEL,
    "POST /api/v1/events/{event}/tickets/{tid}/block": _CANCEL,
    "POST /api/v1/events/{event}/tickets/{tid}/unblock": _CANCEL,
    "POST /api/v1/events/{event}/tickets/{tid}/unpaid": _CANCEL,
    "POST /api/v1/events/{event}/tickets/{tid}/paid": _CANCEL,
    "POST /api/v1/events/{event}/tickets/{tid}/reissue": _CANCEL,
    "GET /api/v1/events/{event}/imports": _SELL,
    "PUT /api/v1/events/{event}/imports/{id}": _SELL,
    "GET /api/v1/events/{event}/imports/{id}": _SELL,
    "DELETE /api/v1/events/{event}/imports/{id}": _SELL,
    "PUT /api/v1/events/{event}/imports/{id}/parts/{part}": _SELL,
    "POST /api/v1/events/{event}/imports/{id}/preview": _SELL,
    "POST /api/v1/events/{event}/imports/{id}/apply": _SELL,
    "POST /api/v1/events/{event}/imports/{id}/sample": _SELL,
    "GET /api/v1/events/{event}/ticket-codes": _SELL,
    "GET /api/v1/events/{event}/operators": Needed(Right.CHANGE_OPERATORS),
    "POST /api/v1/events/{event}/operators": Needed(Right.CHANGE_OPERATORS),
    "PATCH /api/v1/events/{event}/operators/{id}": Needed(Right.CHANGE_OPERATORS),
    "GET /api/v1/events/{event}/operators/{id}/badge": Needed(Right.CHANGE_OPERATORS),
    "GET /api/v1/events/{event}/orders": _TICKETS,
    "POST /api/v1/events/{event}/orders/cancel": _CANCEL,
    "POST /api/v1/events/{event}/people/erase": Needed(Right.ERASE_PEOPLE),
    # kiosks, as the organizer sees them
    "GET /api/v1/events/{event}/devices": _DEVICES,
    "GET /api/v1/events/{event}/devices/{device}": _DEVICES,
    "POST /api/v1/events/{event}/devices/codes": Needed(Right.ENROL_DEVICES),
    "POST /api/v1/events/{event}/devices/codes/withdraw": Needed(Right.ENROL_DEVICES),
    "PATCH /api/v1/events/{event}/devices/{device}": _RUN,
    "POST /api/v1/events/{event}/devices/{device}/confirm": _RUN,
    "POST /api/v1/events/{event}/devices/{device}/revoke": _RUN,
    "POST /api/v1/events/{event}/devices/{device}/salvage": _RUN,
    "POST /api/v1/events/{event}/devices/queue-files": _RUN,
    # incidents and what is handed out
    "GET /api/v1/events/{event}/incidents": _INCIDENTS,
    "GET /api/v1/events/{event}/incidents/{scan}/{kind}": _INCIDENTS,
    "POST /api/v1/events/{event}/incidents/{scan}/{kind}/notes": Needed(Right.RESOLVE_INCIDENTS),
    "PUT /api/v1/events/{event}/incidents/{scan}/{kind}/resolution": Needed(Right.RESOLVE_INCIDENTS),
    "GET /api/v1/events/{event}/exports/{what}": Needed(Right.EXPORT_LEDGER),
    "GET /api/v1/events/{event}/ledger": Needed(Right.EXPORT_LEDGER),
    # who hears of the event
    "POST /api/v1/stripe/{event}": OPEN,  # proves a signature by one of the account's secrets
    "GET /api/v1/events/{event}/stripe/events": _DELIVERIES,
    "GET /api/v1/events/{event}/stripe": _PAYMENTS,
    "PUT /api/v1/events/{event}/stripe": _PAYMENTS,
    "DELETE /api/v1/events/{event}/stripe": _PAYMENTS,
    "GET /api/v1/events/{event}/stripe/intents": _PAYMENTS,
    "GET /api/v1/events/{event}/stripe/intents/{id}": _PAYMENTS,
    "POST /api/v1/events/{event}/stripe/intents/{id}/retry": _PAYMENTS,
    "GET /api/v1/events/{event}/orders/payment": _TICKETS,
    "PUT /api/v1/events/{event}/orders/payment": _SELL,
    "GET /api/v1/events/{event}/mail": _DELIVERIES,
    "PUT /api/v1/events/{event}/mail": _TO_DELIVER,
    "DELETE /api/v1/events/{event}/mail": _TO_DELIVER,
    "POST /api/v1/events/{event}/mail/test": _TO_DELIVER,
    "POST /api/v1/events/{event}/mail/tickets": _CANCEL,
    "POST /api/v1/events/{event}/mail/unsent": _TO_DELIVER,
    "GET /api/v1/events/{event}/mail/suppressed": _DELIVERIES,
    "POST /api/v1/events/{event}/mail/suppressed": _TO_DELIVER,
    "POST /api/v1/events/{event}/mail/suppressed/lift": _TO_DELIVER,
    "GET /api/v1/events/{event}/endpoints": _DELIVERIES,
    "POST /api/v1/events/{event}/endpoints": _TO_DELIVER,
    "GET /api/v1/events/{event}/endpoints/{id}": _DELIVERIES,
    "PATCH /api/v1/events/{event}/endpoints/{id}": _TO_DELIVER,
    "DELETE /api/v1/events/{event}/endpoints/{id}": _TO_DELIVER,
    "POST /api/v1/events/{event}/endpoints/{id}/secret": _TO_DELIVER,
    "POST /api/v1/events/{event}/endpoints/{id}/test": _TO_DELIVER,
    "POST /api/v1/events/{event}/push-projects": _TO_DELIVER,
    "PUT /api/v1/events/{event}/push-projects/{id}": _TO_DELIVER,
    "DELETE /api/v1/events/{event}/push-projects/{id}": _TO_DELIVER,
    "GET /api/v1/events/{event}/deliveries": _DELIVERIES,
    "GET /api/v1/events/{event}/deliveries/counts": _DELIVERIES,
    "GET /api/v1/events/{event}/deliveries/summary": _DELIVERIES,
    "POST /api/v1/events/{event}/deliveries/replay": _TO_DELIVER,
    "POST /api/v1/events/{event}/deliveries/discard": _TO_DELIVER,
    "GET /api/v1/events/{event}/deliveries/{id}": _DELIVERIES,
    "POST /api/v1/events/{event}/deliveries/{id}/recipient": _TO_DELIVER,
    # what the worker does by the clock
    "GET /api/v1/jobs": _RUN_ALL,
    "GET /api/v1/jobs/{name}/runs": _RUN_ALL,
    "POST /api/v1/jobs/{name}/run": _RUN_ALL,
    # people and programs
    "POST /api/v1/sessions": OPEN,  # the log-in itself
    "DELETE /api/v1/sessions/me": ACCOUNT,
    "GET /api/v1/me": ACCOUNT,
    "POST /api/v1/me/password": ACCOUNT,
    "PUT /api/v1/me/email": ACCOUNT,
    "GET /api/v1/me/daily-reports": ACCOUNT,
    "PUT /api/v1/me/daily-reports": ACCOUNT,  # and the right to read the event's figures
    "GET /api/v1/me/push-tokens": ACCOUNT,
    "PUT /api/v1/me/push-tokens": ACCOUNT,
    "POST /api/v1/me/push-tokens/withdraw": ACCOUNT,
    "GET /api/v1/accounts": _ACCOUNTS,
    "POST /api/v1/accounts": _ACCOUNTS,
    "POST /api/v1/accounts/{account}/disable": _ACCOUNTS,
    "POST /api/v1/accounts/{account}/enable": _ACCOUNTS,
    "POST /api/v1/accounts/{account}/password": _ACCOUNTS,
    "PUT /api/v1/accounts/{account}/email": _ACCOUNTS,
    "PUT /api/v1/accounts/{account}/role": _ROLES,
    "DELETE /api/v1/accounts/{account}/role": _ROLES,
    "GET /api/v1/events/{event}/roles": _ROLES,
    "PUT /api/v1/events/{event}/roles/{account}": _ROLES,
    "DELETE /api/v1/events/{event}/roles/{account}": _ROLES,
    "GET /api/v1/apikeys": _KEYS,
    "POST /api/v1/apikeys": _KEYS,
    "DELETE /api/v1/apikeys/{key}": _KEYS,
    "GET /api/v1/audit": _AUDIT,
    "GET /api/v1/audit/check": _AUDIT,
    "GET /api/v1/events/{event}/audit": _AUDIT,
    "GET /api/v1/events/{event}/audit/check": _AUDIT,
    # whether it is there
    "GET /health": OPEN,  # load balancers have no credential
    "GET /ready": OPEN,
    "GET /api/v1/health": OPEN,
    "GET /api/v1/proof": OPEN,  # a kiosk asks before it says who it is
    "GET /api/v1/authority": OPEN,  # a kiosk asks before it trusts anybody
    "GET /metrics": Needed(Right.READ_STATUS),  # of the installation; programs of this machine need none
    "GET /docs": OPEN,  # describes the interface, and no data
    "GET /openapi.json": OPEN,
}
