"""A lab that answers nothing or empty answers: stand-ins for its API server, ports, kubectl and boxes."""

from __future__ import annotations

import dataclasses
import json
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
import requests
from rendering import Rendered

from kubelab import model
from kubelab.clients import kube_api
from kubelab.exercises import baseline_objects, library, scene, variants

SSH_REFUSED = 255


@dataclass(frozen=True, kw_only=True)
class Silence:
    """One way of silence: what HTTP says (status and body; None: nothing), and how a command ends (None: it hangs)."""

    name: str
    status: int | None = None
    body: str = ""
    code: int | None = 0
    said: str = ""
    error: str = ""
    hangs: bool = False


def _status(code: int, reason: str) -> str:
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code})


WAYS = (
    Silence(name="refuses", code=SSH_REFUSED, error="connect to host: Connection refused"),
    Silence(name="hangs", code=None, hangs=True),
    Silence(name="500", status=500, body=_status(500, "InternalError"), code=1,
            error="Error from server (InternalError): an error on the server"),
    Silence(name="forbids", status=403, body=_status(403, "Forbidden"), code=1,
            error="Error from server (Forbidden): forbidden"),
    Silence(name="empty object", status=200, body="{}"),
    Silence(name="empty items", status=200, body='{"items": []}'),
    Silence(name="no body", status=200),
    Silence(name="null", status=200, body="null"),
    Silence(name="another page", status=200, body="<html>Sign in to the network</html>", said="Sign in\n"),
    Silence(name="null items", status=200,
            body='{"kind": "List", "apiVersion": "v1", "metadata": null, "items": null, "spec": null, "status": null}'),
    Silence(name="new cluster", status=404, body=_status(404, "NotFound"), code=1,
            error="Error from server (NotFound): not found"),
    Silence(name="words missing", status=200, said="\n",
            body='{"kind": "Thing", "apiVersion": "v1", "metadata": {"name": "x"}, "spec": {}, "status": {}}'),
)  # fmt: skip
"""The last but one has an API server with nothing in it: every list is whole and empty, every object is not there."""
NEW = "new cluster"


class Lab:
    """A silent lab: whoever asks it gets this silence, by whatever door; an unknown door is refused."""

    def __init__(self, way: Silence) -> None:
        """Keep how it is silent."""
        self.way = way

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Stand in for every door."""
        patch.setattr(requests.adapters.HTTPAdapter, "send", self.send)
        patch.setattr(subprocess, "run", self.run)
        patch.setattr(socket, "create_connection", self.connect)

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        """Answer an HTTP request."""
        _ = more
        way = self.way
        if way.hangs:
            raise requests.ReadTimeout("Read timed out.", request=request)
        if way.status is None:
            raise requests.ConnectionError("Connection refused", request=request)
        reply = requests.Response()
        reply.status_code, reply.request, reply.url = way.status, request, str(request.url)
        reply._content = way.body.encode()
        if way.name == NEW:
            self._new(reply, request)
        return reply

    @staticmethod
    def _new(reply: requests.Response, request: requests.PreparedRequest) -> None:
        """Answer as an API server whose etcd is empty: nobody may do anything, and lists are empty."""
        path = request.path_url.partition("?")[0]
        body: kube_api.Json = {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": []}
        kinds = [name.rpartition("/")[2] for name in baseline_objects.PATHS] + ["endpointslices", "events"]
        if path.endswith("reviews"):
            body = {"kind": "SubjectAccessReview", "apiVersion": "v1", "metadata": {}, "status": {"allowed": False}}
        elif request.method == "POST" or path.rpartition("/")[2] not in kinds:
            return
        reply.status_code, reply._content = 200, json.dumps(body).encode()

    def run(self, words: Sequence[str], **more: Any) -> subprocess.CompletedProcess[Any]:
        """Answer for ssh and kubectl."""
        program = Path(words[0]).name
        assert program in ("ssh", "kubectl"), f"a check runs {words}"
        way = self.way
        if way.hangs:
            raise subprocess.TimeoutExpired(list(words), more.get("timeout") or 0)
        code = 1 if program == "kubectl" and way.code == SSH_REFUSED else way.code
        error = "The connection to the server was refused" if code == 1 and not way.status else way.error
        if program == "ssh" and code == 1:
            error = ""  # a command in a box that fails without a word
        said, text = (way.said, error) if more.get("encoding") else (way.said.encode(), error.encode())
        return subprocess.CompletedProcess(list(words), code or 0, stdout=said, stderr=text)

    def connect(self, *where: Any, **more: Any) -> NoReturn:
        """Answer at a bare port: with nothing."""
        _ = where, more
        raise TimeoutError("timed out") if self.way.hangs else ConnectionRefusedError("Connection refused")


PARTS: tuple[kube_api.Json, ...] = (
    {},
    {"spec": None, "status": None, "data": None, "subjects": None, "rules": None},
    {"spec": {}, "status": {}, "data": {}, "roleRef": {"kind": "Role", "name": "none"}},
    {
        "spec": {"replicas": 0, "template": {"spec": {"containers": [], "volumes": []}}, "ports": [], "taints": []},
        "status": {"phase": "Pending", "conditions": [], "containerStatuses": []},
    },
)
"""What an object may have beside its name: nothing, null, or empty parts; all of it is legal JSON of an API."""
WORDS = (
    "",
    "\n",
    "x",
    "a b c d e f\n-\n\n:\n",
    "{",
    "[]",
    "--- [a, {b: c}]\n",
    "644 root /etc\n1 2\n",
    "\x00\ufffd" * 9,
)
"""What a box's file or program may say."""


