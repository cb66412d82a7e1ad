"""What is wrong with the account by which messages leave: none of them is at fault, and each would be told the same.

Owns the closed set. Which answers of a channel mean which of them is `core.delivery.meaning`'s; what it does to the
endpoint, `core.delivery.circuit`'s.
"""

from enum import StrEnum


class AccountTrouble(StrEnum):
    """Why the other side takes nothing from us, whatever it is. The values are stored, and told to people."""

    PASSWORD_REFUSED = "password_refused"  # noqa: S105 — a trouble's name
    LOGIN_WANTED = "login_wanted"  # it takes mail from whoever logs in alone, or under TLS alone
    LOGIN_MISSING = "login_missing"  # the account has a user, and the server no log-in
    SENDER_REFUSED = "sender_refused"  # the account may not send in that name, or not so much
    SERVER_REFUSES = "server_refuses"  # it talks to nobody like us: another host or port is meant
    NAME_UNKNOWN = "name_unknown"  # there is no server of that name
    TARGET_REFUSED = "target_refused"  # we may not go there
    TLS_UNFIT = "tls_unfit"  # it offers none, or one that is too old
    CERTIFICATE_REFUSED = "certificate_refused"  # it is not who it should be
    KEY_REFUSED = "key_refused"
    UNREADABLE = "account_unreadable"  # what we keep of it does not open here, or is missing
