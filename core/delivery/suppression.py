"""Addresses that get no more mail: for which reasons, and what a mail server says of one that is no more.

Owns the reasons, and the reading of a refusal. An address is given up for what is said of the address itself: a server
that refuses everybody, or a mailbox that is full, says nothing of it.
"""

import re
from enum import StrEnum

from core.delivery.meaning import Heard


class Suppressed(StrEnum):
    """Why an address gets no more mail. The values are stored."""

    REFUSED = "refused"  # its own server: there is no such mailbox
    ASKED = "asked"  # whoever has it wants no more
    COMPLAINT = "complaint"
    OTHER = "other"


_ENHANCED = re.compile(r"\b5\.(\d{1,3})\.(\d{1,3})\b")
"""An enhanced status code of what is for good (RFC 3463)."""
_OF_ADDRESS, _MAILBOX, _DISABLED = 1, 2, 1
"""RFC 3463: X.1.z is about the address; X.2.1 says that the mailbox is disabled."""
_BARE = frozenset({550, 551, 553})
"""RFC 5321, section 4.2.3: no such mailbox, moved, its name not allowed. 552 and 554 are about size and policy."""


def is_address_over(heard: Heard) -> bool:
    """Whether an answer says that there is no such mailbox, for good.

    Only an answer at RCPT does, of 5yz. Where it has an enhanced code, that decides: 5.1.z or 5.2.1. Where it has none,
    its number does.
    """
    if heard.code is None or not 500 <= heard.code < 600 or heard.word != "RCPT":
        return False
    enhanced = _ENHANCED.search(heard.said)
    if enhanced is None:
        return heard.code in _BARE
    subject, detail = map(int, enhanced.groups())
    return subject == _OF_ADDRESS or (subject, detail) == (_MAILBOX, _DISABLED)


def folded(address: str) -> str:
    """An address as it is compared: whoever wants no more mail wants none in capital letters."""
    return address.strip().casefold()
