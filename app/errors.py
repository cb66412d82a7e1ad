"""The second family of errors: what the environment does to us.

An `AppError` names what happened by a key of `resources/words` or of the command line's messages, with details that
hold no secret. Expected answers are values; bugs are ordinary exceptions.
"""


class AppError(Exception):
    """Something outside failed: a disk, a file, a server, a camera. `key` says what, `details` which."""

    def __init__(self, key: str, **details: object) -> None:
        super().__init__(key)
        self.key = key
        self.details = details

    def __str__(self) -> str:
        told = ", ".join(f"{name}: {value}" for name, value in self.details.items())
        return f"{self.key} ({told})" if told else self.key
