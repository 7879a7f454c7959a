"""What a box is on each provider: how it is found, with its state and shape, filled, stopped, cut off and removed.

`of` is the provider of a lab. A search by a lab's name, or over all labs, asks every provider that runs boxes: a lab
whose file is gone, or names another provider now, still has them.
"""

from __future__ import annotations

from collections.abc import Mapping

from kubelab import model
from kubelab.providers import docker, libvirt, virtualbox
from kubelab.providers.provider import Act, Box, Delivery, Network, Provider

__all__ = [
    "BY_KIND",
    "RUNNING",
    "Act",
    "Box",
    "Delivery",
    "Network",
    "Provider",
    "asked",
    "boxes",
    "described",
    "networks",
    "of",
    "remove_boxes",
    "remove_networks",
    "remove_volumes",
    "resume_boxes",
    "volumes",
]

BY_KIND: Mapping[model.Provider, Provider] = {
    model.Provider.DOCKER: docker.Docker(),
    model.Provider.LIBVIRT: libvirt.Libvirt(),
    model.Provider.VIRTUALBOX: virtualbox.VirtualBox(),
}
RUNNING = tuple(one for one in BY_KIND.values() if Act.RUN not in one.cannot)
"""The providers that may run boxes of a lab."""


def asked() -> tuple[Provider, ...]:
    """Return those that have to be asked for the boxes of all labs: Docker always, others where they are installed."""
    return tuple(one for one in RUNNING if one.answers())


def of(lab: model.Lab) -> Provider:
    """Return the provider of a lab."""
    return BY_KIND[lab.provider]


def boxes(lab: str | None = None) -> tuple[Box, ...]:
    """Return the boxes of a lab (of all labs), on any provider."""
    return tuple(box for one in asked() for box in one.boxes(lab))


def networks(lab: str | None = None) -> tuple[Network, ...]:
    """Return the networks of a lab (of all labs)."""
    return tuple(network for one in asked() for network in one.networks(lab))


def described(lab: str) -> str:
    """Return what providers keep of a lab's boxes, as JSON for people."""
    return "\n".join(one.described(lab) for one in asked())


def resume_boxes(lab: str) -> None:
    """Let every paused box of a lab run on."""
    for one in asked():
        one.resume([box.ident for box in one.boxes(lab) if box.paused])


def remove_boxes(lab: str) -> None:
    """Remove every box of a lab, running or not."""
    for one in asked():
        one.remove_boxes([box.ident for box in one.boxes(lab)])


def remove_networks(lab: str) -> tuple[Network, ...]:
    """Remove every network of a lab, and return them as they were."""
    found: list[Network] = []
    for one in asked():
        networks = one.networks(lab)
        one.remove_networks([network.ident for network in networks])
        found += networks
    return tuple(found)


def remove_volumes(lab: str) -> None:
    """Remove every volume of a lab, with what is in them."""
    for one in asked():
        one.remove_volumes(one.volumes(lab))


def volumes(lab: str | None = None) -> tuple[str, ...]:
    """Return the names of the volumes of a lab (of all labs)."""
    return tuple(name for one in asked() for name in one.volumes(lab))
