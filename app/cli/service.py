"""The commands that run until they are stopped: `server` and `worker`."""

import argparse


def server(args: argparse.Namespace) -> int:
    """Serves until SIGTERM or SIGINT."""
    from app.server.program import serve

    return serve(
        args.database,
        args.data,
        args.host,
        args.port,
        is_worker_inside=args.is_worker_inside,
        is_limited=args.limits == "on",
        proxies=args.proxy,
    )


def worker(args: argparse.Namespace) -> int:
    """Works until SIGTERM or SIGINT; with `--once`, does what is due now."""
    from app.worker.program import work

    return work(args.database, args.data, is_once=args.once)
