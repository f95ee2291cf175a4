"""`unrolled verify` of one lab: the truth's own proof, and the grader's word on the solution and the untouched lab."""

from __future__ import annotations

import json
from collections.abc import Callable

from nbformat import NotebookNode

from autograder.build import lab_notebook
from autograder.grading import worker
from autograder.grading.rebuild import rebuild
from autograder.grading.results import SubmissionResult
from autograder.grading.worker import Job
from autograder.model import Verdict
from autograder.sandbox import ladder
from autograder.truth.reference import Truth, load_truth
from autograder.truth.verify import SECRET, Verified, verify_truth


def verify_lab(name: str, advance: Callable[[float], None] = lambda share: None) -> Verified:
    """Verify a lab, its solution and its untouched self graded as a class would be."""
    truth = load_truth(name)
    try:
        return verify_truth(truth, _scores, advance)
    finally:
        worker.close()


def _scores(truth: Truth) -> tuple[float, float, list[str]]:
    solution = _grade(truth, truth.solution)
    untouched = _grade(truth, lab_notebook(truth.spec.name))
    problems = [
        f"the solution fails {check.id}: {check.message}" for check in solution.checks if not check.score
    ]
    problems += [
        f"the untouched lab gets {check.verdict} in {check.id}, and should get missing"
        for check in untouched.checks
        if check.verdict != Verdict.MISSING
    ]
    return solution.score or 0.0, untouched.score or 0.0, problems


def _grade(truth: Truth, submission: NotebookNode) -> SubmissionResult:
    name = truth.spec.name
    rebuilt = rebuild(name, lab_notebook(name), submission)
    job = Job(
        lab=name,
        student="verify",
        notebook=json.dumps(rebuilt.notebook),
        files={},
        flags=(),
        secret=SECRET,
        limits=truth.spec.limits,
        sandbox=ladder.probe(),
    )
    return worker.grade(job).result
