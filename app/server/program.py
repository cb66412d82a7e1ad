"""The server program: its parts put together, one line on standard output when it is ready, a graceful end.

Owns the process. Standard output carries that one JSON line; everything else goes to standard error.
"""

import gc
import json
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

import anyio.to_thread
import uvicorn
from fastapi import FastAPI

from app.errors import AppError
from app.ledger.admin import Office, open_ledger
from app.ledger.secret_files import admin_token
from app.log import kept_in, logger, set_up
from app.net.reach import is_reached, milestone_of
from app.net.webhook_target import TargetRules
from app.runtime.duties import Report, duties_of
from app.runtime.import_line import ImportLine
from app.runtime.internet_check import InternetCheck
from app.runtime.redeem_line import RedeemLine
from app.runtime.rounds import HEARTBEAT_FILE, Rounds, going_round
from app.runtime.shared_counts import SharedCounts
from app.server.access_log import AccessLog
from app.server.addresses import Network, networks_of
from app.server.api import Api
from app.server.description import describe
from app.server.frame import Frame, Gates, Turnstile
from app.server.guarded_line import HEAD_BYTES, GuardedProtocol
from app.server.metrics import Metrics
from app.server.problems import handle_problems
from app.server.pulse import Pulse
from app.server.tls import TlsWish, context_for
from app.server.turnstile import LimitingTurnstile, OpenTurnstile
from app.speech import complain
from core.sync.messages import Reach
from core.sync.protocols import PROTOCOL

WORKER_THREADS = 64
"""Questions at once: most of them wait for a commit that they share."""
KEEP_ALIVE_S = 75
LAST_WORDS_S = 10
"""How long requests that are open at the end may take to finish."""
LOOK_LEFT_S = 1.0
"""How long the end waits for a look at the internet that is under way: nobody needs its answer any more."""
_BACKLOG = 1_024


class AddressTaken(AppError):
    """The server can't listen where it was told to."""

    def __init__(self, host: str, port: int, cause: str) -> None:
        super().__init__("address_taken", host=host, port=port, cause=cause)


def build_app(
    office: Office,
    token: str,
    turnstile: Turnstile | None = None,
    proxies: Sequence[Network] = (),
    reach: Callable[[], Reach | None] = lambda: None,
    targets: TargetRules | None = None,
) -> FastAPI:
    """The application over an open ledger; `token` is the organizer's. The caller closes the ledger.

    Without a turnstile nobody is limited. `proxies` are believed about where a request comes from. `reach` says whether
    the internet is there, or None where nobody looks. `targets`: where webhooks may go.
    """
    metrics, imports, pulse = Metrics(), ImportLine(office.import_jobs), Pulse(office.marks_of)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = WORKER_THREADS
        yield
        await anyio.to_thread.run_sync(imports.close)

    app = FastAPI(
        title="Doorlight",
        version=PROTOCOL,
        lifespan=lifespan,
        docs_url=None,  # that page loads its script from a public network
        redoc_url=None,
        redirect_slashes=False,  # a redirect would name whatever host the request does
    )
    app.state.pulse = pulse
    Api(office, RedeemLine(office.facts), token, metrics, imports, pulse, reach, targets).attach(app)
    handle_problems(app)
    describe(app)
    app.add_middleware(
        Frame, gates=Gates(office.now_ms, office.roots.sign, turnstile or OpenTurnstile(), AccessLog(metrics), proxies)
    )
    return app


def turnstile_of(office: Office, proxies: Sequence[Network]) -> LimitingTurnstile:
    """Counts in this process, which alone has the embedded database; on PostgreSQL others may count too."""
    return LimitingTurnstile(None if office.is_embedded else SharedCounts(office.rate_counts), proxies)


