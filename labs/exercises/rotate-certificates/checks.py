"""Checks of rotate-certificates."""

import datetime
import re
from collections.abc import Mapping

from cryptography import x509

from kubelab.exercises import identity, looks
from kubelab.exercises.looks import Scene

LIFE = datetime.timedelta(days=180)
STARTED = (
    'pid=$(pgrep -of "^(/opt/bin/)?{name} ") && '
    "echo {name} $(($(date +%s) - $(ps -o etimes= -p $pid))) $(stat -c %Z {path}) || echo {name} 0 1"
)
Found = Mapping[str, tuple[x509.Certificate, bytes]]
"""Path of a certificate or kubeconfig to the certificate and its key, PEM."""


def all_are_new(scene: Scene) -> None:
    """Every certificate of the task is new, fits its key, and is valid for 180 days or more."""
    now, old = datetime.datetime.now(datetime.UTC), _given(scene)
    for path, (certificate, key) in _found(scene).items():
        left = certificate.not_valid_after_utc - now
        looks.wrong(left < LIFE, f"{path} is valid for {max(left.days, 0)} more days, not for {LIFE.days} or more")
        looks.wrong(certificate == old[path][0], f"{path} has the old certificate from a copy, not a new one")
        looks.wrong(certificate.not_valid_before_utc > now, f"{path} is not valid yet")
        looks.wrong(not identity.fits(certificate, key), f"{path} does not fit its key")


def new_ones_are_used(scene: Scene) -> None:
    """Servers show the new certificates, programs with a new kubeconfig were restarted, and all are healthy."""
    all_are_new(scene)
    found = _found(scene)
    for row in scene.value("shown").split():
        port, _, path = row.partition("=")
        shown = identity.shown(scene, scene.target, int(port))
        looks.wrong(shown != found[f"{path}.crt"][0], f"port {port} shows another certificate than {path}.crt")
    _restarted(scene)
    _works(scene)


def names_kept(scene: Scene, _: object) -> None:
    """Every certificate has the same subject, names and usages as before, and the same authority signed it."""
    given = _given(scene)
    for path, (certificate, _key) in _found(scene).items():
        old = given[path][0]
        said = identity.who(certificate)
        looks.wrong(
            said != identity.who(old),
            f"{path} has the subject {', '.join(sorted(said)) or '(empty)'}, not the same as before",
        )
        for kind in (x509.SubjectAlternativeName, x509.ExtendedKeyUsage):
            same = identity.names(certificate, kind) == identity.names(old, kind)
            looks.wrong(not same, f"{path} has another {kind.__name__} than before")
        signed = identity.signed(scene, certificate, old.issuer)
        looks.wrong(not signed, f"{path} is not signed by the same authority as before")


def keys_are_private(scene: Scene, _: object) -> None:
    """Only root can read a key."""
    names = [name for name in _names(scene) if not name.endswith(".crt")]
    looks.private(scene, scene.target, names)


def _names(scene: Scene) -> list[str]:
    """Return the files that the task is about: certificates, keys, kubeconfigs."""
    pairs = [f"{name}.{end}" for name in scene.value("certificates").split() for end in ("crt", "key")]
    return pairs + scene.value("kubeconfigs").split()


def _found(scene: Scene) -> Found:
    """Return the machine's copies of the files."""
    names = " ".join(_names(scene))
    said = scene.read(scene.target, f"sh -c 'for f in {names}; do echo \"== $f\"; cat $f; done; true'")
    rows = re.split(r"^== ", said, flags=re.MULTILINE)[1:]
    return _pairs(scene, {**dict.fromkeys(_names(scene), ""), **dict(row.partition("\n")[::2] for row in rows)})


def _given(scene: Scene) -> Found:
    """Return the files that the lab gave the machine when it was brought up, read on this computer."""
    folder = scene.view.where.box(scene.target.name) / "files"
    return _pairs(scene, {name: (folder / name.lstrip("/")).read_text(encoding="utf-8") for name in _names(scene)})


def _pairs(scene: Scene, texts: Mapping[str, str]) -> Found:
    files, found = scene.value("certificates").split(), {}
    for name in files:
        found[f"{name}.crt"] = identity.parsed(f"{name}.crt", texts[f"{name}.crt"]), texts[f"{name}.key"].encode()
    return found | {name: identity.inside(name, texts[name]) for name in scene.value("kubeconfigs").split()}


def _restarted(scene: Scene) -> None:
    """Every program was started after its kubeconfig was changed."""
    rows = [row.partition("=") for row in scene.value("programs").split()]
    asks = "; ".join(STARTED.format(name=name, path=path) for name, _, path in rows)
    said = scene.read(scene.target, f"sh -c '{asks or 'true'}'")
    found = {row[0]: row[1:] for row in map(str.split, said.splitlines()) if len(row) == 3}
    for name, _, _ in rows:
        started, changed = found.get(name, ["0", "1"])
        looks.wrong(started == "0", f"{name} does not run")
        # A second that has begun counts as one in both numbers.
        looks.wrong(int(started) + 1 < int(changed), f"{name} was started before its kubeconfig was changed")


def _works(scene: Scene) -> None:
    """The machine does its work: a node is Ready, etcd and the API server answer."""
    looks.api_answers(scene)
    if scene.target in scene.lab.nodes:
        looks.node_ready(scene, scene.target.name)
        looks.fresh_lease(scene, scene.target.name)
    for name in [row.partition("=")[0] for row in scene.value("programs").split() if not row.startswith("kubelet=")]:
        looks.static_pod(scene, name, scene.target.name)
