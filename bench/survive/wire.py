"""Speaks two protocols through a tunnel: Redis's, and DNS over TCP."""

from __future__ import annotations

import secrets
import socket
import struct

from bench.survive import tunnel

REDIS = 6379
DNS = 53


def entries(way: tunnel.Tunnel, address: str, count: int = 0) -> list[str]:
    """Return the last `count` entries of the Redis at an address, all of them for 0; raise `Unreached`."""
    with way.connect(address, REDIS) as connection, connection.makefile("rb") as reader:
        connection.sendall(f"LRANGE guestbook:entries {-count} -1\r\n".encode())
        try:
            head = reader.readline()
            if not head.startswith(b"*"):
                raise tunnel.Unreached(f"redis at {address} says {head!r}")
            found = []
            for _ in range(int(head[1:])):
                length = int(reader.readline()[1:])
                found.append(reader.read(length + 2)[:-2].decode())
        except (OSError, ValueError) as problem:
            raise tunnel.Unreached(f"redis at {address}: {problem}") from problem
        return found


def resolve(way: tunnel.Tunnel, server: str, name: str) -> str:
    """Return the first IPv4 address that a name server gives for a name, asked from a box; raise `Unreached`."""
    ident = secrets.randbits(16)
    question = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
    query = struct.pack(">HHHHHH", ident, 0x0100, 1, 0, 0, 0) + question + struct.pack(">HH", 1, 1)
    with way.connect(server, DNS) as connection:
        connection.sendall(struct.pack(">H", len(query)) + query)
        reply = tunnel.exactly(connection, struct.unpack(">H", tunnel.exactly(connection, 2))[0])
    number, flags, _, answers = struct.unpack(">HHHH", reply[:8])
    if number != ident or flags & 0xF or not answers:
        raise tunnel.Unreached(f"{server} knows no {name} (code {flags & 0xF}, {answers} answers)")
    return socket.inet_ntoa(reply[-4:])
