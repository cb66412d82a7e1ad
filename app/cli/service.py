"""The command that runs until it is stopped: `server`."""

import argparse

from app.server.program import serve


def server(args: argparse.Namespace) -> int:
    """Serves until SIGTERM or SIGINT."""
    return serve(args.database, args.data, args.host, args.port)
