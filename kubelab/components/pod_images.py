"""The pod images of a lab, under their usual names, and the kinds of machine that import them, in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kubelab import model
from kubelab.components import software_catalogue

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, kw_only=True)
class Image:
    """One pod image: its known name, the component of its tag, its content, the kinds of machine that import it.

    `programs` maps a binary of the catalogue to its path in a static image; an image with a Dockerfile
    (`components/images/<name>/`) finds its binaries under bin/ of the build context. `files` are texts and `folders`
    are empty, world-writable with the sticky bit, like /tmp. An image without kinds is built for the
    labs that need it, and imported with its static pod. One with an `addon` is built and imported only for labs that
    name it.
    """

    name: str
    repository: str
    component: str
    prefix: str = ""
    recipe: software_catalogue.Recipe = software_catalogue.Recipe.STATIC
    programs: Mapping[str, str]
    entrypoint: tuple[str, ...] = ()
    user: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ("/tmp",)  # noqa: S108 (a path in the image)
    kinds: tuple[model.Kind, ...]
    addon: model.Addon | None = None

    def reference(self, versions: model.VersionSet) -> str:
        """Return repository and tag as manifests name it."""
        return f"{self.repository}:{self.prefix}{software_catalogue.version(versions, self.component)}"


def _upstream(name: str, kinds: tuple[model.Kind, ...]) -> Image:
    return Image(
        name=name,
        repository=f"registry.k8s.io/{name}",
        component="kubernetes",
        prefix="v",
        programs={name: f"/usr/local/bin/{name}"},
        entrypoint=(f"/usr/local/bin/{name}",),
        kinds=kinds,
    )


# In the order of import: what the cluster cannot start without comes first.
_IMAGES = (
    Image(
        name="pause",
        repository="registry.k8s.io/pause",
        component="pause",
        programs={"pause": "/pause"},
        entrypoint=("/pause",),
        user="65535:65535",
        folders=(),
        kinds=software_catalogue.NODES,
    ),
    _upstream("kube-apiserver", software_catalogue.CONTROL_PLANE),
    _upstream("kube-controller-manager", software_catalogue.CONTROL_PLANE),
    _upstream("kube-scheduler", software_catalogue.CONTROL_PLANE),
    Image(
        name="kube-proxy",
        repository="registry.k8s.io/kube-proxy",
        component="kubernetes",
        prefix="v",
        recipe=software_catalogue.Recipe.DOCKERFILE,  # it calls iptables
        programs={"kube-proxy": ""},
        kinds=software_catalogue.NODES,
    ),
    Image(
        name="volume-folder",
        repository="docker.io/kubelab/volume-folder",
        component="volume-folder",
        programs={"volume-folder": "/volume-folder"},
        entrypoint=("/volume-folder",),
        folders=(),
        kinds=software_catalogue.NODES,
    ),
    Image(
        name="kube-controllers",
        repository="quay.io/calico/kube-controllers",
        component="calico",
        prefix="v",
        programs={"kube-controllers": "/usr/bin/kube-controllers", "check-status": "/usr/bin/check-status"},
        entrypoint=("/usr/bin/kube-controllers",),
        user="999",
        folders=("/tmp", "/status"),  # noqa: S108 (it writes its health to /status)
        kinds=software_catalogue.CONTROL_PLANE,
    ),
    Image(
        name="local-path-provisioner",
        repository="docker.io/rancher/local-path-provisioner",
        component="local-path-provisioner",
        prefix="v",
        programs={"local-path-provisioner": "/usr/bin/local-path-provisioner"},
        entrypoint=("/usr/bin/local-path-provisioner",),
        user="65532:65532",
        kinds=software_catalogue.CONTROL_PLANE,
    ),
    Image(
        name="coredns",
        repository="registry.k8s.io/coredns/coredns",
        component="coredns",
        prefix="v",
        programs={"coredns": "/coredns"},
        entrypoint=("/coredns",),
        kinds=software_catalogue.WORKER,
    ),
    Image(
        name="redis",
        repository="docker.io/library/redis",
        component="redis",
        recipe=software_catalogue.Recipe.DOCKERFILE,
        programs={},
        kinds=software_catalogue.WORKER,
    ),
    Image(
        name="guestbook",
        repository="docker.io/kubelab/guestbook",
        component="guestbook",
        programs={"guestbook": "/guestbook"},
        entrypoint=("/guestbook",),
        user="65532:65532",
        kinds=software_catalogue.WORKER,
    ),
    Image(
        name="web-view",
        repository="docker.io/hjacobs/kube-web-view",
        component="web-view",
        recipe=software_catalogue.Recipe.DOCKERFILE,
        programs={},
        kinds=software_catalogue.WORKER,
    ),
    Image(
        name="agnhost",
        repository="registry.k8s.io/e2e-test-images/agnhost",
        component="agnhost",
        recipe=software_catalogue.Recipe.DOCKERFILE,  # its tests call sh, nslookup, nc and wget
        programs={"agnhost": ""},
        kinds=software_catalogue.WORKER,
    ),
    Image(
        name="metrics-server",
        repository="registry.k8s.io/metrics-server/metrics-server",
        component="metrics-server",
        prefix="v",
        programs={"metrics-server": "/metrics-server"},
        entrypoint=("/metrics-server",),
        user="65534:65534",
        kinds=software_catalogue.WORKER,
        addon=model.Addon.METRICS,
    ),
    Image(
        name="metallb-controller",
        repository="quay.io/metallb/controller",
        component="metallb",
        prefix="v",
        programs={"metallb-controller": "/controller"},
        entrypoint=("/controller",),
        user="65534:65534",
        kinds=software_catalogue.WORKER,
        addon=model.Addon.LOADBALANCER,
    ),
    Image(
        name="metallb-speaker",
        repository="quay.io/metallb/speaker",
        component="metallb",
        prefix="v",
        programs={"metallb-speaker": "/speaker"},
        entrypoint=("/speaker",),
        kinds=software_catalogue.NODES,
        addon=model.Addon.LOADBALANCER,
    ),
    Image(
        name="traefik",
        repository="docker.io/library/traefik",
        component="traefik",
        prefix="v",
        programs={"traefik": "/traefik"},
        entrypoint=("/traefik",),
        user="65534:65534",
        kinds=software_catalogue.WORKER,
        addon=model.Addon.GATEWAY,
    ),
    Image(
        name="keepalived",
        repository="docker.io/kubelab/keepalived",
        component="keepalived",
        recipe=software_catalogue.Recipe.DOCKERFILE,
        programs={},
        kinds=(),
    ),
)

IMAGES: Mapping[str, Image] = MappingProxyType({image.name: image for image in _IMAGES})


USUAL = tuple(image.name for image in _IMAGES if image.kinds and not image.addon)
"""The names of the images of every lab, in the order of import."""


def images_for_kind(kind: model.Kind, among: Collection[str] = USUAL) -> tuple[str, ...]:
    """Return the names of the images that a kind of machine imports of those `among`, in that order."""
    return tuple(image.name for image in _IMAGES if kind in image.kinds and image.name in among)


def of_addons(addons: Collection[model.Extra]) -> tuple[str, ...]:
    """Return the names of the images that add-ons bring beyond those of every lab."""
    return tuple(image.name for image in _IMAGES if image.addon in addons)


def of_lab(lab: model.Lab) -> tuple[str, ...]:
    """Return the names of the images of a lab: its add-ons', and keepalived's if there are several control planes."""
    return (*USUAL, *of_addons(lab.addons), *(["keepalived"] if lab.virtual else []))
