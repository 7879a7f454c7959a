"""Runs a fault's scripts: one text on the standard input of bash in the box, never given to a shell here."""

from __future__ import annotations

import base64
import io
import re
import shlex
import tarfile
from collections.abc import Mapping, Sequence

from kubelab import errors, model, paths
from kubelab.clients import ssh
from kubelab.faults import fault

LIBRARY = paths.PROVISION / "faults" / "lib.sh"
FUNCTION = re.compile(r"^(\w+)\(\) (?:\{.*\}|[{(]\n(?:.*\n)*?[})])\n", re.MULTILINE)
"""A function of the library, on one line or until the first brace at the margin."""
BASH = "sudo bash -c '. /dev/stdin'"
"""Reads the whole text first: the script's commands cannot read the rest of it, and `ps` shows no secret."""
TIMEOUT = 180.0
"""Seconds for one script: clearing may first wait for an API server."""
CACHE = "/var/cache/kubelab-kubectl"
"""The cache of a box's kubectl: no trace of a fault stays in a home."""
KEEP = r"""
mkdir "$GIVEN/objects"
for each in $OBJECTS; do
  IFS=/ read -r kind name space <<< "$each"
  words=("$kind")
  [[ $name == all ]] || words+=("$name")
  file=$GIVEN/objects/$kind.$name.${space:--}.json
  kubectl get "${words[@]}" -n "${space:-default}" -o json --ignore-not-found > "$file"
done
find "$GIVEN/objects" -type f -empty -delete
own_rules > "$GIVEN/rules"
found=(-C "$GIVEN" objects rules)
for each in $FILES; do
  [[ ! -e $each && ! -L $each ]] || found+=(-C / "${each#/}")
done
tar -c "${found[@]}"
"""
"""Prints an archive of what an injection may change, in its present state."""


def text(script: str, values: Mapping[str, str], archive: bytes = b"") -> bytes:
    """Return the text for bash: the values as quoted words, the archive, the library, the script.

    Values are data: each stays one word, whatever its content. The archive's text is no argument and no exported
    variable, so it may be long and secret.
    """
    named = {**values, "KUBECACHEDIR": CACHE}
    rows = [f"export {name}={shlex.quote(value)}" for name, value in sorted(named.items())]
    rows.append(f"ARCHIVE={base64.b64encode(archive).decode()}")
    return "\n".join([*rows, LIBRARY.read_text(encoding="utf-8"), script]).encode()


def run(where: paths.LabPaths, machine: model.Machine, row: fault.Fault, verb: str, given: bytes) -> None:
    """Run the text of a fault's script in the machine's box; raises as `ssh.run` does."""
    ssh.run(where, machine, f"{BASH} {shlex.quote(f'{row.name}-{verb}')}", timeout=TIMEOUT, given=given)


def read(row: fault.Fault, verb: str) -> str:
    """Return a fault's script; raise `fault-absent` for one that stayed with the teacher of a course."""
    try:
        return (row.folder / f"{verb}.sh").read_text(encoding="utf-8")
    except FileNotFoundError as problem:
        raise errors.LabError("fault-absent", f"the scripts of {row.name} are not on this computer") from problem


def originals(where: paths.LabPaths, machine: model.Machine, files: Sequence[str], objects: Sequence[str]) -> bytes:
    """Return an archive of these files and objects of a box in their present state; missing ones are left out."""
    values = {"FILES": " ".join(files), "OBJECTS": " ".join(objects)}
    return ssh.fetch(where, machine, BASH, timeout=60, given=text(KEEP, values))


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of files, path in the box to content: root's, and private unless it is a certificate."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(path.lstrip("/"))
            info.size, info.mode = len(content), 0o644 if path.endswith(".crt") else 0o600
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def used(library: str, given: str) -> str:
    """Return the part of the library that a script needs: its functions by name, and all outside of functions.

    Comments are left out. A name that only looks like a call counts as one.
    """
    code = "".join(line for line in library.splitlines(keepends=True) if not line.startswith("#"))
    functions = {found[1]: found[0] for found in FUNCTION.finditer(code)}
    common = FUNCTION.sub("", code)
    needed, todo = set[str](), [common, given]
    while todo:
        new = functions.keys() & set(re.findall(r"\w+", todo.pop())) - needed
        needed |= new
        todo += [functions[name] for name in new]
    return common + "".join(text for name, text in functions.items() if name in needed)
