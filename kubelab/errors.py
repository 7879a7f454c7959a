"""Every failure of a run: one table of identifiers, one exception, one table of exit codes.

The page of errors (`pages.ERRORS`) is generated from `TABLE`.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import pages


class Exit(enum.IntEnum):
    """The exit codes of every task."""

    GOOD = 0
    FAILED = 1
    USAGE = 2
    DEGRADED = 3
    ABSENT = 4
    UNKNOWN = 5
    PENDING = 10


class Turn(enum.StrEnum):
    """Whose turn it is when something failed."""

    AUTHOR = "the lab file's author"
    COMPUTER = "this computer"
    BOX = "a box"
    PROJECT = "kubelab itself"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One identifier: whose turn it is, the likely cause, what to type, the exit code."""

    turn: Turn
    cause: str
    remedy: str
    code: Exit = Exit.FAILED


TABLE: dict[str, Row] = {
    "lab-file-missing": Row(
        turn=Turn.AUTHOR,
        cause="no file under labs/ has this name",
        remedy="./run lab.list",
        code=Exit.USAGE,
    ),
    "lab-file-invalid": Row(
        turn=Turn.AUTHOR,
        cause=f"the lab file breaks a rule of {pages.LAB_FILE}",
        remedy="mend the places named above, then ./run lab.show",
        code=Exit.USAGE,
    ),
    "versions-unknown": Row(
        turn=Turn.AUTHOR,
        cause="labs/versions/ has no such version set",
        remedy="name one of the sets listed above under 'versions:'",
        code=Exit.USAGE,
    ),
    "versions-incomplete": Row(
        turn=Turn.AUTHOR,
        cause="the version set was written for another state of the checkout",
        remedy="add the component's version to the file",
        code=Exit.USAGE,
    ),
    "component-unknown": Row(
        turn=Turn.AUTHOR,
        cause="a component's name was mistyped",
        remedy="./run components.list",
        code=Exit.USAGE,
    ),
    "component-pin": Row(
        turn=Turn.AUTHOR,
        cause="a version set may only name versions that components/ builds",
        remedy="change labs/versions/, or the family's go.mod and go.sum",
        code=Exit.USAGE,
    ),
    "component-build": Row(
        turn=Turn.PROJECT,
        cause="the compiler refused the source; its last lines are above",
        remedy="read the log, then the same command again: finished builds are kept",
    ),
    "components-absent": Row(
        turn=Turn.AUTHOR,
        cause="some components of the lab have not been built yet",
        remedy="./run components.build",
        code=Exit.ABSENT,
    ),
    "components-busy": Row(
        turn=Turn.COMPUTER,
        cause="another run is building components and would lose its work",
        remedy="the same command again once it is done",
    ),
    "components-in-use": Row(
        turn=Turn.COMPUTER,
        cause="boxes run their software from the cache",
        remedy="./run lab.destroy for every lab of ./run lab.list, then the same command again",
    ),
    "bundle-missing": Row(
        turn=Turn.COMPUTER,
        cause="the path given with --bundle, or in KUBELAB_BUNDLE, names no file that can be read",
        remedy="ls -l the path; ./run components.bundle writes a bundle where there is a network",
        code=Exit.USAGE,
    ),
    "bundle-damaged": Row(
        turn=Turn.COMPUTER,
        cause="it was not copied whole, its medium is bad, or it is no bundle; nothing of it was used",
        remedy="copy it again and compare sha256sum with what ./run components.bundle said",
    ),
    "bundle-foreign": Row(
        turn=Turn.AUTHOR,
        cause="the bundle was made from another state of this project, or for another version set",
        remedy="use the checkout that it was made with, or write a new one with ./run components.bundle",
        code=Exit.USAGE,
    ),
    "bundle-unwritable": Row(
        turn=Turn.COMPUTER,
        cause="the disk is full, or the folder belongs to another user",
        remedy="df -h there and in the cache; --out names another place",
    ),
    "bundle-address": Row(
        turn=Turn.COMPUTER,
        cause="an address of a bundle is http:// or https://, a host, a file, and #sha256= with its digest",
        remedy="./run lab.up --bundle 'http://HOST/FILE#sha256=DIGEST', as ./run components.serve printed it",
        code=Exit.USAGE,
    ),
    "bundle-undigested": Row(
        turn=Turn.COMPUTER,
        cause="over plain http anybody on the way can change a file, and programs of a bundle run as you",
        remedy="the same command with #sha256=DIGEST behind the address; where the bundle is, sha256sum prints it",
        code=Exit.USAGE,
    ),
    "bundle-unreachable": Row(
        turn=Turn.COMPUTER,
        cause="the server stopped, or the network on the way to it; what came is kept",
        remedy="the same command again: it goes on behind what came",
    ),
    "bundle-absent": Row(
        turn=Turn.COMPUTER,
        cause="the address was mistyped, the file was moved, or the server gives it to some only",
        remedy="compare the address with what ./run components.serve printed; a browser shows what the server says",
    ),
    "bundle-redirect": Row(
        turn=Turn.COMPUTER,
        cause="the server names another place that is in a circle, or that anybody on the way could change",
        remedy="the same command with the address at which the file is, and #sha256=DIGEST behind it",
    ),
    "bundle-other": Row(
        turn=Turn.COMPUTER,
        cause="the file was replaced or changed on the way, or the digest is another file's; nothing of it was kept",
        remedy="ask for the line that ./run components.serve prints now; sha256sum the file at the server",
    ),
    "serve-address": Row(
        turn=Turn.COMPUTER,
        cause="this computer has no such address, or another program listens there",
        remedy="ip -brief address; then the same command with --bind and --port",
        code=Exit.USAGE,
    ),
    "bundle-wheels": Row(
        turn=Turn.COMPUTER,
        cause="the package index cannot be reached, or lacks a file for that Python; pip's words are above",
        remedy="the same command again where there is a network",
    ),
    "checkout-unknown": Row(
        turn=Turn.COMPUTER,
        cause="this command asks git for the project's files, and this folder is no git checkout",
        remedy="run it in a clone of the project, on a computer with git: sudo apt-get install git",
        code=Exit.USAGE,
    ),
    "course-missing": Row(
        turn=Turn.AUTHOR,
        cause="the path of the course file, or of the students' file beside it, was mistyped",
        remedy=f"ls -l the path; {pages.COURSE} begins with both files",
        code=Exit.USAGE,
    ),
    "course-invalid": Row(
        turn=Turn.AUTHOR,
        cause=f"the course file or the students' file breaks a rule of {pages.COURSE}",
        remedy="mend the places named above, then the same command again",
        code=Exit.USAGE,
    ),
    "course-key": Row(
        turn=Turn.AUTHOR,
        cause="the course's key must be a private file beside the course file; packs and results follow from it",
        remedy="put the key back from where you keep it; ./run course.make makes one for a new course",
        code=Exit.USAGE,
    ),
    "course-record": Row(
        turn=Turn.AUTHOR,
        cause="the record of the packs, written by course.make beside the course file, is missing, damaged or foreign",
        remedy="put it back from your copy; or move it away, then ./run course.make in the checkout of the packs",
        code=Exit.ABSENT,
    ),
    "course-unwritable": Row(
        turn=Turn.COMPUTER,
        cause="the disk is full, or the folder belongs to another user",
        remedy="df -h; ls -ld the folder",
    ),
    "exercise-closed": Row(
        turn=Turn.AUTHOR,
        cause="your teacher set a later date on which this exercise opens",
        remedy="./run exercise.list; begin with another one",
        code=Exit.USAGE,
    ),
    "solution-away": Row(
        turn=Turn.AUTHOR,
        cause="a course's pack holds no solutions: they stay with the teacher",
        remedy="./run exercise.hint; ask your teacher",
        code=Exit.ABSENT,
    ),
    "regrade-impossible": Row(
        turn=Turn.AUTHOR,
        cause="regrading needs the lab's state at the best check, and the file has none that can be used",
        remedy="./run course.show FILE --course COURSE says what was handed in",
        code=Exit.ABSENT,
    ),
    "attempts-none": Row(
        turn=Turn.AUTHOR,
        cause="no exercise of the course was begun in a lab of this checkout, or the lab was destroyed since",
        remedy="./run exercise.list, then ./run exercise.start ID",
        code=Exit.ABSENT,
    ),
    "share-failed": Row(
        turn=Turn.COMPUTER,
        cause="the teacher's address does not answer from here, or the pack is of another course",
        remedy="ask your teacher for the address; the work itself needs no network",
    ),
    "submission-refused": Row(
        turn=Turn.AUTHOR,
        cause="the file is not as a student's exercise.submit of this course wrote it; the reason is above",
        remedy="ask the student to hand in the file as exercise.submit wrote it",
    ),
    "watch-address": Row(
        turn=Turn.COMPUTER,
        cause="this computer has no such address, or another program listens there",
        remedy="ip -brief address; then the same command with --address and --port",
        code=Exit.USAGE,
    ),
    "pack-missing": Row(
        turn=Turn.AUTHOR,
        cause="results are signed with the key of a course's pack, and this folder has none",
        remedy="work in the folder that you unpacked from your teacher's file",
        code=Exit.USAGE,
    ),
    "pack-damaged": Row(
        turn=Turn.COMPUTER,
        cause="a file under pack/ was changed or lost",
        remedy="unpack your teacher's file again beside this folder, and copy its pack/ over",
    ),
    "go-missing": Row(
        turn=Turn.COMPUTER,
        cause="the components are built from source and need a newer Go than is installed",
        remedy="./run host.setup",
    ),
    "load-image": Row(
        turn=Turn.COMPUTER,
        cause="it is neither a readable image archive nor an image that the local Docker has",
        remedy="docker image ls; an archive is made by: docker save --output FILE.tar NAME:TAG",
    ),
    "load-file": Row(
        turn=Turn.COMPUTER,
        cause="the path was mistyped, or the archive was never written",
        remedy="ls; an archive is made by: docker save --output FILE.tar NAME:TAG",
    ),
    "load-unnamed": Row(
        turn=Turn.COMPUTER,
        cause="it was saved by its id or digest, or its list of images has no names; pods ask for images by name",
        remedy="the same command with --name NAME:TAG",
    ),
    "load-platform": Row(
        turn=Turn.COMPUTER,
        cause="it was built or pulled on another kind of computer",
        remedy="docker build --platform linux/amd64 (or docker pull --platform linux/amd64), then the same command",
    ),
    "load-own": Row(
        turn=Turn.COMPUTER,
        cause="every pod of the lab with this image's name would run the other image at its next start",
        remedy="./run lab.load IMAGE --name NAME:TAG, with a tag that the lab does not use",
    ),
    "load-unknown": Row(
        turn=Turn.COMPUTER,
        cause="lab.unload removes only images that lab.load put there; ./run lab.load lists their names",
        remedy="./run lab.load; then ./run lab.unload NAME, or ./run lab.unload --all",
        code=Exit.ABSENT,
    ),
    "addon-absent": Row(
        turn=Turn.AUTHOR,
        cause="the lab file leaves it out",
        remedy="add it to `addons:` in the lab file, then ./run lab.up",
        code=Exit.ABSENT,
    ),
    "api-silent": Row(
        turn=Turn.BOX,
        cause="the boxes are stopped, or the API server is",
        remedy="./run lab.status; ./run lab.up starts what is stopped",
        code=Exit.UNKNOWN,
    ),
    "api-refused": Row(
        turn=Turn.BOX,
        cause="the API server refused: a policy, a quota, a webhook, or a change at the same moment",
        remedy="the same command again; if it stays, ./run lab.why",
    ),
    "page-unready": Row(
        turn=Turn.BOX,
        cause="its pods are still starting, or cannot",
        remedy="./run lab.status, then ./run lab.kubectl -- get pods -A",
        code=Exit.DEGRADED,
    ),
    "port-taken": Row(
        turn=Turn.COMPUTER,
        cause="another program listens there; perhaps the same page is open in another terminal",
        remedy="the same command with --port 0 (any free port), or another number",
        code=Exit.USAGE,
    ),
    "forward-failed": Row(
        turn=Turn.BOX,
        cause="the API server or the pod's kubelet refused; kubectl's words are above",
        remedy="./run lab.status",
    ),
    "load-failed": Row(
        turn=Turn.BOX,
        cause="a worker is down, its disk is full, or the archive is not for this kind of computer",
        remedy="./run lab.status; then the same command again: what a worker has is not harmed",
    ),
    "ignition-refused": Row(
        turn=Turn.PROJECT,
        cause="a document that kubelab rendered is none that Ignition reads",
        remedy="./run boxes.ignition --validate, after an update of this checkout; report the lines above",
    ),
    "logs-secret": Row(
        turn=Turn.PROJECT,
        cause="a program in the lab printed a key; no archive was written",
        remedy="mend that program; others may have read the key: ./run lab.destroy, then ./run lab.up makes new ones",
    ),
    "tests-failed": Row(
        turn=Turn.PROJECT,
        cause="a test failed; its report is above",
        remedy="read the report, then repeat that part alone with the command above",
    ),
    "conformance-version": Row(
        turn=Turn.AUTHOR,
        cause="upstream's suite tests the minor version that it comes from, and this checkout has one suite",
        remedy="./run lab.conformance on a lab of that version: 'versions:' in its file",
        code=Exit.USAGE,
    ),
    "conformance-room": Row(
        turn=Turn.COMPUTER,
        cause="the suite is compiled once, and its images are put on every node",
        remedy="./run components.clean --go, or free that much",
    ),
    "conformance-none": Row(
        turn=Turn.PROJECT,
        cause="the suite ended before its first spec: its last lines are above",
        remedy="./run lab.status; then the same command again",
    ),
    "stage-unknown": Row(
        turn=Turn.AUTHOR,
        cause="a part of the test was mistyped",
        remedy="./run test --only lab",
        code=Exit.USAGE,
    ),
    "build-unwritable": Row(
        turn=Turn.COMPUTER,
        cause="the disk is full, or build/ belongs to another user",
        remedy="df -h . ; ls -ld build",
    ),
    "state-damaged": Row(
        turn=Turn.COMPUTER,
        cause="a file of kubelab's own, under build/ or in the cache, was cut by a full disk, or changed by hand",
        remedy="mv what is named above to another name, then the same command again: it is written anew",
    ),
    "computer-refused": Row(
        turn=Turn.COMPUTER,
        cause="the disk is full, a file or folder belongs to another user, or it cannot be written",
        remedy="df -h the place named above, ls -ld it; then the same command again",
    ),
    "vagrant-missing": Row(turn=Turn.COMPUTER, cause="Vagrant is not installed", remedy="./run host.setup"),
    "vagrant-failed": Row(
        turn=Turn.BOX,
        cause="a Vagrant command failed; its last words are above",
        remedy="read the log, mend what it names, then type the same command again: it goes on from there",
    ),
    "lab-not-ready": Row(
        turn=Turn.BOX,
        cause="something in the lab does not start; the last thing seen is above",
        remedy="./run lab.why, which names the cause and what mends it; then the same command again",
    ),
    "timeline-absent": Row(
        turn=Turn.AUTHOR,
        cause="the lab has not been brought up by this checkout, or only by runs that had nothing to do",
        remedy="./run lab.up, or ./run lab.halt lab.up where that has nothing to do; then the same command again",
        code=Exit.ABSENT,
    ),
    "lab-locked": Row(
        turn=Turn.COMPUTER,
        cause="another run works on this lab",
        remedy="wait for it to end, or stop it with Ctrl-C where it runs",
    ),
    "lab-absent": Row(
        turn=Turn.AUTHOR,
        cause="the lab has not been brought up, or it was destroyed",
        remedy="./run lab.up",
        code=Exit.ABSENT,
    ),
    "lab-elsewhere": Row(
        turn=Turn.COMPUTER,
        cause="two checkouts of this project have a lab of one name",
        remedy="destroy it from there, or copy the lab file to another name and use that",
    ),
    "path-unusable": Row(
        turn=Turn.COMPUTER,
        cause="Docker, ssh or a shell would take that sign for the end of the path; spaces, apostrophes and $ are fine",
        remedy="mv the folder to a path without it (KUBELAB_CACHE names another cache), then the same command again",
    ),
    "boxes-run-on": Row(
        turn=Turn.COMPUTER,
        cause="Vagrant and the provider said that they stopped boxes, and the provider still lists them as running",
        remedy="./run lab.halt again; if that changes nothing: docker ps (or virsh -c qemu:///system list),"
        " and restart Docker (or libvirtd)",
    ),
    "lab-remains": Row(
        turn=Turn.COMPUTER,
        cause="something still uses or makes parts of the lab, such as a container of yours in the lab's network",
        remedy="docker ps --all (or virsh -c qemu:///system list --all), then ./run lab.destroy again",
    ),
    "boxes-down": Row(
        turn=Turn.BOX,
        cause="a box is stopped or gone",
        remedy="./run lab.up, then the same command again",
        code=Exit.DEGRADED,
    ),
    "box-unwell": Row(
        turn=Turn.BOX,
        cause="a box refuses the login, or a command in it failed",
        remedy="./run lab.why, then the same command again",
        code=Exit.DEGRADED,
    ),
    "certs-unknown": Row(
        turn=Turn.AUTHOR,
        cause="the pattern fits no certificate of the lab; it is a glob, as in --only 'nodes/*'",
        remedy="./run lab.certs",
        code=Exit.USAGE,
    ),
    "checkpoint-name": Row(
        turn=Turn.AUTHOR,
        cause="a name has 1 to 40 small letters, digits, dots and dashes, and begins with no dot: it names a folder",
        remedy="choose such a name",
        code=Exit.USAGE,
    ),
    "checkpoint-unknown": Row(
        turn=Turn.AUTHOR,
        cause="the lab has no checkpoint of that name",
        remedy="./run checkpoint.list",
        code=Exit.ABSENT,
    ),
    "checkpoint-taken": Row(
        turn=Turn.AUTHOR,
        cause="a checkpoint of that name exists and is not overwritten by accident",
        remedy="the same command with --force, or another name",
        code=Exit.USAGE,
    ),
    "checkpoint-shape": Row(
        turn=Turn.AUTHOR,
        cause="the checkpoint was taken of a lab with other machines, ranges, versions, add-ons or keys",
        remedy="put the lab file back to what it was, or ./run checkpoint.list for one that fits",
        code=Exit.USAGE,
    ),
    "checkpoint-damaged": Row(
        turn=Turn.COMPUTER,
        cause="a file of the checkpoint has changed: its hash or its size differs, or it is gone",
        remedy="./run checkpoint.list shows which are whole; ./run checkpoint.delete NAME frees this one",
    ),
    "checkpoint-part": Row(
        turn=Turn.AUTHOR,
        cause="a checkpoint has no part of that name",
        remedy="name parts of the list above, or none for all of them",
        code=Exit.USAGE,
    ),
    "quorum-lost": Row(
        turn=Turn.BOX,
        cause="most of etcd's members lost their data at once: what is left can neither write nor change its members",
        remedy="./run lab.destroy, then ./run lab.up: the new lab begins empty",
    ),
    "replace-refused": Row(
        turn=Turn.AUTHOR,
        cause="too few of the other machines of its kind serve: the lab would stop, or its data would be lost",
        remedy="./run lab.up brings the others back; then the same command again",
    ),
    "checkpoint-failed": Row(
        turn=Turn.BOX,
        cause="a box failed to save or to restore its part of a checkpoint; its words are above",
        remedy="./run lab.status; then the same command again: a restore may be repeated",
    ),
    "machine-unknown": Row(
        turn=Turn.AUTHOR,
        cause="the lab has no machine of that name",
        remedy="./run lab.show",
        code=Exit.USAGE,
    ),
    "keys-lost": Row(
        turn=Turn.COMPUTER,
        cause="keys were deleted or damaged and have no copy, while the data that they protect still exists",
        remedy="./run lab.destroy (the data cannot be read without its keys), then ./run lab.up",
    ),
    "change-refused": Row(
        turn=Turn.AUTHOR,
        cause=f"the lab's data depends on this value, so it cannot be changed ({pages.LAB_FILE}, changing a lab)",
        remedy="put the old value back, or destroy first: ./run lab.destroy (its data goes), then ./run lab.up",
        code=Exit.USAGE,
    ),
    "upgrade-refused": Row(
        turn=Turn.AUTHOR,
        cause="a lab goes to the next minor version alone, never back, and only while its boxes are containers",
        remedy=f"put the old 'versions:' back; {pages.UPGRADE} names the ways to another version",
        code=Exit.USAGE,
    ),
    "not-on-provider": Row(
        turn=Turn.AUTHOR,
        cause="a lab of virtualbox is only rendered and validated; libvirt runs no labs of a course",
        remedy="write provider: docker into the lab file, then the same command again; ./run lab.render works as it is",
        code=Exit.USAGE,
    ),
    "stock-box": Row(
        turn=Turn.AUTHOR,
        cause="the lab file names a box that others made (`box`): no such system ever started where kubelab is tested",
        remedy="./run boxes.make with the same --lab, then the `vagrant up` that it prints",
        code=Exit.USAGE,
    ),
    "lab-drifted": Row(
        turn=Turn.BOX,
        cause="the lab was changed by hand (./run lab.plan --drift shows how), and it is not well",
        remedy="go on working on it, or undo the changes: ./run lab.up --repair",
        code=Exit.DEGRADED,
    ),
    "drain-failed": Row(
        turn=Turn.BOX,
        cause="a pod of the node cannot be moved: a disruption budget, no room elsewhere, no controller",
        remedy="mend what is named above (./run lab.kubectl -- get pdb,pods -A -o wide), then ./run lab.up goes on",
    ),
    "kubectl-failed": Row(
        turn=Turn.BOX,
        cause="the API server refused, or did not answer; kubectl's words are above",
        remedy="./run lab.status; then the same command again",
    ),
    "apply-failed": Row(
        turn=Turn.BOX,
        cause="a step of the box's provision.sh failed",
        remedy="./run lab.ssh BOX --command 'sudo journalctl -u kubelab-apply -n 30'",
    ),
    "network-exhausted": Row(
        turn=Turn.COMPUTER,
        cause="these ranges are all routed elsewhere (by a VPN, for example) or given to labs",
        remedy="name a free network in the lab file: network: {machines: 10.99.0.0/24}; ip route shows what is taken",
    ),
    "box-tools": Row(
        turn=Turn.COMPUTER,
        cause="boxes are made with a tool that is not installed",
        remedy="./run host.setup; for virtual machines with --lab NAME",
    ),
    "vm-disk": Row(
        turn=Turn.COMPUTER,
        cause="a disk of the virtual machines could not be written; most often there is no room",
        remedy="df -h shows the room; ./run components.clean frees some; then the same command again",
    ),
    "box-unprivileged": Row(
        turn=Turn.COMPUTER,
        cause="making a userland needs root, sudo without a password, or subordinate ids (/etc/subuid, newuidmap)",
        remedy="have an administrator run apt-get install uidmap and usermod --add-subuids 100000-165535 "
        "--add-subgids 100000-165535 YOU; or run this once as root: the image stays",
    ),
    "box-base": Row(
        turn=Turn.COMPUTER,
        cause="Debian's mirror could not be reached, or the disk is full",
        remedy="read the log; sudo apt-get update and df -h show which it is; then the same command again",
    ),
    "docker-missing": Row(turn=Turn.COMPUTER, cause="Docker is not installed", remedy="./run host.setup"),
    "docker-silent": Row(
        turn=Turn.COMPUTER, cause="the Docker engine hangs or is overloaded", remedy="./run host.doctor"
    ),
    "docker-forbidden": Row(
        turn=Turn.COMPUTER,
        cause="you are not in the group docker, or have not logged in since you were added",
        remedy="./run host.setup, then log in anew",
    ),
    "docker-unreachable": Row(turn=Turn.COMPUTER, cause="the Docker engine is not running", remedy="./run host.setup"),
    "docker-failed": Row(
        turn=Turn.COMPUTER,
        cause="Docker refused a command; its words are above",
        remedy="./run host.doctor",
    ),
    "libvirt-missing": Row(
        turn=Turn.COMPUTER, cause="libvirt is not installed", remedy="./run host.setup --lab NAME, a lab of libvirt"
    ),
    "libvirt-silent": Row(
        turn=Turn.COMPUTER,
        cause="libvirt is not running, or hangs",
        remedy="./run host.setup --lab NAME starts it; ./run host.doctor --lab NAME says more",
    ),
    "libvirt-forbidden": Row(
        turn=Turn.COMPUTER,
        cause="you are not in the group libvirt, or have not logged in since you were added",
        remedy="./run host.setup --lab NAME, then log in anew",
    ),
    "libvirt-failed": Row(
        turn=Turn.COMPUTER,
        cause="libvirt refused a command; its words are above",
        remedy="./run host.doctor --lab NAME",
    ),
    "word-unknown": Row(
        turn=Turn.AUTHOR,
        cause="a word or an option was mistyped, or its value is missing",
        remedy="./run --list shows every word, ./run --help WORD its options",
        code=Exit.USAGE,
    ),
    "check-unknown": Row(
        turn=Turn.AUTHOR,
        cause="a check's name was mistyped",
        remedy="./run check, or one of the names listed above",
        code=Exit.USAGE,
    ),
    "check-unmarked": Row(
        turn=Turn.PROJECT,
        cause="each check has a mark with the faults that must redden it, and the layer that it depends on",
        remedy="mend the mark red_by of each test named above, as docs/explain/live-tests.md says",
    ),
    "check-empty": Row(
        turn=Turn.PROJECT,
        cause="the checkout lacks files, so the check would test nothing",
        remedy="git status names them; git restore those that are deleted, or clone the project anew",
    ),
    "host-unfit": Row(
        turn=Turn.COMPUTER,
        cause="the rows above name what is missing",
        remedy="./run host.doctor shows all of it; ./run host.setup mends most",
    ),
    "host-unsupported": Row(
        turn=Turn.COMPUTER,
        cause="host.setup installs packages on Debian 12 and 13 only",
        remedy="install by hand what is named above, then ./run host.doctor",
        code=Exit.USAGE,
    ),
    "host-unprivileged": Row(
        turn=Turn.COMPUTER,
        cause="host.setup changes the system as root, or with sudo",
        remedy="run it in a terminal as a user with sudo, or as root",
    ),
    "docker-start": Row(
        turn=Turn.COMPUTER,
        cause="the Docker engine was started and does not work; its last lines are above",
        remedy="read the log, mend what it names, then ./run host.setup again",
    ),
    "host-action-failed": Row(
        turn=Turn.COMPUTER,
        cause="a command that host.setup ran failed: no network, no disk, or another package manager at work",
        remedy="read the log, mend what it names, then ./run host.setup again",
    ),
    "fault-absent": Row(
        turn=Turn.AUTHOR,
        cause="a course's pack holds only the faults of its own exercises",
        remedy="./run exercise.list shows the pack's exercises; a full checkout of kubelab has the whole catalogue",
        code=Exit.USAGE,
    ),
    "fault-unknown": Row(
        turn=Turn.AUTHOR,
        cause="the catalogue has no fault of that name",
        remedy="./run fault.list",
        code=Exit.USAGE,
    ),
    "fault-misplaced": Row(
        turn=Turn.AUTHOR,
        cause="every fault belongs to one kind of machine and has its own options",
        remedy="./run fault.list --json names both; without --on the seed chooses the machine",
        code=Exit.USAGE,
    ),
    "fault-active": Row(
        turn=Turn.AUTHOR,
        cause="a fault was injected before and has not been cleared",
        remedy="./run fault.clear",
        code=Exit.USAGE,
    ),
    "fault-degraded": Row(
        turn=Turn.BOX,
        cause="the lab is not well already, so the fault's own effect would not show",
        remedy="./run lab.status; mend the lab first, or say --force",
        code=Exit.DEGRADED,
    ),
    "fault-failed": Row(
        turn=Turn.BOX,
        cause="a fault's script failed in the box, or the box could not be reached; its words are above",
        remedy="./run fault.clear: the originals are kept, and clearing may be repeated; "
        "if it misses a namespace, ./run lab.up --repair first",
    ),
    "kubeconfig-unreadable": Row(
        turn=Turn.COMPUTER,
        cause="the kubeconfig that was to be changed cannot be parsed, so it is left alone",
        remedy="mend it, or choose another one with KUBECONFIG",
    ),
    "kubeconfig-unwritable": Row(
        turn=Turn.COMPUTER,
        cause="the kubeconfig that was to be changed cannot be written; it is as it was before",
        remedy="ls -ld the file and its folder, or choose another one with KUBECONFIG",
    ),
    "exercise-unknown": Row(
        turn=Turn.AUTHOR,
        cause="no folder under labs/exercises/ has this name",
        remedy="./run exercise.list",
        code=Exit.USAGE,
    ),
    "exercise-invalid": Row(
        turn=Turn.AUTHOR,
        cause=f"the exercise breaks a rule of {pages.TEACHING}",
        remedy="mend the places named above, then ./run exercise.show ID",
        code=Exit.USAGE,
    ),
    "exercise-running": Row(
        turn=Turn.AUTHOR,
        cause="an exercise runs, and this would find or mend its fault for you",
        remedy="./run exercise.stop ends it; --give-up does it all the same, and marks the attempt as assisted",
        code=Exit.USAGE,
    ),
    "exercise-absent": Row(
        turn=Turn.AUTHOR,
        cause="no exercise runs in this lab",
        remedy="./run exercise.list, then ./run exercise.start ID",
        code=Exit.ABSENT,
    ),
    "exercise-unready": Row(
        turn=Turn.AUTHOR,
        cause="exercise.start is still at work in another terminal, or it failed or was stopped",
        remedy="./run exercise.reset begins it again; ./run exercise.stop ends it",
        code=Exit.PENDING,
    ),
    "exercise-unsubmitted": Row(
        turn=Turn.AUTHOR,
        cause="the attempts are kept under build/ and would go with the lab",
        remedy="./run exercise.submit, or the same command with --yes to lose them",
        code=Exit.USAGE,
    ),
    "exercise-unfit": Row(
        turn=Turn.AUTHOR,
        cause="the exercise needs more than this lab has",
        remedy="give the lab file what is named above, then ./run lab.up; or choose another one: ./run exercise.list",
        code=Exit.USAGE,
    ),
    "exercise-script": Row(
        turn=Turn.PROJECT,
        cause="a script of the exercise failed; its last words are above",
        remedy="./run exercise.stop puts the lab in order; then try again",
    ),
    "exercise-unclean": Row(
        turn=Turn.BOX,
        cause="the lab could not be put into its known state",
        remedy="./run lab.up --repair --give-up puts back what was changed by hand, then the same command again; "
        "if it stays: ./run lab.destroy, ./run lab.up",
        code=Exit.DEGRADED,
    ),
    "exercise-hints": Row(
        turn=Turn.AUTHOR,
        cause="a hint costs points, or there is none left",
        remedy="the same command with --yes pays for the next one",
        code=Exit.USAGE,
    ),
    "exercise-unproven": Row(
        turn=Turn.PROJECT,
        cause="this version of the exercise was not proven on a lab: each variant broken, solved, graded and restored",
        remedy="./run exercise.prove NAME --resume; or hand it out all the same: ./run course.make FILE --unproven",
    ),
    "exam-unfit": Row(
        turn=Turn.AUTHOR,
        cause="tasks that share a lab must not disturb each other, and these labs have room for too few",
        remedy="./run exam.start --second NAME, another lab that is up; two workers and every add-on each",
        code=Exit.USAGE,
    ),
    "exam-option": Row(
        turn=Turn.AUTHOR,
        cause="the seed is a whole number of at most 9 digits, the minutes are 10 to 480, a task has a number",
        remedy="./run --help exam.start",
        code=Exit.USAGE,
    ),
    "exam-running": Row(
        turn=Turn.AUTHOR,
        cause="an exam runs in this lab; until it is over nothing else breaks, mends or explains the lab",
        remedy="./run exam.submit, then ./run exam.stop, then the same command again",
        code=Exit.USAGE,
    ),
    "exam-absent": Row(
        turn=Turn.AUTHOR,
        cause="no exam runs in this lab, or it is over",
        remedy="./run exam.start",
        code=Exit.ABSENT,
    ),
    "exam-unready": Row(
        turn=Turn.AUTHOR,
        cause="exam.start is still at work in another terminal, or it failed or was stopped",
        remedy="./run exam.start goes on; ./run exam.stop puts everything back",
        code=Exit.PENDING,
    ),
    "exam-unreadable": Row(
        turn=Turn.COMPUTER,
        cause="the record of an exam was damaged or written by another version",
        remedy="move the file away, then ./run lab.up --repair",
    ),
    "attempt-unreadable": Row(
        turn=Turn.COMPUTER,
        cause="the record of an attempt was damaged or written by another version",
        remedy="move the file away; the attempt in it is lost",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong with an input: its place (`machines.worker.count`) and what is wrong there."""

    place: str
    message: str

    def __str__(self) -> str:
        """Return `place: message`, as it is shown."""
        return f"{self.place}: {self.message}"


class LabError(Exception):
    """A failure that a person can act on; `ident` is a key of `TABLE`."""

    def __init__(
        self,
        ident: str,
        what: str,
        *,
        details: Sequence[object] = (),
        log: Path | None = None,
        cause: str | None = None,
        remedy: str | None = None,
    ) -> None:
        """Say what failed; cause and remedy come from the table unless this case knows better."""
        super().__init__(what)
        row = TABLE[ident]
        self.ident = ident
        self.what = what
        self.details = tuple(str(detail) for detail in details)
        self.log = log
        self.turn = row.turn
        self.cause = cause or row.cause
        self.remedy = remedy or row.remedy
        self.code = row.code
        for detail in self.details:
            self.add_note(detail)