class Bare(Lab):
    """A lab that answers with all names and versions, and with little else; its boxes end what they say."""

    def __init__(self, parts: kube_api.Json, said: str) -> None:
        """Keep what objects have beside their names, and what boxes say."""
        super().__init__(Silence(name="bare", status=200, said=f"{said}{scene.SAID}\n"))
        self.parts = parts

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        """Answer with an object of the right name, or with a list of one."""
        reply = super().send(request, **more)
        path = request.path_url.partition("?")[0]
        kind = path.rpartition("/")[2]
        row = {"metadata": {"name": kind, "uid": "u-1", "resourceVersion": "7"}, **self.parts}
        if kind.endswith("reviews"):
            body: kube_api.Json = {"kind": "SubjectAccessReview", "status": {"allowed": len(self.parts) % 2 == 1}}
        elif kind in [name.rpartition("/")[2] for name in baseline_objects.PATHS] + ["endpointslices", "events"]:
            body = {"kind": "List", "metadata": {"resourceVersion": "7"}, "items": [row]}
        else:
            body = {"kind": "Thing", **row}
        reply._content = json.dumps(body).encode()
        return reply


def stage(made: Rendered, exercise: library.Exercise, number: int) -> scene.Scene:
    """Return the scene of a variant in a rendered lab that has every add-on."""
    drawn = variants.of(exercise.spec, variants.seed(b"silence", exercise.spec.id, "1"), number)
    lab = dataclasses.replace(made.lab, addons=tuple(model.Addon))
    return scene.Scene.of(lab, made.where, exercise, drawn)


def before(found: scene.Scene) -> baseline_objects.Objects:
    """Return what there was before: every object that a guard names, and some of each kind that guards look through."""
    space = found.values.get("space", "guestbook")
    names = [name.format(**found.values) for row in found.exercise.spec.guards for name in row.of]
    names = [name for name in names if "/" in name and ":" not in name]
    names += [f"{space}/networkpolicies/only", f"{space}/persistentvolumeclaims/kept", f"{space}/roles/reader"]
    names += ["clusterroles/cluster-admin", "clusterrolebindings/cluster-admin", "namespaces/kube-system"]
    names += [f"namespaces/{space}", *(f"nodes/{machine.name}" for machine in found.lab.nodes)]
    rows = {_key(name): _row(*_key(name)) for name in names}
    return baseline_objects.Objects(found=rows)


def _key(name: str) -> baseline_objects.Key:
    *space, kind, item = name.split("/")
    path = next(path for path in baseline_objects.PATHS if path.endswith(f"/{kind}"))
    return path, space[0] if space else "", item


def _row(path: str, namespace: str, name: str) -> kube_api.Json:
    row: kube_api.Json = {"metadata": {"name": name, "namespace": namespace, "uid": "u-1"}, "spec": {"replicas": 2}}
    kind = path.rpartition("/")[2]
    if kind == "nodes":
        row["spec"] = {"taints": [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]}
    elif kind == "persistentvolumeclaims":
        row["spec"] = {"volumeName": "pv-1"}
    elif kind.endswith("roles"):
        row["rules"] = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    elif kind.endswith("rolebindings"):
        row |= {
            "roleRef": {"kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "Group", "name": "system:masters"}],
        }
    return row
