"""The pages of docs/ that code reads, writes or names: each one's path in the checkout."""

from __future__ import annotations

START = "docs/start"
"""The first steps, with the pictures that they show."""

COURSE = "docs/how-to/course.md"
TEACHING = "docs/how-to/teaching.md"
UPGRADE = "docs/how-to/upgrade.md"

CHECKS_PROVEN = "docs/reference/checks-proven.md"
CHECKS_PROVEN_DATA = "docs/reference/checks-proven.json"
CIS = "docs/reference/cis.md"
CONFORMANCE = "docs/reference/conformance.md"
CONFORMANCE_DATA = "docs/reference/conformance.json"
CURRICULUM = "docs/reference/curriculum.md"
ERRORS = "docs/reference/errors.md"
EXAMS_PROVEN = "docs/reference/exams-proven.md"
EXERCISES_MUTATIONS = "docs/reference/exercises-mutations.md"
EXERCISES_PROVEN = "docs/reference/exercises-proven.md"
FAULTS = "docs/reference/faults.md"
FAULTS_PROVEN = "docs/reference/faults-proven.md"
GRADERS_ERROR = "docs/reference/graders-error.md"
GRADERS_ERROR_DATA = "docs/reference/graders-error.json"
LAB_FILE = "docs/reference/lab-file.md"
MUTANTS = "docs/reference/mutants.md"
SURVIVAL = "docs/reference/survival.md"
SURVIVAL_DATA = "docs/reference/survival.json"
WHY = "docs/reference/why.md"

ARCHITECTURE = "docs/explain/architecture.md"
SECURITY = "docs/explain/security.md"
