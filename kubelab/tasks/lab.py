"""lab.*: bring a lab up, inspect it, test it, remove it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

from kubelab import diagnosis, errors, pages, paths, providers
from kubelab.clients import surroundings
from kubelab.components import bundle_source, selection
from kubelab.config import load
from kubelab.converge import compose, plan_view, session
from kubelab.exercises import lockout
from kubelab.lab import kube_context, lifecycle, loading, log_archive, renew_certs
from kubelab.lab import timeline as timelines
from kubelab.tasks import decorator, passing
from kubelab.tasks.output import lab_output, why_output
from kubelab.ui import progress, terminal

LAB = {"lab": "the lab: the name of a file under labs/"}
JSON = {"json": "print one JSON object a line, for programs"}
GIVE_UP = {"give_up": "also during an exercise: its attempt is then marked as assisted"}
DEFAULT = os.environ.get("KUBELAB_LAB", "default")


@decorator.task(
    needs=decorator.Needs.BOXES,
    help={
        **LAB,
        **JSON,
        "bundle": "take what is missing from this file or address (KUBELAB_BUNDLE): no other network is needed",
        **GIVE_UP,
        "repair": "also undo what was changed by hand on boxes and in the cluster",
        "replace": "make this box anew, with empty volumes: its data is given up",
    },
)
def up(
    _: Any,
    lab: str = DEFAULT,
    json: bool = False,
    bundle: str = bundle_source.wished(),
    repair: bool = False,
    replace: str = "",
    give_up: bool = False,
) -> None:
    """Bring the lab up, or change it to what its file says; a second run changes nothing."""
    report = progress.Progress.chosen(as_json=json, log=paths.LabPaths(name=lab).logs / "up.log")
    if bundle:
        spec = load.read(lab)
        names = selection.of_file(spec)
        bundle_source.bring(bundle, load.versions(spec.versions), report, spec.provider, names)
    with session.held(lab, report, claim=True) as held:
        for option, chosen in (("repair", repair), ("replace", replace)):
            if chosen:
                lockout.refuse(lab, f"lab.up --{option}", give_up=give_up)
        lockout.refuse_upgrade(held.lab, held.where)
        risen = lifecycle.up(held, repairs=repair, replaced=replace, riddle=lockout.occupant(held.where))
    lab_output.brought_up(risen, report)


@decorator.task(
    help={
        **LAB,
        **JSON,
        "diff": "show what changes in files that hold no secret",
        **GIVE_UP,
        "drift": "show what was changed by hand as well",
    }
)
def plan(
    _: Any, lab: str = DEFAULT, diff: bool = False, drift: bool = False, json: bool = False, give_up: bool = False
) -> errors.Exit:
    """Show what the next lab.up would change, and why; change nothing. Exit code: 0 nothing, 10 changes pending."""
    if drift:
        lockout.refuse(lab, "lab.plan --drift", give_up=give_up)
    planned, hands = lifecycle.plan(session.opened(lab), drifted=drift, diffs=diff)
    return plan_view.show(lab, planned, hands, diff=diff, as_json=json)


@decorator.task(needs=decorator.Needs.NOTHING, help={**LAB, **JSON})
def status(_: Any, lab: str = DEFAULT, json: bool = False) -> errors.Exit:
    """Show the state of every part of the lab. Exit code: 0 well, 3 degraded, 4 absent, 5 paused, or could not tell."""
    return lab_output.status(session.opened(lab), as_json=json)


@decorator.task(help={**LAB, **JSON, **GIVE_UP, "no_hints": "leave out the command that mends it"})
def why(_: Any, lab: str = DEFAULT, no_hints: bool = False, json: bool = False, give_up: bool = False) -> errors.Exit:
    """Name what is wrong with the lab: the cause, its evidence, what to look at next, what mends it."""
    lockout.refuse(lab, "lab.why", give_up=give_up)
    begin = time.monotonic()
    opened = session.opened(lab)
    _, verdict = diagnosis.diagnose(opened.view)
    shown = why_output.lines(opened.lab, verdict, hints=not no_hints)
    document = why_output.document(opened.lab, verdict, time.monotonic() - begin, hints=not no_hints)
    terminal.write(f"{document}\n" if json else "".join(f"{line}\n" for line in shown))
    return verdict.code


@decorator.task(
    needs=decorator.Needs.NOTHING, help={**LAB, "out": "the file to write (build/LAB/timeline.html if left out)"}
)
def timeline(_: Any, lab: str = DEFAULT, out: str = "") -> None:
    """Draw where the time of the last lab.up went, phases and boxes on one clock: one HTML file, opens offline."""
    path, bars = timelines.draw(session.opened(lab).view, paths.typed(out) if out else None)
    for bar in sorted(bars, key=lambda bar: -bar.took)[:8]:
        terminal.write(f"  {bar.took:6.1f} s  {bar.lane:<16} {bar.name}\n")
    terminal.write(f"{path}\n")


@decorator.task(needs=decorator.Needs.NOTHING, help=LAB)
def halt(_: Any, lab: str = DEFAULT) -> None:
    """Stop the lab's boxes; `lab.up` starts them again with everything in them."""
    with session.held(lab, progress.Progress.chosen(log=paths.LabPaths(name=lab).logs / "up.log")) as held:
        lifecycle.halt(held)


