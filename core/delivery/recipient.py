"""Whom a message is for, as a person may be shown it: enough to know it again, and no more.

Owns the masking of mail addresses and of push tokens' ids.
"""

_HIDDEN = "\N{HORIZONTAL ELLIPSIS}"
_SHOWN_OF_ID = 8


def masked(recipient: str) -> str:
    """A mail address with the first character of its mailbox and its domain; of anything else the beginning."""
    mailbox, at, domain = recipient.rpartition("@")
    if at:
        return f"{mailbox[:1]}{_HIDDEN}@{domain}"
    return recipient if len(recipient) <= _SHOWN_OF_ID else recipient[:_SHOWN_OF_ID] + _HIDDEN
