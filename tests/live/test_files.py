"""Every file that the lab put into a box is whole, with the right mode and owner; only its owner reads a key."""

from __future__ import annotations

import hashlib

import pytest
import suite
import testinfra.host

from kubelab import checks, model
from kubelab.converge import box_state

PRIVATE = r"^ *-----BEGIN [A-Z ]*PRIVATE KEY|client-key-data"
"""A key begins a line. Prose about keys does not: kubectl keeps the API's own descriptions."""
WHERE = "/etc /home /root /run/kubelab /var/lib/kubelab /opt/kubelab/box --exclude-dir=volumes"
"""Where keys are looked for; what pods keep on volumes is no file of the lab's."""


@pytest.mark.red_by("key-for-everybody", depends_on="files")
def test_files_are_as_rendered(view: checks.View, machine: model.Machine, host: testinfra.host.Host) -> None:
    """Mode, owner and content of each file, and the target of each link, are what files.tsv says."""
    wanted = {}
    for path, row in box_state.wanted(view.where, machine.name).items():
        wanted[path] = f"link {row.target}" if row.is_link else f"{row.mode} {row.owner} {row.digest}"
    found = seen(host, list(wanted))
    assert len(wanted) > 10
    assert {path: (found.get(path, "missing"), text) for path, text in wanted.items() if found.get(path) != text} == {}


def seen(host: testinfra.host.Host, paths: list[str]) -> dict[str, str]:
    """Return path to `mode owner digest` of a file, `link target` of a link; in one call for the whole box."""
    script = (
        'for path; do if [ -L "$path" ]; then printf "%s\\tlink %s\\n" "$path" "$(readlink "$path")"; '
        'elif [ -f "$path" ]; then printf "%s\\t%s %s\\n" "$path" "$(stat --format="0%a %U:%G" "$path")" '
        '"$(sha256sum < "$path" | cut -d" " -f1)"; fi; done'
    )
    said = host.check_output(f"sh -c %s sh {' '.join(['%s'] * len(paths))}", script, *paths)
    return dict(line.split("\t") for line in said.splitlines())


@pytest.mark.red_by("key-for-everybody", depends_on="files")
def test_no_key_is_readable_by_others(view: checks.View, machine: model.Machine, host: testinfra.host.Host) -> None:
    """Wherever in the box a private key is, in a file of its own or in a kubeconfig, only its owner may read it."""
    said = host.check_output(f"grep -rlsIE '{PRIVATE}' {WHERE} | xargs -d '\\n' stat --format='%a %n'")
    found = {path: mode for mode, _, path in (line.partition(" ") for line in said.splitlines())}
    ours = {path for path in box_state.wanted(view.where, machine.name) if path.endswith((".key", "kubeconfig"))}
    assert ours <= set(found), "the search did not even find our own keys"
    assert {path: mode for path, mode in found.items() if mode not in ("600", "400")} == {}


@pytest.mark.red_by("authority-in-a-box", depends_on="files")
def test_signing_keys_stay_at_home(view: checks.View, machine: model.Machine, host: testinfra.host.Host) -> None:
    """No CA's key is in a box, but the one that the controller-manager signs with, on the control plane."""
    keys = view.where.keys
    authorities = {
        hashlib.sha256((keys / f"{name}/ca.key").read_bytes()).hexdigest(): name
        for name in ("kubernetes", "etcd", "front-proxy")
    }
    assert len(authorities) == 3
    said = host.check_output(f"grep -rlsIE 'PRIVATE KEY' {WHERE} | xargs -d '\\n' sha256sum")
    places = {line.split(maxsplit=1)[1]: authorities.get(line.split()[0]) for line in said.splitlines()}
    found = {path: name for path, name in places.items() if name and not path.startswith("/opt/kubelab/box/")}
    signer = {"/etc/kubernetes/kube-controller-manager/ca.key": "kubernetes"}
    assert found == (signer if machine.kind is model.Kind.CONTROL_PLANE else {})


@pytest.mark.red_by("foreign-manifest", depends_on="files")
def test_manifests_are_ours_only(view: checks.View, node: model.Machine, host: testinfra.host.Host) -> None:
    """The kubelet's folder of static pods holds exactly what was rendered: whatever else is there would run."""
    folder = "/etc/kubernetes/manifests"
    wanted = {path for path in box_state.wanted(view.where, node.name) if path.startswith(folder)}
    assert wanted
    assert set(host.check_output(f"find {folder} -mindepth 1").splitlines()) == wanted


@pytest.mark.red_by("keys-folder-open", depends_on="files")
def test_secrets_in_one_lab_are_not_another_s(view: checks.View) -> None:
    """The lab's keys on this computer are the owner's only, folder and files."""
    assert view.where.root.stat().st_mode & 0o077 == 0
    assert view.where.keys.stat().st_mode & 0o077 == 0
    loose = [path for path in view.where.keys.rglob("*.key") if path.stat().st_mode & 0o077]
    assert list(view.where.keys.rglob("*.key"))
    assert loose == []


@pytest.mark.red_by("kubeconfig-open", depends_on="files")
def test_kubeconfig_is_private(view: checks.View) -> None:
    """The administrator's kubeconfig is readable by its owner only and leads to this lab."""
    assert view.where.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert suite.opened()[0].api_endpoint in view.where.kubeconfig.read_text(encoding="utf-8")