@decorator.task(
    needs=decorator.Needs.NOTHING,
    help={
        **LAB,
        "keep_keys": "keep certificates and keys for the next lab of this name",
        "yes": "also if attempts or exams are lost that were not submitted",
    },
)
def destroy(_: Any, lab: str = DEFAULT, keep_keys: bool = False, yes: bool = False) -> None:
    """Remove the lab: boxes, network, volumes, rendered files, kubeconfig entries. Caches stay."""
    report = progress.Progress.chosen()
    with session.held_places(lab) as where:
        lockout.refuse_loss(lab, yes=yes)
        found = lifecycle.destroy(where, report, keep_keys=keep_keys)
    lab_output.destroyed(lab, found, report)


@decorator.task(name="list")
def list_(_: Any) -> None:
    """List the labs under labs/ and the running boxes of each."""
    lab_output.labs()


@decorator.task(needs=decorator.Needs.NOTHING, help={**LAB, **JSON})
def show(_: Any, lab: str = DEFAULT, json: bool = False) -> None:
    """Show what follows from the lab file: machines, addresses, names, ranges."""
    lab_output.show(session.opened(lab).lab, as_json=json)


@decorator.task(needs=decorator.Needs.NOTHING, help=LAB)
def render(_: Any, lab: str = DEFAULT) -> None:
    """Write build/<lab>/ and start nothing."""
    with session.held(lab, progress.Progress.chosen(), claim=True) as held:
        reasons = compose.render(held.lab, held.where)
    lab_output.rendered(held.where, reasons)


@decorator.task(
    help={**LAB, "json": "print one JSON document", "renew": "issue certificates anew and apply them",
          "only": "with --renew: only these, a glob such as 'nodes/*' (all if left out)",
          "give_up": "with --renew, even while an exercise runs: the attempt counts as assisted"},
)  # fmt: skip
def certs(
    _: Any, lab: str = DEFAULT, renew: bool = False, only: str = "*", json: bool = False, give_up: bool = False
) -> errors.Exit:
    """Show every certificate with its remaining life, or issue them anew; exit code 10 if some are due."""
    if not renew:
        return lab_output.certs(renew_certs.rows(session.opened(lab, rendered=True)), as_json=json)
    report = progress.Progress.chosen(as_json=json, log=paths.LabPaths(name=lab).logs / "up.log")
    with session.held(lab, report, rendered=True) as held:
        lockout.refuse(lab, "lab.certs --renew", give_up=give_up)
        reasons = renew_certs.renew(held, only.split(","))
    report.say(f"{len(reasons)} certificates are new; the lab is well ({report.seconds:.1f} s)")
    report.event("renewed", certificates=dict(reasons), seconds=round(report.seconds, 2))
    return errors.Exit.GOOD


