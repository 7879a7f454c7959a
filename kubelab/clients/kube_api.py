"""The door to one lab's API server, over HTTPS with the lab's own certificates: never the user's current context."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from kubelab import paths
from kubelab.clients import doors, patience

Json = dict[str, Any]


class Unanswered(doors.NoAnswer):
    """The API server did not answer: no connection, a time-out, or a reply that is not the API's."""


class Api:
    """Requests to one API server as one identity. Each call has a limit in seconds, as for an idle computer."""

    def __init__(self, server: str, ca: Path, identity: tuple[Path, Path] | None, timeout: float = 5) -> None:
        """Connect to `server`, trusting `ca`, with (certificate, key); anonymously if None."""
        self.server = server
        self._timeout = timeout
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy for the outside world is no way to a lab
        self._session.verify = str(ca)
        if identity:
            self._session.cert = (str(identity[0]), str(identity[1]))

    @classmethod
    def of(cls, where: paths.LabPaths, server: str, pair: str = "kubernetes/admin", timeout: float = 5) -> Api:
        """Return a door that uses a certificate and key under the lab's keys/."""
        identity = (where.keys / f"{pair}.crt", where.keys / f"{pair}.key")
        return cls(server, where.keys / "kubernetes/ca.crt", identity, timeout)

    def request(self, method: str, path: str, body: Json | None = None, **query: str) -> requests.Response:
        """Return the raw reply; raise `Unanswered` if there is none."""
        kind = {"Content-Type": "application/merge-patch+json"} if method == "PATCH" else None
        limit = patience.seconds(self._timeout)
        try:
            return self._session.request(
                method, self.server + path, json=body, params=query, headers=kind, timeout=limit
            )
        except OSError as problem:  # what requests raises is one, and so is a missing certificate
            raise _unanswered(f"{method} {path}", problem) from problem

    def get(self, path: str, **query: str) -> Json:
        """Return an object or a list of objects; raise `Refused` for any answer but success."""
        return self._json(self.request("GET", path, None, **query))

    def create(self, path: str, body: Json, **query: str) -> Json:
        """Create an object."""
        return self._json(self.request("POST", path, body, **query))

    def patch(self, path: str, body: Json) -> Json:
        """Change an object by a merge patch; return the changed object."""
        return self._json(self.request("PATCH", path, body))

    def delete(self, path: str, **query: str) -> None:
        """Delete an object; one that does not exist is fine."""
        reply = self.request("DELETE", path, None, **query)
        if reply.status_code not in (200, 202, 404):
            raise Refused(reply)

    def items(self, path: str, **query: str) -> list[Json]:
        """Return the items of a list."""
        found = self.get(path, **query).get("items", ())
        if not isinstance(found, list):
            raise Unanswered(f"{path}: the answer is no list")
        return found

    def watch(self, path: str, name: str, seconds: int) -> Iterator[tuple[str, Json]]:
        """Yield each object of the collection `path` now and at every change (ADDED, MODIFIED, DELETED, object).

        It ends after `seconds`. Raises `Unanswered` and `Refused`.
        """
        query = {"watch": "1", "fieldSelector": f"metadata.name={name}", "timeoutSeconds": str(seconds)}
        limit = patience.seconds(self._timeout)
        try:
            with self._session.get(
                self.server + path, params=query, stream=True, timeout=(limit, seconds + limit)
            ) as reply:
                if not reply.ok:
                    raise Refused(reply)
                for line in reply.iter_lines():
                    event = json.loads(line)
                    yield event["type"], event["object"]
        except OSError as problem:
            raise _unanswered(f"watching {path}", problem) from problem

    def ready(self) -> bool:
        """Return whether the API server reports that it is ready."""
        try:
            return self.request("GET", "/readyz").ok
        except Unanswered:
            return False

    @staticmethod
    def _json(reply: requests.Response) -> Json:
        if not reply.ok:
            raise Refused(reply)
        try:
            answer = reply.json()
        except ValueError as problem:
            raise Unanswered(f"{reply.url}: the answer is no JSON") from problem
        if not isinstance(answer, dict):
            raise Unanswered(f"{reply.url}: the answer is no object")
        return answer


class Refused(doors.Refusal):
    """The API server answered with an error status."""

    def __init__(self, reply: requests.Response) -> None:
        """Keep the status code and the server's message."""
        self.status = reply.status_code
        try:
            message = reply.json().get("message", "")
        except (ValueError, AttributeError):
            message = reply.text[:200]
        super().__init__(f"{reply.request.method} {reply.request.path_url}: {self.status} {message}")


def _unanswered(asked: str, problem: Exception) -> Unanswered:
    return Unanswered(f"{asked}: {_short(problem)}", late=isinstance(problem, requests.Timeout))


def _short(problem: Exception) -> str:
    """Return the innermost reason of a nested requests exception."""
    text = str(problem)
    for marker in (
        "Connection refused",
        "No route to host",
        "timed out",
        "certificate verify failed",
        "Connection reset",
    ):
        if marker in text:
            return marker
    return text[:200]
