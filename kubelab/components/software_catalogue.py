"""The software of a lab: families of binaries, pod images, and which kind of machine gets what."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from kubelab import errors, model, paths

BIN = "/opt/bin"
CNI = "/opt/cni/bin"
ETCD = (model.Kind.ETCD,)
CONTROL_PLANE = (model.Kind.CONTROL_PLANE,)
WORKER = (model.Kind.WORKER,)
NODES = (model.Kind.CONTROL_PLANE, model.Kind.WORKER)


class Recipe(enum.StrEnum):
    """The ways in which components are made on this computer."""

    GO = "Go module"
    TEST = "tests of a Go module"
    C = "C source"
    STATIC = "static binaries"
    DOCKERFILE = "Dockerfile"


GO = (Recipe.GO, Recipe.TEST)
"""The recipes whose source is a go.mod."""


@dataclass(frozen=True, kw_only=True)
class Binary:
    """One program: its name, the name `go build` gives it, its path, and the kinds of machine that get it."""

    name: str
    built: str = ""
    kinds: tuple[model.Kind, ...] = ()
    folder: str = BIN

    @property
    def target(self) -> str:
        """Return its path in a box."""
        return f"{self.folder}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Release:
    """A published build of a family: its address and its digest."""

    url: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Family:
    """Programs built together from `components/<name>/`, or from another folder there that `source` names (`in_set`).

    `target` are the packages to build, with a space between: all of its go.mod's `tool` lines, or some of them.
    `stamps` are linker variables with their values, in which `{name}` is the version of a component. `module` is its Go
    module: its licence is the family's, and its version in go.mod must be the version set's, unless `pinned` is false
    because the module has pseudo-versions only. `seconds` is the time of a build with empty caches on two cores:
    progress names what is long. One with an `extra` is built only for labs that name that.
    """

    name: str
    spdx: str
    binaries: tuple[Binary, ...]
    recipe: Recipe = Recipe.GO
    source: str = ""
    target: str = "tool"
    cgo: bool = False
    tags: tuple[str, ...] = ()
    stamps: Mapping[str, str] = field(default_factory=dict)
    linker: tuple[str, ...] = ("-s", "-w")
    module: str = ""
    pinned: bool = True
    seconds: int = 60
    extra: model.Extra | None = None
    release: Release | None = None  # nobody has written the downloading yet; the build needs none

    @property
    def folder(self) -> Path:
        """Return the folder of its sources."""
        return paths.COMPONENTS / (self.source or self.name)


KUBERNETES_STAMPS = {
    "k8s.io/component-base/version.gitVersion": "v{kubernetes}",
    "k8s.io/component-base/version.gitMajor": "{kubernetes.major}",
    "k8s.io/component-base/version.gitMinor": "{kubernetes.minor}",
    "k8s.io/component-base/version.gitTreeState": "clean",
    "k8s.io/component-base/version.gitCommit": "kubelab",
    "k8s.io/client-go/pkg/version.gitVersion": "v{kubernetes}",
}


def _binaries(*names: str, kinds: tuple[model.Kind, ...] = (), folder: str = BIN) -> tuple[Binary, ...]:
    return tuple(Binary(name=name, built=name, kinds=kinds, folder=folder) for name in names)


def _kubernetes(*packages: str) -> str:
    return " ".join(f"k8s.io/kubernetes/{package}" for package in packages)


# In the order in which they are built: the longest first, so that nobody waits for one at the end.
_FAMILIES = (
    Family(
        name="kubernetes",
        spdx="Apache-2.0",
        module="k8s.io/kubernetes",
        seconds=540,
        target=_kubernetes(
            *("cmd/kubelet", "cmd/kubectl", "cmd/kube-apiserver", "cmd/kube-controller-manager", "cmd/kube-scheduler"),
            *("cmd/kube-proxy", "test/images/agnhost"),
        ),
        stamps=KUBERNETES_STAMPS | {"main.Version": "{agnhost}"},  # agnhost's; no other program has such a variable
        binaries=(
            *_binaries("kubelet", "kubectl", kinds=NODES),
            *_binaries("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "agnhost"),
        ),
    ),
    Family(
        name="calico",
        spdx="Apache-2.0",
        module="github.com/projectcalico/calico",
        pinned=False,
        seconds=300,
        stamps={
            "github.com/projectcalico/calico/pkg/buildinfo.Version": "v{calico}",
            "github.com/projectcalico/calico/pkg/buildinfo.GitRevision": "kubelab",
        },
        binaries=(
            *_binaries("calico-node", "calicoctl", kinds=NODES),
            *_binaries("calico", kinds=NODES, folder=CNI),
            *_binaries("kube-controllers", "check-status"),
        ),
    ),
    Family(
        name="coredns",
        spdx="Apache-2.0",
        module="github.com/coredns/coredns",
        seconds=120,
        target=".",
        tags=("grpcnotrace",),
        stamps={"github.com/coredns/coredns/coremain.GitCommit": "kubelab"},
        binaries=_binaries("coredns"),
    ),
    Family(
        name="containerd",
        spdx="Apache-2.0",
        module="github.com/containerd/containerd/v2",
        tags=("urfave_cli_no_docs", "no_btrfs", "no_devmapper", "no_zfs"),
        stamps={"github.com/containerd/containerd/v2/version.Version": "v{containerd}"},
        binaries=_binaries("containerd", "containerd-shim-runc-v2", "ctr", kinds=NODES),
    ),
    Family(
        name="flannel",
        spdx="Apache-2.0",
        module="github.com/flannel-io/flannel",
        cgo=True,  # the udp backend is C
        linker=("-s", "-w", "-extldflags", "-static"),  # this computer's C library may be newer than a box's
        stamps={"github.com/flannel-io/flannel/pkg/version.Version": "v{flannel}"},
        binaries=(Binary(name="flanneld", built="flannel", kinds=NODES),),
    ),
    Family(
        name="local-path-provisioner",
        spdx="Apache-2.0",
        module="github.com/rancher/local-path-provisioner",
        stamps={"main.VERSION": "v{local-path-provisioner}"},
        binaries=_binaries("local-path-provisioner"),
    ),
    Family(
        name="cri-tools",
        spdx="Apache-2.0",
        module="sigs.k8s.io/cri-tools",
        stamps={"sigs.k8s.io/cri-tools/pkg/version.Version": "v{cri-tools}"},
        binaries=_binaries("crictl", kinds=NODES),
    ),
    Family(
        name="etcd",
        spdx="Apache-2.0",
        module="go.etcd.io/etcd/server/v3",
        seconds=30,
        stamps={"go.etcd.io/etcd/api/v3/version.GitSHA": "kubelab"},
        binaries=(
            Binary(name="etcd", built="server", kinds=ETCD),
            *_binaries("etcdctl", "etcdutl", kinds=ETCD),
        ),
    ),
    Family(
        name="cni-plugins",
        spdx="Apache-2.0",
        module="github.com/containernetworking/plugins",
        seconds=10,
        stamps={"github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": "v{cni-plugins}"},
        binaries=_binaries("host-local", "bridge", "loopback", "bandwidth", "portmap", kinds=NODES, folder=CNI),
    ),
    Family(
        name="flannel-cni",
        spdx="Apache-2.0",
        module="github.com/containernetworking/plugins",
        seconds=5,
        stamps={"github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": "v{flannel-cni}"},
        binaries=_binaries("flannel", kinds=NODES, folder=CNI),
    ),
    Family(
        name="guestbook",
        spdx="Apache-2.0",
        target=".",
        seconds=30,
        stamps={"main.Version": "{guestbook}"},
        binaries=_binaries("guestbook"),
    ),
    Family(
        name="metrics-server",
        spdx="Apache-2.0",
        module="sigs.k8s.io/metrics-server",
        stamps={
            "k8s.io/component-base/version.gitVersion": "v{metrics-server}",
            "k8s.io/component-base/version.gitCommit": "kubelab",
            "k8s.io/component-base/version.gitTreeState": "clean",
        },
        binaries=_binaries("metrics-server"),
        extra=model.Addon.METRICS,
    ),
    Family(
        name="metallb",
        spdx="Apache-2.0",
        module="go.universe.tf/metallb",
        stamps={
            "go.universe.tf/metallb/internal/version.version": "{metallb}",
            "go.universe.tf/metallb/internal/version.gitCommit": "kubelab",
        },
        binaries=(
            Binary(name="metallb-controller", built="controller"),
            Binary(name="metallb-speaker", built="speaker"),
        ),
        extra=model.Addon.LOADBALANCER,
    ),
    Family(
        name="traefik",
        spdx="MIT",
        module="github.com/traefik/traefik/v3",
        seconds=300,
        stamps={"github.com/traefik/traefik/v3/pkg/version.Version": "{traefik}"},
        binaries=_binaries("traefik"),
        extra=model.Addon.GATEWAY,
    ),
    Family(
        name="helm",
        spdx="Apache-2.0",
        module="helm.sh/helm/v4",
        stamps={
            "helm.sh/helm/v4/internal/version.version": "v{helm}",
            "helm.sh/helm/v4/internal/version.gitTreeState": "clean",
            "helm.sh/helm/v4/internal/version.gitCommit": "kubelab",
        },
        binaries=_binaries("helm"),
        extra=model.Tool.HELM,
    ),
    Family(
        name="kustomize",
        spdx="Apache-2.0",
        module="sigs.k8s.io/kustomize/kustomize/v5",
        seconds=30,
        stamps={"sigs.k8s.io/kustomize/api/provenance.version": "v{kustomize}"},
        binaries=(Binary(name="kustomize", built="kustomize"),),
        extra=model.Tool.KUSTOMIZE,
    ),
    Family(
        name="k9s",
        spdx="Apache-2.0",
        module="github.com/derailed/k9s",
        seconds=120,
        stamps={
            "github.com/derailed/k9s/cmd.version": "v{k9s}",
            "github.com/derailed/k9s/cmd.commit": "kubelab",
        },
        binaries=_binaries("k9s"),
        extra=model.Tool.K9S,
    ),
    Family(name="pause", spdx="Apache-2.0", recipe=Recipe.C, seconds=1, binaries=_binaries("pause")),
    Family(name="volume-folder", spdx="Apache-2.0", recipe=Recipe.C, seconds=1, binaries=_binaries("volume-folder")),
)

FAMILIES: Mapping[str, Family] = MappingProxyType({family.name: family for family in _FAMILIES})
BINARIES: Mapping[str, Family] = MappingProxyType(
    {binary.name: family for family in _FAMILIES for binary in family.binaries}
)


def in_set(name: str, versions: model.VersionSet) -> Family:
    """Return a family as a set builds it: from `components/<name>-<major.minor>/` where that version has a folder."""
    family = FAMILIES[name]
    older = dataclasses.replace(family, source=f"{name}-{'.'.join(version(versions, name).split('.')[:2])}")
    return older if older.folder.is_dir() else family


def of_extras(extras: Collection[model.Extra]) -> tuple[str, ...]:
    """Return the names of the families that a lab with these add-ons and tools needs, in building order."""
    return tuple(family.name for family in _FAMILIES if family.extra is None or family.extra in extras)


def tools(lab: model.Lab) -> tuple[str, ...]:
    """Return the programs that people use on this computer: kubectl, and the tools that the lab names."""
    return ("kubectl", *(binary.name for tool in lab.tools for binary in FAMILIES[tool].binaries))


def for_kind(kind: model.Kind) -> tuple[tuple[str, str], ...]:
    """Return (binary's name, its path in the box) for every program of that kind of machine."""
    return tuple(
        (binary.name, binary.target) for family in _FAMILIES for binary in family.binaries if kind in binary.kinds
    )


def version(versions: model.VersionSet, component: str) -> str:
    """Return the version of a component in the set; raises if the set lacks it."""
    if component in versions.components:
        return versions.components[component]
    lacking = f"labs/versions/{versions.name}.yaml names no version of {component}"
    raise errors.LabError("versions-incomplete", lacking, details=[f"has: {', '.join(versions.components)}"])
