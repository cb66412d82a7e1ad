"""A program of a test's own: a test that fails beside it does not wait for its end, which may never come."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def running(command: Sequence[str], **how: Any) -> Iterator["subprocess.Popen[Any]"]:
    """A program that ends by itself, or because it was told to; one that is left by an error is killed."""
    with subprocess.Popen(command, **how) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise
