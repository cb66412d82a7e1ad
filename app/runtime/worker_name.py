"""What a worker calls itself where it holds something: in leases, runs and attempts.

Owns the form of that name. It tells a person which process of which machine it was, and is never used twice: a process
that is born with the number of one that died does not pass for it.
"""

import os
import secrets
import socket


def worker_name() -> str:
    """`machine:process:chance`, another one at each call."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
