"""What the gradebook says of a class, as plain facts: who, which labs, and what each was given for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from autograder.errors import BadInput


@dataclass(frozen=True)
class Person:
    """A student, as the roster names them; what it does not say is empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""


@dataclass(frozen=True)
class Mark:
    """What a submission was given. `score` is after the late penalty and is never below 0, as in nbgrader."""

    score: float
    late_penalty: float = 0.0
    final: bool = True  # nobody has still to look at it


@dataclass(frozen=True)
class Grades:
    """A class's grades: labs with their maximum, in nbgrader's order; marks by (student, lab) where there is one."""

    people: tuple[Person, ...]
    labs: Mapping[str, float]
    marks: Mapping[tuple[str, str], Mark]

    def final_score(self, student: str, lab: str) -> float | None:
        """The score that may be told to a student, or None: nothing graded, or a person has still to look."""
        mark = self.marks.get((student, lab))
        return mark.score if mark and mark.final else None

    def waiting(self) -> int:
        """How many submissions a person has still to look at."""
        return sum(not mark.final for mark in self.marks.values())


def read_grades(gradebook: Any, labs: Sequence[str] = (), students: Sequence[str] = ()) -> Grades:
    """The grades in an open gradebook, of all labs and students or of these.

    Raises:
        BadInput: the gradebook has no such lab or student.
    """
    from nbgrader.api import Assignment, Student

    query = select(Assignment.name, Assignment.max_score).order_by(Assignment.duedate, Assignment.name)
    points = {name: float(most) for name, most in gradebook.db.execute(query)}
    table = Student.__table__
    rows = gradebook.db.execute(select(table).order_by(table.c.last_name, table.c.first_name, table.c.id))
    people = {row.id: _person(row) for row in rows}
    _require("lab", labs, points)
    _require("student", students, people)
    chosen = {name: most for name, most in points.items() if not labs or name in labs}
    marks = _marks(gradebook.db, chosen)
    gradebook.db.rollback()
    return Grades(
        tuple(person for name, person in people.items() if not students or name in students), chosen, marks
    )


def _person(row: Any) -> Person:
    return Person(row.id, row.first_name or "", row.last_name or "", row.email or "", row.lms_user_id or "")


def _require(what: str, asked: Sequence[str], there: Mapping[str, Any]) -> None:
    unknown = [name for name in asked if name not in there]
    if unknown:
        known = ", ".join(list(there)[:20]) or "none"
        raise BadInput(f"the gradebook has no {what} {unknown[0]!r}; it has: {known}")


def _marks(db: Any, labs: Mapping[str, float]) -> dict[tuple[str, str], Mark]:
    """Points and penalties in two questions: joined in one, a penalty would count once for every cell."""
    from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook

    whole, part = SubmittedAssignment, SubmittedNotebook
    key = (whole.student_id, Assignment.name)
    penalties = (
        select(*key, func.sum(func.coalesce(part.late_submission_penalty, 0.0)))
        .join(Assignment, Assignment.id == whole.assignment_id)
        .join(part, part.assignment_id == whole.id)
        .group_by(*key)
    )
    points = (
        select(*key, func.sum(Grade.score), func.max(Grade.needs_manual_grade))
        .join(Assignment, Assignment.id == whole.assignment_id)
        .join(part, part.assignment_id == whole.id)
        .join(Grade, Grade.notebook_id == part.id)
        .group_by(*key)
    )
    late = {(student, lab): float(penalty) for student, lab, penalty in db.execute(penalties)}
    return {
        (student, lab): Mark(max(0.0, float(total) - late[student, lab]), late[student, lab], not waiting)
        for student, lab, total, waiting in db.execute(points)
        if lab in labs
    }
