"""What the doors into a lab (the API server, ssh) raise: no answer came, or the answer was a refusal."""

from __future__ import annotations


class DoorError(Exception):
    """A door gave no result. Callers that treat both cases alike name this one."""


class NoAnswer(DoorError):
    """No answer came.

    `late` says that time was up before anything came: whether there would have been an answer cannot be told.
    """

    def __init__(self, words: str, *, late: bool = False) -> None:
        """Keep in words what came instead of an answer."""
        super().__init__(words)
        self.late = late


class Refusal(DoorError):
    """An answer came, and it was not success."""
