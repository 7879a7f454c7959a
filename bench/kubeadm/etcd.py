"""The one pod image that only kubeadm needs: etcd, from the same binaries as the lab's."""

from __future__ import annotations

from pathlib import Path

from kubelab import model
from kubelab.components import cache_layout, image_archive


def reference(versions: model.VersionSet) -> str:
    """Return the image's name and tag, as kubeadm's configuration names it."""
    return f"registry.k8s.io/etcd:{versions.components['etcd']}"


def write(versions: model.VersionSet, target: Path) -> None:
    """Write the image's archive to `target`."""
    layer_file = target.with_suffix(".layer")
    with image_archive.layer(layer_file) as layer:
        layer.folder("/tmp", 0o1777)  # noqa: S108 (a path in the image)
        for program in ("etcd", "etcdctl", "etcdutl"):
            layer.program(f"/usr/local/bin/{program}", cache_layout.host_path(versions, program))
    image_archive.write(
        target, layer_file, reference(versions), image_archive.Config(entrypoint=("/usr/local/bin/etcd",))
    )
    layer_file.unlink()
