"""The worker program: what is due, again and again, apart from the server that answers kiosks.

Owns the process: one JSON line on standard output when it is ready, a sign of life in its folder, a graceful end.
Several may run on one PostgreSQL; each piece of work is taken by one of them.
"""

import json
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from app.ledger.admin import Office, open_ledger
from app.log import kept_in, logger, set_up
from app.net.webhook_target import TargetRules
from app.runtime.duties import Report, duties_of
from app.runtime.rounds import HEARTBEAT_FILE, Duty, Rounds

LAST_WORDS_S = 10.0
"""How long a turn that has begun may take to end; what it had not committed is done again by the next worker."""


def work(
    database_url: str | None,
    data_dir: Path,
    *,
    is_once: bool = False,
    is_loopback_told: bool = False,
    duties: Callable[[Office, TargetRules], Sequence[Duty]] | None = None,
    report: Report | None = None,
) -> int:
    """Works until SIGTERM or SIGINT: status 0, 1 when a turn had to be cut off. With `is_once`, does what is due now.

    `is_loopback_told`: webhooks may go to this computer too, for development. `report`: as in `duties_of`.

    Raises whatever `open_ledger` raises.
    """
    set_up(is_json=not sys.stderr.isatty())
    with kept_in(data_dir, "worker"), open_ledger(database_url, data_dir) as office:
        rules = TargetRules(is_loopback_told)
        mine = duties(office, rules) if duties else duties_of(office, rules, report)
        rounds = Rounds(mine, None if is_once else data_dir / HEARTBEAT_FILE)

        def end(_: int, __: FrameType | None) -> None:
            rounds.end()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        if is_once:
            return 0 if rounds.once() else 1
        rounds.start()
        _say_ready(office, mine)
        rounds.wait()
        is_whole = rounds.stop(LAST_WORDS_S)
    logger(__name__).info("stopped")
    return 0 if is_whole else 1


def _say_ready(office: Office, duties: Sequence[Duty]) -> None:
    told = {"ready": True, "database": office.database_name, "duties": [duty.name for duty in duties]}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
