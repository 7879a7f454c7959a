"""Checks of address-stays."""

import re
import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

CONF = "/etc/kubernetes/keepalived/keepalived.conf"
TOKEN = re.compile(r'"([^"]*)"|\'([^\']*)\'|([{}])|([^\s{}"\']+)')
KUBECONFIGS = ("kubelet", "kube-proxy", "kube-scheduler", "kube-controller-manager")
RUNNING = """\
id=$(crictl ps --quiet --state running --name '^keepalived$' | head -1)
[ -n "$id" ] || { echo none; exit 0; }
pid=$(crictl inspect --output go-template --template '{{.info.pid}}' "$id")
"""
"""The container of keepalived, and its process, for the lines after it."""
ASK = (
    RUNNING
    + """\
started=$(($(date +%s) - $(ps -o etimes= -p "$pid")))
again=$(crictl logs --timestamps "$id" 2>&1 | grep -i 'reload' | tail -1 | cut -d' ' -f1)
[ -z "$again" ] || again=$(date -d "$again" +%s)
echo "started $started ${again:-0} $(stat -c %Z CONF)"
nsenter --target "$pid" --mount -- COMMAND > /dev/null 2>&1
echo "asked $?"
unshare --net nsenter --target "$pid" --mount -- COMMAND > /dev/null 2>&1
echo "alone $?"
"""
)
MOVED = (
    RUNNING
    + """\
crictl logs --since 5m "$id" 2>&1 | grep -c 'Entering MASTER STATE'; true"""
)
NUMBERS = ("started", "asked", "alone")


class Block(NamedTuple):
    """A part of keepalived's configuration: its first words, and what is in its braces."""

    words: tuple[str, ...]
    inside: tuple["Block", ...]

    def all(self, name: str) -> Iterator["Block"]:
        """Yield its parts that begin with a word."""
        return (row for row in self.inside if row.words[:1] == (name,))

    def value(self, name: str) -> str:
        """Return the value of a key, the last of several; empty without."""
        return ([" ".join(row.words[1:]) for row in self.all(name)] or [""])[-1]

    def listed(self, name: str) -> set[str]:
        """Return the first word of each line in the braces behind a name."""
        return {line.words[0] for row in self.all(name) for line in row.inside if line.words}


class Keeper(NamedTuple):
    """How keepalived is set up on a machine: its instance with the address, and the command that it asks by."""

    instance: Block
    command: tuple[str, ...]
    conf: str


def address_would_move(scene: Scene) -> None:
    """Each control plane would take the address while its own API server is ready, and give it up otherwise."""
    found = {machine.name: _keeper(scene, machine) for machine in scene.lab.control_plane}
    routers = {name: row.instance.value("virtual_router_id") or "51" for name, row in found.items()}
    said = ", ".join(f"{router} on {name}" for name, router in routers.items())
    looks.wrong(len(set(routers.values())) > 1, f"the virtual_router_id is {said}")
    for machine in scene.lab.control_plane:
        _hears(scene, machine, found[machine.name].instance)
        _asks(scene, machine, found[machine.name])


def address_moved(scene: Scene) -> None:
    """The API answers at {{ api }}, and another control plane than {{ target }} has taken the address."""
    looks.api_answers(scene)
    names = _holders(scene)
    looks.wrong(len(names) != 1, f"{', '.join(names) or 'no control plane'} has the address")
    others = [machine for machine in scene.lab.control_plane if machine != scene.target]
    took = any(scene.read(machine, f"bash -c {shlex.quote(MOVED)}").strip() not in ("0", "none") for machine in others)
    looks.wrong(names == [scene.target.name] and not took, f"the address has stayed with {scene.target.name}")


def one_has_it(scene: Scene, _: object) -> None:
    """One control plane has the address, and no other."""
    names = _holders(scene)
    looks.wrong(len(names) != 1, f"{', '.join(names) or 'no control plane'} has the address")


def kubeconfigs_kept(scene: Scene, _: object) -> None:
    """The kubeconfigs of the nodes lead to the virtual address."""
    for machine in scene.lab.nodes:
        files = " ".join(f"/etc/kubernetes/{name}/kubeconfig" for name in KUBECONFIGS)
        said = scene.read(machine, f"sh -c 'for f in {files}; do [ ! -e $f ] || grep -h server: $f; done; true'")
        servers = {line.partition("server:")[2].strip().strip("\"'") for line in said.splitlines()}
        other = sorted(servers - {scene.value("api")})
        looks.wrong(other or not servers, f"a kubeconfig of {machine.name} leads to {', '.join(other) or 'nothing'}")