@decorator.task(
    needs=decorator.Needs.BOXES,
    positional=["machine"],
    help={
        **LAB,
        "machine": "a box's name",
        "command": "run this there instead of a shell; so does what follows the name",
    },
)
def ssh(_: Any, machine: str, lab: str = DEFAULT, command: str = "") -> None:
    """Open a shell in a box as user core, or run a command there: `lab.ssh BOX uname -a`; ends with its exit code."""
    where = session.rendered(lab, machine)
    asks = command and sys.stdin.isatty() and sys.stdout.isatty()  # it may want the terminal: top, less
    words = [
        "ssh",
        *(["-t"] if asks else []),
        "-F",
        str(where.ssh_config),
        "--",
        machine,
        *([command] if command else []),
    ]
    os.execvpe(words[0], words, surroundings.by_hand())  # noqa: S606 (the person's own terminal becomes the shell)


@decorator.task(needs=decorator.Needs.BOXES, help=LAB)
def kubectl(_: Any, lab: str = DEFAULT) -> None:
    """Run the lab's own kubectl against the lab: `lab.kubectl get nodes`; ends with its exit code."""
    where = session.rendered(lab)
    _, words = passing.split(sys.argv)
    os.execve(  # noqa: S606 (its exit code and signals are ours)
        where.bin / "kubectl", ["kubectl", *words], surroundings.by_hand({"KUBECONFIG": str(where.kubeconfig)})
    )


@decorator.task(
    needs=decorator.Needs.BOXES,
    name="kubeconfig",
    help={**LAB, "merge": "put the lab into your own kubeconfig (KUBECONFIG or ~/.kube/config)"},
)
def kubeconfig_(_: Any, lab: str = DEFAULT, merge: bool = False) -> None:
    """Print the lab's kubeconfig, or with --merge add its context to your own; destroy removes it again."""
    if merge:
        with session.held_places(lab):
            target = kube_context.add(session.rendered(lab))
        terminal.write(f"added context {paths.context(lab)} to {target}; lab.destroy removes it again\n")
    else:
        terminal.write(kube_context.text(session.rendered(lab)))


@decorator.task(needs=decorator.Needs.BOXES, help=LAB)
def env(_: Any, lab: str = DEFAULT) -> None:
    """Print the lines that make kubectl use this lab in one shell: eval "$(./run lab.env)"."""
    where = session.rendered(lab)
    reached = session.opened(lab).lab.network.machines if surroundings.proxies() else None
    terminal.write("".join(f"{row}\n" for row in surroundings.exports(where, reached)))


@decorator.task(
    needs=decorator.Needs.BOXES,
    name="logs",
    help={**LAB, "out": "the archive to write (build/kubelab-LAB-TIME.tar.gz if left out)"},
)
def logs_(_: Any, lab: str = DEFAULT, out: str = "") -> None:
    """Put journals, pod logs, events, objects and rendered files into one archive; secrets stay out."""
    report = progress.Progress.chosen()
    log_archive.say(log_archive.of_lab(lab, report, paths.typed(out) if out else None), report)


@decorator.task(
    name="load",
    positional=["image"],
    help={**LAB, "image": "an image of the local Docker or an archive; without one, list the loaded images",
          "name": "its name for pods, if the archive has none"},
)  # fmt: skip
def load_(_: Any, image: str, name: str = "", lab: str = DEFAULT) -> None:
    """Put an image on every node, also on later ones: `lab.load my/app:1`; alone, list the loaded images."""
    if image:
        with session.held(lab, progress.Progress.chosen(), rendered=True) as held:
            loading.put(held, image, name)
        return
    terminal.write("".join(f"{line}\n" for line in loading.table(lab)))


