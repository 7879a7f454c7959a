"""The layers of a lab: what a check stands on, and so what it may redden with."""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping


class Layer(enum.StrEnum):
    """A part of a lab that others stand on."""

    NOTHING = "nothing"
    """For what breaks nothing that another check stands on."""
    FILES = "files"
    ETCD = "etcd"
    API = "API"
    CONTROLLERS = "controllers"
    NODES = "nodes"
    NETWORK = "network"
    PROXY = "proxy"
    POLICY = "policy"
    DNS = "DNS"
    STORAGE = "storage"
    GUESTBOOK = "guestbook"
    DASHBOARD = "dashboard"
    WHOLE = "the whole lab"


STANDS_ON: Mapping[Layer, tuple[Layer, ...]] = {
    Layer.NOTHING: (),
    Layer.FILES: (),
    Layer.ETCD: (),
    Layer.API: (Layer.ETCD,),
    Layer.CONTROLLERS: (Layer.API,),
    Layer.NODES: (Layer.API,),
    Layer.NETWORK: (Layer.NODES, Layer.CONTROLLERS),
    Layer.PROXY: (Layer.NETWORK,),
    Layer.POLICY: (Layer.PROXY,),
    Layer.DNS: (Layer.PROXY, Layer.POLICY),
    Layer.STORAGE: (Layer.NODES, Layer.CONTROLLERS),
    Layer.GUESTBOOK: (Layer.DNS, Layer.STORAGE),
    Layer.DASHBOARD: (Layer.DNS,),
    Layer.WHOLE: (Layer.FILES, Layer.GUESTBOOK, Layer.DASHBOARD),
}
"""A layer to those right below it."""


@functools.cache
def below(layer: Layer) -> frozenset[Layer]:
    """Return a layer and everything that it stands on, however deep."""
    return frozenset({layer}.union(*(below(one) for one in STANDS_ON[layer])))
