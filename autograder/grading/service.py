"""One submission at a time, for plain `nbgrader autograde`: the same ledger, the same results."""

from __future__ import annotations

from pathlib import Path

from autograder.classroom.course import read_secret
from autograder.grading import pool
from autograder.grading.coordinator import Order, grade_class
from autograder.grading.ledger import only_grader
from autograder.grading.results import SubmissionResult
from autograder.grading.run import sandbox_level
from autograder.grading.submissions import Submission
from autograder.labs import load_spec


def grade_for_nbgrader(course_root: Path, lab: str, student: str, submission_path: Path) -> SubmissionResult:
    """Grade a submission as `unrolled grade` would, or find it graded already. nbgrader writes the gradebook itself.

    `submission_path` is the submitted notebook. The sandbox's level is this machine's; strangers' code is not
    run without one.

    Raises:
        BadInput: the course has no secret, the machine no sandbox, or somebody else is grading.
    """
    order = Order(
        lab=lab,
        course=course_root,
        secret=read_secret(course_root),
        sandbox=sandbox_level(trust_submissions=False),
        limits=load_spec(lab).limits,
    )
    submission = Submission(student, submission_path.parent)
    with only_grader(course_root):
        graded = grade_class(order, [submission], pool.Here, 1, export=None)
    return graded.submissions[0]
