"""Where things are: the checkout, one lab's build folder, the user's cache."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors

ROOT = Path(__file__).resolve().parent.parent
LABS = Path(os.environ.get("KUBELAB_LABS") or ROOT / "labs").absolute()
"""The lab files; `KUBELAB_LABS` names another folder, which has its own versions/ (a course, a test)."""
VERSIONS = LABS / "versions"
TEMPLATES = Path(os.environ.get("KUBELAB_TEMPLATES") or ROOT / "templates").absolute()
"""The templates; `KUBELAB_TEMPLATES` names another folder (a bench, a test)."""
PROVISION = ROOT / "provision"
COMPONENTS = ROOT / "components"
BOXES = ROOT / "boxes"
BUILD = ROOT / "build"
PACK = ROOT / "pack"
"""Exists only in a checkout that a student got in a course's pack."""
UNUSABLE = re.compile(r'[:"\\\x00-\x1f\x7f\ud800-\udfff]|\$\{')
"""Characters that no path of kubelab's may have: a colon ends a path in PATH and in Docker's mounts; quotes,
backslashes and `${` end or change one in ssh's configuration; control characters end a line; and kubelab's files are
UTF-8."""
LAB_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
"""The form of a lab's name: it becomes a part of paths, of Docker's names and of host names."""


def cache() -> Path:
    """Return the one cache of all labs; `KUBELAB_CACHE` overrides the user's cache directory.

    It is absolute: Docker would take a relative one for a volume's name, and programs run in other folders.
    """
    if chosen := os.environ.get("KUBELAB_CACHE"):
        return Path(chosen).absolute()
    return users_cache()


def users_cache() -> Path:
    """Return the user's own cache directory, whatever `KUBELAB_CACHE` names."""
    import platformdirs  # noqa: PLC0415 (./run names a cache: it has no packages before it has fetched a bundle)

    return platformdirs.user_cache_path("kubelab").absolute()


def refuse_unusable() -> None:
    """Refuse a checkout or a cache whose path some program would misread: LabError `path-unusable`."""
    for what, folder in (("checkout", ROOT), ("cache", cache())):
        if found := UNUSABLE.search(str(folder)):
            sign = found[0].encode("unicode_escape").decode()
            raise errors.LabError("path-unusable", f"the {what}'s path has {sign!r} in it: {str(folder)!a}")


def typed(text: str) -> Path:
    """Return the path that a person typed, with their home for `~`; of an unknown user's home the text as it is."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def context(lab: str) -> str:
    """Return the name of a lab's kubeconfig context, cluster and user; it follows from the lab's name alone."""
    return f"kubelab-{lab}"


def lab_option(lab: str) -> str:
    """Return the option that a printed word needs for that lab: empty for the lab that it uses anyway."""
    return "" if lab == os.environ.get("KUBELAB_LAB", "default") else f" --lab {shlex.quote(lab)}"


@dataclass(frozen=True, kw_only=True)
class LabPaths:
    """Every place under `build/<lab>/`."""

    name: str

    def __post_init__(self) -> None:
        """Refuse an impossible name ("", "../x", "/home"): the folders under these places get removed."""
        if not LAB_NAME.fullmatch(self.name):
            wanted = "a lab's name has 1 to 20 small letters, digits and dashes, first a letter"
            raise errors.LabError("lab-file-missing", f"there is no lab {self.name[:60]!r}", details=[wanted])

    @property
    def root(self) -> Path:
        """Return the lab's folder: everything in it is generated."""
        return BUILD / self.name

    @property
    def vagrantfile(self) -> Path:
        """Return the Vagrantfile that the committed one loads."""
        return self.root / "Vagrantfile"

    @property
    def kubeconfig(self) -> Path:
        """Return the admin kubeconfig, 0600."""
        return self.root / "kubeconfig"

    @property
    def keys(self) -> Path:
        """Return the folder of keys and certificates: kept over runs, deleted with the lab."""
        return self.root / "keys"

    @property
    def ssh_config(self) -> Path:
        """Return the ssh configuration that names every box."""
        return self.root / "ssh_config"

    @property
    def known_hosts(self) -> Path:
        """Return the boxes' host keys."""
        return self.root / "known_hosts"

    @property
    def bin(self) -> Path:
        """Return the folder with the lab's own kubectl, to be put on PATH."""
        return self.root / "bin"

    @property
    def state(self) -> Path:
        """Return the folder of the journal and of what this lab has claimed."""
        return self.root / "state"

    @property
    def checkpoints(self) -> Path:
        """Return the folder of checkpoints, 0700: they hold secrets, and are deleted with their lab."""
        return self.state / "checkpoints"

    @property
    def logs(self) -> Path:
        """Return the folder of logs."""
        return self.root / "logs"

    @property
    def ignition(self) -> Path:
        """Return the folder of Ignition documents, 0700: they hold keys, and are deleted with their lab."""
        return self.root / "ignition"

    @property
    def disks(self) -> Path:
        """Return the folder of the machines' small disks, 0700: they hold keys, and are deleted with their lab."""
        return self.root / "disks"

    def box(self, name: str) -> Path:
        """Return the folder that box `name` applies."""
        return self.root / "boxes" / name
