"""The commands that need no event: `decode`, `distribution` and `vectors`."""

import argparse

from app.errors import AppError
from app.speech import complain, say, say_json, sentence_for


def decode(args: argparse.Namespace) -> int:
    """Reads the codes in pictures: one line per picture; status 1 when one of them could not be opened."""
    from app.device.still import decode_image

    failures = 0
    for image in args.images:
        try:
            found = decode_image(image)
        except AppError as err:
            failures += 1
            complain(sentence_for(err))
            if args.json:
                say_json({"file": str(image), "texts": [], "error": err.key})
            continue
        if args.json:
            say_json(found)
        else:
            say(f"{image}: {', '.join(map(repr, found['texts'])) or 'no code'}")
    return 1 if failures else 0


def distribution(_: argparse.Namespace) -> int:
    """Prints the SQL for a Citus cluster; runs none of it."""
    from app.ledger.distribution import distribution_sql

    say(distribution_sql().rstrip())
    return 0


def vectors(args: argparse.Namespace) -> int:
    """Checks this program against a file of vectors: status 1 when any differ."""
    from app.cli.vectors import check_vectors

    report = check_vectors(args.file)
    differ = [{"name": row.name, "expected": row.expected, "got": row.got} for row in report.differ]
    if args.json:
        say_json({"file": str(args.file), "agree": report.agree, "differ": differ})
    else:
        for row in differ:
            say(f"{row['name']}: expected {row['expected']}, got {row['got']}")
        say(f"{report.agree} agree, {len(differ)} differ")
    return 1 if differ else 0
