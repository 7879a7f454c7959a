"""The shell that runs on boxes, as it lies in the rendered folders: plain, short, and accepted by shellcheck."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import rendering

from kubelab import model, paths
from kubelab.dev import quality_gate
from kubelab.faults import fault_scripts


@pytest.fixture(scope="session", autouse=True)
def _rules(checkout: Path) -> None:
    """Give shellcheck the rules of the checkout: it looks for them in the folders above a script."""
    shutil.copy(paths.ROOT / ".shellcheckrc", checkout)


@pytest.fixture(scope="session")
def accepted() -> set[tuple[bytes, bytes]]:
    """Return the scripts that shellcheck has accepted, each with the library that it reads: most are in every box."""
    return set()


def test_shellcheck_accepts_every_script(rendered: rendering.Rendered, accepted: set[tuple[bytes, bytes]]) -> None:
    """provision.sh, every step, and what boxes get as a command."""
    for machine in rendered.lab.machines:
        folder = rendered.where.box(machine.name)
        scripts = quality_gate.shell_files(folder)
        assert {"provision.sh", "lib.sh", "steps/put-files.sh"} <= set(scripts)
        library = (folder / "lib.sh").read_bytes()
        new = {name: (library, (folder / name).read_bytes()) for name in scripts}
        new = {name: content for name, content in new.items() if content not in accepted}
        if new:
            rendering.said(["shellcheck", *new], folder)
        accepted.update(new.values())


def test_a_mistake_in_a_script_is_seen(checkout: Path) -> None:
    """shellcheck is really asked: an unquoted variable is refused."""
    script = checkout / "mistake.sh"
    script.write_text("#!/bin/bash\nrm -rf $1\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="SC2086"):
        rendering.said(["shellcheck", str(script)])


def test_provision_holds_calls_of_steps_that_are_there(rendered: rendering.Rendered) -> None:
    """provision.sh is a list: each line after the head calls a step of the same folder, and it ends with the record."""
    for machine in rendered.lab.machines:
        folder = rendered.where.box(machine.name)
        lines = (folder / "provision.sh").read_text(encoding="utf-8").splitlines()
        calls = [line.split() for line in lines if line.startswith("step ")]
        assert [line for line in lines if line and line[0] != "#"][3:] == [" ".join(call) for call in calls]
        assert calls[-1] == ["step", "keep-record"]
        for _, name, *_ in calls:
            step = folder / f"steps/{name}.sh"
            assert step.is_file(), name
            assert step.stat().st_mode & 0o111, f"{name} is not executable"


def test_steps_are_carried_unchanged(rendered: rendering.Rendered) -> None:
    """What runs on a box is what one reads in provision/."""
    for machine in rendered.lab.machines:
        for step in (paths.PROVISION / "steps").iterdir():
            assert (rendered.where.box(machine.name) / "steps" / step.name).read_bytes() == step.read_bytes()


LONGEST = 40
ARGUED = {"put-files": 55}
"""Both its loops need the record as it was read: two steps would read it twice."""


@pytest.mark.parametrize("step", sorted((paths.PROVISION / "steps").iterdir()), ids=lambda path: path.stem)
def test_a_step_is_short(step: Path) -> None:
    """One verb, at most 40 lines; a longer one has its argument above."""
    assert len(step.read_text(encoding="utf-8").splitlines()) <= ARGUED.get(step.stem, LONGEST)


@pytest.mark.parametrize("library", ["lib.sh", "faults/lib.sh"])
@pytest.mark.parametrize(("kind", "times"), [("docker", 1), ("kvm", 1), ("qemu", model.EMULATION)])
def test_limits_of_steps_are_longer_on_an_emulated_processor(
    tmp_path: Path, kind: str, times: float, library: str
) -> None:
    """As long as this computer's own are: steps that work there took longer than a limit for a processor."""
    asked = tmp_path / "systemd-detect-virt"
    asked.write_text(f"#!/bin/sh\necho {kind}\n", encoding="utf-8")
    asked.chmod(0o755)
    text = (paths.PROVISION / library).read_text(encoding="utf-8")
    functions = "".join(found[0] for found in fault_scripts.FUNCTION.finditer(text))  # the rest of it is for a box
    begin = f"set -eu; {functions}\nPATH={tmp_path}:$PATH"
    assert rendering.said(["bash", "-c", f"{begin}; limit 90"]) == f"{90 * times:.0f}\n"
    clock = "sleep() { ((SECONDS += 10)); }; fail() { echo $((SECONDS / 10)); exit 0; }; SECONDS=0"
    assert rendering.said(["bash", "-c", f"{begin}; {clock}; wait_for 90 it false"]) == f"{9 * times:.0f}\n"
