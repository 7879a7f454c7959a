"""What `systemctl show` prints of several units, as a table."""

from __future__ import annotations


def shown(text: str) -> dict[str, dict[str, str]]:
    """Return unit to property to value. Properties come in systemd's order, a block a unit; `Id` must be among them."""
    blocks = [dict(line.partition("=")[::2] for line in block.splitlines()) for block in text.strip().split("\n\n")]
    return {block["Id"]: block for block in blocks if "Id" in block}
