"""The errors of the doors into a lab (the API server, ssh): no answer came, or the answer was a refusal."""

from __future__ import annotations


class DoorError(Exception):
    """A door gave no result. Catch this one to treat both cases alike."""


class NoAnswer(DoorError):
    """No answer came.

    `late` says that the time was up: an answer might still have come.
    """

    def __init__(self, words: str, *, late: bool = False) -> None:
        """Keep the words that describe what came instead of an answer."""
        super().__init__(words)
        self.late = late


class Refusal(DoorError):
    """An answer came, and it was not success."""