def _address(scene: Scene) -> str:
    """Return the virtual address; a lab without one has its control plane's."""
    return scene.value("api").partition("://")[2].rpartition(":")[0]


def _holders(scene: Scene) -> list[str]:
    command = f"ip -4 -oneline address show to {_address(scene)}"
    return [machine.name for machine in scene.lab.control_plane if scene.read(machine, command).strip()]


def _keeper(scene: Scene, machine: Any) -> Keeper:
    """Return how keepalived is set up on a machine; `Wrong` if it would never take the address."""
    pod = looks.manifest.static(scene, "keepalived", machine)
    path = looks.manifest.last(looks.manifest.options(pod), "use-file") or CONF
    conf = looks.manifest.on_host(pod, path)
    text = looks.file(scene, machine, conf)
    whole = Block((), tuple(_blocks(iter(_tokens(text)))))
    rows = [row for row in whole.all("vrrp_instance") if _has(row, _address(scene))]
    looks.wrong(not rows, f"no vrrp_instance of {machine.name} has the address {_address(scene)}")
    scripts = {row.words[1]: row for row in whole.all("vrrp_script") if len(row.words) > 1}
    asked = [scripts[name] for name in sorted(rows[0].listed("track_script")) if name in scripts]
    looks.wrong(not asked, f"keepalived on {machine.name} tracks no vrrp_script: it asks no API server")
    command = tuple(shlex.split(asked[0].value("script")))
    looks.wrong(not command, f"the vrrp_script of {machine.name} has no command")
    return Keeper(rows[0], command, conf)


def _has(row: Block, address: str) -> bool:
    return address in {one.partition("/")[0] for one in row.listed("virtual_ipaddress")}


def _hears(scene: Scene, machine: Any, instance: Block) -> None:
    """The machine sends to every other control plane, if it sends to single addresses at all."""
    peers = instance.listed("unicast_peer")
    others = {str(other.address) for other in scene.lab.control_plane if other != machine}
    lost = sorted(others - peers) if peers else []
    looks.wrong(lost, f"keepalived on {machine.name} does not speak to {', '.join(lost)}")
    source = instance.value("unicast_src_ip")
    looks.wrong(source not in ("", str(machine.address)), f"keepalived on {machine.name} speaks as {source}")


def _asks(scene: Scene, machine: Any, keeper: Keeper) -> None:
    """keepalived runs with its present configuration; its check is true now, and false without an API server."""
    foreign = {str(other.address) for other in scene.lab.control_plane if other != machine} | {_address(scene)}
    line = shlex.join(keeper.command)
    named = sorted(one for one in foreign if re.search(rf"(?<![\d.]){re.escape(one)}(?![\d.])", line))
    looks.wrong(named, f"the check of {machine.name} asks {', '.join(named)}, not its own API server")
    script = ASK.replace("CONF", shlex.quote(keeper.conf)).replace("COMMAND", line)
    said = scene.read(machine, f"bash -c {shlex.quote(script)}", timeout=20)
    rows = {line.split()[0]: line.split()[1:] for line in said.splitlines() if line.split()}
    looks.wrong("none" in rows, f"keepalived does not run on {machine.name}")
    if not set(NUMBERS) <= rows.keys() or [word.isdigit() for word in rows["started"]] != [True] * 3:
        raise checks.Silent(f"{machine.name} does not say how keepalived runs")
    started, again, changed = map(int, rows["started"])
    looks.wrong(max(started, again) + 1 < changed, f"keepalived on {machine.name} has not read its configuration again")
    looks.wrong(rows["asked"] != ["0"], f"the check of {machine.name} fails, while its API server is ready")
    looks.wrong(rows["alone"] == ["0"], f"the check of {machine.name} succeeds also without an API server")


def _tokens(text: str) -> list[str]:
    """Return the words of a configuration, line ends as `;`; comments begin with # or !."""
    found: list[str] = []
    for line in text.splitlines():
        bare = re.sub(r'("[^"]*"|\'[^\']*\')|[#!].*', lambda match: match[1] or "", line)
        found += [next(part for part in match if part) if any(match) else "" for match in TOKEN.findall(bare)]
        found.append(";")
    return found


def _blocks(words: Iterator[str]) -> Iterator[Block]:
    """Yield the parts up to the closing brace, or to the end."""
    line: list[str] = []
    for word in words:
        if word == "{":
            yield Block(tuple(line), tuple(_blocks(words)))
            line = []
        elif word in ("}", ";"):
            if line:
                yield Block(tuple(line), ())
                line = []
            if word == "}":
                return
        else:
            line.append(word)
    if line:
        yield Block(tuple(line), ())