class Server(uvicorn.Server):
    """Says once where it listens; SIGTERM and SIGINT end it with status 0."""

    def __init__(
        self,
        app: FastAPI,
        listener: socket.socket,
        database: str,
        tls: ssl.SSLContext | None = None,
        authority: bytes | None = None,
    ) -> None:
        config = uvicorn.Config(
            app,
            http=GuardedProtocol,
            loop="asyncio",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # the framework would believe anybody's X-Forwarded-For on this machine
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=LAST_WORDS_S,
            h11_max_incomplete_event_size=HEAD_BYTES,
            ssl_context_factory=None if tls is None else lambda _, __: tls,
        )
        super().__init__(config)
        self._pulse: Pulse | None = getattr(app.state, "pulse", None)
        self._listener = listener
        self._database = database
        self._authority = authority
        self._scheme = "http" if tls is None else "https"

    @property
    def url(self) -> str:
        """Where the server listens."""
        host, port = self._listener.getsockname()[:2]
        return f"{self._scheme}://[{host}]:{port}" if ":" in host else f"{self._scheme}://{host}:{port}"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, then prints the one line."""
        await super().startup(sockets)
        if self.started:
            _, port = self._listener.getsockname()[:2]
            told = {"ready": True, "url": self.url, "port": port, "database": self._database, "protocol": PROTOCOL}
            if self._authority is not None:
                told["authority"] = self._authority.hex()
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends what has no end of its own first: open requests are waited for."""
        if self._pulse is not None:
            self._pulse.end()
        await super().shutdown(sockets)

    def stop(self) -> None:
        """Ends soon; open requests are finished first. From any thread."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the program's, which may be another one's thread."""
        yield


def serve(
    database_url: str | None,
    data_dir: Path,
    host: str,
    port: int,
    *,
    is_worker_inside: bool | None = None,
    is_limited: bool = True,
    proxies: Sequence[str] = (),
    tls: TlsWish | None = None,
    internet: str | None = None,
    is_loopback_told: bool = False,
    tells_requests: bool = True,
    report: Report | None = None,
) -> int:
    """Serves until SIGTERM or SIGINT; the status is 0 then.

    `is_worker_inside` says whether this process is the worker too; None leaves it to the database: yes with the
    embedded one, no with PostgreSQL, beside which workers run on their own.
    `proxies` are those whose word on where a request comes from is believed, by address or network. `internet` is an
    address that answers while the internet is there.
    Without `tells_requests` standard error has no line for each request. `report`: as in `duties_of`.
    Raises AddressTaken, ProxyWrong, InternetCheckWrong, TlsFilesUnfit and whatever `open_ledger` raises.
    """
    trusted = networks_of(proxies)
    milestone = milestone_of(internet) if internet else None
    set_up(is_json=not sys.stderr.isatty(), tells_requests=tells_requests)
    with (
        kept_in(data_dir, "server"),
        open_ledger(database_url, data_dir) as office,
        _listen(host, port) as listener,
    ):
        _say_first_owner(office)
        turnstile = turnstile_of(office, trusted) if is_limited else OpenTurnstile()
        context = context_for(tls, office, host) if tls is not None else None
        targets = TargetRules(is_loopback_told)
        check = InternetCheck(partial(is_reached, milestone), office.now_ms) if milestone else None
        app = build_app(
            office,
            admin_token(data_dir),
            turnstile,
            trusted,
            lambda: check.reach if check is not None else None,
            targets,
        )
        is_own = tls is not None and tls.certificate is None
        authority = office.authorities.fingerprint() if is_own else None
        server = Server(app, listener, office.database_name, context, authority)

        def end(_: int, __: FrameType | None) -> None:
            server.stop()

        gc.freeze()  # what is loaded by now stays: later collections look at requests alone
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        is_inside = office.is_embedded if is_worker_inside is None else is_worker_inside
        rounds = Rounds(duties_of(office, targets, report), data_dir / HEARTBEAT_FILE) if is_inside else None
        looks = Rounds([check.duty]) if check else None
        with going_round(rounds, LAST_WORDS_S), going_round(looks, LOOK_LEFT_S):
            server.run(sockets=[listener])
    logger(__name__).info("stopped")
    return 0


def _say_first_owner(office: Office) -> None:
    """The first start makes an owner, whose one-time password is said on standard error and written nowhere.

    Where standard error is systemd's journal, which is a file, the command is said that makes another one.
    """
    first = office.accounts.first_owner()
    if first is None:
        return
    command = f"doorlight account password {first.name}"
    if _is_journal():
        complain(f"the account '{first.name}' is there: `{command}` says its one-time password")
        return
    complain(f"the account '{first.name}' has the one-time password {first.password}")
    complain(f"it is said this once, is good for three days, and another is chosen at the log-in; lost: `{command}`")


def _is_journal() -> bool:
    """Whether standard error goes to systemd's journal (systemd.exec(5), JOURNAL_STREAM)."""
    told = os.environ.get("JOURNAL_STREAM", "")
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return told == f"{status.st_dev}:{status.st_ino}"


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Its protocol is named, or asyncio leaves Nagle's algorithm on and each reply waits 40 ms."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as err:
        raise AddressTaken(host, port, err.strerror or type(err).__name__) from err
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as err:
        listener.close()
        raise AddressTaken(host, port, err.strerror or type(err).__name__) from err
    return listener