@decorator.task(
    help={**LAB, "image": "a name that lab.load shows", "all": "every loaded image, and leftovers of older labs"},
)
def unload(_: Any, image: str = "", all: bool = False, lab: str = DEFAULT) -> None:
    """Remove a loaded image from every node and from the cache: `lab.unload my/app:1`."""
    with session.held_places(lab) as where:
        loading.remove(where, image, progress.Progress.chosen(), everything=all)


@decorator.task(
    help={**LAB, "verbose": "name every test as it runs",
          "prove": "make every fault and mutation that a check exists for, and see it red: about an hour and a half",
          "only": "with --prove: these faults and mutations, with commas between",
          "resume": "with --prove: skip what was proven and has not changed"},
)  # fmt: skip
def test(
    _: Any, lab: str = DEFAULT, verbose: bool = False, prove: bool = False, only: str = "", resume: bool = False
) -> errors.Exit:
    """Test the running lab: testinfra in every box, the API, the guestbook written to and read back."""
    from kubelab.proofs import live_suite  # noqa: PLC0415 (no other word of a lab needs it, nor the faults)

    if prove:
        return _proven(lab, only, resume=resume)
    with session.held_places(lab):  # another run would redden a check, and another test shares its names
        where = session.rendered(lab)
        good = live_suite.whole(where, emulated=session.open_lab(lab)[0].emulated, verbose=verbose)
    return errors.Exit.GOOD if good else errors.Exit.FAILED


def _proven(name: str, only: str, *, resume: bool) -> errors.Exit:
    """Prove the checks themselves: `lab.test --prove`."""
    from kubelab.proofs import prove_checks as proving  # noqa: PLC0415 (as above)

    rows = proving.chosen(only)
    with session.held(name, progress.Progress.chosen(), rendered=True) as held:
        lockout.refuse(name, "lab.test --prove")
        good = proving.run(held, rows, resume=resume)
    return errors.Exit.GOOD if good else errors.Exit.FAILED


@decorator.task(
    help={**LAB, "only": "some scenarios, with commas between (all if left out)",
          "resume": "keep earlier results, and continue", "page": f"write {pages.SURVIVAL}"},
)  # fmt: skip
def survive(_: Any, lab: str = DEFAULT, only: str = "", resume: bool = False, page: bool = False) -> errors.Exit:
    """Harm the running lab in every way that its kind must survive, while it is written to; up to 45 minutes."""
    providers.of(session.opened(lab, rendered=True).lab).demand(providers.Act.HARM)
    lockout.refuse(lab, "lab.survive")
    words = [sys.executable, "-m", "bench.survive", "--lab", lab, *(["--only", only] if only else [])]
    words += [option for option, chosen in (("--resume", resume), ("--page", page)) if chosen]
    done = subprocess.run(words, cwd=paths.ROOT, env=surroundings.inside(), check=False)
    return errors.Exit.GOOD if done.returncode == 0 else errors.Exit.FAILED


@decorator.task(
    help={**LAB, **JSON, "quick": "a choice of every area: at most 5 minutes on two cores",
          "focus": "the conformance specs whose names this regular expression finds, serial ones too"},
)  # fmt: skip
def conformance(_: Any, lab: str = DEFAULT, quick: bool = False, focus: str = "", json: bool = False) -> errors.Exit:
    """Run upstream's conformance suite on the running lab: half an hour, and 5 minutes once to build the suite."""
    from kubelab.proofs import conformance as suite  # noqa: PLC0415 (as above)
    from kubelab.proofs import conformance_results  # noqa: PLC0415 (as above)
    from kubelab.tasks.output import conformance_output  # noqa: PLC0415 (as above)

    report = progress.Progress.chosen(as_json=json, log=paths.LabPaths(name=lab).logs / "conformance.log")
    with session.held(lab, report, rendered=True) as held:
        lockout.refuse(lab, "lab.conformance")
        found = suite.run(held, conformance_results.choice(quick=quick, focus=focus))
        try:
            return conformance_output.show(found, report)
        finally:
            suite.await_well(held)
