"""Draw a lab's visible cases and put them, with their answers and sketches, into its probes file."""

from __future__ import annotations

from autograder.probes_file import StoredCase, StoredCheck, StoredLab
from autograder.truth.cases import sketches_of, wanted_of
from autograder.truth.draws import visible
from autograder.truth.reference import Truth


def stored_lab(truth: Truth) -> StoredLab:
    """What the lab's probes file says."""
    checks = {check.name: _stored_check(truth, check.name) for check in truth.spec.checks}
    return StoredLab(truth.spec.name, checks, truth.known)


def _stored_check(truth: Truth, name: str) -> StoredCheck:
    probe = truth.probes[name]
    drawn = list(visible(truth, name))
    wanted = [wanted_of(truth, name, case) for case in drawn]
    tables = sketches_of(truth, name, drawn, wanted)
    cases = tuple(
        StoredCase(str(case.case.label), case.inputs, expected, table)
        for case, expected, table in zip(drawn, wanted, tables, strict=True)
    )
    spec = next(check for check in truth.spec.checks if check.name == name)
    return StoredCheck(spec, probe.tolerance, probe.outputs, cases)
