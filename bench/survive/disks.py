"""Fills disks: a worker's, with a real eviction threshold, and etcd up to its quota."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from bench.survive import harms, stage
from kubelab import checks
from kubelab.clients import doors, kube_api
from kubelab.components import pod_images

SIZE = 400
"""MiB of the worker's disk while it is small."""
SPEED = 3
"""MiB a second at which a pod fills it: the kubelet looks every ten seconds, and must look before the disk is full."""
THRESHOLD = 20
"""Percent of it that must be free, or the kubelet evicts."""
QUOTA = 8
"""MiB between etcd's present size and its quota."""
NAMESPACE = "survive"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
FILL = f"/api/v1/namespaces/{NAMESPACE}/configmaps"


def full_disk(on: stage.Stage) -> harms.Done:
    """Give the kubelet a small disk, let a pod fill it, and see it evicted; then the disk becomes large again."""
    harms.script(on, on.other, "small-disk", SIZE, THRESHOLD)
    try:
        _until("the worker is Ready on its small disk", lambda: _node(on, "Ready") and not _node(on, "DiskPressure"))
        _until("the pods are back", lambda: not _quietly(lambda: checks.guestbook_complete(on.view)))
        with _namespace(on):
            begin = time.monotonic()
            on.view.api.create(PODS, _hog(on))
            pressed = _until("the node says DiskPressure", lambda: _node(on, "DiskPressure")) - begin
            evicted = _until("the pod that fills the disk is evicted", lambda: _evicted(on)) - begin
            eased = _until("the pressure is over", lambda: not _node(on, "DiskPressure")) - begin
        note = f"disk pressure after {pressed:.0f} s, evicted after {evicted:.0f} s, over after {eased:.0f} s"
    finally:
        begin = time.monotonic()
        harms.script(on, on.other, "large-disk")
    return harms.Done(since=begin, word="the disk was large again", notes=[note])


def etcd_quota(on: stage.Stage) -> harms.Done:
    """Fill etcd up to its quota, so that it refuses writes; then make room as etcd's manual says."""
    etcd = on.view.lab.etcd[0]
    with _namespace(on):
        harms.script(on, etcd, "small-quota", QUOTA)
        _until("the API is back", lambda: not _quietly(lambda: checks.api_ready(on.view)))
        begin = time.monotonic()
        refused = ""
        for number in range(200):
            try:
                on.view.api.create(FILL, _block(number))
            except kube_api.Refused as problem:
                refused = str(problem)
                break
            except kube_api.Unanswered:
                time.sleep(1)
        if "space" not in refused:
            raise stage.NeverWhole(f"etcd never ran out of its quota: {refused or 'every write was taken'}")
        note = f"full after {time.monotonic() - begin:.0f} s: {refused.rpartition(': ')[2]}"
        time.sleep(20)
        begin = time.monotonic()
        on.view.api.delete(FILL)
        harms.script(on, etcd, "make-room")
    return harms.Done(since=begin, word="the first of the commands that make room", notes=[note])


@contextlib.contextmanager
def _namespace(on: stage.Stage) -> Iterator[None]:
    """Have a namespace while the block runs; it is deleted when the API answers again."""
    on.view.api.create("/api/v1/namespaces", {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": NAMESPACE}})
    try:
        yield
    finally:
        _until("the API is back", lambda: not _quietly(lambda: checks.api_ready(on.view)))
        on.view.api.delete(f"/api/v1/namespaces/{NAMESPACE}")


def _hog(on: stage.Stage) -> kube_api.Json:
    image = pod_images.IMAGES["agnhost"].reference(on.view.lab.versions)
    fill = f"while dd if=/dev/zero bs=1M count={SPEED} >> /data/hog 2> /dev/null; do sleep 1; done; sleep 3600"
    command = ["sh", "-c", fill]
    container = {
        "name": "hog",
        "image": image,
        "imagePullPolicy": "Never",
        "command": command,
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }
    spec = {
        "nodeName": on.other.name,
        "terminationGracePeriodSeconds": 1,
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "containers": [container],
        "volumes": [{"name": "data", "emptyDir": {}}],
    }
    return {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "hog"}, "spec": spec}


def _block(number: int) -> kube_api.Json:
    return {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {"name": f"block-{number:03d}"},
        "data": {"block": "x" * 500_000},
    }


def _node(on: stage.Stage, condition: str) -> bool:
    try:
        return checks.condition(on.view.api.get(f"/api/v1/nodes/{on.other.name}"), condition)
    except doors.DoorError:
        return False


def _evicted(on: stage.Stage) -> bool:
    return bool(on.view.api.get(f"{PODS}/hog")["status"].get("reason") == "Evicted")


def _quietly(check: Callable[[], None]) -> str | None:
    """Return why a check does not hold; None if it does."""
    try:
        check()
    except (checks.Wrong, checks.Silent) as problem:
        return str(problem)
    return None


def _until(what: str, holds: Callable[[], bool], patience: float = 300) -> float:
    """Return the moment (monotonic, s) at which something holds; raise `NeverWhole` after `patience` seconds."""
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise stage.NeverWhole(f"not reached: {what}")
        time.sleep(0.5)
    return time.monotonic()
