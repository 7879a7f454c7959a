"""The student's side of watching: a short signed summary, sent to the teacher's address or put into a folder."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from pathlib import Path

from kubelab import errors, paths
from kubelab.course import pack, submit
from kubelab.exercises import attempt, commands
from kubelab.files import atomic
from kubelab.ui import progress

TIMEOUT = 5.0
TAKEN, REFUSED = 204, (400, 403, 413)
"""The status with which course.watch takes a summary, and those with which it says why not. A school's log-in page
answers to anything with another, or leads elsewhere."""
LONGEST = 200
"""Characters that are shown of an address that is none."""


def share(lab: str, report: progress.Progress, *, to: str = "", yes: bool = False) -> None:
    """Show what a teacher would see of a lab's attempts; with `yes` send it to `to`, or to the course's address."""
    found = pack.needed()
    content = summary(lab, found)
    report.say(json.dumps(content, indent=1))
    where = to or address(found)
    if not yes:
        report.say(f"this would go to {where}; --yes sends it")
        return
    report.say(f"sent to {send(signed(content), found, where)}")


def summary(lab: str, found: pack.Pack) -> dict[str, object]:
    """Return all that is ever sent: who, when, and of each exercise points, hints, its start, running, done.

    Points are those of the best attempt, and done stays so; the rest is about the attempt that began last.
    """
    rows: dict[str, dict[str, object]] = {}
    for one in commands.charged(submit.mine(found, submit.works(lab))):
        before = rows.get(one.exercise, {"points": 0, "done": False})
        rows[one.exercise] = {
            "points": max(int(str(before["points"])), one.score),
            "full": one.full,
            "hints": len(one.hints),
            "started": one.started,
            "running": one.running,
            "done": bool(before["done"]) or one.done,
        }
    return {"course": found.course, "student": found.student, "at": attempt.now(), "exercises": rows}


def address(found: pack.Pack) -> str:
    """Return the course's address for summaries; raises `share-failed` if it has none."""
    if found.watch is None:
        raise errors.LabError("share-failed", f"the course {found.course} has no address to send to")
    return found.watch.url


def signed(content: dict[str, object], root: Path = paths.ROOT) -> bytes:
    """Return the message: the summary as text, and the signature over that text."""
    text = json.dumps(content, sort_keys=True)
    signature = pack.signing_key(root).sign(text.encode()).hex()
    return json.dumps({"summary": text, "signature": signature}).encode()


def send(message: bytes, found: pack.Pack, to: str) -> str:
    """Send a message to an address (http://…) or into a folder; return its destination. Raises `share-failed`."""
    if not to.startswith("http://"):
        return str(_drop(message, found, paths.typed(to)))
    token = found.watch.token if found.watch else ""
    url = f"{to.rstrip('/')}/summary"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stays)  # straight to the teacher's computer
    try:
        request = urllib.request.Request(url, data=message, headers=headers, method="POST")  # noqa: S310 (http only)
        with opener.open(request, timeout=TIMEOUT) as answer:
            status, said = answer.status, ""
    except urllib.error.HTTPError as problem:
        status, said = problem.code, problem.read(300).decode("utf-8", "replace").strip()
    except OSError as problem:
        raise errors.LabError("share-failed", f"{url} does not answer", details=[problem]) from problem
    except (http.client.HTTPException, ValueError) as problem:  # no address, or no web server there
        what = f"{url[:LONGEST]} is no address of a course.watch"
        raise errors.LabError("share-failed", what, details=[repr(problem)[:LONGEST]]) from problem
    if status in REFUSED:
        raise errors.LabError("share-failed", f"{url} refused the summary", details=[said or f"status {status}"])
    if status != TAKEN:
        what = f"{url} answers, but as no course.watch does: nothing was taken"
        raise errors.LabError("share-failed", what, details=[f"its answer has status {status}"])
    return url


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: summary and token are for the teacher's computer alone."""

    def redirect_request(self, *_: object) -> None:
        """Make no other request: the redirect is the answer."""


def _drop(message: bytes, found: pack.Pack, folder: Path) -> Path:
    target = folder / f"{found.course}-{found.student}.json"
    if not folder.is_dir():  # made here, it would be another folder than the class's
        raise errors.LabError("share-failed", f"there is no folder {folder}")
    atomic.write(target, message, mode=atomic.PUBLIC, ident="share-failed")
    return target
