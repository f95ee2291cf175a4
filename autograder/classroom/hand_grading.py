"""What people have graded by hand in formgrader, and what lateness costs: read from the gradebook."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import case, func, select

from autograder.classroom.config import course_directory
from autograder.classroom.database import open_gradebook


def manual_scores_and_penalties(course: Path, lab: str) -> tuple[dict[str, float | None], dict[str, float]]:
    """By student: what people have given, and what lateness takes off.

    The first is everything in nbgrader's score that our checks did not give (answers, overridden checks,
    extra credit), or None while somebody has still to look. With the checks' points it is nbgrader's score.

    Raises:
        BadInput: the course or its gradebook cannot be read.
    """
    from nbgrader.api import Assignment, Grade, GradeCell, Notebook, SubmittedAssignment, SubmittedNotebook

    by_checks = case((GradeCell.cell_type == "code", func.coalesce(Grade.auto_score, 0.0)), else_=0.0)
    query = (
        select(
            SubmittedAssignment.student_id,
            SubmittedNotebook.late_submission_penalty,
            func.sum(Grade.score),
            func.sum(by_checks),
            func.max(Grade.needs_manual_grade),
        )
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(GradeCell, GradeCell.id == Grade.cell_id)
        .where(Assignment.name == lab, Notebook.name == lab)
        .group_by(SubmittedAssignment.student_id, SubmittedNotebook.late_submission_penalty)
    )
    with open_gradebook(course_directory(course.absolute())) as gradebook:
        rows = gradebook.db.execute(query).all()
    manual = {
        student: None if waiting else float(total) - float(ours) for student, _, total, ours, waiting in rows
    }
    penalties = {student: float(penalty) for student, penalty, *_ in rows if penalty}
    return manual, penalties
