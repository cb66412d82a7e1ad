"""The commands that run until they are stopped: `server` and `worker`."""

import argparse

from app.cli.ledger import database_of
from app.ledger.admin import Office
from app.speech import complain
from core.model.ids import EventId
from core.model.settings import Language

WRONG_USE = 2


def server(args: argparse.Namespace) -> int:
    """Serves until SIGTERM or SIGINT."""
    from app.server.program import serve
    from app.server.tls import TlsWish

    if (args.certificate is None) != (args.private_key is None):
        complain("server: --certificate and --private-key go together")
        return WRONG_USE
    is_tls = args.tls or args.certificate is not None
    return serve(
        database_of(args),
        args.data,
        args.host,
        args.port,
        is_worker_inside=args.is_worker_inside,
        is_limited=args.limits == "on",
        proxies=args.proxy,
        internet=args.internet,
        is_loopback_told=args.webhooks_to_loopback,
        tls=TlsWish(args.certificate, args.private_key, tuple(args.tls_name)) if is_tls else None,
        tells_requests=not args.quiet,
        report=_report,
    )


def worker(args: argparse.Namespace) -> int:
    """Works until SIGTERM or SIGINT; with `--once`, does what is due now."""
    from app.worker.program import work

    is_loopback_told = args.webhooks_to_loopback
    return work(database_of(args), args.data, is_once=args.once, is_loopback_told=is_loopback_told, report=_report)


def _report(office: Office, event: EventId, language: Language) -> bytes:
    """An event's report, whose libraries are loaded where one is mailed."""
    from app.cli.night import report_of

    return report_of(office, event, language)
