"""The errors whose remedy is not done on a fake computer, each with the reason."""

from __future__ import annotations

LAB = "it takes boxes that run: "
PACKAGES = "host.setup installs packages as root, on a fresh Debian: that it knows them is tested"
PERSON = "a person decides or answers: "

NOT_MENDED: dict[str, str] = {
    "component-build": "the compiler's own words say what to mend; a build takes the real compilers and minutes",
    "components-absent": "components.build takes the real compilers and minutes",
    "bundle-damaged": PERSON + "the file is copied again from where it was made",
    "bundle-foreign": PERSON + "which checkout the bundle was made with is known to its maker",
    "bundle-unwritable": PERSON + "what is removed from a full disk",
    "bundle-wheels": "it takes a network, and the package index",
    "course-missing": PERSON + "where the course's files are",
    "solution-away": PERSON + "the teacher has the solution",
    "regrade-impossible": PERSON + "what was handed in is all that there is",
    "attempts-none": LAB + "exercise.start breaks one",
    "share-failed": PERSON + "the teacher knows the address",
    "submission-refused": PERSON + "the student hands in again",
    "go-missing": PACKAGES,
    "load-failed": LAB + "the archive goes into its nodes",
    "api-silent": LAB + "lab.up starts what is stopped",
    "api-refused": LAB + "its API server refuses or does not",
    "page-unready": LAB + "its pods start",
    "forward-failed": LAB + "its API server carries the stream",
    "ignition-refused": "what was rendered wrongly is for the developers of kubelab to mend",
    "logs-secret": PERSON + "what printed the key is the lab's owner's to mend",
    "vagrant-missing": PACKAGES,
    "lab-absent": LAB + "lab.up makes them",
    "boxes-down": LAB + "lab.up starts them",
    "box-unwell": LAB + "lab.why looks into them",
    "checkpoint-failed": LAB + "they give and take what belongs to a checkpoint",
    "keys-lost": LAB + "lab.destroy removes their data",
    "lab-drifted": LAB + "lab.up --repair writes to them",
    "drain-failed": LAB + "a budget there keeps a pod on its node",
    "apply-failed": LAB + "their journal says which step failed",
    "box-tools": PACKAGES,
    "box-base": "it takes Debian's mirror, and minutes",
    "docker-missing": PACKAGES,
    "docker-forbidden": PACKAGES + "; a person logs in anew",
    "docker-unreachable": "host.setup starts the computer's own engine, which every other test needs as it is",
    "docker-failed": "the engine's own words say what to mend; host.doctor only looks",
    "host-unfit": PERSON + "each row says what to free or to install",
    "host-unsupported": PERSON + "what another system's packages are called",
    "fault-absent": PERSON + "what a pack leaves out is in no file of it",
    "fault-active": LAB + "fault.clear runs its script in one",
    "fault-degraded": LAB + "it must become well, or be broken further with --force",
    "fault-failed": LAB + "fault.clear runs its script again in one",
    "exercise-absent": LAB + "exercise.start breaks one",
    "exercise-unready": LAB + "exercise.reset puts it back and breaks it again",
    "exercise-script": LAB + "exercise.stop puts it back",
    "exercise-unclean": LAB + "lab.up --repair writes to its boxes",
    "exercise-unproven": LAB + "exercise.prove walks through every variant in one",
}
"""Identifier to why its remedy cannot be done here."""
