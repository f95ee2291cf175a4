"""What people have graded by hand in formgrader, and what lateness costs: read from the gradebook."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from autograder.classroom.config import course_directory, load_config
from autograder.classroom.database import open_gradebook


def manual_scores_and_penalties(course: Path, lab: str) -> tuple[dict[str, float | None], dict[str, float]]:
    """Each student's points for answers in words (None while they wait for a person), and points off for lateness.

    Raises:
        BadInput: the course or its gradebook cannot be read.
    """
    from nbgrader.api import Assignment, Grade, GradeCell, Notebook, SubmittedAssignment, SubmittedNotebook

    coursedir = course_directory(course, load_config(course.absolute()))
    query = (
        select(
            SubmittedAssignment.student_id,
            GradeCell.cell_type,
            Grade.score,
            Grade.needs_manual_grade,
            SubmittedNotebook.late_submission_penalty,
        )
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(GradeCell, GradeCell.id == Grade.cell_id)
        .where(Assignment.name == lab, Notebook.name == lab)
    )
    scores: dict[str, float | None] = {}
    penalties: dict[str, float] = {}
    with open_gradebook(coursedir) as gradebook:
        for student, kind, score, waiting, penalty in gradebook.db.execute(query):
            if penalty:
                penalties[student] = float(penalty)
            if kind == "markdown":
                so_far = scores.get(student, 0.0)
                scores[student] = None if waiting or so_far is None else so_far + float(score)
    return scores, penalties
