"""`python -m app …` and `doorlight …`: one command, one exit status."""

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib import import_module

from app.cli.parser import build_parser
from app.errors import AppError
from app.log import set_up
from app.speech import complain, sentence_for

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command: 0 done, 1 failed with one line on standard error, 2 wrong use."""
    args = build_parser().parse_args(arguments)
    if arguments is None:  # a program of its own: what it logs goes to standard error, not between its lines
        set_up(is_json=False)
    try:
        status = function_named(args.command)(args)
    except AppError as err:
        complain(sentence_for(err))
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return status


def function_named(name: str) -> Callable[[Namespace], int]:
    """The function behind `module:function`, its module loaded now."""
    module, _, function = name.partition(":")
    found: Callable[[Namespace], int] = getattr(import_module(module), function)
    return found


if __name__ == "__main__":
    sys.exit(main())
